// SPDX-License-Identifier: GPL-2.0-or-later
// A server that must be closed and cannot be asked to: when its process is killed, what the journal remembers
// of it; and when the other box is switched off.
#include "tests/node/service_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using cluster::Role;
using cluster::Term;

namespace {

const std::string kKill = "kill the server: it does not answer: gone";

// The primary of term 4 whose server is gone, and which "a" has taken over from.
struct DeposedPrimary : WaitingPrimary {
    explicit DeposedPrimary(const node::ServiceSettings& settings = service_settings())
        : WaitingPrimary{settings} {
        handle(node::ServerDown{"gone"});
        handle(fresh(primary_says(5, "0-2-100", false)));
        done();     // the later term is in the journal
        wait(0ms);  // its word has done its work
    }
};

node::ServiceSettings killing_after(std::optional<vrrp::Duration> time) {
    node::ServiceSettings settings = service_settings();
    settings.database.fence.kill_after = time;
    return settings;
}

Lines kills(const Lines& lines) {
    return only(lines, "kill");
}

}  // namespace

TEST_CASE("a server that does not answer, may be open, and has a successor, is killed after a while") {
    DeposedPrimary story;
    CHECK(story.next() == 2000);
    CHECK(story.wait(1999ms) == Lines{});
    CHECK(story.wait(1ms) ==
          Lines{"duty_began duty=kill reason=it does not answer: gone", "task 11: " + kKill});
    CHECK(story.next() == 2000);  // the patience with that
    CHECK(story.done() ==
          Lines{"fenced ms=2000.0 steps=kill 0.0 ms", "duty_done duty=kill", "task 12: journal term 5"});
    story.done();
    // Whatever is started there now was never open.
    CHECK(story.next() == -1);
    CHECK(kills(story.handle(node::ServerDown{"gone"})) == Lines{});
}

TEST_CASE("a kill that fails is tried again, and told once") {
    DeposedPrimary story;
    story.wait(2000ms);
    CHECK(story.failed("process 7 cannot be killed") ==
          Lines{"duty_failed duty=kill error=kill: process 7 cannot be killed"});
    CHECK(story.handle(node::ServerDown{"gone"}) == Lines{});
    story.pass(1000ms);
    CHECK(only(story.handle(node::ServerDown{"gone"}), "task") == Lines{"task 12: " + kKill});
    CHECK(story.failed("process 7 cannot be killed") == Lines{});
}

TEST_CASE("a server that answers in time is closed by asking") {
    DeposedPrimary story;
    story.wait(1999ms);
    CHECK(only(story.sees(primary_view("0-2-100", true)), "task") ==
          Lines{"task 11: SET GLOBAL read_only = ON"});
    CHECK(kills(story.wait(1ms)) == Lines{});
    story.done();
    story.done();
    CHECK(only(story.done(), "fenced") ==
          Lines{"fenced ms=2000.0 steps=read_only 1.0 ms, evict_clients 0.0 ms, read_only 0.0 ms"});
}

TEST_CASE("it is killed only where somebody is protected by that") {
    SECTION("not when that is not wanted") {
        DeposedPrimary story{killing_after(std::nullopt)};
        CHECK(story.next() == -1);
    }
    SECTION("at once where so little time is given") {
        WaitingPrimary story{killing_after(0s)};
        CHECK(kills(story.handle(node::ServerDown{"gone"})) == Lines{});
        CHECK(only(story.handle(fresh(primary_says(5, "0-2-100", false))), "task") ==
              Lines{"task 10: " + kKill});
    }
    SECTION("not a server on another host") {
        node::ServiceSettings settings = service_settings();
        settings.database.server = vrrp::Endpoint{vrrp::IpAddress::v4(192, 0, 2, 2), 3306};
        DeposedPrimary story{settings};
        CHECK(story.next() == -1);
    }
    SECTION("not where nobody else serves") {
        DeposedPrimary story;
        story.handle(fresh(said(Role::none, 5, "0-2-100")));
        CHECK(story.next() == -1);
        // But where that is not known it may be so.
        story.handle(silent());
        CHECK(story.next() == 2000);
    }
    SECTION("not a primary that has kept its role") {
        WaitingPrimary story;
        story.handle(silent());
        story.handle(node::ServerDown{"gone"});
        CHECK(kills(story.wait(10s)) == Lines{});
    }
    SECTION("not a replica, which is closed") {
        InSyncReplica story;
        story.handle(node::ServerDown{"gone"});
        CHECK(kills(story.wait(1999ms)) == Lines{});
        CHECK(kills(story.wait(10s)) == Lines{});
    }
    SECTION("a replica that somebody has opened") {
        InSyncReplica story;
        story.sees(primary_view("0-1-100", false));
        story.failed("no answer", true);
        story.failed("no answer", true);
        story.handle(node::ServerDown{"gone"});
        CHECK(only(story.wait(2000ms), "task").size() == 1);
        CHECK(story.task() != 0);
    }
    SECTION("not one that may not be asked") {
        DeposedPrimary story;
        story.handle(node::ServerUnknown{"wrong password"});
        CHECK(story.next() == -1);
    }
}

