// SPDX-License-Identifier: GPL-2.0-or-later
// How the service of a database becomes the one that writes, and what keeps it from that.
#include "tests/node/service_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using cluster::Role;
using cluster::Term;
using node::Phase;

namespace {

const std::string kHeldDown =
    "not_eligible why=hold_down reason=a promotion has failed, or the box has resigned";

// Up to `task`, which is not answered yet.
void promote_until(ServiceStory& story, const std::string& task) {
    Lines last = story.handle(node::Won{});
    for (int i = 0; i < 20 && only(last, task).empty(); ++i)
        last = story.looked(stopped_view("0-1-100", "0-1-100"));
    REQUIRE(only(last, task).size() == 1);
}

}  // namespace

TEST_CASE("a replica tells at first that it is not eligible, and writes down that it is in sync") {
    ServiceStory story;
    CHECK(story.handle(node::JournalRead{journal(3)}) == Lines{"advertise 103", "not eligible"});
    CHECK(story.handle(fresh(primary_says(3, "0-1-100", true))) ==
          Lines{"peer_standing peer=a standing=fresh"});
    CHECK(story.sees(replica_view("0-1-100")) == Lines{"server_seen server=MariaDB 10.11.14 state=read-only",
                                                       "task 1: journal term 3 in sync", "eligible"});
    CHECK(story.done() == Lines{});
    story.pass(100ms);
    CHECK(story.sees(replica_view("0-1-100")) == Lines{"task 2: open the road"});
    CHECK(story.done() == Lines{"duty_done duty=open_road"});
    CHECK(story.next() == -1);
    CHECK(story.said().role == Role::replica);
    CHECK(story.said().in_sync);
    CHECK(story.said().received.text == "0-1-100");
}

TEST_CASE("from the election to the addresses, the journal before the deed") {
    InSyncReplica story;
    CHECK(story.handle(silent()) == Lines{"peer_standing peer=a standing=silent", "eligible"});
    Lines all = story.handle(node::Won{});
    for (int i = 0; i < 10; ++i) {
        CHECK(story.said().role == Role::promoting);
        story.pass(10ms);
        for (const std::string& line : story.looked(stopped_view("0-1-100", "0-1-100"))) all.push_back(line);
    }
    REQUIRE(only(all, "REPLACE INTO highbase.epoch (epoch, node) VALUES (4, 'b')").size() == 1);
    CHECK(without(only(all, "task"), "REPLACE") ==
          Lines{"task 3: close the road to 192.0.2.1 port 3306", "task 4: STOP SLAVE IO_THREAD",
                "task 5: look", "task 6: journal term 4 promoting alone in sync", "task 7: STOP SLAVE",
                "task 8: SET GLOBAL rpl_semi_sync_slave_kill_conn_timeout = 1; SET GLOBAL "
                "rpl_semi_sync_slave_enabled = OFF; SET GLOBAL rpl_semi_sync_master_enabled = OFF",
                "task 9: RESET SLAVE ALL", "task 10: SET GLOBAL read_only = OFF",
                "task 12: journal term 4 held alone"});
    CHECK(Lines{all.end() - 3, all.end()} ==
          Lines{"promoted epoch=4 ms=100.0 steps=close_road 10.0 ms, stop_receiver 10.0 ms, read_received "
                "10.0 ms, drain 0.0 ms, check_floor 0.0 ms, record_intent 10.0 ms, stop_applier 10.0 ms, "
                "leave_semi_sync 10.0 ms, forget_source 10.0 ms, open 10.0 ms, prove 10.0 ms, record_term "
                "10.0 ms",
                "serve", "advertise 203"});
    CHECK(story.service().phase() == Phase::primary);
    CHECK_FALSE(story.said().in_sync);
    // What it has committed is known with the first look that was begun after.
    CHECK(story.said().executed.omitted);
    CHECK(story.sees(primary_view("0-1-100,0-2-101", false)) == Lines{});
    CHECK(story.said().executed.text == "0-1-100,0-2-101");
}

