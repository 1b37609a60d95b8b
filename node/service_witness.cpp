// SPDX-License-Identifier: GPL-2.0-or-later
// What the third vote answers, and what follows.
#include <fmt/format.h>

#include <utility>

#include "node/permission.hpp"
#include "node/service.hpp"
#include "node/vote.hpp"

namespace highbase::node {
namespace {

using cluster::Role;
using replication::TaskDone;
using replication::TaskFailed;
using replication::VoteUnknown;
using witness::No;
using witness::Refusal;
using witness::Unknown;
using witness::Yes;

}  // namespace

void Service::on(const WitnessAnswered& e) {
    note_vote(e.answer);
    if (e.number != awaited_) return;
    if (promotion_) return answer_promotion(e.answer);
    if (!job_) return;
    const auto* no = std::get_if<No>(&e.answer);
    const bool nothing_known =
        std::holds_alternative<Unknown>(e.answer) || (no != nullptr && no->refusal == Refusal::no_record);
    const bool goes_on =
        std::holds_alternative<Yes>(e.answer) || (nothing_known && question_ && !question_->needs_yes);
    if (goes_on) {
        perform(job_->procedure.done(now_));
    } else {
        perform(job_->procedure.failed(now_, to_text(e.answer), false));
    }
    job_ended();
}

void Service::answer_promotion(const witness::Answer& answer) {
    const std::uint32_t number = promotion_number_;
    if (std::holds_alternative<Yes>(answer))
        return follow_promotion(promotion_->handle(now_, TaskDone{number, std::nullopt}));
    const auto* no = std::get_if<No>(&answer);
    // It would not have named a successor if it had gone alone: the record is behind, or there is none.
    const bool peer_is_there = is_named_successor(facts_);
    const bool may_do_without = no == nullptr || no->refusal == Refusal::no_record ||
                                (no->refusal == Refusal::not_in_sync && peer_is_there);
    std::string reason = fmt::format("the witness: {}", to_text(answer));
    if (may_do_without)
        return follow_promotion(
            promotion_->handle(now_, VoteUnknown{number, std::move(reason), peer_is_there}));
    // Another number may be allowed.
    if (no->refusal != Refusal::epoch_taken) facts_.witness.refusal = sentence(no->refusal);
    if (no->refusal == Refusal::not_in_sync) {
        in_sync_.forget();  // the primary may have gone alone since it was heard last
        facts_.in_sync = false;
    }
    follow_promotion(promotion_->handle(now_, TaskFailed{number, std::move(reason)}));
}

// Also an answer that nobody waits for any more: what it tells of has happened.
void Service::note_vote(const witness::Answer& answer) {
    WitnessFacts& known = facts_.witness;
    if (const auto* unknown = std::get_if<Unknown>(&answer)) {
        if (std::exchange(known.trouble, unknown->trouble.text).empty())
            tell(EventId::witness_silent, {{"reason", unknown->trouble.text}});
        return;
    }
    if (!std::exchange(known.trouble, "").empty()) tell(EventId::witness_answers);
    known.has_told = true;
    if (const auto* yes = std::get_if<Yes>(&answer)) {
        known.record = yes->record;
        known.refusal.clear();
        tell(EventId::witness_agreed, {{"record", in_words(known.record)}});
        return;
    }
    const auto& no = std::get<No>(answer);
    known.record = no.record;
    tell(EventId::witness_refused,
         {{"reason", std::string{sentence(no.refusal)}}, {"record", in_words(known.record)}});
}

// A later term than the own one was allowed: this one is over, whoever is heard.
void Service::yield_to_witness() {
    const bool serves = facts_.phase == Phase::primary || facts_.phase == Phase::demoting;
    const auto& record = facts_.witness.record;
    if (!serves || !asks_witness(facts_) || !record || record->epoch < facts_.journal->epoch) return;
    if (record->epoch == facts_.journal->epoch && record->owner == facts_.settings.node) return;
    std::string why = "the witness says: " + in_words(record);
    step_down(why);
    if (record->owner != facts_.settings.node && record->in_sync != facts_.settings.node)
        facts_.witness.refusal = std::move(why);
}

void Service::note_witnesses() {
    WitnessFacts& known = facts_.witness;
    if (facts_.peer_is_fresh()) {
        known.refusal.clear();
        const bool votes = facts_.peer.state->votes;
        const bool expected = facts_.settings.witness && facts_.is_lossless();
        if (expected && !votes && known.peer_votes != false)
            tell(EventId::witness_one_sided, {{"peer", facts_.peer.node}});
        known.peer_votes = votes;
    }
    const bool waits = facts_.phase == Phase::primary && facts_.journal && !facts_.journal->alone;
    if (!waits || facts_.peer_is_fresh()) unheard_since_.reset();
    if (waits && !facts_.peer_is_fresh() && !unheard_since_) unheard_since_ = now_;
    const bool nothing_acknowledged = facts_.view && (facts_.is_stuck || facts_.view->semi_sync.clients == 0);
    known.replica_is_missed = unheard_since_ && nothing_acknowledged &&
                              now_ >= *unheard_since_ + facts_.settings.database.solo_after;
    known.replica_has_all = waits && replica_has_all();
    const std::string in_vain = waits_in_vain(facts_);
    if (!in_vain.empty() && !told_in_vain_) tell(EventId::replica_missed, {{"reason", in_vain}});
    told_in_vain_ = !in_vain.empty();
}

// All that was committed before commits began to wait; what came after waits for it. And that it says so
// itself: its own journal would let it be promoted.
bool Service::replica_has_all() const {
    if (!waits_from_ || !facts_.peer_is_fresh()) return false;
    const cluster::ServiceState& peer = *facts_.peer.state;
    const bool follows = peer.role == Role::replica && peer.epoch == facts_.journal->epoch && peer.in_sync &&
                         peer.votes && !std::holds_alternative<cluster::Release>(peer.word);
    if (!follows || peer.received.omitted) return false;
    const auto received = replication::Position::parse(waits_from_->flavour(), peer.received.text);
    return received && received->covers(*waits_from_);
}

// Of a look that is up to date.
void Service::note_wait() {
    const replication::SemiSync& semi_sync = facts_.view->semi_sync;
    const bool waits = facts_.phase == Phase::primary && facts_.journal && !facts_.journal->alone &&
                       !facts_.journal_is_unsure && semi_sync.source_on && semi_sync.waits_for_ever();
    if (!waits) waits_from_.reset();
    if (waits && !waits_from_) waits_from_ = facts_.view->history;
}

}  // namespace highbase::node
