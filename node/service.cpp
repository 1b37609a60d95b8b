// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace highbase::node {
namespace {

using namespace std::chrono_literals;
using cluster::Role;
using replication::TaskDone;
using replication::TaskFailed;
using vrrp::TimePoint;

constexpr std::uint32_t kNobody = 0;  // tasks are numbered from 1
constexpr vrrp::Duration kRetry = 1s;
constexpr vrrp::Duration kBeatAfter = 1s;
constexpr vrrp::Duration kStuckAfter = 2s;
// A server counts its uptime in whole seconds, of a wall clock that may be adjusted a little.
constexpr std::chrono::seconds kUptimeSlack{3};

// Percent of the server's connections; told of anew only after it was better for certain.
constexpr std::uint32_t kCrowdedFrom = 95;
constexpr std::uint32_t kCrowdedUntil = 90;

std::chrono::seconds start_of(TimePoint asked, const replication::ServerView& view) {
    return std::chrono::duration_cast<std::chrono::seconds>(asked.time_since_epoch()) - view.uptime;
}

std::size_t index_of(DutyKind kind) {
    return static_cast<std::size_t>(kind);
}

}  // namespace

Service::Service(ServiceSettings settings) {
    facts_.settings = std::move(settings);
    facts_.checks.up = !facts_.settings.has_checks;
    facts_.checks.reason = "the checks have not answered yet";
    said_ = state();
}

ServiceActions Service::handle(TimePoint now, const ServiceEvent& event) {
    now_ = now;
    out_.clear();
    facts_.held_down = now < held_down_until_;
    std::visit([this](const auto& e) { on(e); }, event);
    forget_orders();
    see_to_release();
    note_consent();
    yield_to_later_term();
    note_witnesses();
    yield_to_witness();
    leave_if_useless();
    see_to_kill();
    facts_.held_down = now < held_down_until_;
    see_to_forwarding();
    facts_.errant = facts_.phase == Phase::idle ? errant_transactions(facts_) : std::string{};
    see_to_duties();
    advance_stop();
    publish();
    return std::exchange(out_, {});
}

std::optional<TimePoint> Service::next_deadline() const {
    std::optional<TimePoint> next;
    const auto consider = [&](const std::optional<TimePoint>& time) {
        if (time) next = std::min(next.value_or(*time), *time);
    };
    if (promotion_) consider(promotion_->next_deadline());
    if (job_) consider(job_->procedure.next_deadline());
    if (facts_.held_down) consider(held_down_until_);
    if (std::holds_alternative<cluster::Resign>(word_)) consider(word_until_);
    if (stop_ && !stop_->ended) consider(job_ ? stop_->by : stop_->word_by.value_or(stop_->by));
    if (switchover_) consider(switchover_->by);
    if (facts_.promote) consider(order_until_);
    if (begun_ && now_ < *begun_ + kFirstWord) consider(*begun_ + kFirstWord);
    if (lost_since_ && now_ < *lost_since_ + kNextWord) consider(*lost_since_ + kNextWord);
    if (missed_since_ && !facts_.release_is_due) consider(*missed_since_ + release_patience());
    if (kill_at_ && !facts_.kill_is_due) consider(*kill_at_);
    return next;
}

ServiceSnapshot Service::snapshot() const {
    return {said_, judgement_.reason, facts_, last_transition_};
}

// ---- what is seen and heard

void Service::on(const ServerSeen& e) {
    const bool first = facts_.server != ServerState::up;
    facts_.server = ServerState::up;
    facts_.server_trouble.clear();
    if (first)
        tell(EventId::server_seen, {{"server", e.view.dialect.to_string()},
                                    {"state", e.view.is_writable() ? "writable" : "read-only"}});
    const bool restarted =
        facts_.view && start_of(e.asked, e.view) > start_of(facts_.looked, *facts_.view) + kUptimeSlack;
    if (restarted) facts_.threads_started = false;
    note_commits(e);
    if (e.asked < settled_ || job_ || promotion_) return;  // it was, but may not be so any more
    facts_.view = e.view;
    facts_.looked = e.asked;
    facts_.view_is_current = true;
    const bool crowded = e.view.has_taken(facts_.is_crowded ? kCrowdedUntil : kCrowdedFrom);
    if (std::exchange(facts_.is_crowded, crowded) != crowded)
        tell(
            crowded ? EventId::connections_scarce : EventId::connections_enough,
            {{"open", std::to_string(e.view.connections)}, {"most", std::to_string(e.view.max_connections)}});
    if (facts_.phase == Phase::idle) note_open(e.view.is_writable());
    if (e.view.channels.empty()) facts_.threads_started = false;
    note_wait();
    drain_.note(e.asked, e.view);
    facts_.drain = drain_.left();
    note_sync(e);
}

