// SPDX-License-Identifier: GPL-2.0-or-later
// The two clocks of the daemon. Pure code gets their time as an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

#include "status/wall_time.hpp"
#include "vrrp/time.hpp"

namespace highbase::daemon {

// CLOCK_BOOTTIME: neither steps nor stops while the machine sleeps. Answered by the vDSO, without a system
// call.
inline vrrp::TimePoint boottime_now() {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return vrrp::TimePoint{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

inline status::WallTime wall_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace highbase::daemon
