// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/promotion.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace highbase::replication {
namespace {

using namespace std::chrono_literals;

// Between two looks at a replica that drains.
constexpr vrrp::Duration kDrainPause = 5ms;

constexpr std::array<PromotionRow, kPromotionSteps> kTable{{
    {PromotionStep::before_hooks, "before_hooks", "run the hooks that come before a promotion",
     "one of them may know a reason against it", 0ms},
    {PromotionStep::ask_peer, "ask_peer", "wait until the other node has written down that a term begins",
     "it was asked, and does not write; but a moment later, when it is not heard any more, it might begin as "
     "well",
     3s},
    {PromotionStep::await_floor, "await_floor", "wait until all that the old primary wrote has been received",
     "in a planned switchover it is alive, and has said where its term has ended", 500ms},
    {PromotionStep::close_road, "close_road", "refuse all packets from here to the old primary's port",
     "what is not received from now on was acknowledged to nobody; and to leave a dead source takes a server "
     "seconds where it may try to reach it",
     100ms},
    {PromotionStep::stop_receiver, "stop_receiver", "stop the thread that receives, and only that one",
     "from here on the old primary gets no acknowledgement from this server", 3s},
    {PromotionStep::read_received, "read_received", "read which transactions have been received",
     "each of them may have been acknowledged to a client", 500ms},
    {PromotionStep::drain, "drain", "wait until all of them are applied",
     "what is only in the relay log would be lost with it", 500ms},
    {PromotionStep::check_floor, "check_floor", "compare with what the old primary was last known to have",
     "catches a replica that has lost its relay log", 0ms},
    {PromotionStep::ask_witness, "ask_witness", "where there is a witness: ask it for this term",
     "the old primary may have gone on alone by its vote, and cannot any more after a yes; so as late as "
     "possible, when all that could stop a promotion has been looked at but the fence, which must not shoot "
     "at a primary that the witness knows; and before the journal allows this node to begin the term on its "
     "own",
     0ms},
    {PromotionStep::ask_peer_instead, "ask_peer_instead",
     "where the witness does not answer: wait until the other node has written down that a term begins",
     "it is there, and then will not ask the witness for this term, nor for the one that ends: its word on "
     "its disk is as good as a vote",
     3s},
    {PromotionStep::fence_peer, "fence_peer", "have the old primary's box switched off",
     "only where it fell silent and there is a fence_agent: it may be alive behind a network that is cut",
     0ms},
    {PromotionStep::record_intent, "record_intent", "write the new term into the journal",
     "after a crash this node must know that it may have become the primary", 500ms},
    {PromotionStep::end_applier, "end_applier", "end the thread that applies",
     "only MySQL: where the old primary fell silent in the middle of a transaction, which nobody has "
     "acknowledged, to stop it takes a minute",
     500ms},
    {PromotionStep::stop_applier, "stop_applier", "stop replication", "its work is done", 2s},
    {PromotionStep::leave_semi_sync, "leave_semi_sync", "commit without waiting for a replica",
     "there is none yet: the first write would wait for ever; the journal has it that this node writes alone",
     500ms},
    {PromotionStep::forget_source, "forget_source", "forget the old primary as a source",
     "this server must not follow it again by itself", 1s},
    {PromotionStep::open, "open", "take writes", "", 1s},
    {PromotionStep::prove, "prove", "write the term into highbase.epoch",
     "a server that cannot commit this cannot serve", 1s},
    {PromotionStep::record_term, "record_term", "write into the journal that the server takes writes", "",
     500ms},
}};

const Channel* followed_channel(const ServerView& view) {
    return view.channels.empty() ? nullptr : &view.channels.front();
}

// Without a packet filter the receiver takes longer to stop, and its stop closes the intake as well. An
// applier that may not be ended (error 1095) mostly stops by itself.
bool may_fail(PromotionStep step, const PromotionPlan& plan) {
    return step == PromotionStep::close_road || step == PromotionStep::end_applier ||
           (step == PromotionStep::fence_peer && !plan.fence_required);
}

std::string applier_trouble(const Channel& channel) {
    if (channel.applier.error_number != 0)
        return fmt::format("the applier has stopped: error {}: {}", channel.applier.error_number,
                           channel.applier.error);
    return "the applier is stopped";
}

}  // namespace

