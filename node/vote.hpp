// SPDX-License-Identifier: GPL-2.0-or-later
// When a service asks the witness, and for what. Pure functions of what it knows; witness/rules.hpp says what
// is answered, and why nothing is lost.
#pragma once

#include <optional>
#include <string>

#include "node/service_facts.hpp"
#include "witness/question.hpp"

namespace highbase::node {

// Whether the witness counts: there is one, nothing may be lost, and the other box asks it as well. Until
// that one was heard it is taken to do so: without a record, which is made only when it was, there is no yes.
[[nodiscard]] bool asks_witness(const ServiceFacts& facts);

// How long an answer is waited for: the client answers by its own deadline, or a tenth of a second later.
[[nodiscard]] vrrp::Duration witness_patience(const ServiceFacts& facts);

// The owner of the last term, whose server follows nobody: whether it may ask for the next term although the
// peer is not heard.
[[nodiscard]] bool may_begin_by_vote(const ServiceFacts& facts);

// A primary that waits for a replica which is gone: whether it may ask to go on alone.
[[nodiscard]] bool may_go_alone_by_vote(const ServiceFacts& facts);

// That a term begins, and that commits wait for nobody any more.
[[nodiscard]] witness::Want term_question(const ServiceFacts& facts, cluster::Epoch epoch, bool undisputed);
[[nodiscard]] witness::Want alone_question(const ServiceFacts& facts);

// What the witness should know and does not, as far as is known here: the record is behind.
[[nodiscard]] std::optional<witness::Want> news_for_witness(const ServiceFacts& facts);

// The greatest term that was heard of anywhere: the next one has a greater number.
[[nodiscard]] cluster::Epoch greatest_epoch(const ServiceFacts& facts);

// For an operator: "term 7 is gw1's, and gw2 is in sync".
[[nodiscard]] std::string in_words(const std::optional<witness::Record>& record);

}  // namespace highbase::node
