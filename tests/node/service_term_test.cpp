// SPDX-License-Identifier: GPL-2.0-or-later
// How a term ends: by the election, by the server, by an operator, by a later term; and what is told to whom.
#include <functional>

#include "tests/node/service_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using cluster::Role;
using cluster::Term;
using node::Phase;

namespace {

const std::string kSaidHeldDown =
    "not_eligible why=hold_down reason=a promotion has failed, or the box has resigned";
const std::string kClose = "SET GLOBAL read_only = ON";
const std::string kWait =
    "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC', rpl_semi_sync_master_wait_no_slave = ON, "
    "rpl_semi_sync_master_timeout = 3153600000000; SET GLOBAL rpl_semi_sync_master_enabled = ON";

cluster::ServiceState broken_replica() {
    cluster::ServiceState state = replica_says(4, "0-2-100");
    state.eligibility = cluster::Eligibility::not_applying;
    return state;
}

cluster::ServiceState leaving_replica() {
    cluster::ServiceState state = replica_says(4, "0-2-100");
    state.word = cluster::Release{cluster::Epoch{4}};
    return state;
}

}  // namespace

TEST_CASE("a primary that waits says so") {
    const WaitingPrimary story;
    CHECK(story.said().role == Role::primary);
    CHECK(story.said().epoch == cluster::Epoch{4});
    CHECK(story.said().in_sync);
    CHECK(story.said().score == vrrp::Priority{203});
    CHECK(story.next() == -1);
}

TEST_CASE("a server with hardly a connection left is worse by ten, which is told when it begins and ends") {
    WaitingPrimary story;
    const auto with = [&](std::uint32_t connections) {
        replication::ServerView view = primary_view("0-2-100", true);
        view.connections = connections;
        view.max_connections = 200;
        return story.sees(view);
    };
    CHECK(with(189) == Lines{});
    CHECK(with(190) == Lines{"connections_scarce open=190 most=200", "advertise 193"});
    CHECK(with(200) == Lines{});
    CHECK(with(180) == Lines{});  // not better for certain
    CHECK(with(179) == Lines{"connections_enough open=179 most=200", "advertise 203"});
    CHECK(with(189) == Lines{});
}

TEST_CASE("a primary whose server is down names its successor") {
    WaitingPrimary story;
    CHECK(story.handle(node::ServerDown{"gone"}) ==
          Lines{"server_down reason=gone", "role_resigned reason=gone successor=a", "leave",
                "not_eligible why=service_down reason=gone", "advertise 103", "not eligible"});
    CHECK(word(story) == "resign 4 a ");
    CHECK(story.said().executed.omitted);
    // It is not promoted again while the successor may be.
    CHECK(story.sees(server_view("0-2-100")).back() == kSaidHeldDown);
    CHECK(story.next() == 3000);
    // The word has done its work.
    CHECK(only(story.handle(fresh(said(Role::promoting, 5, "0-2-100"))), "task") ==
          Lines{"task 10: journal term 5"});
    story.wait(0ms);
    CHECK(word(story).empty());
    story.done();
    CHECK(story.said().epoch == cluster::Epoch{5});
}

TEST_CASE("a primary without a successor stays where the data is, and says so once") {
    for (const bool heard : {true, false}) {
        WaitingPrimary story;
        if (heard) story.handle(fresh(broken_replica()));
        if (!heard) story.handle(silent());
        const std::string peer = heard ? "not_applying" : "it is not heard";
        CHECK(story.handle(node::ServerDown{"gone"}) ==
              Lines{"server_down reason=gone", "no_successor reason=gone peer=" + peer, "not eligible"});
        CHECK(story.handle(node::ServerDown{"gone"}) == Lines{});
        CHECK(story.service().phase() == Phase::primary);
        // What the server had when it was seen last is no news of what it has now.
        CHECK(story.said().executed.omitted);
        // The server is back: it takes writes again, but not before it waits.
        const Lines back = story.sees(server_view("0-2-100"));
        CHECK(only(back, "task") == Lines{"task 10: " + kWait});
        CHECK(story.done() == Lines{"task 11: SET GLOBAL read_only = OFF"});
    }
}

