// SPDX-License-Identifier: GPL-2.0-or-later
// Everything about a service that anybody may ask, as plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/eligibility.hpp"
#include "node/service_facts.hpp"

namespace highbase::node {

// The last change of role on this node, step by step.
struct Transition {
    std::string what;  // "promotion", "demotion"
    cluster::Epoch epoch{};
    vrrp::TimePoint began{};
    vrrp::Duration took{};
    bool done = false;
    std::string reason;  // of a failure
    std::vector<StepTime> steps;
    friend bool operator==(const Transition&, const Transition&) = default;
};

struct ServiceSnapshot {
    cluster::ServiceState said;  // to the peer
    std::string reason;          // why it is not eligible
    ServiceFacts facts;
    std::optional<Transition> last_transition;
};

}  // namespace highbase::node