const std::array<PromotionRow, kPromotionSteps>& promotion_table() {
    return kTable;
}

const PromotionRow& row(PromotionStep step) {
    return kTable.at(static_cast<std::size_t>(step));
}

std::string_view name(PromotionFailure failure) {
    switch (failure) {
        case PromotionFailure::vetoed: return "vetoed";
        case PromotionFailure::no_answer: return "no_answer";
        case PromotionFailure::refused: return "refused";
        case PromotionFailure::applier_broken: return "applier_broken";
        case PromotionFailure::drain_too_long: return "drain_too_long";
        case PromotionFailure::below_floor: return "below_floor";
        case PromotionFailure::changed_meanwhile: return "changed_meanwhile";
        case PromotionFailure::outvoted: return "outvoted";
        case PromotionFailure::witness_silent: return "witness_silent";
    }
    return "";
}

PromotionTask Promotion::begin(vrrp::TimePoint now) {
    step_ = PromotionStep::before_hooks;
    while (!applies(step_)) step_ = static_cast<PromotionStep>(static_cast<int>(step_) + 1);
    timeline_.push_back({step_, now, now});
    return task(now);
}

std::optional<PromotionTask> Promotion::handle(vrrp::TimePoint now, const TaskDone& done) {
    if (outcome_ || done.number != number_ || pausing_) return std::nullopt;
    deadline_.reset();
    const bool looks = step_ == PromotionStep::await_floor || step_ == PromotionStep::read_received ||
                       step_ == PromotionStep::drain;
    if (looks) {
        if (done.view) return look_at(now, *done.view);
        fail(now, PromotionFailure::refused, "the server's state could not be read");
        return std::nullopt;
    }
    return advance(now);
}

std::optional<PromotionTask> Promotion::handle(vrrp::TimePoint now, const TaskFailed& failed) {
    if (outcome_ || failed.number != number_ || pausing_) return std::nullopt;
    if (may_fail(step_, plan_)) return advance(now);
    if (step_ == PromotionStep::prove && !creates_tables_) {
        creates_tables_ = true;
        return task(now);
    }
    PromotionFailure failure = PromotionFailure::refused;
    if (step_ == PromotionStep::before_hooks) failure = PromotionFailure::vetoed;
    if (step_ == PromotionStep::ask_witness) failure = PromotionFailure::outvoted;
    fail(now, failure, failed.reason);
    return std::nullopt;
}

std::optional<PromotionTask> Promotion::handle(vrrp::TimePoint now, const VoteUnknown& unknown) {
    if (outcome_ || unknown.number != number_ || step_ != PromotionStep::ask_witness) return std::nullopt;
    if (plan_.needs_vote && !unknown.peer_is_there) {
        fail(now, PromotionFailure::witness_silent, unknown.reason);
        return std::nullopt;
    }
    if (plan_.needs_vote) vote_is_missing_ = unknown.reason;
    return advance(now);
}

std::optional<PromotionTask> Promotion::handle_timer(vrrp::TimePoint now) {
    if (outcome_ || !deadline_ || now < *deadline_) return std::nullopt;
    if (pausing_) return task(now);
    if (may_fail(step_, plan_)) return advance(now);
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(patience());
    std::string reason = fmt::format("no answer within {} ms", waited.count());
    if (step_ == PromotionStep::ask_peer_instead) reason += ", and from the witness: " + vote_is_missing_;
    fail(now, PromotionFailure::no_answer, std::move(reason));
    return std::nullopt;
}

void Promotion::give_up(vrrp::TimePoint now, const std::string& reason) {
    if (!outcome_) fail(now, PromotionFailure::changed_meanwhile, reason);
}

vrrp::Duration Promotion::patience() const {
    if (step_ == PromotionStep::before_hooks) return plan_.hooks.value_or(0ms);
    if (step_ == PromotionStep::ask_witness) return plan_.witness.value_or(0ms);
    if (step_ == PromotionStep::fence_peer) return plan_.fence.value_or(0ms);
    return row(step_).deadline;
}

std::optional<vrrp::TimePoint> Promotion::next_deadline() const {
    return outcome_ ? std::nullopt : deadline_;
}