TEST_CASE("a successor that comes later is named then") {
    WaitingPrimary story;
    story.handle(fresh(broken_replica()));
    story.handle(node::ServerDown{"gone"});
    CHECK(only(story.handle(fresh(replica_says(4, "0-2-100"))), "role_resigned") ==
          Lines{"role_resigned reason=gone successor=a"});
}

TEST_CASE("checks that fail end a term like the server does") {
    WaitingPrimary story;
    CHECK(only(story.handle(node::ChecksJudged{false, 0, "disk"}), "role_resigned") ==
          Lines{"role_resigned reason=disk successor=a"});
    WaitingPrimary soft;
    CHECK(soft.handle(node::ChecksJudged{true, 20, ""}) == Lines{"advertise 183"});
}

TEST_CASE("a server that nobody can ask keeps its role") {
    WaitingPrimary story;
    CHECK(story.handle(node::ServerUnknown{"error 1040"}) ==
          Lines{"server_unknown reason=error 1040", "not eligible"});
    CHECK(story.service().phase() == Phase::primary);
}

TEST_CASE("a lost election closes the server at once") {
    WaitingPrimary story;
    CHECK(story.handle(node::Lost{}) ==
          Lines{"role_lost reason=the election is lost", "duty_began duty=fence reason=it is not the primary",
                "task 10: " + kClose, kSaidHeldDown, "advertise 103", "not eligible"});
    CHECK(word(story) == "resign 4 a ");
    CHECK(story.failed("error 1205") == Lines{"task 11: evict clients"});
    CHECK(story.done() == Lines{"task 12: " + kClose});
    CHECK(story.said().executed.omitted);
    CHECK(story.done() ==
          Lines{"fenced ms=0.0 steps=read_only 0.0 ms, evict_clients 0.0 ms, read_only 0.0 ms",
                "duty_done duty=fence"});
    CHECK(story.sees(server_view("0-2-105")) == Lines{});
    CHECK(story.said().executed.text == "0-2-105");
}

TEST_CASE("what was under way for a primary does not go on after it") {
    WaitingPrimary story;
    CHECK(only(story.sees(server_view("0-2-100")), "task") == Lines{"task 10: " + kWait});
    story.handle(node::Lost{});
    CHECK(story.handle(replication::TaskDone{10, {}}) == Lines{});  // no SET GLOBAL read_only = OFF
}

TEST_CASE("a primary yields to a later term, and to its own number elsewhere where the name is greater") {
    const auto leaves = [](cluster::ServiceState state, const std::string& node) {
        node::ServiceSettings settings = service_settings();
        settings.node = node;
        WaitingPrimary story{settings};
        const Lines lines = story.handle(fresh(std::move(state)));
        CHECK(only(lines, "leave").size() == only(lines, "task 10: " + kClose).size());
        return only(lines, "leave").size() == 1;
    };
    CHECK(leaves(said(Role::promoting, 5, ""), "b"));
    CHECK(leaves(said(Role::primary, 5, ""), "b"));
    CHECK(leaves(said(Role::demoting, 5, ""), "b"));
    CHECK_FALSE(leaves(said(Role::primary, 3, ""), "b"));
    CHECK_FALSE(leaves(said(Role::primary, 4, ""), "b"));
    CHECK(leaves(said(Role::primary, 4, ""), "A"));
    // A later term that came to nothing is none; one whose writes are not here is.
    CHECK_FALSE(leaves(said(Role::none, 5, "0-2-100"), "b"));
    CHECK_FALSE(leaves(said(Role::replica, 5, "0-2-105"), "b"));
    CHECK(leaves(said(Role::none, 5, "0-2-100,0-1-101"), "b"));
}

