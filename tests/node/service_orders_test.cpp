// SPDX-License-Identifier: GPL-2.0-or-later
// What operators order, and how a replica that cannot receive lets the primary go on.
#include "tests/node/service_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using cluster::Eligibility;
using cluster::Role;
using cluster::Term;
using node::Order;
using node::Phase;

namespace {

const std::string kAlone = "SET GLOBAL rpl_semi_sync_master_enabled = OFF";

Lines order(ServiceStory& story, Order which) {
    return story.handle(node::OrderGiven{which, false});
}
// What would come of it.
std::string asked(ServiceStory& story, Order which) {
    const Lines lines = story.handle(node::OrderGiven{which, true});
    REQUIRE(lines.size() == 1);  // nothing is done
    return lines[0];
}

// "a", the primary of term 3, which has said that it is in maintenance.
cluster::ServiceState resting_primary() {
    cluster::ServiceState state = primary_says(3, "0-1-100", true);
    state.eligibility = Eligibility::maintenance;
    return state;
}

}  // namespace

// ---- RELEASE of a server that is down

TEST_CASE("a replica whose server is down for a while lets the primary go on alone") {
    InSyncReplica story;
    CHECK(only(story.handle(node::ServerDown{"gone"}), "task") == Lines{});
    CHECK(story.next() == 2000);
    CHECK(story.wait(1999ms) == Lines{});
    const Lines lines = story.wait(1ms);
    CHECK(tasks(lines) == Lines{"journal term 3 released"});
    CHECK(word(story).empty());  // not before it is on disk
    CHECK(only(story.done(), "released") == Lines{"released reason=the server is down: gone"});
    CHECK(word(story) == "release 3");
    CHECK_FALSE(story.said().in_sync);
    CHECK(story.wait(1s) == Lines{});
    SECTION("until it receives again") {
        story.handle(fresh(primary_says(3, "0-1-200", false)));
        replication::ServerView connecting = replica_view("0-1-100");
        connecting.channels.front().receiver.connecting = true;
        story.sees(connecting);
        CHECK(word(story) == "release 3");
        story.sees(replica_view("0-1-100"));
        CHECK(word(story).empty());
        // What it had once is no proof.
        CHECK_FALSE(story.said().in_sync);
        CHECK(story.said().eligibility == Eligibility::not_in_sync);
    }
    SECTION("and is in sync again only when the primary waits for it anew") {
        const auto look = [&] {
            story.pass(1s);
            story.sees(replica_view("0-1-100"));
            for (int i = 0; i < 3; ++i) story.done();
            return story.said().in_sync;
        };
        CHECK_FALSE(look());
        CHECK(word(story).empty());
        // What it said before it knew that it is not released any more says nothing.
        story.handle(fresh(primary_says(3, "0-1-100", true)));
        CHECK_FALSE(look());
        story.handle(fresh(primary_says(3, "0-1-100", true), true));
        CHECK(look());
        CHECK_FALSE(story.service().snapshot().facts.journal->released);
    }
}

TEST_CASE("it does not where nobody waits for it, or nobody would hear it") {
    const auto nothing_follows = [](ServiceStory& story) {
        story.handle(node::ServerDown{"gone"});
        CHECK(tasks(story.wait(1min)) == Lines{});
        CHECK(word(story).empty());
    };
    SECTION("the primary is silent") {
        InSyncReplica story;
        story.handle(silent());
        nothing_follows(story);
    }
    SECTION("it does not wait") {
        InSyncReplica story;
        story.handle(fresh(primary_says(3, "0-1-100", false)));
        nothing_follows(story);
    }
    SECTION("its server is back in time") {
        InSyncReplica story;
        story.handle(node::ServerDown{"gone"});
        story.wait(1900ms);
        story.sees(replica_view("0-1-100"));
        CHECK(story.next() == -1);
        CHECK(word(story).empty());
    }
    SECTION("mode available") {
        node::ServiceSettings settings = service_settings();
        settings.database.mode = node::Mode::available;
        InSyncReplica story{settings};
        nothing_follows(story);
    }
    SECTION("it is the primary itself") {
        node::ServiceSettings settings = service_settings();
        settings.database.fence.kill_after.reset();  // it hands over, and may be open
        WaitingPrimary story{settings};
        story.handle(fresh(primary_says(3, "0-2-100", true)));
        nothing_follows(story);
    }
}

