// SPDX-License-Identifier: GPL-2.0-or-later
// What has to be done to a server, or written down, because of what it is and what it should be. Works on
// the state and not on single events: whatever was missed, interrupted or undone by somebody else is a duty
// again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/service_facts.hpp"

namespace highbase::node {

enum class DutyKind : std::uint8_t {
    learn,        // a later term has begun: into the journal
    remember,     // whether this server is in sync: into the journal
    fence,        // read-only, and no clients
    open_road,    // to the peer's server
    rejoin,       // follow the primary
    resume,       // start the threads of the replica
    acknowledge,  // what is received, as a semi-synchronous replica
    keep_errant,  // an excerpt of what the primary does not have, for the operator
    reopen,       // the primary was restarted, or made read-only by somebody
    wait,         // for the replica's acknowledgements, as a semi-synchronous source
    go_alone,     // the replica has said that it goes
    beat,         // commit something, where nobody else has for a while
    release,      // the primary: it need not wait for this server
    unstick,      // commits that wait for an acknowledgement which was lost
    kill,         // the process of a server that may be open and cannot be closed
    vote,         // the witness: what it should know of this term
};
inline constexpr std::size_t kDutyKinds = 16;
[[nodiscard]] std::string_view name(DutyKind kind);

struct Duty {
    DutyKind kind{};
    std::vector<Step> steps;
    std::string reason;  // for an operator
    friend bool operator==(const Duty&, const Duty&) = default;
};

// In the order of their importance; one at a time is done, and then they are asked for again.
[[nodiscard]] std::vector<Duty> duties(const ServiceFacts& facts);

// From a server that takes writes to one that does not.
[[nodiscard]] std::vector<Step> fence_steps(const ServiceFacts& facts);
[[nodiscard]] std::vector<Step> demotion_steps(const ServiceFacts& facts);
// The server is the primary again, after a demotion that did not succeed.
[[nodiscard]] std::vector<Step> reopen_steps(const ServiceFacts& facts);
// All hooks of that point, one after the other.
[[nodiscard]] vrrp::Duration patience(const DatabaseConfiguration& database, replication::HookPoint point);

}  // namespace highbase::node
