// SPDX-License-Identifier: GPL-2.0-or-later
// Priority, and the two timer formulas of RFC 9568 6.1.
#pragma once

#include <compare>
#include <cstdint>

#include "vrrp/time.hpp"

namespace highbase::vrrp {

enum class Priority : std::uint8_t {};
inline constexpr Priority kPriorityReleasing{0};  // "I have stopped": sent once, by an Active that leaves
inline constexpr Priority kPriorityDefault{100};
inline constexpr Priority kPriorityOwner{255};  // the address owner

constexpr int number(Priority priority) {
    return static_cast<int>(priority);
}

// ((256 - Priority) * Active_Adver_Interval) / 256. Multiply first and stay in nanoseconds: in whole
// centiseconds the skew of a 10 ms interval is 0 for every priority, and all Backups would take over at once.
constexpr Duration skew_time(Priority priority, Duration active_adver_interval) {
    return (256 - static_cast<std::int64_t>(priority)) * active_adver_interval / 256;
}

// (3 * Active_Adver_Interval) + Skew_Time
constexpr Duration active_down_interval(Priority priority, Duration active_adver_interval) {
    return 3 * active_adver_interval + skew_time(priority, active_adver_interval);
}

}  // namespace highbase::vrrp
