// SPDX-License-Identifier: GPL-2.0-or-later
// A pair of gateways: clients come in at one box, and the server that takes writes may be the other box's.
// Who has the addresses and whose server is the primary are two questions then (decision 31 has the states as
// a table).
#pragma once

#include "node/service_facts.hpp"

namespace highbase::node {

// Whether this box, which is not the primary's, may lead clients to the peer's server: the last term that is
// known is the peer's, and the server is seen to take writes. No word of the peer speaks against it.
[[nodiscard]] bool may_forward_to_peer(const ServiceFacts& facts);

// A primary without the addresses is one as long as clients may reach it through the other box.
[[nodiscard]] bool is_kept_from_addresses(const ServiceFacts& facts);

// The own server still takes writes in the term that the journal says is this box's, and nobody can have
// begun a later one. It is the primary, and nothing has to be done to it.
[[nodiscard]] bool has_kept_term(const ServiceFacts& facts);

// The same, but it is not known yet whether somebody has begun a later one.
[[nodiscard]] bool may_have_kept_term(const ServiceFacts& facts);

}  // namespace highbase::node