TEST_CASE("who must not be promoted refuses the election") {
    InSyncReplica story;
    CHECK(story.handle(node::Won{}) ==
          Lines{"takeover_refused reason=a says that its server takes writes remedy=hbctl switchover there",
                "refuse"});
    story.handle(node::ServerUnknown{"error 1045"});
    CHECK(story.handle(node::Won{}) == Lines{"takeover_refused reason=error 1045 remedy=mend the account, "
                                             "its password, TLS, or max_connections",
                                             "refuse"});
    CHECK(story.service().phase() == Phase::idle);
}

TEST_CASE("a successor with errant transactions refuses, whatever the primary knew of it") {
    InSyncReplica story;
    replication::ServerView errant = replica_view("0-1-100");
    errant.history = mariadb("0-1-100,0-2-101");
    CHECK(only(story.sees(errant), "not_eligible why=errant_transactions").size() == 1);
    cluster::ServiceState leaving = said(cluster::Role::none, 3, "");
    leaving.executed = {"", true};
    leaving.word = cluster::Resign{cluster::Epoch{3}, "b", {}};
    CHECK(only(story.handle(fresh(leaving)), "succeed").empty());
    story.handle(silent());
    CHECK(story.handle(node::Won{}).back() == "refuse");
}

TEST_CASE("a journal that cannot be read keeps a server from being promoted") {
    ServiceStory story;
    CHECK(story.handle(node::JournalFailed{"line 3"}) == Lines{"journal_failed error=line 3",
                                                               "not_eligible why=preflight reason=line 3",
                                                               "advertise 103", "not eligible"});
    story.sees(replica_view("0-1-100"));
    story.handle(silent());
    CHECK(story.handle(node::Won{}) == Lines{"takeover_refused reason=line 3 remedy=hbctl doctor", "refuse"});
}

TEST_CASE("a promotion that fails goes back as far as it goes, and waits") {
    InSyncReplica story;
    story.handle(silent());
    promote_until(story, "look");
    CHECK(story.failed("error 2013") ==
          Lines{"promotion_failed step=read_received failure=refused reason=error 2013", "refuse",
                "task 6: open the road", kHeldDown, "not eligible"});
    CHECK(story.done() == Lines{"task 7: START SLAVE IO_THREAD"});
    CHECK(story.done() == Lines{});
    CHECK(story.handle(node::Won{}).back() == "refuse");
    story.pass(10s);
    CHECK(story.wait(0ms) == Lines{"eligible", "eligible"});
}

TEST_CASE("a server that was opened is closed when its promotion fails") {
    InSyncReplica story;
    story.handle(silent());
    promote_until(story, "REPLACE");
    // The tables may be missing, where no term was ever begun.
    CHECK(only(story.failed("error 1146"), "task 12: CREATE DATABASE IF NOT EXISTS highbase").size() == 1);
    CHECK(story.failed("error 1290") == Lines{"promotion_failed step=prove failure=refused reason=error 1290",
                                              "refuse", "task 13: open the road", kHeldDown, "not eligible"});
    CHECK(story.done() == Lines{"task 14: SET GLOBAL read_only = ON"});
    CHECK(story.done() == Lines{});
    CHECK(story.said().executed.omitted);  // it may have written
    // And once more, should it be open all the same.
    replication::ServerView open = server_view("0-1-100,0-2-101");
    open.read_only = false;
    CHECK(only(story.sees(open), "task") == Lines{"task 15: SET GLOBAL read_only = ON"});
}

