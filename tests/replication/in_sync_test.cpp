// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/in_sync.hpp"

#include <functional>

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

const Primary kWaits{"192.0.2.1", 3306, true, mariadb_at("0-1-100")};
const Primary kSilent{"192.0.2.1", 3306, std::nullopt};

// What is not as it was.
struct Change {
    std::string name;
    std::function<void(ServerView&, Primary&)> make;
};

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
    const Change change = GENERATE(values<Change>({
        {"the primary is not heard", [](ServerView&, Primary& primary) { primary.waits.reset(); }},
        {"it does not tell what it has", [](ServerView&, Primary& primary) { primary.executed.reset(); }},
        {"it has more than has been received",
         [](ServerView&, Primary& primary) { primary.executed = mariadb_at("0-1-101"); }},
        {"it does not wait", [](ServerView&, Primary& primary) { primary.waits = false; }},
        {"it is another server than the source",
         [](ServerView&, Primary& primary) { primary.host = "192.0.2.3"; }},
        {"the receiver is stopped",
         [](ServerView& view, Primary&) { view.channels[0].receiver.running = false; }},
        {"the receiver is connecting",
         [](ServerView& view, Primary&) { view.channels[0].receiver.connecting = true; }},
        {"semi-sync is not in effect", [](ServerView& view, Primary&) { view.semi_sync.replica_on = false; }},
        {"semi-sync is switched off for the next connection",
         [](ServerView& view, Primary&) { view.semi_sync.replica_enabled = false; }},
        {"it does not follow by GTID",
         [](ServerView& view, Primary&) { view.channels[0].follows_gtids = false; }},
        {"it follows nobody", [](ServerView& view, Primary&) { view.channels.clear(); }},
        {"it follows two", [](ServerView& view, Primary&) { view.channels.push_back(view.channels[0]); }},
    }));
    CAPTURE(change.name);
    ServerView view = attached();
    Primary primary = kWaits;
    change.make(view, primary);
    InSync state;
    state.note(kBeginning, view, primary);
    CHECK_FALSE(state.holds());
}

TEST_CASE("silence and a lost connection end nothing") {
    const Change change = GENERATE(values<Change>({
        {"the primary is silent", [](ServerView&, Primary&) {}},
        {"the receiver is connecting",
         [](ServerView& view, Primary&) {
             view.channels[0].receiver.connecting = true;
             view.semi_sync.replica_on = false;
         }},
        {"the receiver has been stopped",
         [](ServerView& view, Primary&) { view.channels[0].receiver.running = false; }},
        {"a promotion was broken off",
         [](ServerView& view, Primary&) {
             view.channels[0].receiver.running = view.channels[0].applier.running = false;
             view.semi_sync.replica_enabled = view.semi_sync.replica_on = false;
         }},
        {"the applier is broken",
         [](ServerView& view, Primary&) {
             view.channels[0].applier = {false, false, 1062, "Duplicate entry"};
         }},
        {"it is older, and has more",
         [](ServerView& view, Primary&) {
             view.uptime = 2000s;
             view.channels[0].received = mariadb_at("0-1-200");
         }},
    }));
    CAPTURE(change.name);
    ServerView view = attached();
    Primary primary = kSilent;
    change.make(view, primary);
    InSync state = in_sync();
    state.note(kBeginning, view, primary);
    CHECK(state.holds());
}

TEST_CASE("the first doubt ends it") {
    const Change change = GENERATE(values<Change>({
        {"the primary goes on alone", [](ServerView&, Primary& primary) { primary.waits = false; }},
        {"the server was restarted", [](ServerView& view, Primary&) { view.uptime = 997s; }},
        {"it has another source",
         [](ServerView& view, Primary&) { view.channels[0].source_host = "192.0.2.9"; }},
        {"it has its source on another port",
         [](ServerView& view, Primary&) { view.channels[0].source_port = 3307; }},
        {"it has none", [](ServerView& view, Primary&) { view.channels.clear(); }},
        {"it does not acknowledge any more",
         [](ServerView& view, Primary&) { view.semi_sync.replica_enabled = false; }},
        {"it has less than before",
         [](ServerView& view, Primary&) { view.channels[0].received = mariadb_at("0-1-99"); }},
    }));
    CAPTURE(change.name);
    ServerView view = attached();
    Primary primary = kSilent;
    change.make(view, primary);
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

TEST_CASE("what was known in an earlier life is known again, until the first doubt") {
    InSync state;
    state.restore(kBeginning, attached());
    CHECK(state.holds());
    state.note(kBeginning, attached(), kSilent);
    CHECK(state.holds());
    ServerView less = attached("0-1-99");
    state.note(kBeginning, less, kSilent);
    CHECK_FALSE(state.holds());
}

TEST_CASE("a server that follows nobody has nothing to remember") {
    InSync state;
    ServerView alone = attached();
    alone.channels.clear();
    state.restore(kBeginning, alone);
    CHECK_FALSE(state.holds());
}

TEST_CASE("of a server that was only just started its uptime would not tell that it was started once more") {
    InSync state;
    ServerView young = attached();
    young.uptime = 4s;
    state.note(kBeginning, young, kWaits);
    CHECK_FALSE(state.holds());
    young.uptime = 5s;
    state.note(kBeginning + 1s, young, kWaits);
    CHECK(state.holds());
    young.uptime = 0s;
    state.note(kBeginning + 1s, young, kSilent);
    CHECK_FALSE(state.holds());
}