TEST_CASE("a replica that says RELEASE is not waited for, once that is written down") {
    WaitingPrimary story;
    CHECK(story.handle(fresh(leaving_replica())) ==
          Lines{"duty_began duty=go_alone reason=the replica has said that it goes",
                "task 10: journal term 4 held alone", "commits_do_not_wait"});
    CHECK_FALSE(story.said().in_sync);  // before anything is acknowledged alone
    CHECK(story.done() == Lines{"task 11: SET GLOBAL rpl_semi_sync_master_enabled = OFF"});
    // It has not worked: again, although the replica says nothing any more.
    CHECK(only(story.failed("error 2013"), "duty_failed") ==
          Lines{"duty_failed duty=go_alone error=go_alone: error 2013"});
    story.handle(silent());
    story.pass(1s);
    CHECK(only(story.sees(primary_view("0-2-101", true)), "task") ==
          Lines{"task 12: SET GLOBAL rpl_semi_sync_master_enabled = OFF"});
}

TEST_CASE("whoever goes alone does not say that it waits, for as long as that is not written down") {
    WaitingPrimary story;
    story.handle(fresh(leaving_replica()));
    story.handle(silent());  // it is gone, and may be back before the disk has answered
    CHECK_FALSE(story.said().in_sync);
    story.handle(fresh(replica_says(4, "0-2-100")));
    CHECK_FALSE(story.said().in_sync);
    SECTION("nor when nobody knows whether it is") {
        CHECK(only(story.wait(2s), "task") == Lines{"task 11: journal term 4 held"});
        CHECK_FALSE(story.said().in_sync);
        story.done();
        CHECK(story.said().in_sync);
    }
}

TEST_CASE("an idle primary proves that it commits") {
    WaitingPrimary story;
    story.pass(999ms);
    CHECK(story.sees(primary_view("0-2-100", true)) == Lines{});
    story.pass(1ms);
    CHECK(only(story.sees(primary_view("0-2-100", true)), "task 10: INSERT INTO highbase.heartbeat").size() ==
          1);
    SECTION("it does") {
        CHECK(story.done() == Lines{});
        story.pass(100ms);
        CHECK(story.sees(primary_view("0-2-101", true)) == Lines{});
    }
    SECTION("it does not, and the other one can") {
        CHECK(only(story.wait(1500ms), "role_resigned") ==
              Lines{"role_resigned reason=it does not commit: beat: no answer within 1500 ms successor=a"});
    }
    SECTION("it waits for the replica, as all commits do") {
        replication::ServerView waits = primary_view("0-2-101", true);
        waits.semi_sync.waiting_sessions = 1;
        CHECK(story.sees(waits) == Lines{});
        CHECK(story.wait(1500ms) == Lines{});
        CHECK(story.service().phase() == Phase::primary);
    }
    SECTION("it could not be asked") {
        CHECK(story.failed("error 1040", false) == Lines{});
        CHECK(story.service().phase() == Phase::primary);
    }
}

TEST_CASE("a planned switchover: clients out, read-only, the last position, the successor") {
    WaitingPrimary story;
    CHECK(story.handle(node::SwitchoverAsked{"", true}) == Lines{"switchover done"});  // it could be
    CHECK(story.handle(node::SwitchoverAsked{"a", false}) ==
          Lines{"demotion_began successor=a", "task 10: evict clients"});
    CHECK(only(story.handle(node::SwitchoverAsked{"a", false}), "not done").size() == 1);
    story.pass(10ms);
    CHECK(story.done() == Lines{"task 11: " + kClose});
    CHECK(story.failed("error 1205") == Lines{"task 12: evict clients"});
    CHECK(story.done() == Lines{"task 13: " + kClose});
    CHECK(story.done() == Lines{"task 14: look"});
    story.pass(10ms);
    CHECK(story.looked(server_view("0-2-105")) ==
          Lines{"role_resigned reason=a planned switchover successor=a", "leave", kSaidHeldDown,
                "advertise 103", "not eligible"});
    CHECK(word(story) == "resign 4 a 0-2-105");
    CHECK(story.said().executed.text == "0-2-105");
    story.pass(30ms);
    story.handle(fresh(said(Role::promoting, 5, "0-2-105")));
    CHECK(story.handle(fresh(primary_says(5, "0-2-105,0-1-106", false))) ==
          Lines{"switchover done, writes stopped for 50 ms"});
    CHECK(story.service().snapshot().last_transition->what == "demotion");
    CHECK(story.service().snapshot().last_transition->done);
}