// Whoever commits shows that it can be done; only where nobody does is it tried. MariaDB counts a commit that
// still waits, for the disk or for a replica: one such step is no proof of a second.
void Service::note_commits(const ServerSeen& e) {
    const bool commits = facts_.view && facts_.view->history != e.view.history;
    if (facts_.phase != Phase::primary || commits) {
        facts_.write_trouble.clear();
        committed_ = now_;
    }
    // One that hangs leaves a session behind on the server: not while it is known why, and not for ever.
    const bool waits = e.view.semi_sync.source_on && e.view.semi_sync.waiting_sessions > 0;
    facts_.commits_wait = waits;
    const vrrp::Duration pause = facts_.write_trouble.empty() ? kBeatAfter : kBeatAfter * 60;
    facts_.is_stuck = waits && now_ - committed_ >= kStuckAfter;
    facts_.beat_is_due = !waits && now_ - committed_ >= pause;
}

void Service::note_sync(const ServerSeen& e) {
    if (facts_.phase != Phase::idle) return;
    // Whatever the primary says that it waits for, it may have gone alone since it heard that it can.
    if (withdrawn_ || std::holds_alternative<cluster::Release>(word_)) {
        in_sync_.forget();
        facts_.in_sync = false;
        return;
    }
    if (facts_.journal && remembered_) {
        const cluster::SyncMemory& memory = *remembered_;
        const auto received = replication::Position::parse(e.view.history.flavour(), memory.received);
        const auto drift = start_of(e.asked, e.view) - memory.started;
        const bool same_server = memory.server == e.view.uuid && memory.boot == facts_.settings.boot &&
                                 drift <= kUptimeSlack && drift >= -kUptimeSlack;
        // Also of the one before, where this node was about to end it.
        const bool of_this_term =
            memory.epoch == facts_.journal->epoch || facts_.journal->term == cluster::Term::promoting;
        if (same_server && of_this_term && facts_.channel_to_peer() != nullptr && received &&
            facts_.channel_to_peer()->received.covers(*received))
            in_sync_.restore(e.asked, e.view);
        remembered_.reset();
    }
    const bool primary_speaks = facts_.peer_is_fresh() && facts_.peer.state->role == Role::primary;
    const vrrp::Endpoint& server = facts_.settings.database.peer_server;
    replication::Primary primary{server.address.to_string(), server.port, std::nullopt, std::nullopt};
    if (primary_speaks) {
        primary.waits = facts_.peer.state->in_sync;
        primary.executed = facts_.peer_executed();
    }
    in_sync_.note(e.asked, e.view, primary);
    facts_.in_sync = in_sync_.holds();
}

void Service::on(const ServerDown& e) {
    if (facts_.server != ServerState::down) tell(EventId::server_down, {{"reason", e.reason}});
    facts_.server = ServerState::down;
    facts_.server_trouble = e.reason;
    facts_.threads_started = false;  // it may have been restarted, whatever its uptime will say
    if (promotion_) {
        promotion_->give_up(now_, "the server is down: " + e.reason);
        promotion_ended();
    }
}

void Service::on(const ServerUnknown& e) {
    if (facts_.server != ServerState::unknown) tell(EventId::server_unknown, {{"reason", e.reason}});
    facts_.server = ServerState::unknown;
    facts_.server_trouble = e.reason;
}

void Service::on(const ChecksJudged& e) {
    facts_.checks = e;
}

