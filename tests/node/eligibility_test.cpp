// SPDX-License-Identifier: GPL-2.0-or-later
// Who may become the one that serves: each reason against it, and how little is missing.
#include "node/eligibility.hpp"

#include <fmt/format.h>

#include <functional>

#include "tests/node/service_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using cluster::Eligibility;
using cluster::Role;
using cluster::Standing;
using cluster::Term;
using node::Phase;
using node::ServerState;
using node::ServiceFacts;

namespace {

using Change = std::function<void(ServiceFacts&)>;

// Follows the peer's server, and has all that was acknowledged.
ServiceFacts in_sync() {
    ServiceFacts facts;
    facts.settings = service_settings();
    facts.journal = journal(3);
    facts.server = ServerState::up;
    facts.view = replica_view("0-1-100");
    facts.view_is_current = true;
    facts.in_sync = true;
    facts.peer = fresh(primary_says(3, "0-1-100", true));
    return facts;
}

// Follows nobody, like after an own term.
ServiceFacts alone(const cluster::Journal& journal, const node::PeerTold& peer) {
    ServiceFacts facts = in_sync();
    facts.in_sync = false;
    facts.view = server_view("0-1-90,0-2-100");
    facts.journal = journal;
    facts.peer = peer;
    return facts;
}

node::Judgement after(const Change& change, ServiceFacts facts = in_sync()) {
    change(facts);
    return node::judge(facts);
}

replication::Channel& channel(ServiceFacts& facts) {
    return facts.view->channels.front();
}

}  // namespace

TEST_CASE("an in-sync replica is eligible, whether or not the peer is heard") {
    CHECK(node::judge(in_sync()) == node::Judgement{Eligibility::eligible, ""});
    CHECK(after([](ServiceFacts& f) { f.peer = silent(); }).is_eligible());
    CHECK(after([](ServiceFacts& f) { f.peer.standing = Standing::one_way; }).is_eligible());
}