TEST_CASE("a server that answers and cannot be closed is killed, unless it is the account that is wrong") {
    for (const bool held_up : {true, false}) {
        WaitingPrimary story;
        story.handle(node::Lost{});
        story.handle(fresh(primary_says(5, "0-2-100", false)));
        story.failed("lock wait");
        story.done();
        const Lines lines = story.handle(replication::TaskFailed{story.task(), "no", false, held_up});
        CHECK(only(lines, "duty_failed") == Lines{"duty_failed duty=fence error=read_only: no"});
        story.done();  // the later term
        story.pass(1999ms);
        CHECK(kills(story.sees(primary_view("0-2-100", true))) == Lines{});
        story.failed("lock wait");
        story.done();
        story.pass(1ms);
        const Lines last = story.handle(replication::TaskFailed{story.task(), "no", false, held_up});
        CHECK(only(last, "task") == (held_up ? Lines{"task " + std::to_string(story.task()) +
                                                     ": kill the server: it cannot be closed: read_only: no"}
                                             : Lines{}));
    }
}

TEST_CASE("that a server may be open is in the journal as long as it is so, also when the term is over") {
    WaitingPrimary story;
    story.handle(node::ServerDown{"gone"});
    CHECK(only(story.handle(fresh(primary_says(5, "0-2-100", false))), "task") ==
          Lines{"task 10: journal term 5 maybe open"});
    story.done();
    // It is back, and closed.
    CHECK(only(story.sees(server_view("0-2-100")), "task") == Lines{"task 11: journal term 5"});
}

TEST_CASE("the next daemon goes on where the one before was") {
    for (const bool learnt : {true, false}) {
        ServiceStory story;
        cluster::Journal left = learnt ? journal(5) : journal(4, Term::held);
        left.maybe_open = learnt;
        story.handle(node::JournalRead{left});
        story.handle(fresh(primary_says(5, "0-2-100", false)));
        if (!learnt) story.done();
        story.handle(node::ServerDown{"it hangs"});
        CHECK(only(story.wait(2000ms), "task")
                  .front()
                  .ends_with("kill the server: it does not answer: it hangs"));
    }
    // One that was closed is left alone.
    ServiceStory closed;
    closed.handle(node::JournalRead{journal(5)});
    closed.handle(fresh(primary_says(5, "0-2-100", false)));
    closed.handle(node::ServerDown{"it hangs"});
    CHECK(closed.next() == -1);
}

TEST_CASE("the end of the daemon waits for the kill, but not for ever") {
    DeposedPrimary story;
    CHECK(only(story.handle(node::StopAsked{}), "stopped") == Lines{});
    CHECK(only(story.wait(2000ms), "task") == Lines{"task 11: " + kKill});
    CHECK(only(story.failed("no"), "stopped") == Lines{});
    CHECK(only(story.wait(3000ms), "stopped") == Lines{"stopped"});
}

// ---- the other box

namespace {

node::ServiceSettings with_agent() {
    node::ServiceSettings settings = service_settings();
    settings.database.fence.agent = "/usr/sbin/fence_test";
    settings.database.fence.timeout = 7s;
    return settings;
}

// Up to, and with, its first answer after the road was closed.
Lines until_fence(ServiceStory& story) {
    Lines lines = story.handle(node::Won{});
    for (int i = 0; i < 3; ++i) lines = story.looked(stopped_view("0-1-100", "0-1-100"));
    return only(lines, "task");
}

}  // namespace

TEST_CASE("a primary that fell silent is switched off, after everything that may fail and before the term") {
    InSyncReplica story{with_agent()};
    story.handle(silent());
    CHECK(until_fence(story) == Lines{"task 6: fence the peer"});
    CHECK(story.next() == 9000);
    CHECK(only(story.done(), "task") == Lines{"task 7: journal term 4 promoting alone in sync"});

    InSyncReplica failing{with_agent()};
    failing.handle(silent());
    until_fence(failing);
    CHECK(only(failing.failed("no power"), "promotion_failed") ==
          Lines{"promotion_failed step=fence_peer failure=refused reason=no power"});
}

TEST_CASE("it is not switched off where it has handed over, is heard, or an operator knows better") {
    const auto tasks = [](InSyncReplica& story) { return until_fence(story); };
    const Lines journal{"task 6: journal term 4 promoting alone in sync"};
    InSyncReplica without;
    without.handle(silent());
    CHECK(tasks(without) == journal);

    InSyncReplica resigned{with_agent()};
    cluster::ServiceState word = said(Role::none, 3, "0-1-100");
    word.word = cluster::Resign{cluster::Epoch{3}, "b", {}};
    resigned.handle(fresh(word));
    CHECK(tasks(resigned) == journal);

    InSyncReplica ordered{with_agent()};
    ordered.handle(silent());
    ordered.handle(node::OrderGiven{node::Order::promote, false});
    CHECK(tasks(ordered) == journal);

    // It is heard again while this one prepares itself.
    InSyncReplica heard{with_agent()};
    heard.handle(silent());
    heard.handle(node::Won{});
    heard.handle(fresh(said(Role::none, 3, "0-1-100")));
    for (int i = 0; i < 2; ++i) heard.looked(stopped_view("0-1-100", "0-1-100"));
    CHECK(only(heard.looked(stopped_view("0-1-100", "0-1-100")), "task") == journal);
}