void Service::on(const PeerTold& e) {
    const cluster::Standing before = facts_.peer.standing;
    const std::string name = e.node.empty() ? facts_.peer.node : e.node;
    facts_.peer = e;
    facts_.peer.node = name;
    if (e.acknowledged) withdrawn_ = false;
    if (facts_.peer_is_fresh())
        facts_.peer_maintenance = e.state->eligibility == cluster::Eligibility::maintenance;
    if (before != e.standing)
        tell(EventId::peer_standing, {{"peer", name.empty() ? "the other box" : name},
                                      {"standing", std::string{cluster::name(e.standing)}}});
    // MySQL counts only what has been acknowledged; MariaDB also what still waits for it.
    const auto executed = facts_.peer_executed();
    const bool primary = facts_.peer_is_fresh() && facts_.peer.state->role == Role::primary;
    if (primary && executed && executed->flavour() == replication::Flavour::mysql) floor_ = executed;
    if (primary && executed) facts_.peer_committed = executed;
    if (facts_.peer_is_fresh() && facts_.view && !facts_.peer.state->received.omitted) {
        auto received =
            replication::Position::parse(facts_.view->history.flavour(), facts_.peer.state->received.text);
        if (received && facts_.peer.state->role == Role::replica) facts_.peer_received = *std::move(received);
    }
    // At once, and not with the next look: it may be the last thing that it says.
    if (primary && !facts_.peer.state->in_sync && facts_.phase == Phase::idle) {
        in_sync_.forget();
        facts_.in_sync = false;
    }
    follow_switchover();
    // The successor has taken over, or has refused: the word has done its work.
    const auto* resign = std::get_if<cluster::Resign>(&word_);
    if (resign == nullptr || !facts_.peer_is_fresh()) return;
    const bool taken = facts_.peer_writes() && facts_.peer.state->epoch > resign->epoch;
    if (taken || !facts_.peer.state->is_eligible()) held_down_until_ = word_until_ = now_;
}

void Service::on(const JournalRead& e) {
    facts_.journal = e.journal;
    remembered_ = e.journal.released ? std::nullopt : e.journal.in_sync;
    facts_.was_alone = e.journal.alone;
    facts_.maintenance = e.journal.maintenance;
    // Until it has been looked at.
    facts_.maybe_open = e.journal.term != cluster::Term::none || e.journal.maybe_open;
}

void Service::on(const JournalFailed& e) {
    facts_.journal_failure = e.reason;
    tell(EventId::journal_failed, {{"error", e.reason}});
}

void Service::on(const PreflightDone& e) {
    facts_.preflight_errors = e.errors;
}

// ---- tasks

void Service::on(const TaskDone& e) {
    if (e.number != awaited_) return;
    if (promotion_) {
        if (asked_) note_deed(*asked_);
        return follow_promotion(promotion_->handle(now_, TaskDone{promotion_number_, e.view}));
    }
    if (!job_) return;
    if (e.view) {
        facts_.view = e.view;
        facts_.looked = now_;
    }
    perform(job_->procedure.done(now_));
    job_ended();
}

void Service::on(const TaskFailed& e) {
    if (e.number != awaited_) return;
    if (promotion_)
        return follow_promotion(promotion_->handle(now_, TaskFailed{promotion_number_, e.reason}));
    if (!job_) return;
    held_up_ = e.held_up;
    perform(job_->procedure.failed(now_, e.reason, e.against_server));
    job_ended();
}

void Service::on(const ServiceTimer&) {
    if (promotion_) follow_promotion(promotion_->handle_timer(now_));
    if (job_) {
        perform(job_->procedure.handle_timer(now_));
        job_ended();
    }
    if (now_ >= word_until_ && std::holds_alternative<cluster::Resign>(word_)) word_ = {};
    if (switchover_ && switchover_->by && now_ >= *switchover_->by)
        end_switchover(false, "the other node has not taken over in time");
}

void Service::perform(const Step* step) {
    if (step != nullptr) perform(step->deed, step->deadline);
}

void Service::perform(Deed deed, vrrp::Duration patience) {
    cluster::Epoch epoch = facts_.journal ? facts_.journal->epoch : cluster::Epoch{};
    if (promotion_)
        epoch = cluster::Epoch{promotion_->plan().epoch};  // that begins, and is not written down yet
    if (std::holds_alternative<WriteJournal>(deed)) facts_.journal_is_unsure = true;
    if (const auto* question = std::get_if<AskWitness>(&deed)) question_ = *question;
    awaited_ = ++number_;
    out_.emplace_back(Task{awaited_, patience, epoch, std::move(deed)});
}

// ---- duties

void Service::see_to_duties() {
    if (job_ || promotion_) return;
    for (Duty& duty : duties(facts_)) {
        if (now_ < retry_at_[index_of(duty.kind)]) continue;
        const bool closes = duty.kind == DutyKind::fence || duty.kind == DutyKind::kill;
        if (facts_.stopping && !closes && duty.kind != DutyKind::learn) continue;
        if (!duty.reason.empty())
            tell(EventId::duty_began, {{"duty", std::string{name(duty.kind)}}, {"reason", duty.reason}});
        return begin_job(duty.kind, std::move(duty.steps));
    }
}

