// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/worker_thread.hpp"

#include <csignal>
#include <cstddef>
#include <memory>
#include <system_error>
#include <utility>

namespace highbase::daemon {
namespace {

constexpr std::size_t kStackSize = std::size_t{512} * 1024;

void check(int error, const char* what) {
    if (error != 0) throw std::system_error{error, std::generic_category(), what};
}

struct Start {
    std::string name;
    std::function<void()> work;
};

extern "C" void* run_worker(void* argument) {
    const std::unique_ptr<Start> start{static_cast<Start*>(argument)};
    ::pthread_setname_np(::pthread_self(), start->name.c_str());
    start->work();
    return nullptr;
}

class Attributes {
public:
    Attributes() { check(::pthread_attr_init(&attributes_), "pthread_attr_init"); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    ~Attributes() { ::pthread_attr_destroy(&attributes_); }
    pthread_attr_t* get() { return &attributes_; }

private:
    pthread_attr_t attributes_{};
};

}  // namespace

WorkerThread::WorkerThread(const std::string& name, std::function<void()> work) {
    Attributes attributes;
    check(::pthread_attr_setstacksize(attributes.get(), kStackSize), "pthread_attr_setstacksize");
    check(::pthread_attr_setinheritsched(attributes.get(), PTHREAD_EXPLICIT_SCHED),
          "pthread_attr_setinheritsched");
    check(::pthread_attr_setschedpolicy(attributes.get(), SCHED_OTHER), "pthread_attr_setschedpolicy");
    const sched_param normal{};
    check(::pthread_attr_setschedparam(attributes.get(), &normal), "pthread_attr_setschedparam");

    auto start = std::make_unique<Start>(Start{name, std::move(work)});
    // The new thread inherits the mask, so that no signal reaches it even in its first instant.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = ::pthread_create(&thread_, attributes.get(), run_worker, start.get());
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    check(error, "pthread_create");
    static_cast<void>(start.release());  // run_worker's now
}

WorkerThread::~WorkerThread() {
    ::pthread_join(thread_, nullptr);
}

}  // namespace highbase::daemon