TEST_CASE("each reason against a replica") {
    struct Row {
        Change change;
        node::Judgement expected;
    };
    const std::vector<Row> rows{
        {[](ServiceFacts& f) { f.stopping = true; }, {Eligibility::stopping, "the daemon stops"}},
        {[](ServiceFacts& f) { f.journal_failure = "line 3"; }, {Eligibility::preflight, "line 3"}},
        {[](ServiceFacts& f) { f.journal.reset(); }, {Eligibility::starting, "the journal is being read"}},
        {[](ServiceFacts& f) {
             f.server = ServerState::down;
             f.server_trouble = "gone";
         },
         {Eligibility::service_down, "gone"}},
        {[](ServiceFacts& f) {
             f.server = ServerState::unknown;
             f.server_trouble = "error 1045";
         },
         {Eligibility::service_unknown, "error 1045"}},
        {[](ServiceFacts& f) {
             f.checks.up = false;
             f.checks.reason = "disk";
         },
         {Eligibility::service_down, "disk"}},
        {[](ServiceFacts& f) { f.view.reset(); },
         {Eligibility::starting, "the server has not been seen yet"}},
        {[](ServiceFacts& f) { f.server = ServerState::unseen; },
         {Eligibility::starting, "the server has not been seen yet"}},
        {[](ServiceFacts& f) { f.held_down = true; },
         {Eligibility::hold_down, "a promotion has failed, or the box has resigned"}},
        {[](ServiceFacts& f) { f.view->channels.clear(); },
         {Eligibility::not_receiving, "it follows nobody, and it is not known that it has everything"}},
        {[](ServiceFacts& f) { channel(f).source_host = "192.0.2.9"; },
         {Eligibility::not_receiving, "it follows 192.0.2.9 port 3306, and not the peer's server"}},
        {[](ServiceFacts& f) { channel(f).source_port = 3307; },
         {Eligibility::not_receiving, "it follows 192.0.2.1 port 3307, and not the peer's server"}},
        {[](ServiceFacts& f) { f.view->channels.push_back(channel(f)); },
         {Eligibility::not_receiving, "it follows more than one server"}},
        {[](ServiceFacts& f) { channel(f).delay = 30s; },
         {Eligibility::delayed, "delayed by 30 s on purpose"}},
        {[](ServiceFacts& f) {
             channel(f).applier = {false, false, 1032, "no such row"};
             channel(f).received = mariadb("0-1-101");
         },
         {Eligibility::not_applying, "error 1032: no such row"}},
        {[](ServiceFacts& f) {
             channel(f).applier.running = false;
             channel(f).received = mariadb("0-1-101");
         },
         {Eligibility::not_applying, "the applier is stopped"}},
        {[](ServiceFacts& f) { f.in_sync = false; },
         {Eligibility::not_in_sync, "the primary does not wait for this server"}},
        {[](ServiceFacts& f) { f.drain = 10001ms; },
         {Eligibility::drain_too_long, "to apply what was received would take 10001 ms"}},
        {[](ServiceFacts& f) { f.view->history = mariadb("0-1-100,0-2-101"); },
         {Eligibility::errant_transactions, "0-2-101 (above 0-1-100, the last there)"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.expected.reason);
        const node::Judgement judgement = after(row.change);
        CHECK(judgement.eligibility == row.expected.eligibility);
        if (row.expected.eligibility != Eligibility::errant_transactions)
            CHECK(judgement.reason == row.expected.reason);
        else
            CHECK(judgement.reason.starts_with("0-2-101"));
    }
}

TEST_CASE("errant transactions are not forgotten when the primary goes") {
    ServiceFacts facts = in_sync();
    facts.errant = "0-2-101";
    CHECK(node::judge(facts).is_eligible());  // the primary has it meanwhile
    facts.peer.state->role = Role::none;
    CHECK(node::judge(facts).reason == "0-2-101");
    facts.peer = silent();
    CHECK(node::judge(facts).eligibility == Eligibility::errant_transactions);
    facts.peer = fresh(primary_says(3, "0-1-100", true));
    facts.peer.state->executed = {"", true};
    CHECK(node::judge(facts).eligibility == Eligibility::errant_transactions);
}

TEST_CASE("what is not yet a reason against a replica") {
    const std::vector<Change> changes{
        [](ServiceFacts& f) { f.drain = 10s; },
        [](ServiceFacts& f) { channel(f).received = mariadb("0-1-150"); },
        [](ServiceFacts& f) { channel(f).applier.running = false; },  // and has applied all
        [](ServiceFacts& f) { channel(f).receiver = {}; },
        // Of a replica that receives, what its source has not told yet is no fault.
        [](ServiceFacts& f) { f.view->history = mariadb("0-1-105"); },
        [](ServiceFacts& f) {
            f.in_sync = false;
            f.settings.database.mode = node::Mode::available;
        },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        CAPTURE(i);
        CHECK(after(changes[i]).is_eligible());
    }
}

TEST_CASE("a replica that nobody waited for has everything if the peer, which does not write, says so") {
    const auto judged = [](cluster::ServiceState peer, const std::string& received = "0-1-100") {
        ServiceFacts facts = in_sync();
        facts.in_sync = false;
        facts.view = replica_view(received);
        facts.peer = fresh(std::move(peer));
        return node::judge(facts).is_eligible();
    };
    CHECK(judged(said(Role::none, 3, "0-1-100")));
    CHECK(judged(said(Role::none, 3, "0-1-99")));
    CHECK_FALSE(judged(said(Role::none, 3, "0-1-101")));
    CHECK_FALSE(judged(said(Role::none, 3, "")));
    CHECK_FALSE(judged(said(Role::demoting, 3, "0-1-100")));
    CHECK_FALSE(judged(said(Role::primary, 3, "0-1-100")));
    cluster::ServiceState unknown = said(Role::none, 3, "");
    unknown.executed.omitted = true;
    CHECK_FALSE(judged(unknown));
    for (const Eligibility why : {Eligibility::starting, Eligibility::service_down,
                                  Eligibility::service_unknown, Eligibility::stopping}) {
        cluster::ServiceState unseen = said(Role::none, 3, "0-1-100");
        unseen.eligibility = why;
        CHECK_FALSE(judged(unseen));
    }
}

TEST_CASE("in a role a server is eligible whatever it follows") {
    for (const Phase phase : {Phase::promoting, Phase::primary, Phase::demoting}) {
        CHECK(after([&](ServiceFacts& f) {
                  f.phase = phase;
                  f.view->channels.clear();
                  f.held_down = true;
              }).is_eligible());
        CHECK(after([&](ServiceFacts& f) {
                  f.phase = phase;
                  f.server = ServerState::down;
              }).eligibility == Eligibility::service_down);
    }
}

TEST_CASE("on silence a term begins only where the journal says that nobody else can have begun one") {
    const auto may = [](const cluster::Journal& journal) {
        return node::may_begin_term(alone(journal, silent()));
    };
    CHECK(may(journal(3, Term::held, true)));
    CHECK(may(journal(3, Term::promoting, true)));
    CHECK(may(journal(3, Term::promoting, false)));
    CHECK_FALSE(may(journal(3, Term::held, false)));  // the other one was in sync: it may have taken over
    CHECK_FALSE(may(journal(3, Term::none, true)));
    CHECK_FALSE(may(journal(0)));
    ServiceFacts half = alone(journal(3, Term::held, true), silent());
    half.peer.standing = Standing::one_way;
    CHECK_FALSE(node::may_begin_term(half));
    half.peer.standing = Standing::fresh;  // but says nothing of this service
    CHECK_FALSE(node::may_begin_term(half));
    half = alone(journal(3, Term::held, true), silent());
    half.view.reset();
    CHECK_FALSE(node::may_begin_term(half));
    half = alone(journal(3, Term::held, true), silent());
    half.journal.reset();
    CHECK_FALSE(node::may_begin_term(half));
}

TEST_CASE("with the peer there the last term's own node begins the next one") {
    const auto may = [](const cluster::Journal& journal, const cluster::ServiceState& peer) {
        return node::may_begin_term(alone(journal, fresh(peer)));
    };
    const std::string more = "0-1-90,0-2-200";  // than here
    CHECK(may(journal(3, Term::held), said(Role::replica, 3, more)));
    CHECK(may(journal(3, Term::held), said(Role::none, 2, more)));
    CHECK_FALSE(may(journal(3, Term::held), said(Role::none, 4, more)));
    CHECK_FALSE(may(journal(3, Term::none), said(Role::none, 3, more)));
    for (const Role role : {Role::primary, Role::promoting, Role::demoting})
        CHECK_FALSE(may(journal(3, Term::held), said(role, 3, more)));
}

TEST_CASE("with the peer there a server begins that has all that the peer's has") {
    const auto may = [](std::uint64_t term, const cluster::ServiceState& peer) {
        return node::may_begin_term(alone(journal(term), fresh(peer)));
    };
    CHECK(may(3, said(Role::none, 4, "0-1-90")));
    CHECK(may(3, said(Role::none, 4, "0-1-90,0-2-100")));
    CHECK_FALSE(may(3, said(Role::none, 4, "0-1-101")));
    CHECK_FALSE(may(3, said(Role::none, 4, "0-1-90,0-2-101")));
    CHECK_FALSE(may(3, said(Role::primary, 4, "0-1-90")));
    cluster::ServiceState omitted = said(Role::none, 4, "");
    omitted.executed.omitted = true;
    CHECK_FALSE(may(3, omitted));
    cluster::ServiceState unseen = said(Role::none, 4, "0-1-90");
    unseen.eligibility = Eligibility::starting;
    CHECK_FALSE(may(3, unseen));
    // Where no term was ever begun two empty servers look alike: it must be the one that is followed.
    CHECK(may(0, said(Role::replica, 0, "0-1-90")));
    CHECK_FALSE(may(0, said(Role::none, 0, "0-1-90")));
}

TEST_CASE("unheard by the peer nobody begins on what the peer has said") {
    ServiceFacts facts = in_sync();
    CHECK(node::may_begin_unheard(facts));
    facts.in_sync = false;
    CHECK_FALSE(node::may_begin_unheard(facts));
    CHECK(node::may_begin_unheard(alone(journal(3, Term::held, true), silent())));
    CHECK(node::may_begin_unheard(alone(journal(3, Term::promoting), silent())));
    CHECK_FALSE(node::may_begin_unheard(alone(journal(3, Term::held, false), silent())));
    CHECK_FALSE(node::may_begin_unheard(alone(journal(3, Term::none, true), silent())));
}

TEST_CASE("a sign of a server that may write is a veto") {
    ServiceFacts facts = in_sync();
    facts.peer = silent();
    CHECK_FALSE(node::is_vetoed(facts));
    facts.peer.standing = Standing::one_way;
    CHECK(node::is_vetoed(facts));
    facts.peer.standing = Standing::fresh;
    CHECK(node::is_vetoed(facts));
    for (const Role role : {Role::primary, Role::promoting, Role::demoting}) {
        facts.peer = fresh(said(role, 3, ""));
        CHECK(node::is_vetoed(facts));
    }
    for (const Role role : {Role::none, Role::replica}) {
        facts.peer = fresh(said(role, 3, ""));
        CHECK_FALSE(node::is_vetoed(facts));
    }
}

TEST_CASE("a successor is named by a peer that is there and does not write") {
    const auto named = [](const std::string& successor, Role role, Standing standing = Standing::fresh) {
        ServiceFacts facts = in_sync();
        facts.peer = fresh(said(role, 3, ""));
        facts.peer.state->word = cluster::Resign{cluster::Epoch{3}, successor, {}};
        facts.peer.standing = standing;
        return node::is_named_successor(facts);
    };
    CHECK(named("b", Role::none));
    CHECK(named("b", Role::replica));
    CHECK_FALSE(named("a", Role::none));
    CHECK_FALSE(named("b", Role::demoting));
    CHECK_FALSE(named("b", Role::none, Standing::one_way));
    ServiceFacts facts = in_sync();
    facts.peer = fresh(said(Role::none, 3, ""));
    CHECK_FALSE(node::is_named_successor(facts));
    facts.peer.state->word = cluster::Release{cluster::Epoch{3}};
    CHECK_FALSE(node::is_named_successor(facts));
}

// MySQL gives up a transaction of which only half has come; the other half comes with the next receiver.
TEST_CASE("an applier that has ended with an error after it has applied everything is no reason") {
    ServiceFacts facts = in_sync();
    facts.view->channels.front().applier = {false, false, 1756, "half of a transaction"};
    CHECK(node::judge(facts).is_eligible());
}

TEST_CASE("a planned switchover says all that is against it") {
    ServiceFacts facts = in_sync();
    facts.phase = Phase::primary;
    facts.view = primary_view("0-2-100", true);
    facts.journal = journal(4, Term::held);
    facts.peer = fresh(replica_says(4, "0-2-100"));
    CHECK(node::against_switchover(facts, "").empty());
    CHECK(node::against_switchover(facts, "a").empty());
    CHECK(node::against_switchover(facts, "c") == Lines{"there is no node \"c\": the other one is \"a\""});
    facts.peer.state->drain = 1000ms;
    CHECK(node::against_switchover(facts, "").empty());
    facts.peer.state->drain = 1001ms;
    CHECK(node::against_switchover(facts, "") ==
          Lines{"a would need 1001 ms to apply what it has received, and writes would stop for so long"});
    facts.peer.state->drain.reset();
    CHECK(node::against_switchover(facts, "") ==
          Lines{"a has received what it does not apply, and does not know for how long"});
    facts.peer.state->drain = 0ms;
    std::string long_history;
    for (int domain = 1; domain <= 120; ++domain) long_history += fmt::format(",{}-1-1000", domain);
    facts.view->history = mariadb(long_history.substr(1));
    CHECK(node::against_switchover(facts, "").size() == 1);
    CHECK(node::against_switchover(facts, "").front().starts_with(
        "the position of the own server is too long"));
    facts.view->history = mariadb("0-2-100");
    facts.server = ServerState::down;
    facts.server_trouble = "gone";
    facts.journal->alone = true;
    facts.peer.state->eligibility = Eligibility::drain_too_long;
    CHECK(node::against_switchover(facts, "c") ==
          Lines{"the own server does not answer: gone", "there is no node \"c\": the other one is \"a\"",
                "a cannot take over: drain_too_long", "commits do not wait for the replica yet"});
    facts.peer = silent();
    CHECK(node::against_switchover(facts, "a") ==
          Lines{"the own server does not answer: gone", "the other node is not heard over the peer link"});
    facts.phase = Phase::idle;
    CHECK(node::against_switchover(facts, "a") ==
          Lines{"the server of this node is not the primary: ask the node that has it"});
}

TEST_CASE("without promises a switchover need not wait until commits do") {
    ServiceFacts facts = in_sync();
    facts.phase = Phase::primary;
    facts.settings.database.mode = node::Mode::available;
    facts.journal = journal(4, Term::held, true);
    facts.peer = fresh(replica_says(4, "0-2-100"));
    CHECK(node::against_switchover(facts, "").empty());
}

TEST_CASE("a primary is above a replica, then soft findings count, and the configured priority last") {
    const auto score = [](Phase phase, int deduction, int priority, bool crowded = false) {
        ServiceFacts facts = in_sync();
        facts.is_crowded = crowded;
        facts.phase = phase;
        facts.checks.deduction = static_cast<std::uint8_t>(deduction);
        facts.settings.priority = vrrp::Priority{static_cast<std::uint8_t>(priority)};
        return vrrp::number(node::score(facts));
    };
    CHECK(score(Phase::primary, 0, 254) == 209);
    CHECK(score(Phase::demoting, 0, 254) == 209);
    CHECK(score(Phase::primary, 0, 100) == 203);
    CHECK(score(Phase::primary, 0, 1) == 200);
    CHECK(score(Phase::primary, 1, 254) == 199);
    CHECK(score(Phase::primary, 10, 254) == 199);
    CHECK(score(Phase::primary, 11, 254) == 189);
    CHECK(score(Phase::primary, 255, 1) == 160);
    CHECK(score(Phase::idle, 0, 254) == 109);
    CHECK(score(Phase::promoting, 0, 254) == 109);
    CHECK(score(Phase::idle, 40, 1) == 60);
    CHECK(score(Phase::idle, 255, 1) == 60);
    CHECK(score(Phase::idle, 0, 255) == 109);
    CHECK(score(Phase::idle, 5, 254) < score(Phase::idle, 0, 1));
    CHECK(score(Phase::primary, 0, 254, true) == 199);
    CHECK(score(Phase::primary, 10, 254, true) == 189);
    CHECK(score(Phase::primary, 255, 1, true) == 160);
    CHECK(score(Phase::idle, 0, 254, true) == 99);
}
