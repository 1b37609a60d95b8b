// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/vote.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace highbase::node {
namespace {

using cluster::Epoch;
using cluster::Role;
using cluster::Term;
using witness::BeginTerm;
using witness::GoAlone;
using witness::InSync;
using witness::Want;

// As far as is known here.
bool is_recorded(const ServiceFacts& facts) {
    const auto& record = facts.witness.record;
    return record && record->epoch == facts.journal->epoch && record->owner == facts.settings.node;
}

std::optional<Want> news_of_primary(const ServiceFacts& facts) {
    const cluster::Journal& journal = *facts.journal;
    const WitnessFacts& witness = facts.witness;
    if (journal.term != Term::held || facts.journal_is_unsure) return std::nullopt;
    if (!is_recorded(facts)) {
        const bool later = witness.record && witness.record->epoch >= journal.epoch;
        const bool can_be = !witness.has_told || witness.record || witness.peer_votes == true;
        if (later || !can_be) return std::nullopt;
        return term_question(facts, journal.epoch, true);
    }
    if (journal.alone) {
        if (!witness.record->in_sync) return std::nullopt;
        return GoAlone{facts.settings.node, journal.epoch};
    }
    if (!witness.replica_has_all || witness.record->in_sync == facts.peer.node) return std::nullopt;
    return InSync{facts.settings.node, journal.epoch, facts.peer.node};
}

// It was allowed a term, and has not begun it, or has given it up: the primary of the term before, which
// lives, would be refused everything. This server is closed, so all that was acknowledged is there.
std::optional<Want> news_of_replica(const ServiceFacts& facts) {
    const cluster::Journal& journal = *facts.journal;
    const WitnessFacts& witness = facts.witness;
    if (!facts.peer_is_fresh() || facts.peer.state->role != Role::primary) return std::nullopt;
    if (journal.term != Term::none || facts.journal_is_unsure || facts.maybe_open) return std::nullopt;
    const Epoch primary = facts.peer.state->epoch;
    const InSync give_back{facts.settings.node, witness.record ? witness.record->epoch : journal.epoch,
                           facts.peer.node};
    if (!witness.has_told && journal.epoch > primary) return give_back;
    if (!witness.record || witness.record->owner != facts.settings.node) return std::nullopt;
    if (witness.record->epoch <= primary || witness.record->in_sync) return std::nullopt;
    return give_back;
}

}  // namespace

bool asks_witness(const ServiceFacts& facts) {
    return facts.settings.witness && facts.is_lossless() && facts.witness.peer_votes.value_or(true);
}

vrrp::Duration witness_patience(const ServiceFacts& facts) {
    return *facts.settings.witness + std::chrono::milliseconds{300};
}

bool may_begin_by_vote(const ServiceFacts& facts) {
    return asks_witness(facts) && facts.peer.standing == cluster::Standing::silent && facts.journal &&
           facts.journal->term == Term::held && facts.view && facts.view->channels.empty();
}

bool may_go_alone_by_vote(const ServiceFacts& facts) {
    return asks_witness(facts) && facts.witness.peer_votes == true && facts.witness.replica_is_missed;
}

Want term_question(const ServiceFacts& facts, Epoch epoch, bool undisputed) {
    return BeginTerm{facts.settings.node, epoch, undisputed && facts.witness.peer_votes == true, undisputed};
}

Want alone_question(const ServiceFacts& facts) {
    if (!is_recorded(facts)) return term_question(facts, facts.journal->epoch, true);
    return GoAlone{facts.settings.node, facts.journal->epoch};
}

std::optional<Want> news_for_witness(const ServiceFacts& facts) {
    if (!asks_witness(facts) || !facts.journal) return std::nullopt;
    if (facts.phase == Phase::primary) return news_of_primary(facts);
    return facts.phase == Phase::idle ? news_of_replica(facts) : std::nullopt;
}

Epoch greatest_epoch(const ServiceFacts& facts) {
    Epoch greatest = facts.journal ? facts.journal->epoch : Epoch{};
    if (facts.peer_is_fresh()) greatest = std::max(greatest, facts.peer.state->epoch);
    if (facts.witness.record) greatest = std::max(greatest, facts.witness.record->epoch);
    return greatest;
}

std::string in_words(const std::optional<witness::Record>& record) {
    if (!record) return "there is no record";
    return fmt::format("term {} is {}'s, {}", static_cast<std::uint64_t>(record->epoch), record->owner,
                       record->in_sync ? "and " + *record->in_sync + " is in sync" : "alone");
}

}  // namespace highbase::node