TEST_CASE("a promotion ends with the election, the server, and the daemon") {
    const std::vector<std::pair<node::ServiceEvent, std::string>> ends{
        {node::Lost{}, "the election is lost"},
        {node::ServerDown{"gone"}, "the server is down: gone"},
        {node::StopAsked{}, "the daemon stops"},
        {fresh(said(Role::promoting, 5, "")), "the peer has begun a later term"},
        {fresh(primary_says(4, "", false)), "the peer has begun a later term"}};
    for (const auto& [event, reason] : ends) {
        CAPTURE(reason);
        InSyncReplica story;
        story.handle(silent());
        promote_until(story, "STOP SLAVE IO_THREAD");
        const Lines lines = story.handle(event);
        CHECK(only(lines, "promotion_failed") ==
              Lines{"promotion_failed step=stop_receiver failure=changed_meanwhile reason=" + reason});
        CHECK(only(lines, "task") == Lines{"task 5: open the road"});
        CHECK(story.service().phase() == Phase::idle);
        const bool lost = std::holds_alternative<node::Lost>(event);
        const bool told = only(lines, "refuse").size() + only(lines, "leave").size() == 1;
        CHECK(told == !lost);  // the election knows that it is lost
    }
}

TEST_CASE("two that begin at once: the one with the smaller name gives in") {
    InSyncReplica story;
    story.handle(silent());
    promote_until(story, "STOP SLAVE IO_THREAD");
    CHECK(only(story.handle(fresh(said(Role::promoting, 3, ""))), "leave").empty());
    CHECK(story.service().phase() == Phase::promoting);

    node::ServiceSettings settings = service_settings();
    settings.node = "A";
    InSyncReplica smaller{settings};
    smaller.handle(silent());
    promote_until(smaller, "STOP SLAVE IO_THREAD");
    CHECK(only(smaller.handle(fresh(said(Role::promoting, 3, ""))), "leave").size() == 1);
    CHECK(smaller.service().phase() == Phase::idle);
}

TEST_CASE("late answers and old looks say nothing") {
    InSyncReplica story;
    story.handle(silent());
    promote_until(story, "look");
    CHECK(story.handle(replication::TaskDone{story.task() - 1, {}}) == Lines{});
    CHECK(story.handle(replication::TaskFailed{story.task() - 1, "late", true}) == Lines{});
    CHECK(story.service().phase() == Phase::promoting);
    const vrrp::TimePoint before = story.now();
    story.pass(10ms);
    story.failed("error 2013");
    story.done();
    story.done();
    // A look from before shows another server than there is now.
    CHECK(story.handle(node::ServerSeen{primary_view("0-1-100", false), before}) == Lines{});
    CHECK(story.handle(replication::TaskDone{story.task(), {}}) == Lines{});
}

TEST_CASE("what is decided on what the peer says begins only when the peer has written it down") {
    ServiceStory story;
    story.handle(node::JournalRead{journal(3, Term::held)});
    story.sees(server_view("0-2-100"));
    story.handle(fresh(replica_says(3, "0-2-100")));
    CHECK(story.handle(node::Won{}) == Lines{"promotion_began epoch=4", "promotion_step step=ask_peer"});
    CHECK(story.said().epoch == cluster::Epoch{4});
    // Who asks stands in nobody's way, and has nothing to say that another could yield to.
    CHECK(story.said().role == Role::none);
    CHECK(story.said().executed.omitted);
    CHECK(story.handle(fresh(replica_says(3, "0-2-100"))) == Lines{});
    // The same number, but as its own: it has tried to begin it.
    CHECK(story.handle(fresh(replica_says(4, "0-2-100"))) == Lines{});
    CHECK(story.handle(silent()) == Lines{"peer_standing peer=a standing=silent"});
    cluster::ServiceState consents = replica_says(4, "0-2-100");
    consents.foreign_term = true;
    CHECK(story.handle(fresh(consents)) ==
          Lines{"peer_standing peer=a standing=fresh", "promotion_step step=read_received", "task 1: look"});
    CHECK(story.said().role == Role::promoting);
}