// ---- solo

TEST_CASE("solo: commits wait for nobody, once that is written down") {
    WaitingPrimary story;
    CHECK(asked(story, Order::solo) ==
          "no: a is heard and in sync: it acknowledges commits, and may be promoted");
    story.handle(silent());
    const std::string yes =
        "yes: commits wait for nobody from now on: a must not be promoted before it is in sync again";
    CHECK(asked(story, Order::solo) == yes);
    CHECK(order(story, Order::solo) ==
          Lines{yes, "order_given order=solo",
                "duty_began duty=go_alone reason=an operator has said that the replica is gone",
                "task 10: journal term 4 held alone", "commits_do_not_wait"});
    CHECK(tasks(story.done()) == Lines{"" + kAlone});
    CHECK(story.done() == Lines{"duty_done duty=go_alone"});
    CHECK_FALSE(story.said().in_sync);
    CHECK(asked(story, Order::solo) == "no: commits wait for nobody already");
}

TEST_CASE("solo is for a primary that waits") {
    InSyncReplica replica;
    CHECK(asked(replica, Order::solo) ==
          "no: the server of this node is not the primary: ask the node that has it");
    node::ServiceSettings settings = service_settings();
    settings.database.mode = node::Mode::available;
    WaitingPrimary available{settings};
    CHECK(asked(available, Order::solo) == "no: in mode available commits wait for nobody");
}

// ---- promote

TEST_CASE("promote: not while the other box lives") {
    InSyncReplica story;
    CHECK(asked(story, Order::promote).starts_with("no: a is heard, and the boxes decide by themselves"));
    story.handle(node::PeerTold{cluster::Standing::one_way, "a", std::nullopt, false});
    CHECK(asked(story, Order::promote_with_loss) == "no: a lives, and may take writes: switch it off first");
    WaitingPrimary primary;
    CHECK(asked(primary, Order::promote) ==
          "no: the server of this node is the primary, or is being promoted");
}

TEST_CASE("promote: a server that may lack something needs more than that") {
    ServiceStory story;
    story.handle(node::JournalRead{journal(3)});
    story.sees(replica_view("0-1-100"));
    story.handle(silent());
    CHECK(story.said().eligibility == Eligibility::not_in_sync);
    CHECK(asked(story, Order::promote) ==
          "no: not_in_sync: the primary does not wait for this server; --accept-loss promotes it all the "
          "same, without what only the other server has");
    CHECK(order(story, Order::promote_with_loss) ==
          Lines{"yes: this server becomes the primary: what only the server of a has is lost, and a must be "
                "off, or its server closed",
                "order_given order=promote --accept-loss", "eligible", "eligible"});
    CHECK(only(story.handle(node::Won{}), "task") == Lines{"task 1: close the road to 192.0.2.1 port 3306"});
    story.promoted(stopped_view("0-1-100", "0-1-100"));
    CHECK(story.service().phase() == Phase::primary);
}

