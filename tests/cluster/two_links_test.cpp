// SPDX-License-Identifier: GPL-2.0-or-later
// Two sides against each other, over a network that does what networks do.
#include "tests/catch.hpp"
#include "tests/cluster/link_world.hpp"

namespace highbase::cluster {
namespace {

using namespace highbase::tests;

constexpr Standing kSilent = Standing::silent;
constexpr Standing kOneWay = Standing::one_way;
constexpr Standing kFresh = Standing::fresh;
using Standings = std::pair<Standing, Standing>;

Standings standings(const LinkWorld& world) {
    return {world.standing(0), world.standing(1)};
}
Standing on_path(const LinkWorld& world, std::size_t box, std::size_t path) {
    return world.view(box).paths.at(path).standing;
}

constexpr std::array<Clock, 2> kEqualClocks{};

LinkWorld begun(std::size_t paths = 1, std::uint32_t seed = 1) {
    LinkWorld world{paths, kEqualClocks, seed};
    world.start(0);
    world.start(1);
    return world;
}

TEST_CASE("two sides that begin together know each other after two round trips", "[peer]") {
    LinkWorld world = begun();
    world.set_ways({0, 0, 5ms, 5ms});
    world.run(15ms);
    CHECK(standings(world) == Standings{kOneWay, kOneWay});
    world.run(10ms);
    CHECK(standings(world) == Standings{kFresh, kFresh});
}

TEST_CASE("who begins later is known after two round trips", "[peer]") {
    LinkWorld world{2, kEqualClocks, 1};
    world.set_ways({0, 0, 5ms, 5ms});
    world.start(0);
    world.run(1033ms);
    CHECK(world.standing(0) == kSilent);
    world.start(1);
    world.run(30ms);
    CHECK(standings(world) == Standings{kFresh, kFresh});
    CHECK(on_path(world, 0, 0) == kFresh);
    CHECK(on_path(world, 1, 1) == kFresh);
    world.run(200ms);
    CHECK(world.view(0).paths[0].round_trip.value() > 9900us);
    CHECK(world.view(0).paths[0].round_trip.value() < 10100us);
}

TEST_CASE("clocks may show what they like", "[peer]") {
    // Boot times of an hour and of ninety years, one a little fast and one a little slow.
    LinkWorld world{1, {Clock{vrrp::TimePoint{1h}, 500}, Clock{vrrp::TimePoint{788400h}, -500}}, 1};
    world.start(0);
    world.start(1);
    world.run(1s);
    CHECK(standings(world) == Standings{kFresh, kFresh});
    bool always_fresh = true;
    world.watch = [&] { always_fresh = always_fresh && standings(world) == Standings{kFresh, kFresh}; };
    world.run(60s);
    CHECK(always_fresh);
    CHECK(world.view(0).paths[0].round_trip.value() < 700us);
    CHECK(world.refused(0, Refusal::replayed) == 0);
    CHECK(world.refused(1, Refusal::replayed) == 0);
    world.watch = {};
    world.stop(1);
    world.run(400ms);
    CHECK(world.standing(0) == kSilent);
}

TEST_CASE("loss on both paths does not make the peer silent", "[peer]") {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        LinkWorld world = begun(2, seed);
        world.run(1s);
        world.set_ways({100, 50, 100us, 30ms});  // a tenth is lost, and what is not may be overtaken
        std::size_t stale = 0;
        world.watch = [&] { stale += standings(world) == Standings{kFresh, kFresh} ? 0 : 1; };
        world.run(60s);
        CHECK(stale == 0);
    }
}

TEST_CASE("a lossy path alone comes back by itself", "[peer]") {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        LinkWorld world = begun(1, seed);
        world.set_ways({500, 100, 100us, 30ms});
        world.run(60s);
        world.set_ways({});
        world.run(300ms);
        CHECK(standings(world) == Standings{kFresh, kFresh});
    }
}

TEST_CASE("one of two paths dies", "[peer]") {
    LinkWorld world = begun(2);
    world.run(1s);
    bool always_fresh = true;
    world.watch = [&] { always_fresh = always_fresh && standings(world) == Standings{kFresh, kFresh}; };
    world.way(0, 1).lost = world.way(1, 1).lost = 1000;
    world.run(1s);
    CHECK(on_path(world, 0, 0) == kFresh);
    CHECK(on_path(world, 0, 1) == kSilent);
    CHECK(on_path(world, 1, 1) == kSilent);
    // One direction of it works again.
    world.way(0, 1).lost = 0;
    world.run(1s);
    CHECK(on_path(world, 0, 1) == kOneWay);
    CHECK(on_path(world, 1, 1) == kSilent);
    world.way(1, 1).lost = 0;
    world.run(300ms);
    CHECK(on_path(world, 0, 1) == kFresh);
    CHECK(on_path(world, 1, 1) == kFresh);
    CHECK(always_fresh);
}