TEST_CASE("whoever asks gives in to one that begins") {
    for (const std::uint64_t epoch : {4U, 5U}) {
        for (const Role role : {Role::promoting, Role::primary}) {
            ServiceStory story;
            story.handle(node::JournalRead{journal(3, Term::held)});
            story.sees(server_view("0-2-100"));
            story.handle(fresh(replica_says(3, "0-2-100")));
            story.handle(node::Won{});
            CHECK(only(story.handle(fresh(said(role, epoch, "0-2-100"))), "leave").size() == 1);
            CHECK(story.service().phase() == node::Phase::idle);
        }
    }
}

TEST_CASE("of two that ask each other for the same term one gives in") {
    for (const auto& [name, gives_in] : {std::pair{"0", true}, std::pair{"b", false}}) {
        CAPTURE(name);
        node::ServiceSettings settings = service_settings();
        settings.node = name;
        ServiceStory story{settings};
        story.handle(node::JournalRead{journal(3, Term::held)});
        story.sees(server_view("0-2-100"));
        story.handle(fresh(replica_says(3, "0-2-100")));
        story.handle(node::Won{});
        story.handle(fresh(said(Role::none, 4, "0-2-100")));
        CHECK((story.service().phase() == node::Phase::idle) == gives_in);
    }
}

TEST_CASE("a node says whether the term that it knows is another's") {
    const auto foreign = [](const cluster::Journal& journal) {
        ServiceStory story;
        story.handle(node::JournalRead{journal});
        return story.said().foreign_term;
    };
    CHECK(foreign(journal(3)));
    CHECK_FALSE(foreign(journal(3, Term::promoting, true)));
    CHECK_FALSE(foreign(journal(3, Term::held)));
}

// The election may be won in the moment in which a server that takes writes is being closed.
TEST_CASE("the late answer of what was dropped is no consent") {
    ServiceStory story;
    story.handle(node::JournalRead{journal(3, Term::held)});
    story.handle(fresh(replica_says(3, "0-2-100")));
    CHECK(only(story.sees(primary_view("0-2-100", false)), "task 1").size() == 1);  // fence
    CHECK(only(story.handle(node::Won{}), "promotion_step") == Lines{"promotion_step step=ask_peer"});
    CHECK(story.done() == Lines{});
    CHECK(story.failed("error 1205") == Lines{});
    CHECK(story.service().phase() == node::Phase::promoting);
}

TEST_CASE("a replica does not count on a primary that has said it does not wait, whatever it says later") {
    InSyncReplica story;
    REQUIRE(story.said().in_sync);
    story.handle(fresh(primary_says(3, "0-1-100", false)));
    CHECK_FALSE(story.said().in_sync);
    story.handle(silent());
    CHECK(
        story.handle(node::Won{}) ==
        Lines{
            "takeover_refused reason=the primary does not wait for this server remedy=it comes into sync by "
            "itself while the primary runs; where the primary is lost for good: hbctl promote "
            "--accept-loss",
            "refuse"});
}

TEST_CASE("a peer that does not write it down keeps a term from beginning") {
    ServiceStory story;
    story.handle(node::JournalRead{journal(3, Term::held)});
    story.sees(server_view("0-2-100"));
    story.handle(fresh(replica_says(3, "0-2-100")));
    story.handle(node::Won{});
    CHECK(story.next() == 3000);
    CHECK(story.wait(3s) ==
          Lines{"promotion_failed step=ask_peer failure=no_answer reason=no answer within 3000 ms", "refuse",
                kHeldDown, "not eligible"});
    CHECK(story.said().epoch == cluster::Epoch{3});
}

TEST_CASE("whoever has written down another's term does not go on what it remembers") {
    InSyncReplica story;
    CHECK(story.said().in_sync);
    story.handle(fresh(said(Role::promoting, 4, "0-1-100")));
    CHECK(story.done().back() == "out_of_sync");
    CHECK(story.said().epoch == cluster::Epoch{4});
    CHECK_FALSE(story.said().in_sync);
    story.handle(silent());
    CHECK(
        story.handle(node::Won{}) ==
        Lines{
            "takeover_refused reason=the primary does not wait for this server remedy=it comes into sync by "
            "itself while the primary runs; where the primary is lost for good: hbctl promote "
            "--accept-loss",
            "refuse"});
}

