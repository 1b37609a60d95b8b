// SPDX-License-Identifier: GPL-2.0-or-later
// Time as the protocol sees it. A clock that cannot be read: time enters pure code only as an argument, so
// that the daemon, a test with literal times and a simulator drive the same machine.
#pragma once

#include <chrono>
#include <cstdint>

namespace highbase::vrrp {

// The daemon maps CLOCK_BOOTTIME onto it: the one Linux clock that neither steps nor stops while a machine
// sleeps.
struct ProtocolClock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<ProtocolClock>;
    static constexpr bool is_steady = true;
};
using Duration = ProtocolClock::duration;
using TimePoint = ProtocolClock::time_point;

// The unit on the wire (RFC 9568 5.2.7). Converts to Duration implicitly and without loss, never the other
// way.
using Centiseconds = std::chrono::duration<std::int64_t, std::centi>;

}  // namespace highbase::vrrp
