// SPDX-License-Identifier: GPL-2.0-or-later
// What a service is in the middle of.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "node/duty.hpp"
#include "node/procedure.hpp"

namespace highbase::node {

// The peer link needs two intervals to come up.
inline constexpr vrrp::Duration kFirstWord = std::chrono::seconds{3};
// A box that is about to hand over says so within milliseconds; one that has not by then will not.
inline constexpr vrrp::Duration kNextWord = std::chrono::seconds{3};

// A duty that is being done, a promotion that is being undone, or a demotion.
struct ServiceJob {
    std::optional<DutyKind> duty;
    Procedure procedure;
};
// Of the daemon, in order.
struct ServiceStop {
    vrrp::TimePoint by{};                    // whatever has been done until then
    std::optional<vrrp::TimePoint> word_by;  // the last word, if there is one, is waited for until then
    bool ended = false;
};
struct ServiceSwitchover {
    vrrp::TimePoint closed{};           // when the writes stopped
    std::optional<vrrp::TimePoint> by;  // the successor must serve; nothing: this node has not left yet
    cluster::Epoch epoch{};             // of the term that ends
    std::vector<StepTime> steps;
};

}  // namespace highbase::node