void Service::begin_job(std::optional<DutyKind> duty, std::vector<Step> steps) {
    for (Step& step : steps) {
        auto* write = std::get_if<WriteJournal>(&step.deed);
        if (write == nullptr) continue;
        write->journal.maintenance = facts_.maintenance;
        write->journal.maybe_open = facts_.maybe_open && write->journal.term == cluster::Term::none;
    }
    job_.emplace(ServiceJob{duty, Procedure{std::move(steps)}});
    perform(job_->procedure.begin(now_));
}

// Whatever is still answered to it is an answer to nobody.
void Service::drop_job() {
    job_.reset();
    asked_.reset();
    awaited_ = kNobody;
}

void Service::job_ended() {
    if (!job_ || !job_->procedure.has_ended()) return;
    const ServiceJob job = *std::exchange(job_, std::nullopt);
    settled_ = now_;
    facts_.view_is_current = false;
    for (const Deed& deed : job.procedure.deeds_done()) note_deed(deed);
    if (job.duty) return duty_ended(*job.duty, job.procedure);
    if (opening_) return serve();
    if (facts_.phase == Phase::demoting) demotion_ended(job.procedure);
}

void Service::note_deed(const Deed& deed) {
    if (const auto* written = std::get_if<WriteJournal>(&deed)) {
        if (written->journal.released) {
            in_sync_.forget();
            facts_.in_sync = false;
        }
        const bool over = facts_.journal && facts_.journal->term != cluster::Term::none &&
                          written->journal.term == cluster::Term::none;
        if (over) facts_.was_alone = facts_.journal->alone;
        // Whoever has begun that term may rely on it that this node does not promote itself.
        const bool later = facts_.journal && written->journal.epoch > facts_.journal->epoch;
        if (later && written->journal.term == cluster::Term::none) {
            in_sync_.forget();
            facts_.in_sync = false;
        }
        facts_.journal = written->journal;
        facts_.journal_is_unsure = false;
    }
    if (std::holds_alternative<KillServer>(deed)) note_open(false);
    if (std::holds_alternative<replication::OpenRoad>(deed)) facts_.road_closed = false;
    if (std::holds_alternative<replication::CloseRoad>(deed)) facts_.road_closed = true;
}

void Service::duty_ended(DutyKind kind, const Procedure& procedure) {
    const std::size_t index = index_of(kind);
    const std::string duty{name(kind)};
    fence_ended(kind, procedure);
    if (kind == DutyKind::beat) {
        // That no connection is left, for instance, says nothing about commits; nor that it waited itself.
        const bool counts = procedure.is_against_server() && !facts_.commits_wait;
        if (procedure.failure().empty() || counts) facts_.write_trouble = procedure.failure();
        facts_.view_is_current = true;
        facts_.beat_is_due = false;
        committed_ = now_;
        return;
    }
    if (!procedure.failure().empty()) {
        // What keeps an excerpt from being saved, a full disk or a missing program, does not go in a second;
        // and other duties wait while the witness is asked, which has told itself.
        const bool is_vote = kind == DutyKind::vote;
        retry_at_[index] = now_ + (kind == DutyKind::keep_errant ? 30 : is_vote ? 5 : 1) * kRetry;
        if (!is_vote && !std::exchange(failure_told_[index], true))
            tell(EventId::duty_failed, {{"duty", duty}, {"error", procedure.failure()}});
        return;
    }
    failure_told_[index] = false;
    // What was to be changed may show only after a while: a receiver connects, a source counts its replicas.
    if (kind == DutyKind::acknowledge || kind == DutyKind::rejoin || kind == DutyKind::unstick)
        retry_at_[index] = now_ + 5 * kRetry;
    if (kind == DutyKind::wait) retry_at_[index] = now_ + 2 * kRetry;
    // Long enough for the replica to hear of it, before it could be waited for again.
    if (kind == DutyKind::go_alone) retry_at_[index_of(DutyKind::wait)] = now_ + kRetry;
    if (kind == DutyKind::rejoin || kind == DutyKind::resume) facts_.threads_started = true;
    for (const Deed& deed : procedure.deeds_done()) {
        if (const auto* saved = std::get_if<SaveErrant>(&deed)) facts_.errant_kept = saved->own.history;
    }
    if (kind == DutyKind::rejoin) facts_.errant_kept.reset();
    const bool of_the_server = kind != DutyKind::learn && kind != DutyKind::remember &&
                               kind != DutyKind::release && kind != DutyKind::vote;
    if (of_the_server) tell(EventId::duty_done, {{"duty", duty}});
}

// ---- what others are told