TEST_CASE("after a crash the journal tells what this node may do alone") {
    const auto eligible = [](const cluster::Journal& journal, const replication::ServerView& view) {
        ServiceStory story;
        story.handle(node::JournalRead{journal});
        story.handle(silent());
        story.sees(view);
        return story.said().is_eligible();
    };
    const replication::ServerView follows_nobody = server_view("0-1-100");
    CHECK(eligible(journal(4, Term::promoting, true), follows_nobody));
    CHECK(eligible(journal(4, Term::held, true), follows_nobody));
    CHECK_FALSE(eligible(journal(4, Term::held), follows_nobody));
    CHECK_FALSE(eligible(journal(4), follows_nobody));

    // In sync, and it is still the same server: it began an hour after the host, 1000 s ago.
    cluster::Journal in_sync = journal(3);
    in_sync.in_sync = cluster::SyncMemory{cluster::Epoch{3}, "server-b", "boot-b", 2600s, "0-1-100"};
    CHECK(eligible(in_sync, replica_view("0-1-100")));
    CHECK(eligible(in_sync, replica_view("0-1-120")));
    CHECK_FALSE(eligible(in_sync, replica_view("0-1-99")));
    CHECK_FALSE(eligible(in_sync, follows_nobody));
    cluster::Journal crashed = in_sync;  // in the middle of its promotion
    crashed.epoch = cluster::Epoch{4};
    CHECK_FALSE(eligible(crashed, replica_view("0-1-100")));
    crashed.term = Term::promoting;
    CHECK(eligible(crashed, replica_view("0-1-100")));
    for (int what = 0; what < 4; ++what) {
        CAPTURE(what);
        cluster::Journal other = in_sync;
        if (what == 0) other.in_sync->server = "server-c";
        if (what == 1) other.in_sync->boot = "boot-c";
        if (what == 2) other.in_sync->started = 2590s;
        if (what == 3) other.released = true;
        CHECK_FALSE(eligible(other, replica_view("0-1-100")));
    }
}

TEST_CASE("a named successor takes the election at once, and waits for all that the other has written") {
    InSyncReplica story;
    cluster::ServiceState resigned = said(Role::none, 3, "0-1-120");
    resigned.word = cluster::Resign{cluster::Epoch{3}, "b", {"0-1-120", false}};
    CHECK(story.handle(fresh(resigned)) == Lines{"eligible", "succeed"});
    CHECK(story.handle(fresh(resigned)) == Lines{});
    CHECK(story.handle(node::Won{}) ==
          Lines{"promotion_began epoch=4", "promotion_step step=await_floor", "task 3: look"});
    CHECK(story.looked(replica_view("0-1-119")) == Lines{});
    CHECK(story.wait(5ms) == Lines{"task 4: look"});
    CHECK(story.looked(replica_view("0-1-120")) ==
          Lines{"promotion_step step=close_road", "task 5: close the road to 192.0.2.1 port 3306"});
}

TEST_CASE("hooks before a promotion may veto it, hooks after it are told") {
    node::ServiceSettings settings = service_settings();
    settings.database.hooks = {{replication::HookPoint::before_promote, {"/bin/true"}, 4s},
                               {replication::HookPoint::after_promote, {"/bin/true"}, 4s}};
    InSyncReplica story{settings};
    story.handle(silent());
    CHECK(only(story.handle(node::Won{}), "task") == Lines{"task 3: hooks before-promote"});
    CHECK(story.next() == 5000);
    CHECK(only(story.failed("exit 1"), "promotion_failed") ==
          Lines{"promotion_failed step=before_hooks failure=vetoed reason=exit 1"});

    InSyncReplica other{settings};
    other.handle(silent());
    promote_until(other, "held alone");
    CHECK(only(other.done(), "task") == Lines{"task 14: hooks after-promote"});
    CHECK(other.done() == Lines{});
}
