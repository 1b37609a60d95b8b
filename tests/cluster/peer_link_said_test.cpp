// SPDX-License-Identifier: GPL-2.0-or-later
// What one side says, and how often.
#include "cluster/peer_link.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/link_story.hpp"

namespace highbase::cluster {
namespace {

using namespace highbase::tests;

constexpr Standing kSilent = Standing::silent;

TEST_CASE("a side speaks at once, then every interval, on every path", "[peer]") {
    LinkStory story{2};
    CHECK(story.deadline() == 0ms);
    CHECK(story.wake(0ms) == Deeds{"0: 1", "1: 1"});
    CHECK(story.deadline() == 100ms);
    CHECK(story.wake(99ms) == Deeds{});
    CHECK(story.wake(100ms) == Deeds{"0: 2", "1: 2"});
    CHECK(story.deadline() == 200ms);
    // A late one does not make the next one early.
    CHECK(story.wake(230ms) == Deeds{"0: 3", "1: 3"});
    CHECK(story.deadline() == 330ms);
    CHECK(story.view() ==
          PeerView{kSilent, kNoSession, std::nullopt, std::nullopt, {PathView{}, PathView{}}});
    CHECK(story.link().fresh(vrrp::TimePoint{1000h}) == nullptr);
}

TEST_CASE("the message says whose it is and what it is about", "[peer]") {
    PeerLink link{vrrp::TimePoint{}, {.interval = 250ms}, 1, kA, {"gw1", {epoch(7)}}};
    const PeerActions actions = link.handle(vrrp::TimePoint{}, TimerExpired{});
    REQUIRE(actions.size() == 1);
    const PeerMessage message = decode(std::get<Send>(actions[0]).octets).value();
    Stamp stamp;
    stamp.session = kA;
    stamp.number = MessageNumber{1};
    stamp.interval = 250ms;
    CHECK(message == PeerMessage{stamp, {"gw1", {epoch(7)}}});
}

TEST_CASE("what is said changes at once, but not too often", "[peer]") {
    LinkStory story = acquainted();
    CHECK(story.say(50ms, epoch(1)) == Deeds{"0: 3 =B2 (2, 50000us)"});
    CHECK(story.deadline() == 150ms);
    CHECK(story.say(59ms, epoch(2)) == Deeds{});
    CHECK(story.deadline() == 60ms);
    CHECK(story.say(59500us, epoch(3)) == Deeds{});
    CHECK(story.wake(60ms) == Deeds{"0: 4 =B2 (2, 60000us)"});
    CHECK(story.say(70ms, epoch(3)) == Deeds{});  // the same
    CHECK(story.deadline() == 160ms);
    CHECK(story.say(155ms, epoch(4)) == Deeds{"0: 5 =B2 (2, 155000us)"});
}

TEST_CASE("a resignation is repeated until it is acknowledged", "[peer]") {
    LinkStory story = acquainted();
    ServiceState resigning = epoch(7);
    resigning.word = Resign{Epoch{7}, "gw2", {}};
    CHECK_FALSE(story.link().is_acknowledged("db"));
    CHECK(story.say(50ms, resigning) == Deeds{"0: 3 =B2 (2, 50000us)"});
    CHECK_FALSE(story.link().is_acknowledged("db"));
    CHECK(story.wake(70ms) == Deeds{"0: 4 =B2 (2, 70000us)"});
    CHECK(story.wake(90ms) == Deeds{"0: 5 =B2 (2, 90000us)"});
    // Echoes of what came before, of who only greets us, and ...
    CHECK(story.hear(91ms, {.number = 3, .echo = 2}) == Deeds{});
    CHECK_FALSE(story.link().is_acknowledged("db"));
    CHECK(story.hear(92ms, {.number = 4, .echo = 4, .accepted = false}) == Deeds{});
    CHECK_FALSE(story.link().is_acknowledged("db"));
    CHECK(story.wake(110ms) == Deeds{"0: 6 =B4 (4, 18000us)"});
    // ... the acknowledgement.
    CHECK(story.hear(111ms, {.number = 5, .echo = 3}) == Deeds{"changed"});
    CHECK(story.link().is_acknowledged("db"));
    CHECK(story.wake(130ms) == Deeds{"0: 7 =B5 (5, 19000us)"});
    CHECK(story.deadline() == 230ms);
    // It is still said, as long as it is what this side says.
    CHECK(story.hear(140ms, {.number = 6, .echo = 7}) == Deeds{});
    CHECK(story.link().is_acknowledged("db"));
    CHECK_FALSE(story.link().is_acknowledged("shop"));
}

TEST_CASE("another word is another matter", "[peer]") {
    LinkStory story = acquainted();
    ServiceState state = epoch(7);
    state.word = Release{Epoch{7}};
    (void)story.say(50ms, state);
    CHECK(story.hear(60ms, {.number = 3, .echo = 3}) == Deeds{"changed"});
    CHECK(story.link().is_acknowledged("db"));
    // The same word with other news is the same word.
    state.in_sync = true;
    (void)story.say(70ms, state);
    CHECK(story.link().is_acknowledged("db"));
    CHECK(story.deadline() == 170ms);
    state.word = Release{Epoch{8}};
    (void)story.say(90ms, state);
    CHECK_FALSE(story.link().is_acknowledged("db"));
    CHECK(story.deadline() == 110ms);
    CHECK(story.hear(95ms, {.number = 4, .echo = 4}) == Deeds{});
    CHECK_FALSE(story.link().is_acknowledged("db"));
    CHECK(story.hear(96ms, {.number = 5, .echo = 5}) == Deeds{"changed"});
    CHECK(story.link().is_acknowledged("db"));
    // That it is taken back is another one: the other box may be about to act on it.
    state.word = {};
    (void)story.say(150ms, state);
    CHECK_FALSE(story.link().is_acknowledged("db"));
    CHECK(story.deadline() == 170ms);
    CHECK(story.hear(160ms, {.number = 6, .echo = 6}) == Deeds{"changed"});
    CHECK(story.link().is_acknowledged("db"));
}

TEST_CASE("who has never said a word has none acknowledged", "[peer]") {
    LinkStory story = acquainted();
    (void)story.say(50ms, epoch(7));
    CHECK(story.deadline() == 150ms);
    CHECK(story.hear(60ms, {.number = 3, .echo = 3}) == Deeds{});
    CHECK_FALSE(story.link().is_acknowledged("db"));
}

TEST_CASE("a new word is answered at once", "[peer]") {
    LinkStory story = acquainted();
    ServiceState said = epoch(7);
    said.word = Release{Epoch{7}};
    CHECK(story.hear(30ms, {.number = 3, .echo = 2, .services = {said}}) ==
          Deeds{"0: 3 =B3 (3, 0us)", "changed"});
    CHECK(story.hear(50ms, {.number = 4, .echo = 2, .services = {said}}) == Deeds{});
    said.in_sync = true;
    CHECK(story.hear(60ms, {.number = 5, .echo = 2, .services = {said}}) == Deeds{"changed"});
    said.word = Release{Epoch{8}};
    CHECK(story.hear(70ms, {.number = 6, .echo = 2, .services = {said}}) ==
          Deeds{"0: 4 =B6 (6, 0us)", "changed"});
    said.word = {};
    CHECK(story.hear(90ms, {.number = 7, .echo = 2, .services = {said}}) ==
          Deeds{"0: 5 =B7 (7, 0us)", "changed"});
    CHECK(story.deadline() == 190ms);
}

TEST_CASE("nobody is shouted at for ever", "[peer]") {
    ServiceState state = epoch(7);
    state.word = Release{Epoch{7}};
    LinkStory story{1, {}, {state}};  // from the first message
    for (int i = 0; i < 25; ++i) CHECK(story.wake(i * 20ms).size() == 1);
    CHECK(story.deadline() == 500ms);
    CHECK(story.wake(500ms).size() == 1);
    CHECK(story.deadline() == 600ms);
}

}  // namespace
}  // namespace highbase::cluster