TEST_CASE("a switchover that cannot be finished is taken back") {
    WaitingPrimary story;
    story.handle(node::SwitchoverAsked{"a", false});
    story.done();
    story.done();
    story.done();
    CHECK(story.failed("error 1205", true) == Lines{"demotion_failed error=read_only: error 1205",
                                                    "switchover not done: read_only: error 1205",
                                                    "task 14: " + kWait});
    CHECK(story.done() == Lines{"task 15: SET GLOBAL read_only = OFF"});
    CHECK(story.done() == Lines{"duty_done duty=reopen"});
    CHECK(story.service().phase() == Phase::primary);
}

TEST_CASE("a switchover whose successor does not come ends without success") {
    WaitingPrimary story;
    story.handle(node::SwitchoverAsked{"a", false});
    while (story.service().phase() == Phase::demoting) story.looked(server_view("0-2-105"));
    SECTION("it is gone") {
        CHECK(only(story.handle(silent()), "switchover") ==
              Lines{"switchover not done: a is not heard any more"});
    }
    SECTION("it cannot") {
        CHECK(only(story.handle(fresh(broken_replica())), "switchover") ==
              Lines{"switchover not done: a has not taken over: not_applying"});
        story.wait(0ms);
        CHECK(word(story).empty());
    }
    SECTION("it does nothing") {
        Lines lines;
        while (story.next() >= 0 && only(lines, "switchover").empty())
            lines = story.wait(std::chrono::milliseconds{story.next()});
        CHECK(lines == Lines{"switchover not done: the other node has not taken over in time"});
        CHECK(story.now() - kBeginning == 15s);
    }
    SECTION("this node has to take over again") {
        story.pass(3s);
        story.wait(0ms);
        CHECK(word(story) == "resign 4 a 0-2-105");
        CHECK(story.handle(node::Won{}).back() == "promotion_step step=ask_peer");
        CHECK(word(story).empty());  // not both at once
        cluster::ServiceState consents = replica_says(5, "0-2-105");
        consents.foreign_term = true;
        story.handle(fresh(consents));
        const Lines lines = story.promoted(server_view("0-2-105"));
        CHECK(only(lines, "switchover") == Lines{"switchover not done: this node has taken over again"});
    }
    CHECK(only(story.wait(60s), "switchover").empty());
    CHECK(story.next() == -1);
}

TEST_CASE("the daemon of a primary ends with a planned demotion") {
    WaitingPrimary story;
    CHECK(story.handle(node::StopAsked{}) ==
          Lines{"demotion_began successor=a", "task 10: evict clients", "not eligible"});
    for (int i = 0; i < 4; ++i) story.done();
    CHECK(story.looked(server_view("0-2-105")) ==
          Lines{"role_resigned reason=a planned switchover successor=a", "leave", "advertise 103"});
    CHECK(word(story) == "resign 4 a 0-2-105");
    SECTION("and the successor has heard it") {
        CHECK(story.handle(fresh(replica_says(4, "0-2-105"), true)) == Lines{"stopped"});
    }
    SECTION("or half a second has passed") {
        CHECK(story.next() == 500);
        CHECK(story.wait(499ms) == Lines{});
        CHECK(story.wait(1ms) == Lines{"stopped"});
    }
}

TEST_CASE("the daemon of a primary without a successor closes its server") {
    for (const bool refuses : {false, true}) {
        WaitingPrimary story;
        Lines lines;
        if (refuses) {  // it has one, but the demotion does not succeed
            story.handle(node::StopAsked{});
            for (int i = 0; i < 3; ++i) story.done();
            lines = story.failed("error 1205");
        } else {
            story.handle(fresh(broken_replica()));
            lines = story.handle(node::StopAsked{});
        }
        CHECK(only(lines, "leave").size() == 1);
        REQUIRE(only(lines, kClose).size() == 1);
        CHECK(only(lines, "stopped").empty());
        for (int i = 0; i < 3; ++i) story.done();
        CHECK(story.sees(server_view("0-2-105")) == Lines{"stopped"});
    }
}

