// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/duty.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "node/forwarding.hpp"
#include "node/permission.hpp"
#include "node/vote.hpp"
#include "replication/rejoin.hpp"

namespace highbase::node {
namespace {

using namespace std::chrono_literals;
using cluster::Journal;
using cluster::Role;
using cluster::Term;
using replication::Execute;
using replication::HookPoint;
using replication::ServerView;
using replication::Statements;

constexpr vrrp::Duration kStatements = 2s;
constexpr vrrp::Duration kDisk = 2s;
// SET GLOBAL read_only waits up to lock_wait_timeout, one second in our sessions, for who holds a lock.
constexpr vrrp::Duration kClose = 1500ms;
constexpr vrrp::Duration kEvict = 1s;
constexpr vrrp::Duration kLook = 500ms;
constexpr vrrp::Duration kKill = 2s;
// A disk that pauses for less is only slow.
constexpr vrrp::Duration kBeat = 1500ms;
// A replica that lags more is not waited for yet: each commit would take as long as it needs to catch up.
constexpr std::uint64_t kNearEnough = 1000;

Step record(Journal journal) {
    return {"journal", WriteJournal{std::move(journal)}, kDisk};
}
Step statements(std::string_view name, Statements statements) {
    return {name, Execute{std::move(statements)}, kStatements};
}
// Switched on between two commits: one that was sent to the replica before, and waits after, would wait for
// ever. Where commits cannot be held, which a long statement may prevent, the duty to unstick helps.
Step begin_to_wait(const ServerView& view) {
    const replication::Dialect& dialect = view.dialect;
    return {"wait",
            Execute{replication::semi_sync_source(dialect, true), replication::hold_commits(dialect),
                    replication::let_commits_go(dialect)},
            kClose + kStatements};
}
Step close_for_writes(const ServerView& view, bool may_fail) {
    return {"read_only", Execute{replication::close_for_writes(view.dialect)}, kClose, may_fail};
}
Step evict(bool may_fail) {
    return {"evict_clients", replication::EvictClients{}, kEvict, may_fail};
}
Step hooks(const ServiceFacts& facts, HookPoint point, std::string_view name, bool may_fail) {
    return {name, replication::RunHooks{point}, patience(facts.settings.database, point), may_fail};
}

bool has_hooks(const ServiceFacts& facts, HookPoint point) {
    return facts.settings.database.has_hooks(point);
}

Step ask(const ServiceFacts& facts, witness::Want want, bool needs_yes) {
    return {"ask_witness", AskWitness{std::move(want), needs_yes}, witness_patience(facts)};
}

std::optional<Duty> vote(const ServiceFacts& facts) {
    auto want = news_for_witness(facts);
    if (!want) return std::nullopt;
    return Duty{DutyKind::vote, {ask(facts, *std::move(want), true)}, ""};
}

replication::Source peer_as_source(const ServiceFacts& facts) {
    const DatabaseConfiguration& database = facts.settings.database;
    const bool own_account = !database.replication_user.empty();
    return {database.peer_server.address.to_string(),
            database.peer_server.port,
            own_account ? database.replication_user : database.user,
            own_account ? database.replication_password : database.password,
            database.tls != DatabaseTls::off,
            database.tls == DatabaseTls::verify ? database.tls_ca : std::string{}};
}

// ---- idle

std::optional<Duty> learn(const ServiceFacts& facts) {
    if (!facts.peer_is_fresh() || facts.peer.state->epoch <= facts.journal->epoch) return std::nullopt;
    return Duty{
        DutyKind::learn, {record(Journal{facts.peer.state->epoch})}, "the peer has begun a later term"};
}

// The own last attempt at a term has come to nothing: what this server has the primary has, whose term is
// older. From here on this node cannot begin one on its own.
std::optional<Duty> concede(const ServiceFacts& facts) {
    const cluster::ServiceState& primary = *facts.peer.state;
    if (facts.journal->term == Term::none || primary.epoch >= facts.journal->epoch) return std::nullopt;
    const auto executed = facts.peer_executed();
    const replication::Origin own{facts.view->uuid, facts.view->server_id};
    if (!executed || !facts.view->history.errant_against(*executed, own).empty()) return std::nullopt;
    Journal journal = *facts.journal;
    journal.term = Term::none;
    journal.alone = false;
    return Duty{DutyKind::learn, {record(std::move(journal))}, "the peer's server is still the primary"};
}

// In a term of its own, or without a journal that tells, it may be a fence that was cut short which has left
// clients outside.
std::optional<Duty> fence(const ServiceFacts& facts) {
    const bool may_be_ours = !facts.journal || facts.journal->term != Term::none;
    const bool clients_left_out = facts.view->offline && may_be_ours;
    if (!facts.maybe_open && !facts.view->is_writable() && !clients_left_out) return std::nullopt;
    return Duty{DutyKind::fence, fence_steps(facts), "it is not the primary"};
}

// What asking has not done is done without it (decision 33).
std::optional<Duty> kill(const ServiceFacts& facts) {
    if (!facts.kill_is_due) return std::nullopt;
    const bool silent = facts.server == ServerState::down;
    const std::string reason = silent ? "it does not answer: " + facts.server_trouble
                                      : "it cannot be closed: " + facts.fence_trouble;
    return Duty{DutyKind::kill, {{"kill", KillServer{reason}, kKill}}, reason};
}

// What was not heard to be written may still arrive on the disk, and allow more than what holds.
std::optional<Duty> make_sure(const ServiceFacts& facts) {
    const bool over = facts.journal->term == Term::none;
    const bool differs = facts.journal->maintenance != facts.maintenance ||
                         (over && facts.journal->maybe_open != facts.maybe_open);
    if (!facts.journal_is_unsure && !differs) return std::nullopt;
    return Duty{DutyKind::remember, {record(*facts.journal)}, ""};
}

// Nobody is promoted here before this server is in sync again: then the primary's commits need not wait.
std::optional<Duty> release(const ServiceFacts& facts) {
    if (!facts.release_is_due || facts.journal->released) return std::nullopt;
    const Journal& before = *facts.journal;
    return Duty{DutyKind::release, {record(Journal{before.epoch, before.term, before.alone, true})}, ""};
}

std::optional<Duty> remember(const ServiceFacts& facts) {
    const std::optional<cluster::SyncMemory>& known = facts.journal->in_sync;
    if (known.has_value() == facts.in_sync) return std::nullopt;
    Journal journal = *facts.journal;
    journal.in_sync.reset();
    if (facts.in_sync) {
        const ServerView& view = *facts.view;
        const auto since_boot =
            std::chrono::duration_cast<std::chrono::seconds>(facts.looked.time_since_epoch());
        journal.in_sync =
            cluster::SyncMemory{journal.epoch, view.uuid, facts.settings.boot, since_boot - view.uptime,
                                view.channels.front().received.to_string()};
        journal.released = false;
    }
    return Duty{DutyKind::remember, {record(std::move(journal))}, ""};
}

Duty begin_to_follow(const ServiceFacts& facts, Statements follow) {
    Duty duty{DutyKind::rejoin, {}, "the primary has everything that this server has"};
    if (has_hooks(facts, HookPoint::before_rejoin))
        duty.steps.push_back(hooks(facts, HookPoint::before_rejoin, "before_hooks", false));
    duty.steps.push_back({"open_road", replication::OpenRoad{}, kStatements});
    duty.steps.push_back(statements("follow", std::move(follow)));
    if (has_hooks(facts, HookPoint::after_rejoin))
        duty.steps.push_back(hooks(facts, HookPoint::after_rejoin, "after_hooks", true));
    return duty;
}

std::optional<Duty> rejoin(const ServiceFacts& facts) {
    const auto executed = facts.peer_executed();
    if (!executed) return std::nullopt;
    replication::Rejoin plan = replication::plan_rejoin(*facts.view, peer_as_source(facts), *executed);
    if (plan.verdict == replication::RejoinVerdict::follow)
        return begin_to_follow(facts, std::move(plan.statements));
    if (plan.verdict == replication::RejoinVerdict::errant && facts.errant_kept != facts.view->history) {
        // In its own term this server may have told clients that it is done, if it wrote alone.
        const SaveErrant save{*facts.view, *executed, facts.was_alone};
        return Duty{DutyKind::keep_errant, {{"save_errant", save, 60s}}, std::move(plan.reason)};
    }
    return std::nullopt;
}

// Started once in each life of the server: whoever stops them later has a reason.
std::optional<Duty> resume(const ServiceFacts& facts, const replication::Channel& channel) {
    const bool stopped = !channel.receiver.running || !channel.applier.running;
    if (!stopped || facts.threads_started || channel.applier.error_number != 0) return std::nullopt;
    const replication::Dialect& dialect = facts.view->dialect;
    Statements all;
    // Asked for when the receiver connects: before that.
    if (facts.view->semi_sync.replica_available) all = replication::semi_sync_replica(dialect, true);
    std::ranges::copy(replication::start_replica(dialect), std::back_inserter(all));
    return Duty{DutyKind::resume,
                {{"open_road", replication::OpenRoad{}, kStatements}, statements("start", std::move(all))},
                "the threads of the replica are stopped"};
}

// The receiver asks for it when it connects.
std::optional<Duty> acknowledge(const ServiceFacts& facts, const replication::Channel& channel) {
    const replication::SemiSync& semi_sync = facts.view->semi_sync;
    const bool connected = channel.receiver.running && !channel.receiver.connecting;
    const bool asked = semi_sync.replica_enabled && (semi_sync.replica_on || !connected);
    if (asked || !semi_sync.replica_available || !channel.receiver.running) return std::nullopt;
    const replication::Dialect& dialect = facts.view->dialect;
    Statements all = replication::semi_sync_replica(dialect, true);
    std::ranges::copy(replication::stop_receiver(dialect), std::back_inserter(all));
    std::ranges::copy(replication::start_receiver(dialect), std::back_inserter(all));
    return Duty{
        DutyKind::acknowledge, {statements("acknowledge", std::move(all))}, "it is not semi-synchronous"};
}

Duty open_road() {
    return {DutyKind::open_road, {{"open_road", replication::OpenRoad{}, kStatements}}, ""};
}

// What a replica owes to a primary that is there.
void add_replica_duties(const ServiceFacts& facts, std::vector<Duty>& all) {
    const auto add = [&](std::optional<Duty> duty) {
        if (duty) all.push_back(std::move(*duty));
    };
    if (facts.view->channels.empty()) return add(rejoin(facts));
    const replication::Channel* channel = facts.channel_to_peer();
    if (channel == nullptr) return;
    if (facts.road_closed) all.push_back(open_road());
    add(resume(facts, *channel));
    add(acknowledge(facts, *channel));
}

std::vector<Duty> idle_duties(const ServiceFacts& facts) {
    std::vector<Duty> all;
    if (may_have_kept_term(facts)) return all;
    const auto add = [&](std::optional<Duty> duty) {
        if (duty) all.push_back(std::move(*duty));
    };
    const bool can_act = facts.view && facts.view_is_current && facts.server == ServerState::up;
    add(kill(facts));
    if (can_act) add(fence(facts));
    // Before it is closed nothing else is done to the server, nor asked of it.
    const bool fenced = can_act && all.empty();
    if (!facts.journal) return all;
    add(learn(facts));
    add(make_sure(facts));
    add(release(facts));
    if (!fenced) return all;
    add(remember(facts));
    const bool primary_is_there = facts.peer_is_fresh() && facts.peer.state->role == Role::primary;
    if (!primary_is_there) return all;
    add(concede(facts));
    const bool own_later =
        facts.journal->term != Term::none && facts.peer.state->epoch < facts.journal->epoch;
    if (!own_later) add_replica_duties(facts, all);
    add(vote(facts));
    return all;
}

// ---- primary

std::optional<Duty> wait(const ServiceFacts& facts) {
    const ServerView& view = *facts.view;
    if (!view.semi_sync.source_available || view.semi_sync.waits_for_ever()) return std::nullopt;
    Journal journal = *facts.journal;
    if (!journal.alone)
        return Duty{DutyKind::wait,
                    {begin_to_wait(view)},
                    view.semi_sync.source_enabled ? "somebody has changed how commits wait"
                                                  : "somebody has switched it off"};
    if (!facts.peer_is_fresh() || view.semi_sync.clients == 0) return std::nullopt;
    const cluster::ServiceState& peer = *facts.peer.state;
    const bool goes = std::holds_alternative<cluster::Release>(peer.word) ||
                      peer.eligibility == cluster::Eligibility::maintenance;
    if (peer.role != Role::replica || goes) return std::nullopt;
    const auto received = replication::Position::parse(view.history.flavour(), peer.received.text);
    if (peer.received.omitted || !received) return std::nullopt;
    if (received->transactions_behind(view.history).value_or(kNearEnough + 1) > kNearEnough)
        return std::nullopt;
    journal.alone = false;
    return Duty{DutyKind::wait, {record(std::move(journal)), begin_to_wait(view)}, "the replica is attached"};
}

// Mode available. Once it has gone on without the replica the server waits again by itself as soon as that
// has caught up; the journal says all the time that it may acknowledge alone.
std::optional<Duty> wait_a_while(const ServiceFacts& facts) {
    const ServerView& view = *facts.view;
    const auto most = std::chrono::ceil<std::chrono::milliseconds>(facts.settings.database.commit_wait);
    if (!facts.journal->alone || !view.semi_sync.source_available) return std::nullopt;
    if (most == 0ms) {
        if (!view.semi_sync.source_enabled) return std::nullopt;
        return Duty{DutyKind::go_alone,
                    {statements("go_alone", replication::semi_sync_source(view.dialect, false))},
                    "commits are to wait for nobody"};
    }
    // Not before there is somebody to wait for: the first commit would wait in vain.
    const bool attached = view.semi_sync.clients > 0 || view.semi_sync.source_enabled;
    if (!attached || view.semi_sync.waits_up_to(most)) return std::nullopt;
    return Duty{DutyKind::wait,
                {statements("wait", replication::semi_sync_source(view.dialect, most))},
                "the replica is attached"};
}

std::optional<Duty> go_alone(const ServiceFacts& facts) {
    if (facts.journal->alone) {
        // Written down, and not done: commits would wait for nobody.
        if (!facts.is_lossless() || !facts.view->semi_sync.source_enabled) return std::nullopt;
        return Duty{DutyKind::go_alone,
                    {statements("go_alone", replication::semi_sync_source(facts.view->dialect, false))},
                    "there is no replica to wait for"};
    }
    const Permission* permission = permitted(Act::go_alone, facts);
    if (permission == nullptr) return std::nullopt;
    Duty duty{DutyKind::go_alone, {}, std::string{permission->reason}};
    // After a yes nobody else begins the next term. A no stands against an operator, too: somebody has.
    if (asks_witness(facts) && permission->ask != Ask::nobody)
        duty.steps.push_back(ask(facts, alone_question(facts), permission->ask == Ask::witness));
    Journal journal = *facts.journal;
    journal.alone = true;
    duty.steps.push_back(record(std::move(journal)));
    if (facts.view->semi_sync.source_available)
        duty.steps.push_back(
            statements("go_alone", replication::semi_sync_source(facts.view->dialect, false)));
    return duty;
}

// A replica may have received a transaction and not lived to say so, or said so to nobody. Connected again it
// asks for what follows, and of that nothing comes: MariaDB writes no further transaction into its binary log
// before the first one is acknowledged. What the replica has received need not be waited for. MySQL goes on
// to write, and the acknowledgement of the next transaction counts for all before it.
std::optional<Duty> unstick(const ServiceFacts& facts) {
    if (!facts.is_stuck || facts.journal->alone || !facts.peer_is_fresh()) return std::nullopt;
    const ServerView& view = *facts.view;
    const auto received =
        replication::Position::parse(view.history.flavour(), facts.peer.state->received.text);
    const bool has_all = !facts.peer.state->received.omitted && received && received->covers(view.history);
    if (facts.peer.state->role != Role::replica || !has_all) return std::nullopt;
    const Step step = view.dialect.is_mariadb()
                          ? Step{"end_waits", replication::EndWaits{}, kEvict}
                          : Step{"beat", Execute{replication::heartbeat(facts.settings.node)}, kBeat, true};
    return Duty{DutyKind::unstick, {step}, "an acknowledgement was lost"};
}

std::vector<Duty> primary_duties(const ServiceFacts& facts) {
    std::vector<Duty> all;
    const auto add = [&](std::optional<Duty> duty) {
        if (duty) all.push_back(std::move(*duty));
    };
    if (!facts.view || !facts.view_is_current || facts.server != ServerState::up) {
        add(make_sure(facts));
        return all;
    }
    // First of all: a server that somebody has restarted must wait again before it takes writes.
    if (!facts.view->serves_writers())
        all.push_back({DutyKind::reopen, reopen_steps(facts), "it was restarted, or somebody has closed it"});
    add(go_alone(facts));
    add(make_sure(facts));
    add(facts.is_lossless() ? wait(facts) : wait_a_while(facts));
    add(vote(facts));
    add(unstick(facts));
    // It was closed for the promotion. What comes from there does not count any more, and the doctor looks at
    // that server, too.
    if (facts.road_closed && facts.peer_is_fresh() && !facts.peer_writes()) all.push_back(open_road());
    if (facts.beat_is_due)
        all.push_back(
            {DutyKind::beat, {{"beat", Execute{replication::heartbeat(facts.settings.node)}, kBeat}}, ""});
    return all;
}

}  // namespace

std::string_view name(DutyKind kind) {
    static constexpr std::array<std::string_view, kDutyKinds> kNames{
        "learn",  "remember", "fence",    "open_road", "rejoin",  "resume",  "acknowledge", "keep_errant",
        "reopen", "wait",     "go_alone", "beat",      "release", "unstick", "kill",        "vote"};
    return kNames.at(static_cast<std::size_t>(kind));
}

std::vector<Duty> duties(const ServiceFacts& facts) {
    if (!facts.journal && facts.phase != Phase::idle) return {};
    switch (facts.phase) {
        case Phase::idle: return idle_duties(facts);
        case Phase::primary: return primary_duties(facts);
        case Phase::promoting:
        case Phase::demoting: return {};
    }
    return {};
}

// MariaDB, twice: the first may have to wait for a client that the eviction ends. MySQL waits for each client
// that waits for an acknowledgement, and no KILL ends that (bug #96644); but it closes the client's
// connection, so that nobody hears of a commit that is then let go. Until the server is closed, nobody may
// come in anew, who would not wait.
std::vector<Step> fence_steps(const ServiceFacts& facts) {
    const ServerView& view = *facts.view;
    if (view.dialect.is_mariadb())
        return {close_for_writes(view, true), evict(true), close_for_writes(view, false)};
    std::vector<Step> steps{statements("keep_clients_out", replication::keep_clients_out(view.dialect)),
                            evict(true)};
    if (view.semi_sync.source_available)
        steps.push_back(statements("end_waits", replication::semi_sync_source(view.dialect, false)));
    steps.push_back(close_for_writes(view, false));
    steps.push_back(
        {"let_clients_in", Execute{replication::let_clients_in(view.dialect)}, kStatements, true});
    return steps;
}

// Clients out first, so that none of them holds a lock; and again those who have come back meanwhile. After
// that nobody has written, or will: the look tells where this term has ended.
std::vector<Step> demotion_steps(const ServiceFacts& facts) {
    std::vector<Step> steps;
    if (has_hooks(facts, HookPoint::before_demote))
        steps.push_back(hooks(facts, HookPoint::before_demote, "before_hooks", false));
    steps.push_back(evict(true));
    steps.push_back(close_for_writes(*facts.view, true));
    steps.push_back(evict(false));
    steps.push_back(close_for_writes(*facts.view, false));
    steps.push_back({"read_position", replication::Look{}, kLook});
    return steps;
}

std::vector<Step> reopen_steps(const ServiceFacts& facts) {
    std::vector<Step> steps;
    const replication::Dialect& dialect = facts.view->dialect;
    if (facts.is_lossless() && facts.journal && !facts.journal->alone &&
        facts.view->semi_sync.source_available)
        steps.push_back(statements("wait", replication::semi_sync_source(dialect, true)));
    steps.push_back(statements("open", replication::open_for_writes(dialect)));
    return steps;
}

vrrp::Duration patience(const DatabaseConfiguration& database, HookPoint point) {
    vrrp::Duration sum = 1s;  // for the starts and the ends
    for (const HookConfiguration& hook : database.hooks) {
        if (hook.on == point) sum += hook.timeout;
    }
    return sum;
}

}  // namespace highbase::node
