// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/worker_thread.hpp"

#include <sched.h>

#include <array>
#include <csignal>

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

TEST_CASE(
    "A worker has its name, a small stack, no signals and no real-time priority; its end is waited for") {
    std::array<char, 16> name{};
    std::size_t stack = 0;
    int policy = -1;
    bool blocked = false;
    {
        const WorkerThread worker{"hb-test", [&] {
                                      ::pthread_getname_np(::pthread_self(), name.data(), name.size());
                                      pthread_attr_t attributes;
                                      ::pthread_getattr_np(::pthread_self(), &attributes);
                                      ::pthread_attr_getstacksize(&attributes, &stack);
                                      ::pthread_attr_destroy(&attributes);
                                      policy = ::sched_getscheduler(0);
                                      sigset_t mask;
                                      ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
                                      blocked = ::sigismember(&mask, SIGTERM) == 1 &&
                                                ::sigismember(&mask, SIGHUP) == 1;
                                  }};
    }
    CHECK(std::string{name.data()} == "hb-test");
    CHECK(stack <= 1024 * 1024);
    CHECK(stack >= 256 * 1024);
    CHECK(policy == SCHED_OTHER);
    CHECK(blocked);
    sigset_t mine;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mine);
    CHECK(::sigismember(&mine, SIGTERM) == 0);
}

}  // namespace
}  // namespace highbase::daemon
