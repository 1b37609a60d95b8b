// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/deadline_timer.hpp"

#include <sys/timerfd.h>

#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace highbase::daemon {
namespace {

int open_timer() {
    const int timer = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer < 0) throw std::system_error{errno, std::generic_category(), "timerfd_create"};
    return timer;
}

}  // namespace

DeadlineTimer::DeadlineTimer(boost::asio::io_context& io, std::function<void()> expired)
    : timer_{io, open_timer()}, expired_{std::move(expired)} {
    timer_.non_blocking(
        true);  // else Asio's read waits for the next expiry when a new setting has undone this one
    wait();
}

void DeadlineTimer::expire_at(std::optional<vrrp::TimePoint> deadline) {
    if (deadline == armed_) return;
    armed_ = deadline;
    itimerspec setting{};  // all zero: disarmed
    if (deadline) {
        const std::int64_t at = std::max<std::int64_t>(deadline->time_since_epoch().count(), 1);
        setting.it_value = {.tv_sec = at / 1'000'000'000, .tv_nsec = at % 1'000'000'000};
    }
    ::timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME, &setting, nullptr);
}

void DeadlineTimer::wait() {
    timer_.async_wait(
        boost::asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
            if (error) return;  // the timer ends
            std::uint64_t expirations = 0;
            boost::system::error_code nothing_there;  // set anew between the wake-up and here
            timer_.read_some(boost::asio::buffer(&expirations, sizeof expirations), nothing_there);
            if (!nothing_there) {
                armed_.reset();
                expired_();
            }
            wait();
        });
}

}  // namespace highbase::daemon