TEST_CASE("promote: a server that follows nobody, whose box was down with the other") {
    ServiceStory story;
    story.handle(node::JournalRead{journal(3)});
    story.sees(server_view("0-1-100"));
    story.handle(silent());
    CHECK(story.said().eligibility == Eligibility::not_receiving);
    CHECK(asked(story, Order::promote).starts_with("no: not_receiving"));
    order(story, Order::promote_with_loss);
    CHECK(story.said().is_eligible());
    SECTION("an order is of its time") {
        CHECK(story.next() == 60'000);
        story.wait(60s);
        CHECK_FALSE(story.said().is_eligible());
    }
    SECTION("and of its world: the other box is heard after all") {
        story.handle(fresh(primary_says(4, "0-1-200", false)));
        CHECK_FALSE(story.said().is_eligible());
    }
}

// ---- maintenance

TEST_CASE("maintenance: a replica is not promoted, and not waited for") {
    InSyncReplica story;
    const Lines lines = order(story, Order::maintenance_on);
    CHECK(only(lines, "not_eligible") == Lines{"not_eligible why=maintenance reason=an operator said so"});
    CHECK(tasks(lines) == Lines{"journal term 3 in sync maintenance"});
    CHECK(tasks(story.done()) == Lines{"journal term 3 released maintenance"});
    CHECK(only(story.done(), "released") == Lines{"released reason=this box is in maintenance"});
    CHECK(word(story) == "release 3");
    CHECK(story.said().eligibility == Eligibility::maintenance);
    // However well it receives.
    story.sees(replica_view("0-1-100"));
    CHECK(word(story) == "release 3");
    CHECK(asked(story, Order::maintenance_on) == "no: it is in maintenance already");

    CHECK(tasks(order(story, Order::maintenance_off)) == Lines{"journal term 3 released"});
    story.done();
    story.sees(replica_view("0-1-100"));
    CHECK(word(story).empty());
    CHECK(asked(story, Order::maintenance_off) == "no: it is not in maintenance");
}

TEST_CASE("maintenance: a primary keeps its role whatever happens to its server") {
    WaitingPrimary story;
    CHECK(tasks(order(story, Order::maintenance_on)) == Lines{"journal term 4 held maintenance"});
    story.done();
    CHECK(story.said().eligibility == Eligibility::maintenance);
    const Lines lines = story.handle(node::ServerDown{"gone"});
    CHECK(only(lines, "no_successor") ==
          Lines{"no_successor reason=gone peer=eligible, but this box is in maintenance"});
    CHECK(story.service().phase() == Phase::primary);
    order(story, Order::maintenance_off);
    CHECK(story.service().phase() == Phase::idle);  // now it hands over
}

TEST_CASE("maintenance outlives the daemon") {
    ServiceStory story;
    cluster::Journal written = journal(3);
    written.maintenance = true;
    story.handle(node::JournalRead{written});
    story.sees(replica_view("0-1-100"));
    CHECK(story.said().eligibility == Eligibility::maintenance);
}

TEST_CASE("whoever fell silent in maintenance is not followed, unless an operator says so") {
    InSyncReplica story;
    story.handle(fresh(resting_primary()));
    CHECK(story.said().is_eligible());
    CHECK(only(story.handle(silent()), "eligible").empty());  // nor is it while that is heard
    CHECK(
        only(story.handle(node::Won{}), "takeover_refused") ==
        Lines{"takeover_refused reason=a was in maintenance when it fell silent: hbctl promote says that it "
              "is off remedy=hbctl promote"});
    SECTION("ordered") {
        CHECK(only(order(story, Order::promote), "eligible") == Lines{"eligible"});
        CHECK(only(story.handle(node::Won{}), "promotion_began").size() == 1);
    }
    SECTION("it is back, and not in maintenance") {
        story.handle(fresh(primary_says(3, "0-1-100", true)));
        CHECK(only(story.handle(silent()), "eligible") == Lines{"eligible"});
    }
}

// ---- too many takeovers

TEST_CASE("too many takeovers within the window: no more by itself, until somebody has looked") {
    node::ServiceSettings settings = service_settings();
    settings.database.max_failovers = 2;
    settings.database.failover_window = 1min;
    const auto pause = GENERATE(10s, 61s);
    CAPTURE(pause.count());
    ServiceStory story{settings};
    story.handle(node::JournalRead{journal(3)});
    Lines lines;
    for (std::uint64_t term = 3; term < 7; term += 2) {
        const std::string had = "0-1-" + std::to_string(100 * term);
        story.handle(fresh(primary_says(term, had, true)));
        story.sees(replica_view(had));
        while (story.task() != 0 && !story.said().is_eligible()) {
            story.done();
            story.pass(1s);
            story.sees(replica_view(had));
        }
        story.handle(silent());
        story.handle(node::Won{});
        lines = story.promoted(stopped_view(had, had));
        REQUIRE(story.service().phase() == Phase::primary);
        story.pass(pause);
        story.handle(node::Lost{});
        story.sees(replica_view(had));
    }
    const bool latched = pause == 10s;
    CHECK(only(lines, "too_many") == (latched ? Lines{"too_many_failovers count=2 window=60 s"} : Lines{}));
    CHECK((node::judge(story.service().snapshot().facts).reason == "there were too many takeovers") ==
          latched);
    order(story, Order::acknowledge_failovers);
    CHECK(node::judge(story.service().snapshot().facts).reason != "there were too many takeovers");
}

TEST_CASE("every order has its own name") {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < node::kOrderCount; ++i) names.emplace_back(name(static_cast<Order>(i)));
    CHECK(names == std::vector<std::string>{"solo", "promote", "promote --accept-loss", "maintenance on",
                                            "maintenance off", "ack"});
}