// Of its term, or the greatest that it has heard of; while it asks for one, that.
cluster::Epoch Service::epoch() const {
    if (promotion_ && promotion_->needs_peer()) return cluster::Epoch{promotion_->plan().epoch};
    return facts_.journal ? facts_.journal->epoch : cluster::Epoch{};
}

// What others may rely on: nothing is added to it behind their back, and nothing has been since it was looked
// at. A server that does not answer may have been restarted meanwhile, and be another one: who believed to be
// in sync with what it was would say so of what it is.
bool Service::is_history_known() const {
    if (!facts_.view || facts_.server != ServerState::up) return false;
    if (facts_.phase == Phase::primary) return facts_.looked >= primary_since_;
    return !facts_.maybe_open && !facts_.view->is_writable();
}

cluster::ServiceState Service::state() const {
    cluster::ServiceState state;
    state.name = facts_.settings.name;
    state.epoch = epoch();
    state.score = score(facts_);
    // Also of a primary, which keeps its role: it is not to be followed when it falls silent.
    state.eligibility = judgement_.is_eligible() && facts_.maintenance ? cluster::Eligibility::maintenance
                                                                       : judgement_.eligibility;
    state.word = word_;
    state.votes = facts_.settings.witness && facts_.is_lossless();
    state.serves = facts_.serves;
    switch (facts_.phase) {
        case Phase::idle:
            state.role = facts_.channel_to_peer() != nullptr ? Role::replica : Role::none;
            break;
        // Who asks has not begun: it stands in nobody's way, and says nothing that another could yield to.
        case Phase::promoting: state.role = asks() ? Role::none : Role::promoting; break;
        case Phase::primary: state.role = Role::primary; break;
        case Phase::demoting: state.role = Role::demoting; break;
    }
    state.foreign_term = facts_.journal && facts_.journal->term == cluster::Term::none && !promotion_;
    state.executed.omitted = !is_history_known() || asks();
    if (!facts_.view) return state;
    if (!state.executed.omitted) state.executed = in_message(facts_.view->history);
    if (const replication::Channel* channel = facts_.channel_to_peer()) {
        state.received = in_message(channel->received);
        if (facts_.drain) state.drain = std::chrono::ceil<std::chrono::milliseconds>(*facts_.drain);
    }
    const replication::SemiSync& semi_sync = facts_.view->semi_sync;
    // Whoever has said RELEASE, and is back at once, must not take itself for the one that is waited for.
    const bool released =
        facts_.peer_is_fresh() && std::holds_alternative<cluster::Release>(facts_.peer.state->word);
    const bool sure = facts_.journal && !facts_.journal_is_unsure && !released;
    const bool waits = sure && !facts_.journal->alone && semi_sync.source_on && semi_sync.waits_for_ever();
    state.in_sync = facts_.phase == Phase::idle ? facts_.in_sync : facts_.phase == Phase::primary && waits;
    return state;
}

void Service::publish() {
    const Judgement was = std::exchange(judgement_, judge(facts_));
    const cluster::ServiceState before = std::exchange(said_, state());
    tell_changes(before, was);
    if (told_score_ != said_.score) out_.emplace_back(Advertise{said_.score});
    told_score_ = said_.score;
    const bool eligible = may_take_addresses();
    if (told_eligible_ != eligible) out_.emplace_back(Judge{eligible});
    told_eligible_ = eligible;
    const bool successor = eligible && facts_.phase == Phase::idle && !has_won_ && is_named_successor(facts_);
    if (successor && !told_successor_) out_.emplace_back(Succeed{});
    told_successor_ = successor;
}

void Service::tell_changes(const cluster::ServiceState& before, const Judgement& was) {
    if (was.eligibility != judgement_.eligibility) {
        // Of a primary it is another matter: role_resigned, no_successor.
        if (facts_.phase == Phase::idle && judgement_.is_eligible()) tell(EventId::eligible);
        if (facts_.phase == Phase::idle && !judgement_.is_eligible())
            tell(EventId::not_eligible, {{"why", std::string{cluster::name(judgement_.eligibility)}},
                                         {"reason", judgement_.reason}});
    }
    if (before.in_sync != said_.in_sync && before.role == said_.role) {
        const bool primary = facts_.phase == Phase::primary;
        tell(said_.in_sync ? (primary ? EventId::commits_wait : EventId::in_sync)
                           : (primary ? EventId::commits_do_not_wait : EventId::out_of_sync));
    }
}

void Service::tell(EventId event, std::vector<Field> fields) {
    fields.push_back({"router", facts_.settings.name});
    out_.emplace_back(Report{event, std::move(fields)});
}

}  // namespace highbase::node
