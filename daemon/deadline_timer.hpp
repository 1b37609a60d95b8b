// SPDX-License-Identifier: GPL-2.0-or-later
// One wake-up at an absolute time of CLOCK_BOOTTIME, to the nanosecond: asio's own timers count whole
// microseconds of CLOCK_MONOTONIC, which stands still while a machine sleeps.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <optional>

#include "vrrp/time.hpp"

namespace highbase::daemon {

class DeadlineTimer {
public:
    // `expired` is called on the thread that runs `io`, once for each deadline. Throws std::system_error.
    DeadlineTimer(boost::asio::io_context& io, std::function<void()> expired);

    // Replaces the deadline before; nothing: no wake-up. One in the past wakes up at once.
    void expire_at(std::optional<vrrp::TimePoint> deadline);

private:
    void wait();

    boost::asio::posix::stream_descriptor timer_;
    std::function<void()> expired_;
    std::optional<vrrp::TimePoint> armed_;
};

}  // namespace highbase::daemon
