// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a box may become the one that serves a database, and how well it would.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/service_facts.hpp"

namespace highbase::node {

struct Judgement {
    cluster::Eligibility eligibility = cluster::Eligibility::starting;
    std::string reason;  // for an operator; empty: eligible
    [[nodiscard]] bool is_eligible() const { return eligibility == cluster::Eligibility::eligible; }
    friend bool operator==(const Judgement&, const Judgement&) = default;
};

// Of the own server and what the journal remembers of it.
[[nodiscard]] Judgement judge(const ServiceFacts& facts);

// What this server wrote itself, and the primary does not have; where no primary tells now, as it was known
// last. Empty: nothing.
[[nodiscard]] std::string errant_transactions(const ServiceFacts& facts);

// Any positive sign that the peer's server takes writes keeps this box from the election, however silent the
// peer's advertisements are: the network between may have lost only them.
[[nodiscard]] bool is_vetoed(const ServiceFacts& facts);
[[nodiscard]] std::string veto(const ServiceFacts& facts);  // why; empty: nothing stands against it

// What helps a box that is not eligible, and who can do it; empty: nothing need be done.
[[nodiscard]] std::string_view remedy(cluster::Eligibility eligibility);

// Why an order cannot be carried out; empty: it can.
[[nodiscard]] std::vector<std::string> against(Order order, const ServiceFacts& facts);

// The peer has left, and said that this box follows.
[[nodiscard]] bool is_named_successor(const ServiceFacts& facts);

// A server that follows nobody: whether it is the one that holds everything.
[[nodiscard]] bool may_begin_term(const ServiceFacts& facts);

// Of an eligible server: whether it may be promoted although the peer is not heard. Else the peer must know
// of it first: it might come to the same conclusion at the same time.
[[nodiscard]] bool may_begin_unheard(const ServiceFacts& facts);

// Why this box, which serves, cannot hand over to `to` in a planned way; empty: it can.
[[nodiscard]] std::vector<std::string> against_switchover(const ServiceFacts& facts, const std::string& to);

// Advertised in the place of the configured priority. A primary is always above a replica, in each of these
// bands the one with fewer soft findings is above, and only between equals the configured priority decides.
// Primary: 160 to 209, replica: 60 to 109.
[[nodiscard]] vrrp::Priority score(const ServiceFacts& facts);

}  // namespace highbase::node
