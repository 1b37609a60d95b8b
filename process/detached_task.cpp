// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/detached_task.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <string>

namespace highbase::process {
namespace {

constexpr std::size_t kStackSize = std::size_t{256} * 1024;  // small: the process's memory may be locked

struct Start {
    std::function<void()> work;
    Slot slot;
    netlink::Descriptor end;
};

extern "C" void* run_detached(void* argument) {
    const std::unique_ptr<Start> start{static_cast<Start*>(argument)};
    ::pthread_setname_np(::pthread_self(), "hb-detached");
    start->work();
    start->work = nullptr;
    start->slot.reset();
    return nullptr;  // and only now the pipe ends
}

// 0 or an errno value.
int start_thread(Start* start) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, kStackSize);
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    // Never with the real-time priority of whoever starts it.
    ::pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    ::pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
    const sched_param normal{};
    ::pthread_attr_setschedparam(&attributes, &normal);
    // The new thread inherits the mask, so that no signal reaches it even in its first instant.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread{};
    const int error = ::pthread_create(&thread, &attributes, run_detached, start);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::pthread_attr_destroy(&attributes);
    return error;
}

}  // namespace

netlink::Result<std::unique_ptr<DetachedTask>> DetachedTask::start(boost::asio::io_context& io, Slot slot,
                                                                   std::function<void()> work,
                                                                   std::function<void()> done) {
    if (!slot) return netlink::failure(EAGAIN, "earlier ones have not ended");
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        const int error = errno;
        return netlink::failure(error, std::string{"pipe: "} + std::strerror(error));
    }
    std::unique_ptr<DetachedTask> task{new DetachedTask{io, netlink::Descriptor{ends[0]}}};
    auto start =
        std::make_unique<Start>(Start{std::move(work), std::move(slot), netlink::Descriptor{ends[1]}});
    if (const int error = start_thread(start.get()); error != 0)
        return netlink::failure(error, std::string{"pthread_create: "} + std::strerror(error));
    static_cast<void>(start.release());  // the thread's now
    task->wait(std::move(done));
    return task;
}

DetachedTask::DetachedTask(boost::asio::io_context& io, netlink::Descriptor end) : end_{io, end.release()} {}

void DetachedTask::wait(std::function<void()> done) {
    end_.async_read_some(boost::asio::buffer(&nothing_, 1),
                         [alive = std::weak_ptr{alive_}, done = std::move(done)](const auto&, std::size_t) {
                             if (!alive.expired()) done();
                         });
}

}  // namespace highbase::process