TEST_CASE("what is lost in one direction is seen by both", "[peer]") {
    LinkWorld world = begun();
    world.run(1s);
    world.way(1, 0).lost = 1000;
    world.run(800ms);
    CHECK(standings(world) == Standings{kOneWay, kSilent});
    world.way(1, 0).lost = 0;
    world.run(300ms);
    CHECK(standings(world) == Standings{kFresh, kFresh});
    // A side that begins while nobody hears it.
    world.way(1, 0).lost = 1000;
    world.start(0);
    world.run(1s);
    CHECK(standings(world) == Standings{kOneWay, kSilent});
}

TEST_CASE("a side that begins anew is known again within an interval", "[peer]") {
    LinkWorld world = begun(2);
    world.run(1050ms);
    const SessionId before = world.view(0).session;
    world.start(1);
    world.run(12ms);  // nobody answers twice within 10 ms
    CHECK(world.view(0).session != before);
    world.run(100ms);
    CHECK(standings(world) == Standings{kFresh, kFresh});
    // Both at once.
    world.start(0);
    world.start(1);
    world.run(100ms);
    CHECK(standings(world) == Standings{kFresh, kFresh});
    // Again and again.
    for (int i = 0; i < 50; ++i) {
        world.start(static_cast<std::size_t>(i % 3 == 0));
        world.run(13ms);
    }
    world.run(100ms);
    CHECK(standings(world) == Standings{kFresh, kFresh});
}

TEST_CASE("messages of former sessions are never believed again", "[peer]") {
    LinkWorld world = begun(2);
    world.run(2s);
    world.start(1);
    world.run(2s);
    world.start(0);
    world.run(2s);
    world.start(1);
    world.run(2s);
    const std::vector<LinkWorld::Recorded> records = world.records();
    const PeerView before = world.view(0);
    // Everything again, in order and on both paths, while the other side is there, ...
    for (const auto& record : records) {
        for (const std::size_t path : {0, 1}) world.play(record, path);
    }
    CHECK(world.view(0).session == before.session);
    CHECK(world.view(0).last == before.last);
    world.run(500ms);
    CHECK(standings(world) == Standings{kFresh, kFresh});
    CHECK(*world.age_of_belief(0) <= 101ms);
    // ... when it has gone, ...
    world.stop(1);
    world.run(400ms);
    const std::optional<NodeState> last = world.view(0).last;
    CHECK(world.standing(0) == kSilent);
    for (const auto& record : records) {
        if (record.to == 0) world.play(record, 0);
        CHECK(world.standing(0) != kFresh);
    }
    CHECK(world.view(0).last == last);
    // ... and to one that has just begun.
    world.start(0);
    for (const auto& record : records) {
        if (record.to == 0) world.play(record, 0);
    }
    CHECK(world.standing(0) == kOneWay);
    CHECK(world.view(0).last == std::nullopt);
}

TEST_CASE("what was kept back is old when it comes", "[peer]") {
    LinkWorld world = begun();
    world.run(1s);
    // Nothing gets through for ten seconds, and then all of it at once.
    world.set_ways({0, 0, 10s, 10s});
    world.run(9999ms);
    CHECK(standings(world) == Standings{kSilent, kSilent});
    world.set_ways({1000, 0, 1ms, 1ms});
    world.run(10s);
    CHECK(standings(world) == Standings{kOneWay, kOneWay});
    world.set_ways({});
    world.run(300ms);
    CHECK(standings(world) == Standings{kFresh, kFresh});
}

TEST_CASE("a process that slept has nothing fresh when it wakes", "[peer]") {
    LinkWorld world = begun(2);
    world.run(1s);
    world.sleep(0);
    world.run(5s);
    CHECK(world.standing(1) == kSilent);
    bool fresh = false;
    world.watch = [&] { fresh = fresh || world.standing(0) == kFresh; };
    world.wake(0);
    CHECK_FALSE(fresh);
    CHECK(world.standing(0) == kOneWay);
    world.run(200ms);
    CHECK(standings(world) == Standings{kFresh, kFresh});
}

TEST_CASE("a resignation arrives through loss, and its sender knows", "[peer]") {
    for (std::uint32_t seed = 1; seed <= 50; ++seed) {
        LinkWorld world = begun(1, seed);
        world.run(1s);
        world.set_ways({300, 0, 1ms, 2ms});
        const Resign resign{Epoch{7}, "gw2", {"0-1-42"}};
        bool known_before_heard = false;
        world.watch = [&] {
            const bool heard = world.view(1).last->services.at(0).word == Word{resign};
            known_before_heard = known_before_heard || (world.link(0).is_acknowledged("db") && !heard);
        };
        world.say(0, resign);
        world.run(800ms);
        CHECK(world.link(0).is_acknowledged("db"));
        CHECK_FALSE(known_before_heard);
    }
}

TEST_CASE("a word is heard by a side that begins anew after it was acknowledged", "[peer]") {
    LinkWorld world = begun();
    world.run(1s);
    world.say(0, Release{Epoch{7}});
    world.run(12ms);
    REQUIRE(world.link(0).is_acknowledged("db"));
    world.start(1);
    world.run(100ms);
    CHECK(world.view(1).last->services.at(0).word == Word{Release{Epoch{7}}});
}

}  // namespace
}  // namespace highbase::cluster
