// SPDX-License-Identifier: GPL-2.0-or-later
// What a promotion waits for that the other node does: it writes down that a term begins, and what it wrote
// last arrives.
#include "tests/replication/promotion_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using replication::PromotionFailure;
using replication::PromotionStep;

namespace {

replication::PromotionPlan asking() {
    replication::PromotionPlan asking = plan();
    asking.ask_peer = true;
    return asking;
}

replication::PromotionPlan planned() {
    replication::PromotionPlan planned = plan();
    planned.floor = mariadb_at("0-1-120");
    planned.await_floor = true;
    planned.max_drain = 2s;
    return planned;
}

replication::ServerView receiving(const std::string& received) {
    replication::ServerView view = replica(received, received);
    view.channels.front().receiver.running = true;
    return view;
}

}  // namespace

TEST_CASE("the other node is asked before anything is done") {
    PromotionStory story{asking()};
    CHECK(story.tasks() == Lines{"ask_peer: epoch 7"});
    CHECK(story.promotion().patience() == 3s);
    CHECK(story.ok().tasks() == Lines{"close_road: 192.0.2.1 3306"});
}

TEST_CASE("hooks may veto before the other node is asked") {
    replication::PromotionPlan hooks = asking();
    hooks.hooks = 4s;
    PromotionStory story{hooks};
    CHECK(story.promotion().patience() == 4s);
    CHECK(story.ok().tasks() == Lines{"before_hooks: hooks", "ask_peer: epoch 7"});
}

TEST_CASE("without the other node's word nothing begins, and nothing is to be undone") {
    PromotionStory story{asking()};
    story.after(2999ms);
    CHECK_FALSE(story.promotion().outcome());
    story.after(1ms);
    CHECK(story.failure() ==
          replication::PromotionFailed{
              PromotionStep::ask_peer, PromotionFailure::no_answer, "no answer within 3000 ms", {}});
}

TEST_CASE(
    "the other box is switched off when nothing else can fail any more, and before anything is promised") {
    replication::PromotionPlan fencing = plan();
    fencing.fence = 22s;
    PromotionStory story{fencing};
    story.until(PromotionStep::fence_peer);
    CHECK(story.tasks().back() == "fence_peer: the peer");
    CHECK(story.promotion().patience() == 22s);
    CHECK(story.ok().tasks() == Lines{"record_intent: epoch 7"});
}

TEST_CASE("an agent that fails, or hangs, ends the promotion, and the replica receives again") {
    replication::PromotionPlan fencing = plan();
    fencing.fence = 22s;
    PromotionStory failing{fencing};
    failing.until(PromotionStep::fence_peer).fails("no power");
    CHECK(failing.failure() ==
          replication::PromotionFailed{
              PromotionStep::fence_peer, PromotionFailure::refused, "no power", {"START SLAVE IO_THREAD"}});
    PromotionStory hanging{fencing};
    hanging.until(PromotionStep::fence_peer).after(22s);
    CHECK(hanging.failure().failure == PromotionFailure::no_answer);

    fencing.fence_required = false;
    PromotionStory going_on{fencing};
    going_on.until(PromotionStep::fence_peer).tasks();
    CHECK(going_on.fails("no power").tasks() == Lines{"record_intent: epoch 7"});
    PromotionStory waiting{fencing};
    waiting.until(PromotionStep::fence_peer).tasks();
    CHECK(waiting.after(22s).tasks() == Lines{"record_intent: epoch 7"});
}

TEST_CASE("what the old primary has written last is waited for, with the road open") {
    PromotionStory story{planned()};
    CHECK(story.tasks() == Lines{"await_floor: look"});
    CHECK(story.promotion().patience() == 500ms);
    CHECK(story.sees(receiving("0-1-119")).tasks() == Lines{});
    CHECK(story.promotion().next_deadline() == story.now() + 5ms);
    CHECK(story.after(5ms).tasks() == Lines{"await_floor: look"});
    CHECK(story.sees(receiving("0-1-120")).tasks() == Lines{"close_road: 192.0.2.1 3306"});
}

TEST_CASE("what does not arrive in time is named, and the replica goes on") {
    PromotionStory story{planned()};
    story.sees(receiving("0-1-119"));
    for (int i = 0; i < 399; ++i) story.after(5ms).sees(receiving("0-1-119"));
    CHECK_FALSE(story.promotion().outcome());
    story.after(5ms).sees(receiving("0-1-119"));
    CHECK(story.failure().failure == PromotionFailure::below_floor);
    CHECK(story.failure().reason.starts_with("not received from the old primary: 0-1-120"));
    CHECK(story.failure().undo.empty());
}

TEST_CASE("a floor is waited for only where it was said, and there is a source") {
    replication::PromotionPlan known = planned();
    known.await_floor = false;
    CHECK(PromotionStory{known}.tasks() == Lines{"close_road: 192.0.2.1 3306"});
    replication::PromotionPlan unknown = planned();
    unknown.floor.reset();
    CHECK(PromotionStory{unknown}.tasks() == Lines{"close_road: 192.0.2.1 3306"});
    replication::PromotionPlan alone = planned();
    alone.source.reset();
    CHECK(PromotionStory{alone}.tasks() == Lines{"read_received: look"});
}