// Where the server follows nobody there is nothing to close, to drain or to forget.
bool Promotion::applies(PromotionStep step) const {
    switch (step) {
        case PromotionStep::before_hooks: return plan_.hooks.has_value();
        case PromotionStep::ask_peer: return plan_.ask_peer;
        case PromotionStep::ask_witness: return plan_.witness.has_value();
        case PromotionStep::ask_peer_instead: return !vote_is_missing_.empty();
        case PromotionStep::fence_peer: return plan_.fence.has_value();
        case PromotionStep::await_floor: return plan_.await_floor && plan_.floor && plan_.source;
        case PromotionStep::close_road:
        case PromotionStep::stop_receiver:
        case PromotionStep::stop_applier:
        case PromotionStep::forget_source: return plan_.source.has_value();
        case PromotionStep::end_applier: return plan_.source.has_value() && !plan_.dialect.is_mariadb();
        case PromotionStep::leave_semi_sync: return plan_.has_semi_sync_source || plan_.has_semi_sync_replica;
        default: return true;
    }
}

std::optional<PromotionTask> Promotion::advance(vrrp::TimePoint now) {
    deadline_.reset();
    timeline_.back().ended = now;
    do {
        if (step_ == PromotionStep::record_term) {
            outcome_ = Promoted{};
            return std::nullopt;
        }
        step_ = static_cast<PromotionStep>(static_cast<int>(step_) + 1);
    } while (!applies(step_));
    timeline_.push_back({step_, now, now});
    return task(now);
}

PromotionTask Promotion::task(vrrp::TimePoint now) {
    const Dialect& dialect = plan_.dialect;
    pausing_ = false;
    deadline_ = now + patience();
    PromotionTask task{++number_, step_, Look{}};
    switch (step_) {
        case PromotionStep::before_hooks: task.what = RunHooks{HookPoint::before_promote}; break;
        case PromotionStep::ask_peer:
        case PromotionStep::ask_peer_instead: task.what = AskPeer{plan_.epoch}; break;
        case PromotionStep::ask_witness: task.what = AskVote{plan_.epoch}; break;
        case PromotionStep::close_road: task.what = CloseRoad{plan_.source->host, plan_.source->port}; break;
        case PromotionStep::stop_receiver: task.what = Execute{stop_receiver(dialect)}; break;
        case PromotionStep::await_floor:
        case PromotionStep::read_received:
        case PromotionStep::drain:
        case PromotionStep::check_floor: break;  // a look
        case PromotionStep::fence_peer: task.what = FencePeer{}; break;
        case PromotionStep::record_intent: task.what = Record{plan_.epoch, false}; break;
        case PromotionStep::end_applier: task.what = EndApplier{}; break;
        case PromotionStep::stop_applier: task.what = Execute{stop_replica(dialect)}; break;
        case PromotionStep::leave_semi_sync: {
            Statements statements;
            if (plan_.has_semi_sync_replica) statements = semi_sync_replica(dialect, false);
            if (plan_.has_semi_sync_source)
                std::ranges::copy(semi_sync_source(dialect, false), std::back_inserter(statements));
            task.what = Execute{std::move(statements)};
            break;
        }
        case PromotionStep::forget_source: task.what = Execute{forget_source(dialect)}; break;
        case PromotionStep::open: task.what = Execute{open_for_writes(dialect)}; break;
        case PromotionStep::prove: task.what = Execute{proof()}; break;
        case PromotionStep::record_term: task.what = Record{plan_.epoch, true}; break;
    }
    return task;
}

Statements Promotion::proof() const {
    Statements statements;
    if (creates_tables_) statements = create_tables();
    std::ranges::copy(record_epoch(plan_.epoch, plan_.node), std::back_inserter(statements));
    return statements;
}

std::optional<PromotionTask> Promotion::look_at(vrrp::TimePoint now, const ServerView& view) {
    if (const std::string change = changed(now, view); !change.empty()) {
        fail(now, PromotionFailure::changed_meanwhile, change);
        return std::nullopt;
    }
    const Channel* channel = followed_channel(view);
    if (step_ == PromotionStep::await_floor) return arrived(now, view);
    if (step_ == PromotionStep::read_received) {
        // Nothing can be added to it any more: the receiver is stopped, and only it adds.
        if (channel != nullptr && channel->receiver.running) {
            fail(now, PromotionFailure::changed_meanwhile, "somebody has started the receiver again");
            return std::nullopt;
        }
        received_ = channel != nullptr ? channel->received : view.history;
        drain_by_ = now + plan_.max_drain;
        timeline_.back().ended = now;
        step_ = PromotionStep::drain;
        timeline_.push_back({step_, now, now});
    }
    return drained(now, view);
}

