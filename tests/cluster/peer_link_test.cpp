// SPDX-License-Identifier: GPL-2.0-or-later
// What one side believes, message by message. What it says: peer_link_said_test.cpp.
#include "cluster/peer_link.hpp"

#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/cluster/link_story.hpp"
#include "tests/vrrp/octets.hpp"

namespace highbase::cluster {
namespace {

using namespace highbase::tests;

using Paths = std::vector<Standing>;
constexpr Standing kSilent = Standing::silent;
constexpr Standing kOneWay = Standing::one_way;
constexpr Standing kFresh = Standing::fresh;

std::uint64_t last_epoch(const LinkStory& story) {
    return static_cast<std::uint64_t>(story.view().last.value().services.at(0).epoch);
}

TEST_CASE("a greeting is answered at once, and not believed", "[peer]") {
    LinkStory story;
    (void)story.wake(0ms);
    CHECK(story.hear(30ms, {.number = 5, .services = {epoch(1)}}) == Deeds{"0: 2 ~B5 (5, 0us)", "changed"});
    CHECK(story.standing() == kOneWay);
    CHECK(story.paths() == Paths{kOneWay});
    CHECK(story.view().last == std::nullopt);
    CHECK(story.view().session == kNoSession);
    CHECK(story.refused(Refusal::unproven) == 1);
    CHECK(story.refused() == 1);
    // The next one comes too soon for an answer of its own, and is echoed by the one that is due.
    CHECK(story.hear(35ms, {.number = 6}) == Deeds{});
    CHECK(story.deadline() == 40ms);
    CHECK(story.wake(40ms) == Deeds{"0: 3 ~B6 (6, 5000us)"});
    CHECK(story.deadline() == 140ms);
    // The same again is a replay.
    CHECK(story.hear(60ms, {.number = 6}) == Deeds{"changed"});
    CHECK(story.refused(Refusal::replayed) == 1);
    CHECK(story.hear(60ms, {.number = 4}) == Deeds{});
    CHECK(story.refused(Refusal::replayed) == 2);
    CHECK(story.deadline() == 140ms);
}

TEST_CASE("each path is heard with its own copy of a greeting", "[peer]") {
    LinkStory story{2};
    (void)story.wake(0ms);
    (void)story.hear(50ms, {.number = 5}, 0);
    CHECK(story.paths() == Paths{kOneWay, kSilent});
    CHECK(story.hear(55ms, {.number = 5}, 1) == Deeds{"changed"});
    CHECK(story.paths() == Paths{kOneWay, kOneWay});
    CHECK(story.deadline() == 150ms);  // it has been answered
    // Another session was heard in between: the echo names the last of them.
    (void)story.hear(100ms, {.number = 9, .session = kC}, 0);
    (void)story.hear(110ms, {.number = 4, .session = kB}, 0);
    CHECK(story.wake(210ms) == Deeds{"0: 5 ~B4 (4, 100000us)", "1: 5 ~B4 (4, 155000us)"});
}

TEST_CASE("who echoes us is believed, and told so at once", "[peer]") {
    LinkStory story;
    (void)story.wake(0ms);
    CHECK(story.hear(30ms, {.number = 5, .echo = 1, .services = {epoch(1)}}) ==
          Deeds{"0: 2 =B5 (5, 0us)", "changed"});
    CHECK(story.refused() == 0);
    const PeerView view = story.view();
    CHECK(view.standing == kFresh);
    CHECK(view.session == kB);
    CHECK(view.last == NodeState{"gw2", {epoch(1)}});
    CHECK(view.age == 30ms);  // it was made after our first message was sent
    CHECK(*story.link().fresh(vrrp::TimePoint{1000h} + 30ms) == NodeState{"gw2", {epoch(1)}});
    // The same content again changes nothing, other content does.
    CHECK(story.hear(31ms, {.number = 6, .echo = 2, .services = {epoch(1)}}) == Deeds{});
    CHECK(story.view().age == 1ms);
    CHECK(story.hear(32ms, {.number = 7, .echo = 2, .services = {epoch(2)}}) == Deeds{"changed"});
    CHECK(last_epoch(story) == 2);
}

TEST_CASE("only what echoes this session is believed", "[peer]") {
    LinkStory story = acquainted();
    // Of the peer, but made before it knew us.
    CHECK(story.hear(10ms, {.number = 3, .services = {epoch(9)}}) == Deeds{"changed"});
    // To another session of our box.
    CHECK(story.hear(20ms, {.number = 4, .echo = 2, .echoed = kC, .services = {epoch(9)}}) == Deeds{});
    CHECK(story.refused(Refusal::unproven) == 2);
    CHECK(story.view().last == NodeState{"gw2", {}});
    CHECK(story.deadline() == 100ms);
    CHECK(story.hear(30ms, {.number = 5, .echo = 3}) == Deeds{"changed"});
    CHECK(story.refused(Refusal::echo_ahead) == 1);
}

TEST_CASE("only a greater number changes what is believed", "[peer]") {
    LinkStory story = acquainted(2);
    CHECK(story.hear(10ms, {.number = 4, .echo = 2, .services = {epoch(4)}}, 0) == Deeds{"changed"});
    // The same on the other path is no replay.
    CHECK(story.hear(11ms, {.number = 4, .echo = 2, .services = {epoch(4)}}, 1) == Deeds{});
    // One that was overtaken is none either, but old news.
    CHECK(story.hear(12ms, {.number = 3, .echo = 2, .services = {epoch(3)}}, 0) == Deeds{});
    CHECK(story.hear(12ms, {.number = 3, .echo = 2, .services = {epoch(3)}}, 1) == Deeds{});
    CHECK(story.refused() == 0);
    CHECK(last_epoch(story) == 4);
    for (const int number : {2, 3, 4}) {
        (void)story.hear(20ms, {.number = number, .echo = 2}, 0);
        (void)story.hear(20ms, {.number = number, .echo = 2}, 1);
    }
    CHECK(story.refused(Refusal::replayed) == 6);
    CHECK(story.refused() == 6);
    CHECK(last_epoch(story) == 4);
}

TEST_CASE("a number that is too far behind counts as a replay", "[peer]") {
    LinkStory story = acquainted();
    (void)story.hear(10ms, {.number = 100, .echo = 2});
    CHECK(story.hear(11ms, {.number = 37, .echo = 2}) == Deeds{});
    CHECK(story.refused() == 0);
    CHECK(story.hear(11ms, {.number = 36, .echo = 2}) == Deeds{"changed"});
    CHECK(story.refused(Refusal::replayed) == 1);
    // A leap leaves no marks of what was before.
    (void)story.hear(12ms, {.number = 164, .echo = 2});
    (void)story.hear(12ms, {.number = 101, .echo = 2});
    (void)story.hear(12ms, {.number = 163, .echo = 2});
    CHECK(story.refused() == 1);
    (void)story.hear(12ms, {.number = 101, .echo = 2});
    (void)story.hear(12ms, {.number = 100, .echo = 2});
    CHECK(story.refused() == 3);
}

TEST_CASE("a late copy shows that its path is alive", "[peer]") {
    LinkStory story = acquainted(2);
    for (int number = 3; number < 7; ++number) {
        const vrrp::Duration time = (number - 2) * 100ms;
        story.pass(time);
        (void)story.hear(time, {.number = number, .echo = number - 1, .path_echo = number - 1}, 0);
    }
    CHECK(story.paths() == Paths{kFresh, kSilent});
    CHECK(story.hear(410ms, {.number = 3, .echo = 5, .path_echo = 5}, 1) == Deeds{"changed"});
    CHECK(story.paths() == Paths{kFresh, kFresh});
}

TEST_CASE("without a word the peer is silent after three intervals and 50 ms", "[peer]") {
    LinkStory story = acquainted(2);
    story.pass(300ms);
    CHECK(story.standing() == kFresh);
    CHECK(story.deadline() == 350ms);
    CHECK(story.standing_at(350ms - 1ns) == kFresh);
    CHECK(story.wake(350ms) == Deeds{"changed"});
    CHECK(story.standing() == kSilent);
    CHECK(story.paths() == Paths{kSilent, kSilent});
    CHECK(story.link().fresh(vrrp::TimePoint{1000h} + 360ms) == nullptr);
    CHECK(story.view().last == NodeState{"gw2", {}});  // for who wants to know what it was
    CHECK(story.deadline() == 400ms);
    CHECK(story.wake(400ms) == Deeds{"0: 6 =B2 (2, 400000us)", "1: 6 =B2 (2, 400000us)"});
}

TEST_CASE("one path fails, and is heard again", "[peer]") {
    LinkStory story = acquainted(2);
    for (int number = 3; number < 6; ++number) {
        const vrrp::Duration time = (number - 2) * 100ms;
        story.pass(time);
        (void)story.hear(time, {.number = number, .echo = number - 1, .path_echo = number - 1}, 0);
    }
    CHECK(story.deadline() == 350ms);
    CHECK(story.wake(350ms) == Deeds{"changed"});
    CHECK(story.standing() == kFresh);
    CHECK(story.paths() == Paths{kFresh, kSilent});
    CHECK(story.view().paths[1].heard == 350ms);
    CHECK(story.hear(360ms, {.number = 6, .echo = 5, .path_echo = 2}, 1) == Deeds{"changed"});
    CHECK(story.paths() == Paths{kFresh, kOneWay});  // the peer has heard nothing on it lately
    CHECK(story.hear(370ms, {.number = 7, .echo = 5, .path_echo = 5}, 1) == Deeds{"changed"});
    CHECK(story.paths() == Paths{kFresh, kFresh});
}

TEST_CASE("a peer that does not hear us is alive, but not fresh", "[peer]") {
    LinkStory story = acquainted();
    for (int number = 3; number < 7; ++number) {
        const vrrp::Duration time = (number - 2) * 100ms;
        story.pass(time);
        (void)story.hear(time, {.number = number, .echo = 2, .path_echo = 2, .services = {epoch(4)}});
    }
    // Our second message was sent at 0: up to 350 ms an echo of it proves something, and for 350 ms more
    // what was believed then is fresh.
    CHECK(story.standing_at(649ms) == kFresh);
    story.pass(600ms);
    (void)story.hear(600ms, {.number = 7, .echo = 2, .path_echo = 2, .services = {epoch(5)}});
    CHECK(story.standing() == kFresh);
    CHECK(last_epoch(story) == 5);
    CHECK(story.deadline() == 650ms);
    CHECK(story.wake(650ms) == Deeds{"changed"});
    CHECK(story.standing() == kOneWay);
    CHECK(story.paths() == Paths{kOneWay});
    // What it says is kept, and ages.
    (void)story.hear(660ms, {.number = 8, .echo = 2, .path_echo = 2, .services = {epoch(6)}});
    CHECK(story.standing() == kOneWay);
    CHECK(last_epoch(story) == 6);
    CHECK(story.view().age == std::nullopt);  // older than is remembered
}

TEST_CASE("the end of each standing is waited for by itself", "[peer]") {
    SECTION("of the peer, which answers, but not by what was sent on this path") {
        LinkStory story;
        (void)story.wake(0ms);
        (void)story.hear(0ms, {.number = 1, .echo = 1});
        (void)story.hear(300ms, {.number = 2, .echo = 1});
        (void)story.hear(360ms, {.number = 3, .echo = 1});
        CHECK(story.standing() == kFresh);
        CHECK(story.paths() == Paths{kOneWay});
        story.pass(640ms);
        CHECK(story.deadline() == 650ms);
        CHECK(story.wake(650ms) == Deeds{"changed"});
        CHECK(story.standing() == kOneWay);
    }
    SECTION("of who is only heard") {
        LinkStory story;
        (void)story.wake(0ms);
        (void)story.hear(30ms, {.number = 1});
        story.pass(370ms);
        CHECK(story.deadline() == 380ms);
        CHECK(story.wake(380ms) == Deeds{"changed"});
        CHECK(story.standing() == kSilent);
    }
    SECTION("of a path on which the peer does not hear us any more") {
        LinkStory story = acquainted(2);
        for (int number = 3; number < 9; ++number) {
            const vrrp::Duration time = (number - 2) * 100ms;
            story.pass(time);
            (void)story.hear(time, {.number = number, .echo = number - 1, .path_echo = number - 1}, 0);
            (void)story.hear(time, {.number = number, .echo = number - 1, .path_echo = 2}, 1);
        }
        CHECK(story.paths() == Paths{kFresh, kFresh});
        CHECK(story.deadline() == 650ms);
        CHECK(story.wake(650ms) == Deeds{"changed"});
        CHECK(story.paths() == Paths{kFresh, kOneWay});
    }
}

TEST_CASE("a copy does not make what it says any newer", "[peer]") {
    LinkStory story = acquainted(2);
    (void)story.hear(10ms, {.number = 3, .echo = 2}, 0);
    (void)story.hear(200ms, {.number = 3, .echo = 2}, 1);
    CHECK(story.standing_at(359ms) == kFresh);
    CHECK(story.standing_at(360ms) == kOneWay);
}

TEST_CASE("a process that has slept does not believe what waited for it", "[peer]") {
    LinkStory story = acquainted();
    // What came meanwhile, up to the last that fitted the socket.
    for (int number = 3; number < 20; ++number) {
        (void)story.hear(60s, {.number = number, .echo = 2, .path_echo = 2, .services = {epoch(1)}});
    }
    CHECK(story.standing() == kOneWay);
    CHECK(story.view().age == std::nullopt);
    CHECK(story.hear(60s + 1ms, {.number = 600, .echo = 3, .services = {epoch(2)}}) == Deeds{"changed"});
    CHECK(story.standing() == kFresh);
}

TEST_CASE("a peer that begins anew has to prove it", "[peer]") {
    LinkStory story = acquainted();
    (void)story.wake(100ms);
    (void)story.hear(110ms, {.number = 3, .echo = 3, .services = {epoch(3)}});
    // It has heard of us, but not since we believed the session before.
    CHECK(story.hear(120ms,
                     {.number = 1, .echo = 3, .accepted = false, .session = kC, .services = {epoch(4)}}) ==
          Deeds{"0: 4 =B3", "changed"});
    CHECK(story.refused(Refusal::unproven) == 1);
    CHECK(last_epoch(story) == 3);
    CHECK(story.hear(130ms,
                     {.number = 2, .echo = 4, .accepted = false, .session = kC, .services = {epoch(4)}}) ==
          Deeds{"0: 5 =C2 (2, 0us)", "changed"});
    CHECK(story.view().session == kC);
    CHECK(last_epoch(story) == 4);
    // Whatever the former session has sent is over, also what was never heard.
    for (const int echo : {3, 4}) {
        (void)story.hear(140ms, {.number = 4 + echo, .echo = echo, .session = kB, .services = {epoch(9)}});
    }
    CHECK(story.refused(Refusal::unproven) == 3);
    CHECK(story.view().session == kC);
    CHECK(last_epoch(story) == 4);
    // And the numbers of the new one are its own.
    CHECK(story.hear(150ms, {.number = 3, .echo = 5, .session = kC, .services = {epoch(5)}}) ==
          Deeds{"0: 7 =C3 (3, 0us)", "changed"});
}

TEST_CASE("what was sent to the session before us is a greeting only", "[peer]") {
    LinkStory story;
    (void)story.wake(0ms);
    // Recorded by somebody, with many numbers of ours.
    for (int number = 1; number < 50; ++number) {
        (void)story.hear(number * 1ms, {.number = number, .echo = 1, .echoed = kC, .services = {epoch(9)}});
    }
    CHECK(story.refused(Refusal::unproven) == 49);
    CHECK(story.standing() == kOneWay);
    CHECK(story.view().last == std::nullopt);
}

TEST_CASE("our own name and a third one are refused", "[peer]") {
    LinkStory story = acquainted();
    CHECK(story.hear(10ms, {.number = 3, .echo = 2, .node = "gw1"}) == Deeds{"changed"});
    CHECK(story.refused(Refusal::own) == 1);
    CHECK(story.hear(10ms, {.number = 1, .echo = 2, .session = kC, .node = "gw1"}) == Deeds{});
    CHECK(story.refused(Refusal::own) == 2);
    CHECK(story.hear(20ms, {.number = 1, .echo = 2, .session = kC, .node = "gw3"}) == Deeds{"changed"});
    CHECK(story.refused(Refusal::third_node) == 1);
    CHECK(story.deadline() == 100ms);  // not worth an answer
    // A box that replaces the peer is heard once the peer is gone.
    story.pass(350ms);
    (void)story.hear(350ms, {.number = 2, .echo = 3, .accepted = false, .session = kC, .node = "gw3"});
    CHECK(story.refused(Refusal::third_node) == 1);
    CHECK(story.view().last == NodeState{"gw3", {}});
}

TEST_CASE("the longer interval of both sides is waited for", "[peer]") {
    LinkStory story = acquainted();
    (void)story.hear(10ms, {.number = 3, .echo = 2, .interval = 1000ms});
    CHECK(story.standing_at(3059ms) == kFresh);
    CHECK(story.standing_at(3060ms) == kSilent);
    // Said by a peer that is believed, not by anybody.
    (void)story.hear(20ms, {.number = 1, .session = kC, .interval = 5000ms});
    CHECK(story.standing_at(3059ms) == kFresh);
    CHECK(story.standing_at(3060ms) == kOneWay);
    CHECK(story.standing_at(3070ms) == kSilent);
    (void)story.hear(30ms, {.number = 4, .echo = 2, .interval = 10ms});
    CHECK(story.standing_at(379ms) == kFresh);
    CHECK(story.standing_at(380ms) == kSilent);
}

TEST_CASE("a timeout that is configured is kept", "[peer]") {
    LinkStory story = acquainted(1, {.interval = 100ms, .timeout = 220ms});
    (void)story.hear(10ms, {.number = 3, .echo = 2, .interval = 1000ms});
    CHECK(story.standing_at(229ms) == kFresh);
    CHECK(story.standing_at(230ms) == kSilent);
}

TEST_CASE("round trips are measured on each path, without the time until the answer", "[peer]") {
    LinkStory story{2};
    (void)story.wake(0ms);
    (void)story.hear(7ms, {.number = 1, .echo = 1, .path_echo = 1, .held = 4ms}, 0);
    CHECK(story.view().paths[0].round_trip == 3ms);
    CHECK(story.view().paths[1].round_trip == std::nullopt);
    (void)story.hear(12ms, {.number = 1, .echo = 1, .path_echo = 1, .held = 4ms}, 1);
    CHECK(story.view().paths[1].round_trip == 8ms);
    // The same echo again measures nothing.
    (void)story.hear(50ms, {.number = 2, .echo = 1, .path_echo = 1, .held = 4ms}, 0);
    CHECK(story.view().paths[0].round_trip == 3ms);
    // A greater one counts for an eighth. (The second message went out at 12 ms.)
    (void)story.hear(60ms, {.number = 3, .echo = 2, .path_echo = 2, .held = 29ms}, 0);
    CHECK(story.view().paths[0].round_trip == 5ms);
    // Nonsense counts for nothing.
    (void)story.wake(112ms);
    (void)story.hear(113ms, {.number = 4, .echo = 3, .path_echo = 3, .held = 2ms}, 0);
    CHECK(story.view().paths[0].round_trip == 5ms);
}

TEST_CASE("what is refused is counted on its path, and told the first time", "[peer]") {
    LinkStory story = acquainted(2);
    const vrrp::OctetString nonsense = hex("00 01 02");
    CHECK(story.at(10ms, MessageReceived{0, nonsense}) == Deeds{"changed"});
    CHECK(story.at(10ms, MessageReceived{0, nonsense}) == Deeds{});
    CHECK(story.at(10ms, MessageReceived{1, nonsense}) == Deeds{"changed"});
    CHECK(story.at(10ms, DatagramRefused{1, Refusal::another_pair}) == Deeds{"changed"});
    CHECK(story.at(10ms, DatagramRefused{1, Refusal::another_pair}) == Deeds{});
    const PeerView view = story.view();
    CHECK(view.paths[0].refusals[Refusal::length] == 2);
    CHECK(view.paths[1].refusals[Refusal::length] == 1);
    CHECK(view.paths[1].refusals[Refusal::another_pair] == 2);
    CHECK(story.refused() == 5);
}

TEST_CASE("a side that cannot be is not begun", "[peer]") {
    const auto begin = [](PeerTiming timing, std::size_t paths, SessionId session, NodeState own) {
        return PeerLink{vrrp::TimePoint{}, timing, paths, session, std::move(own)};
    };
    CHECK_NOTHROW(begin({10ms}, 1, kA, {"gw1", {}}));
    CHECK_NOTHROW(begin({10s}, 1, kA, {"gw1", {}}));
    CHECK_THROWS_AS(begin({10ms - 1ns}, 1, kA, {"gw1", {}}), std::logic_error);
    CHECK_THROWS_AS(begin({10s + 1ns}, 1, kA, {"gw1", {}}), std::logic_error);
    CHECK_NOTHROW(begin({100ms, 200ms}, 1, kA, {"gw1", {}}));
    CHECK_THROWS_AS(begin({100ms, 200ms - 1ns}, 1, kA, {"gw1", {}}), std::logic_error);
    CHECK_THROWS_AS(begin({}, 0, kA, {"gw1", {}}), std::logic_error);
    CHECK_THROWS_AS(begin({}, 1, kNoSession, {"gw1", {}}), std::logic_error);
    CHECK_THROWS_AS(begin({}, 1, kA, {"", {}}), std::logic_error);
    PeerLink link = begin({}, 1, kA, {"gw1", {}});
    CHECK_THROWS_AS(link.handle(vrrp::TimePoint{}, StateChanged{{"gw2", {}}}), std::logic_error);
    CHECK_THROWS_AS(link.handle(vrrp::TimePoint{}, StateChanged{{"gw1", {epoch(1), epoch(1)}}}),
                    std::logic_error);
}

TEST_CASE("standings have names", "[peer]") {
    CHECK(name(kSilent) == "silent");
    CHECK(name(kOneWay) == "one_way");
    CHECK(name(kFresh) == "fresh");
    CHECK(name(static_cast<Standing>(3)) == "unknown");
}

TEST_CASE("the times of what was sent are kept within bounds", "[peer]") {
    SentTimes sent;
    const vrrp::TimePoint start{1000h};
    for (std::uint64_t i = 1; i <= 2000; ++i) sent.add(MessageNumber{i}, start + i * 1ms, start);
    CHECK(sent.find(MessageNumber{2000}) == start + 2000ms);
    CHECK(sent.find(MessageNumber{977}) == start + 977ms);
    CHECK(sent.find(MessageNumber{976}) == std::nullopt);
    CHECK(sent.find(MessageNumber{2001}) == std::nullopt);
    CHECK(sent.find(kNoNumber) == std::nullopt);
    sent.add(MessageNumber{2001}, start + 2001ms, start + 2000ms);
    CHECK(sent.find(MessageNumber{2000}) == start + 2000ms);
    CHECK(sent.find(MessageNumber{1999}) == std::nullopt);
}

}  // namespace
}  // namespace highbase::cluster
