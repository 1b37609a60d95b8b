// SPDX-License-Identifier: GPL-2.0-or-later
// How one virtual router is to behave (RFC 9568 6.1), in the daemon's own time unit.
#pragma once

#include "vrrp/announcement.hpp"
#include "vrrp/time.hpp"
#include "vrrp/timers.hpp"

namespace highbase::vrrp {

struct Parameters {
    Priority priority = kPriorityDefault;  // 1..255
    Centiseconds advertisement_interval{100};
    bool preempt_mode = true;   // Preempt_Mode; without effect for the address owner
    Duration preempt_delay{0};  // after start or return to eligibility, before an inferior Active is replaced
    Duration hold_down{std::chrono::seconds{10}};  // how long a router stays Backup after it could not serve
    Duration ears_open_timeout{std::chrono::seconds{30}};  // how long a silent link may be only deaf
    AnnouncePolicy announce = AnnouncePolicy::refresh;
    friend bool operator==(const Parameters&, const Parameters&) = default;
};

// The kernel forgets a virtual address this long after its last renewal, so that one of a killed daemon goes
// away.
inline constexpr std::chrono::seconds kAddressLifetime{3};
inline constexpr Duration kAddressRenewal = std::chrono::seconds{1};

}  // namespace highbase::vrrp