TEST_CASE("a daemon does not wait for ever for a server that does not close") {
    WaitingPrimary story;
    story.handle(fresh(broken_replica()));
    story.handle(node::StopAsked{});
    vrrp::Duration waited{0};
    bool stopped = false;
    while (!stopped && story.next() >= 0) {
        const auto next = std::chrono::milliseconds{story.next()};
        REQUIRE(next > 0ms);
        waited += next;
        stopped = !only(story.wait(next), "stopped").empty();
    }
    CHECK(waited == 5s);
}

TEST_CASE("the daemon of a replica releases its primary") {
    InSyncReplica story;
    CHECK(story.handle(node::StopAsked{}) == Lines{"task 3: journal term 3 released",
                                                   "not_eligible why=stopping reason=the daemon stops",
                                                   "out_of_sync"});
    CHECK(word(story).empty());  // not before it is written down
    CHECK(story.done() == Lines{});
    CHECK(word(story) == "release 3");
    CHECK(story.next() == 500);
    CHECK(story.handle(fresh(primary_says(3, "0-1-100", true), true)) == Lines{"stopped"});
    CHECK(story.next() == -1);
}

TEST_CASE("a replica that nobody waits for has nothing to release") {
    ServiceStory story;
    story.handle(node::JournalRead{journal(3)});
    story.handle(fresh(primary_says(3, "0-1-100", false)));
    story.sees(replica_view("0-1-100"));
    story.done();
    CHECK(story.handle(node::StopAsked{}) ==
          Lines{"stopped", "not_eligible why=stopping reason=the daemon stops"});
}

TEST_CASE("a primary that has lost its term comes back as the replica of the other one") {
    WaitingPrimary story;
    story.handle(node::ServerDown{"gone"});
    story.handle(fresh(primary_says(5, "0-2-100,0-1-101", false)));
    story.done();
    Lines lines = story.sees(server_view("0-2-100"));
    CHECK(only(lines, "task") == Lines{"task 11: journal term 5"});  // it was not known to be closed
    story.done();
    lines = story.sees(server_view("0-2-100"));
    CHECK(only(lines, "task") == Lines{"task 12: open the road"});
    lines = story.done();
    REQUIRE(lines.size() == 1);
    CHECK(lines.front().find("CHANGE MASTER TO MASTER_HOST = '192.0.2.1'") != std::string::npos);
    CHECK(story.done() == Lines{"duty_done duty=rejoin"});
}

TEST_CASE("threads of a replica are started again after a restart of the server, seen or not") {
    const auto tasks_after = [](const std::function<void(ServiceStory&)>& happens) {
        InSyncReplica story;
        replication::ServerView stopped = stopped_view("0-1-100", "0-1-100");
        stopped.channels.front().applier.running = false;
        Lines lines = story.sees(stopped);
        REQUIRE(only(lines, "START SLAVE").empty());
        story.done();  // the road
        lines = story.done();
        story.sees(replica_view("0-1-100"));
        CHECK(story.sees(stopped) == Lines{});  // by somebody who had a reason
        happens(story);
        story.pass(100ms);
        lines = story.sees(stopped);
        return only(lines, "duty_began duty=resume").size();
    };
    CHECK(tasks_after([](ServiceStory&) {}) == 0);
    CHECK(tasks_after([](ServiceStory& story) { story.handle(node::ServerDown{"gone"}); }) == 1);
    CHECK(tasks_after([](ServiceStory& story) {
              story.pass(2s);
              replication::ServerView young = replica_view("0-1-100");
              young.uptime = -1s;  // one second, with what the story adds
              story.sees(young);
              story.done();  // out of sync: written down
          }) == 1);
}