std::string Promotion::changed(vrrp::TimePoint now, const ServerView& view) const {
    if (view.uptime + kUptimeSlack < plan_.uptime + (now - plan_.looked))
        return "the server has been restarted";
    const bool same = plan_.source ? view.only_channel_to(plan_.source->host, plan_.source->port) != nullptr
                                   : view.channels.empty();
    return same ? "" : "somebody has changed what the server follows";
}

std::optional<PromotionTask> Promotion::arrived(vrrp::TimePoint now, const ServerView& view) {
    const Position& received = view.channels.front().received;
    if (received.covers(*plan_.floor)) return advance(now);
    if (now - timeline_.back().began >= plan_.max_drain) {
        fail(now, PromotionFailure::below_floor,
             fmt::format("not received from the old primary: {}", plan_.floor->missing_from(received)));
        return std::nullopt;
    }
    pausing_ = true;
    deadline_ = now + kDrainPause;
    return std::nullopt;
}

std::optional<PromotionTask> Promotion::drained(vrrp::TimePoint now, const ServerView& view) {
    const Channel* channel = followed_channel(view);
    // A replica has what it applied, whatever it wrote itself in an earlier term: another server's
    // transactions cannot be made up for by its own.
    const Position& own = channel != nullptr ? view.applied : view.history;
    if (own.covers(*received_)) {
        timeline_.back().ended = now;
        step_ = PromotionStep::check_floor;
        timeline_.push_back({step_, now, now});
        if (!plan_.floor || own.covers(*plan_.floor)) return advance(now);
        fail(now, PromotionFailure::below_floor,
             fmt::format("the old primary had transactions that are not here: {}",
                         plan_.floor->missing_from(own)));
        return std::nullopt;
    }
    if (channel == nullptr || !channel->applier.running) {
        fail(now, PromotionFailure::applier_broken,
             channel == nullptr ? "there is no applier" : applier_trouble(*channel));
        return std::nullopt;
    }
    if (now >= *drain_by_) {
        fail(now, PromotionFailure::drain_too_long,
             fmt::format("still to be applied: {}", received_->missing_from(own)));
        return std::nullopt;
    }
    pausing_ = true;
    deadline_ = now + kDrainPause;
    return std::nullopt;
}

void Promotion::fail(vrrp::TimePoint now, PromotionFailure failure, std::string reason) {
    timeline_.back().ended = now;
    deadline_.reset();
    outcome_ = PromotionFailed{step_, failure, std::move(reason), undo(failure)};
}

// Up to the drain the server can go on as the replica that it was. A server that has been opened is closed
// again. One that has left its source is nobody's replica until it rejoins.
Statements Promotion::undo(PromotionFailure failure) const {
    switch (step_) {
        case PromotionStep::before_hooks:
        case PromotionStep::ask_peer:
        case PromotionStep::await_floor:
        case PromotionStep::close_road: return {};
        case PromotionStep::stop_receiver:
        case PromotionStep::read_received:
        case PromotionStep::drain:
        case PromotionStep::check_floor:
        case PromotionStep::ask_witness:
        case PromotionStep::ask_peer_instead:
        case PromotionStep::fence_peer:
        case PromotionStep::record_intent:
            // With the applier stopped as well, MariaDB would begin with an empty relay log (MDEV-4698).
            if (!plan_.source || failure == PromotionFailure::applier_broken) return {};
            return start_receiver(plan_.dialect);
        case PromotionStep::end_applier:
        case PromotionStep::stop_applier:
        case PromotionStep::leave_semi_sync:
        case PromotionStep::forget_source: return {};
        case PromotionStep::open:
        case PromotionStep::prove:
        case PromotionStep::record_term: return close_for_writes(plan_.dialect);
    }
    return {};
}

}  // namespace highbase::replication
