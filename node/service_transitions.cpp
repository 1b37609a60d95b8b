// SPDX-License-Identifier: GPL-2.0-or-later
// From one phase of a service to another.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "node/forwarding.hpp"
#include "node/permission.hpp"
#include "node/service.hpp"
#include "node/vote.hpp"

namespace highbase::node {
namespace {

using namespace std::chrono_literals;
using cluster::Role;
using cluster::Term;
using replication::HookPoint;
using replication::PromotionStep;

// The successor begins within milliseconds; one that has not by then will not.
constexpr vrrp::Duration kSuccession = 3s;
constexpr vrrp::Duration kWord = 5s;
constexpr vrrp::Duration kSwitchover = 15s;
constexpr vrrp::Duration kStop = 5s;
constexpr vrrp::Duration kLastWord = 500ms;
constexpr vrrp::Duration kFenceEnd = 2s;  // an agent that did not end in time is ended

std::string in_milliseconds(vrrp::Duration duration) {
    return fmt::format("{:.1f}", std::chrono::duration<double, std::milli>{duration}.count());
}

std::string in_words(const std::vector<StepTime>& steps) {
    std::string text;
    for (const StepTime& step : steps)
        text += fmt::format("{}{} {} ms", text.empty() ? "" : ", ", step.name, in_milliseconds(step.took));
    return text;
}

std::vector<StepTime> timeline_of(const replication::Promotion& promotion) {
    std::vector<StepTime> steps;
    for (const replication::StepTime& step : promotion.timeline())
        steps.push_back({replication::row(step.step).name, step.ended - step.began});
    return steps;
}

// What a promotion writes down: from its intent on nobody else can begin a term without this node's word.
cluster::Journal journal_of(const replication::Record& record, const cluster::Journal& before,
                            bool maintenance) {
    cluster::Journal journal{cluster::Epoch{record.epoch}, record.open ? Term::held : Term::promoting};
    journal.alone = true;
    journal.maintenance = maintenance;
    if (!record.open) journal.in_sync = before.in_sync;
    return journal;
}

}  // namespace

// ---- promotion

void Service::on(const Won&) {
    has_won_ = true;
    if (is_kept_from_addresses(facts_) || may_forward_to_peer(facts_)) return begin_to_serve();
    if (facts_.phase != Phase::idle) return;
    const Judgement judgement = judge(facts_);
    if (judgement.is_eligible() && !is_vetoed(facts_)) return begin_promotion();
    const Veto* stands = judgement.is_eligible() ? standing_veto(facts_) : nullptr;
    tell(EventId::takeover_refused,
         {{"reason", stands != nullptr ? veto(facts_) : judgement.reason},
          {"remedy", std::string{stands != nullptr ? stands->remedy : remedy(judgement.eligibility)}}});
    has_won_ = false;
    out_.emplace_back(Refuse{});
}

void Service::begin_promotion() {
    if (facts_.serves) out_.emplace_back(Pause{});
    no_longer_serves();
    drop_job();
    word_ = {};
    const replication::ServerView& view = *facts_.view;
    const DatabaseConfiguration& database = facts_.settings.database;
    replication::PromotionPlan plan;
    plan.dialect = view.dialect;
    plan.epoch = static_cast<std::uint64_t>(greatest_epoch(facts_)) + 1;
    plan.node = facts_.settings.node;
    plan.max_drain = database.max_drain;
    plan.looked = facts_.looked;
    plan.uptime = view.uptime;
    if (const replication::Channel* channel = facts_.channel_to_peer())
        plan.source = replication::Source{channel->source_host, channel->source_port};
    if (database.has_hooks(HookPoint::before_promote))
        plan.hooks = patience(database, HookPoint::before_promote);
    plan.has_semi_sync_source = view.semi_sync.source_available;
    plan.has_semi_sync_replica = view.semi_sync.replica_available;
    // Mode available takes what there is.
    if (facts_.is_lossless() && !facts_.accept_loss)
        plan.floor = floor_;
    else
        tell_what_lacks();
    if (must_fence_peer()) plan.fence = database.fence.timeout + kFenceEnd;
    plan.fence_required = database.fence.required;
    const Permission* permission = permitted(Act::begin_term, facts_);
    plan.ask_peer = permission->ask == Ask::peer;
    if (asks_witness(facts_)) plan.witness = witness_patience(facts_);
    plan.needs_vote = permission->ask == Ask::witness;
    planned_ = facts_.promote || !plan.source;  // or its own term goes on
    if (is_named_successor(facts_)) {
        const auto& resign = std::get<cluster::Resign>(facts_.peer.state->word);
        auto last = replication::Position::parse(view.history.flavour(), resign.final_position.text);
        if (last && !last->empty()) {
            plan.floor = *std::move(last);
            plan.await_floor = plan.source.has_value();
            planned_ = true;
        }
    }
    tell(EventId::promotion_began, {{"epoch", std::to_string(plan.epoch)}});
    facts_.phase = Phase::promoting;
    transition_began_ = now_;
    told_step_.reset();
    promotion_.emplace(std::move(plan));
    follow_promotion(promotion_->begin(now_));
}

// Counted before the last of it may have come in: at most.
void Service::tell_what_lacks() {
    const replication::Channel* channel = facts_.channel_to_peer();
    if (channel == nullptr || !facts_.peer_committed) return;
    const std::uint64_t lacks = channel->received.transactions_behind(*facts_.peer_committed).value_or(0);
    if (lacks > 0)
        tell(EventId::promotion_lacks, {{"count", std::to_string(lacks)}, {"peer", facts_.peer.node}});
}

void Service::follow_promotion(const std::optional<replication::PromotionTask>& task) {
    if (promotion_->outcome()) return promotion_ended();
    if (!task) return;
    promotion_number_ = task->number;
    if (told_step_ != task->step)
        tell(EventId::promotion_step, {{"step", std::string{replication::row(task->step).name}}});
    told_step_ = task->step;
    if (std::holds_alternative<replication::AskPeer>(task->what)) return;  // what is said now asks for it
    // Heard meanwhile, and it takes no writes: as if it had been heard from the beginning.
    const bool heard = facts_.peer_is_fresh() && !facts_.peer_writes();
    if (task->step == PromotionStep::fence_peer && heard)
        return follow_promotion(promotion_->handle(now_, replication::TaskDone{task->number, {}}));
    if (task->step == PromotionStep::open) facts_.maybe_open = facts_.opened_here = true;
    Deed deed = std::visit(
        [&](const auto& what) -> Deed {
            using What = std::decay_t<decltype(what)>;
            if constexpr (std::is_same_v<What, replication::Record>)
                return WriteJournal{journal_of(what, *facts_.journal, facts_.maintenance)};
            else if constexpr (std::is_same_v<What, replication::AskPeer>)
                return {};
            else if constexpr (std::is_same_v<What, replication::AskVote>)
                return AskWitness{
                    term_question(facts_, cluster::Epoch{what.epoch}, !promotion_->plan().needs_vote)};
            else
                return what;
        },
        task->what);
    asked_ = deed;
    perform(std::move(deed), promotion_->patience());
}

bool Service::asks() const {
    return promotion_ && (promotion_->step() == PromotionStep::ask_peer ||
                          promotion_->step() == PromotionStep::ask_peer_instead);
}

// The peer has written down the term that is about to begin as not its own. The number alone would not tell:
// it may have tried to begin the same one.
void Service::note_consent() {
    if (!asks() || !facts_.peer_is_fresh()) return;
    const cluster::ServiceState& peer = *facts_.peer.state;
    const bool consents = peer.epoch == epoch() && peer.foreign_term && !facts_.peer_writes();
    if (consents) follow_promotion(promotion_->handle(now_, replication::TaskDone{promotion_number_, {}}));
}

void Service::promotion_ended() {
    const replication::Promotion promotion = *std::exchange(promotion_, std::nullopt);
    settled_ = now_;
    facts_.view_is_current = false;
    const cluster::Epoch epoch{promotion.plan().epoch};
    last_transition_ = Transition{"promotion", epoch,         transition_began_,     now_ - transition_began_,
                                  false,       std::string{}, timeline_of(promotion)};
    const std::string took = in_milliseconds(last_transition_->took);
    const std::string steps = in_words(last_transition_->steps);
    const auto* failed = std::get_if<replication::PromotionFailed>(&*promotion.outcome());
    if (failed == nullptr) {
        last_transition_->done = true;
        facts_.phase = Phase::primary;
        primary_since_ = now_;
        in_sync_.forget();
        facts_.in_sync = false;
        floor_.reset();
        told_useless_ = false;
        if (!planned_) note_failover();
        if (switchover_) end_switchover(false, "this node has taken over again");
        tell(EventId::promoted,
             {{"epoch", std::to_string(promotion.plan().epoch)}, {"ms", took}, {"steps", steps}});
        serve();
        return run_hooks(HookPoint::after_promote);
    }
    last_transition_->reason = failed->reason;
    facts_.phase = Phase::idle;
    facts_.threads_started = false;  // whichever are stopped now, it was not an operator who did so
    held_down_until_ = now_ + facts_.settings.hold_down;
    facts_.hold_reason.clear();
    if (failed->step == PromotionStep::ask_witness) facts_.hold_reason = failed->reason;
    tell(EventId::promotion_failed, {{"step", std::string{replication::row(failed->step).name}},
                                     {"failure", std::string{replication::name(failed->failure)}},
                                     {"reason", failed->reason}});
    if (std::exchange(has_won_, false)) out_.emplace_back(Refuse{});
    if (failed->undo.empty()) return;
    // The road first: a receiver that is started again must find its source.
    begin_job(std::nullopt, {{"open_road", replication::OpenRoad{}, 1s, true},
                             {"undo", replication::Execute{failed->undo}, 3s}});
}

// ---- the end of a term

void Service::on(const Lost&) {
    has_won_ = false;
    no_longer_serves();
    if (promotion_) {
        promotion_->give_up(now_, "the election is lost");
        return promotion_ended();
    }
    if (facts_.phase == Phase::idle) return;
    // Clients come in by the other box now, and are led here.
    if (facts_.settings.forwards) return tell(EventId::addresses_elsewhere);
    tell(EventId::role_lost, {{"reason", "the election is lost"}});
    // It need not wait for this box's silence: nobody gets an answer here any more.
    if (facts_.peer_is_fresh() && !facts_.peer_writes() && may_name_successor()) name_successor(std::nullopt);
    become_idle();
}

bool Service::yields() const {
    const cluster::ServiceState& peer = *facts_.peer.state;
    const cluster::Epoch own = epoch();
    // Two that ask each other for the same term would both wait in vain.
    if (asks() && !facts_.peer_writes())
        return peer.epoch == own && !peer.foreign_term && facts_.settings.node < facts_.peer.node;
    if (!facts_.peer_writes()) {
        // It has begun a later term, written, and lost its role. What it wrote is not here.
        const auto executed = facts_.peer_executed();
        return facts_.phase == Phase::primary && peer.role == Role::none && peer.epoch > own && executed &&
               !facts_.view->history.covers(*executed);
    }
    if (asks()) return true;
    if (peer.epoch != own) return peer.epoch > own;
    const bool promoting = facts_.phase == Phase::promoting;
    if (promoting == (peer.role == Role::promoting)) return facts_.settings.node < facts_.peer.node;
    return promoting && peer.role == Role::primary;
}

// Two terms at once: the later one is the one that counts. Two that begin at once, in a network that carries
// the peer link but no advertisements: one of them gives in.
void Service::yield_to_later_term() {
    if (facts_.phase == Phase::idle || !facts_.peer_is_fresh()) return;
    if (!yields()) return;
    const cluster::ServiceState& peer = *facts_.peer.state;
    tell(EventId::role_lost, {{"reason", fmt::format("{} has begun term {}", facts_.peer.node,
                                                     static_cast<std::uint64_t>(peer.epoch))}});
    out_.emplace_back(Leave{});
    if (promotion_) {
        has_won_ = false;
        promotion_->give_up(now_, "the peer has begun a later term");
        return promotion_ended();
    }
    become_idle();
}

// To leave helps only where somebody takes over: a box that cannot serve and has no successor stays, so that
// service comes back where the data is.
void Service::leave_if_useless() {
    if (facts_.phase != Phase::primary) return;
    // Whoever is there on the other side has taken over, or is about to.
    if (facts_.is_cut_off() && !facts_.maintenance)
        return step_down("neither the other box nor a gateway answers: this box is cut off");
    std::string why;
    if (facts_.server == ServerState::down) {
        why = facts_.server_trouble;
    } else if (!facts_.checks.up) {
        why = facts_.checks.reason;
    } else if (facts_.cannot_commit()) {
        why = "it does not commit: " + facts_.write_trouble;
    } else {
        told_useless_ = false;
        return;
    }
    const bool successor = facts_.peer_is_fresh() && facts_.peer.state->is_eligible() && may_name_successor();
    if (successor && !facts_.maintenance) return leave(why, std::nullopt);
    if (std::exchange(told_useless_, true)) return;
    const std::string peer = successor ? "eligible, but this box is in maintenance"
                             : facts_.peer_is_fresh()
                                 ? std::string{cluster::name(facts_.peer.state->eligibility)}
                                 : "it is not heard";
    tell(EventId::no_successor, {{"reason", why}, {"peer", peer}});
}

// A primary that has gone alone by a vote has what the other one has not, whatever that one heard last.
bool Service::may_name_successor() const {
    return !asks_witness(facts_) || (!facts_.journal->alone && !facts_.journal_is_unsure);
}

void Service::leave(const std::string& why, const std::optional<replication::Position>& final_position) {
    tell(EventId::role_resigned, {{"reason", why}, {"successor", facts_.peer.node}});
    out_.emplace_back(Leave{});
    name_successor(final_position);
    become_idle();
}

void Service::name_successor(const std::optional<replication::Position>& final_position) {
    cluster::Resign resign{facts_.journal->epoch, facts_.peer.node, {}};
    if (final_position) resign.final_position = in_message(*final_position);
    word_ = std::move(resign);
    word_until_ = now_ + kWord;
    facts_.peer.acknowledged = false;
    held_down_until_ = now_ + kSuccession;
    facts_.hold_reason.clear();
}

void Service::step_down(const std::string& why) {
    tell(EventId::role_lost, {{"reason", why}});
    out_.emplace_back(Leave{});
    become_idle();
}

// What was under way was meant for a primary: its next step, to open the server for instance, must not
// follow.
void Service::become_idle() {
    drop_job();
    no_longer_serves();
    facts_.phase = Phase::idle;
    facts_.maybe_open = facts_.opened_here = true;
    role_lost_ = now_;
    facts_.view_is_current = facts_.view.has_value();  // enough to close it at once
    has_won_ = false;
    if (switchover_) switchover_->by = now_ + kSwitchover;
    run_hooks(HookPoint::after_demote);
}

void Service::run_hooks(HookPoint point) {
    const DatabaseConfiguration& database = facts_.settings.database;
    if (!database.has_hooks(point)) return;
    const cluster::Epoch epoch = facts_.journal ? facts_.journal->epoch : cluster::Epoch{};
    out_.emplace_back(Task{++number_, patience(database, point), epoch, replication::RunHooks{point}});
}

// ---- a planned end

void Service::on(const SwitchoverAsked& e) {
    std::vector<std::string> reasons = against_switchover(facts_, e.to);
    if (switchover_ || stop_) reasons.emplace_back("a switchover, or the end of the daemon, is under way");
    if (e.dry_run || !reasons.empty()) {
        SwitchoverEnded ended{reasons.empty(), facts_.peer.node, std::move(reasons), {}, std::nullopt};
        if (facts_.phase == Phase::primary && facts_.view) {
            for (const Step& step : demotion_steps(facts_)) ended.steps.push_back({step.name, {}});
        }
        out_.emplace_back(std::move(ended));
        return;
    }
    switchover_ = ServiceSwitchover{now_, std::nullopt, facts_.journal->epoch, {}};
    begin_demotion();
}

void Service::begin_demotion() {
    tell(EventId::demotion_began, {{"successor", facts_.peer.node}});
    facts_.phase = Phase::demoting;
    transition_began_ = now_;
    begin_job(std::nullopt, demotion_steps(facts_));
}

void Service::demotion_ended(const Procedure& procedure) {
    const bool done = procedure.failure().empty();
    last_transition_ =
        Transition{"demotion", facts_.journal->epoch, transition_began_,   now_ - transition_began_,
                   done,       procedure.failure(),   procedure.timeline()};
    if (switchover_) {
        switchover_->steps = procedure.timeline();
        switchover_->closed = now_;  // clients could write until the hooks were done
        for (const StepTime& step : switchover_->steps) {
            if (step.name != "before_hooks") switchover_->closed -= step.took;
        }
    }
    if (done) {
        const replication::Position last = facts_.view->history;
        leave("a planned switchover", last);
        facts_.maybe_open = facts_.opened_here = facts_.view->is_writable();
        return;
    }
    facts_.phase = Phase::primary;
    tell(EventId::demotion_failed, {{"error", procedure.failure()}});
    end_switchover(false, procedure.failure());
    if (stop_) return step_down("the daemon stops");
    begin_job(DutyKind::reopen, reopen_steps(facts_));
}

// This side has done its part: the successor serves, or has refused, or is gone. In these cases the addresses
// come back here by themselves.
void Service::follow_switchover() {
    if (!switchover_ || facts_.phase != Phase::idle) return;
    if (!facts_.peer_is_fresh()) {
        held_down_until_ = now_;
        return end_switchover(false, facts_.peer.node + " is not heard any more");
    }
    const cluster::ServiceState& peer = *facts_.peer.state;
    if (peer.role == Role::primary && peer.epoch > switchover_->epoch) return end_switchover(true, "");
    if (facts_.peer_writes() || peer.is_eligible()) return;
    end_switchover(
        false, fmt::format("{} has not taken over: {}", facts_.peer.node, cluster::name(peer.eligibility)));
}

void Service::end_switchover(bool done, const std::string& reason) {
    if (!switchover_) return;
    const ServiceSwitchover switchover = *std::exchange(switchover_, std::nullopt);
    SwitchoverEnded ended{done, facts_.peer.node, {}, switchover.steps, std::nullopt};
    if (!reason.empty()) ended.reasons.push_back(reason);
    if (done) ended.writes_stopped = now_ - switchover.closed;
    out_.emplace_back(std::move(ended));
}

// ---- the end of the daemon

void Service::on(const StopAsked&) {
    if (stop_) return;
    const bool hooks = facts_.settings.database.has_hooks(HookPoint::before_demote);
    const vrrp::Duration more =
        hooks ? patience(facts_.settings.database, HookPoint::before_demote) : vrrp::Duration::zero();
    stop_ = ServiceStop{now_ + kStop + more, std::nullopt};
    facts_.stopping = true;
    if (promotion_) {
        promotion_->give_up(now_, "the daemon stops");
        promotion_ended();
    }
    if (facts_.phase != Phase::primary) return;
    drop_job();
    if (against_switchover(facts_, "").empty()) return begin_demotion();
    step_down("the daemon stops, and nobody can take over");
}

// In this order: the server is closed, the journal has the last word, the peer has heard it.
void Service::advance_stop() {
    if (!stop_ || stop_->ended) return;
    const bool in_time = now_ < stop_->by;
    if (in_time && (job_ || facts_.phase != Phase::idle)) return;
    const bool can_be_closed = facts_.server == ServerState::up || kill_at_;
    if (in_time && facts_.maybe_open && can_be_closed) return;
    if (in_time && !stop_->word_by && say_last_word()) return;
    const bool heard =
        (facts_.peer.acknowledged && !may_be_asked()) || facts_.peer.standing == cluster::Standing::silent;
    if (in_time && stop_->word_by && now_ < *stop_->word_by && !heard) return;
    stop_->ended = true;
    out_.emplace_back(Stopped{});
}

// The successor that gets no answer from the witness asks this box instead, before it begins.
bool Service::may_be_asked() const {
    const auto* resign = std::get_if<cluster::Resign>(&word_);
    if (resign == nullptr || !asks_witness(facts_) || !facts_.peer_is_fresh()) return false;
    const bool has_begun = facts_.peer_writes() && facts_.peer.state->epoch > resign->epoch;
    return !has_begun && facts_.peer.state->is_eligible();
}

// A replica that goes in order lets the primary go on alone. Whether there is something to wait for.
bool Service::say_last_word() {
    if (std::holds_alternative<cluster::Resign>(word_)) {
        stop_->word_by = now_ + kLastWord;
        if (asks_witness(facts_)) *stop_->word_by += *facts_.settings.witness;
        return true;
    }
    if (!facts_.journal || facts_.channel_to_peer() == nullptr || !facts_.is_lossless()) return false;
    cluster::Journal journal = *facts_.journal;
    if (!journal.released) {
        if (!facts_.in_sync) return false;
        in_sync_.forget();
        facts_.in_sync = false;
        journal.released = true;
        journal.in_sync.reset();
        begin_job(std::nullopt, {{"journal", WriteJournal{std::move(journal)}, 2s}});
        return true;
    }
    word_ = cluster::Release{facts_.journal->epoch};
    facts_.peer.acknowledged = false;
    stop_->word_by = now_ + kLastWord;
    return true;
}

}  // namespace highbase::node
