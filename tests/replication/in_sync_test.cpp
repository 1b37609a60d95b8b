// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/in_sync.hpp"

#include "tests/replication/promotion_story.hpp"

using namespace highbase::replication;
using namespace highbase::tests;

namespace {

ServerView attached(const std::string& received = "0-1-100") {
    ServerView view = replica(received, "0-1-90");
    view.uptime = 1000s;
    view.channels[0].receiver.running = true;
    view.semi_sync.replica_enabled = view.semi_sync.replica_on = true;
    return view;
}

const Primary kWaits{"192.0.2.1", 3306, true};
const Primary kSilent{"192.0.2.1", 3306, std::nullopt};

InSync in_sync() {
    InSync state;
    state.note(kBeginning, attached(), kWaits);
    return state;
}

}  // namespace

TEST_CASE("in sync is who receives, acknowledges, and is waited for") {
    InSync state;
    CHECK_FALSE(state.holds());
    state.note(kBeginning, attached(), kWaits);
    CHECK(state.holds());
}

TEST_CASE("nothing of that may be missing at the beginning") {
    ServerView view = attached();
    Primary primary = kWaits;
    SECTION("the primary is not heard") {
        primary.waits.reset();
    }
    SECTION("it does not wait") {
        primary.waits = false;
    }
    SECTION("it is another server than the source") {
        primary.host = "192.0.2.3";
    }
    SECTION("the receiver is stopped") {
        view.channels[0].receiver.running = false;
    }
    SECTION("the receiver is connecting") {
        view.channels[0].receiver.connecting = true;
    }
    SECTION("semi-sync is not in effect") {
        view.semi_sync.replica_on = false;
    }
    SECTION("semi-sync is switched off for the next connection") {
        view.semi_sync.replica_enabled = false;
    }
    SECTION("it does not follow by GTID") {
        view.channels[0].follows_gtids = false;
    }
    SECTION("it follows nobody") {
        view.channels.clear();
    }
    SECTION("it follows two") {
        view.channels.push_back(view.channels[0]);
    }
    InSync state;
    state.note(kBeginning, view, primary);
    CHECK_FALSE(state.holds());
}

TEST_CASE("silence and a lost connection end nothing") {
    ServerView view = attached();
    SECTION("the primary is silent") {}
    SECTION("the receiver is connecting") {
        view.channels[0].receiver.connecting = true;
        view.semi_sync.replica_on = false;
    }
    SECTION("the receiver has been stopped") {
        view.channels[0].receiver.running = false;
    }
    SECTION("the applier is broken") {
        view.channels[0].applier = {false, false, 1062, "Duplicate entry"};
    }
    SECTION("it is older, and has more") {
        view.uptime = 2000s;
        view.channels[0].received = mariadb_at("0-1-200");
    }
    InSync state = in_sync();
    state.note(kBeginning, view, kSilent);
    CHECK(state.holds());
}

TEST_CASE("the first doubt ends it") {
    ServerView view = attached();
    Primary primary = kSilent;
    SECTION("the primary goes on alone") {
        primary.waits = false;
    }
    SECTION("the server was restarted") {
        view.uptime = 997s;
    }
    SECTION("it has another source") {
        view.channels[0].source_host = "192.0.2.9";
    }
    SECTION("it has its source on another port") {
        view.channels[0].source_port = 3307;
    }
    SECTION("it has none") {
        view.channels.clear();
    }
    SECTION("it does not acknowledge any more") {
        view.semi_sync.replica_enabled = false;
    }
    SECTION("it has less than before") {
        view.channels[0].received = mariadb_at("0-1-99");
    }
    InSync state = in_sync();
    state.note(kBeginning, view, primary);
    CHECK_FALSE(state.holds());
    // And comes back only with proof.
    state.note(kBeginning, attached(), kSilent);
    CHECK_FALSE(state.holds());
    state.note(kBeginning, attached(), kWaits);
    CHECK(state.holds());
}

TEST_CASE("what it has must never become less, not only less than at first") {
    InSync state = in_sync();
    state.note(kBeginning, attached("0-1-200"), kSilent);
    state.note(kBeginning, attached("0-1-150"), kSilent);
    CHECK_FALSE(state.holds());
}

TEST_CASE("a server whose uptime does not grow with ours was restarted between two looks") {
    InSync state = in_sync();
    ServerView view = attached();
    view.uptime = 1058s;
    state.note(kBeginning + 60s, view, kSilent);
    CHECK(state.holds());
    view.uptime = 1117s;
    state.note(kBeginning + 122s, view, kSilent);
    CHECK_FALSE(state.holds());
}
