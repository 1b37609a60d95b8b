// SPDX-License-Identifier: GPL-2.0-or-later
// Mode available: commits wait for the replica, but not for ever; and a primary that is cut off from
// everything closes its server, for the other box may have taken over.
#include "node/duty.hpp"
#include "tests/node/service_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using health::Anchor;

namespace {

node::ServiceSettings available(vrrp::Duration commit_wait = 1s) {
    node::ServiceSettings settings = service_settings();
    settings.database.mode = node::Mode::available;
    settings.database.commit_wait = commit_wait;
    return settings;
}

// The primary of term 4 since 0; the replica has said that it has received all.
struct LonelyPrimary : ServiceStory {
    explicit LonelyPrimary(const node::ServiceSettings& settings = available()) : ServiceStory{settings} {
        handle(node::JournalRead{journal(3, cluster::Term::held, true)});
        sees(server_view("0-2-100"));
        handle(silent());
        handle(node::Won{});
        promoted(server_view("0-2-100"));
        handle(fresh(replica_says(4, "0-2-100")));
        sees(primary_view("0-2-100", false));
        done();  // the road is open
    }
    [[nodiscard]] std::optional<std::uint64_t> at_risk() { return service().snapshot().facts.at_risk(); }
};

replication::ServerView attached(std::chrono::milliseconds timeout, bool enabled) {
    replication::ServerView view = primary_view("0-2-100", enabled);
    view.semi_sync.clients = 1;
    view.semi_sync.timeout = timeout;
    return view;
}

const std::string kAtMostASecond =
    "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC', rpl_semi_sync_master_wait_no_slave = ON, "
    "rpl_semi_sync_master_timeout = 1000; SET GLOBAL rpl_semi_sync_master_enabled = ON";

node::ChecksJudged anchor(Anchor anchor) {
    return {true, 0, "", anchor};
}

}  // namespace

TEST_CASE("mode available: commits wait for a replica that is attached, up to commit_wait") {
    LonelyPrimary story;
    CHECK(story.sees(primary_view("0-2-100", false)) == Lines{});
    CHECK(tasks(story.sees(attached(10s, false))) == Lines{kAtMostASecond});
    story.done();
    CHECK(tasks(story.sees(attached(1s, true))) == Lines{});
    CHECK_FALSE(story.said().in_sync);  // whoever waits for a second may have gone on without it
}

TEST_CASE("mode available: whoever changes how long commits wait is overruled") {
    LonelyPrimary story;
    story.sees(attached(10s, true));
    story.done();
    story.wait(3s);
    CHECK(tasks(story.sees(attached(2s, true))) == Lines{kAtMostASecond});
}

TEST_CASE("mode available: with commit_wait 0 they wait for nobody") {
    LonelyPrimary story{available(0s)};
    CHECK(tasks(story.sees(attached(10s, false))) == Lines{});
    CHECK(tasks(story.sees(attached(10s, true))) == Lines{"SET GLOBAL rpl_semi_sync_master_enabled = OFF"});
}

TEST_CASE("what would be lost with the primary is counted, from when commits do not wait any more") {
    LonelyPrimary story;
    story.sees(attached(1s, true));
    CHECK(story.at_risk() == 0U);
    story.handle(silent());
    replication::ServerView view = attached(1s, true);
    view.semi_sync.source_on = false;  // it has fallen back
    view.history = mariadb("0-2-117");
    story.sees(view);
    CHECK(story.at_risk() == 17U);
}

TEST_CASE("mode available: a primary that is cut off from everything closes its server") {
    LonelyPrimary story;
    story.handle(anchor(Anchor::silent));
    CHECK(story.service().phase() == node::Phase::primary);  // the other box is heard
    const Lines lines = story.handle(silent());
    REQUIRE(lines.size() > 2);
    CHECK(lines[0].starts_with("peer_standing"));
    CHECK(lines[1] == "role_lost reason=neither the other box nor a gateway answers: this box is cut off");
    CHECK(lines[2] == "leave");
    CHECK(story.service().phase() == node::Phase::idle);
    CHECK(tasks(lines).size() == 1);  // the fence
    CHECK(story.said().eligibility == cluster::Eligibility::network);

    SECTION("until somebody answers: nobody else has begun a term, as far as it knows") {
        for (int step = 0; step != 3; ++step) story.done();
        story.sees(server_view("0-2-100"));
        story.handle(anchor(Anchor::answers));
        CHECK(story.said().eligibility == cluster::Eligibility::eligible);
    }
    SECTION("an operator knows better") {
        for (int step = 0; step != 3; ++step) story.done();
        story.sees(server_view("0-2-100"));
        story.handle(node::OrderGiven{node::Order::promote});
        CHECK(story.said().eligibility == cluster::Eligibility::eligible);
    }
}

TEST_CASE("what is no reason to close it") {
    const auto stays = [](LonelyPrimary& story) {
        story.handle(silent());
        CHECK(story.service().phase() == node::Phase::primary);
    };
    SECTION("a gateway answers") {
        LonelyPrimary story;
        story.handle(anchor(Anchor::answers));
        stays(story);
    }
    SECTION("no gateway is checked") {
        LonelyPrimary story;
        story.handle(anchor(Anchor::none));
        stays(story);
    }
    SECTION("maintenance") {
        LonelyPrimary story;
        story.handle(anchor(Anchor::silent));
        story.handle(node::OrderGiven{node::Order::maintenance_on});
        stays(story);
    }
    SECTION("mode lossless: what it would acknowledge waits for ever") {
        LonelyPrimary story{service_settings()};
        story.handle(anchor(Anchor::silent));
        stays(story);
    }
}

TEST_CASE("mode available: a takeover tells what it lacks") {
    ServiceStory story{available()};
    story.handle(node::JournalRead{journal(3)});
    story.sees(replica_view("0-1-100"));
    story.handle(fresh(primary_says(3, "0-1-109", false)));
    story.handle(silent());
    const Lines lines = story.handle(node::Won{});
    CHECK(std::ranges::find(lines, "promotion_lacks count=9 peer=a") != lines.end());
}

TEST_CASE("mode available: a replica that is cut off does not take over") {
    ServiceStory story{available()};
    story.handle(node::JournalRead{journal(3)});
    story.handle(fresh(primary_says(3, "0-1-100", false)));
    story.sees(replica_view("0-1-100"));
    story.handle(anchor(Anchor::silent));
    CHECK(story.said().eligibility == cluster::Eligibility::eligible);
    story.handle(silent());
    CHECK(story.said().eligibility == cluster::Eligibility::network);
}
