// SPDX-License-Identifier: GPL-2.0-or-later
// What holds whatever boxes, networks and somebody in between do.
#include <rapidcheck.h>

#include "tests/catch.hpp"
#include "tests/cluster/link_world.hpp"

using namespace highbase;
using namespace highbase::cluster;
using namespace highbase::tests;

namespace {

// Two timeouts of 350 ms, and the 100 ms for which a box says the same.
constexpr vrrp::Duration kOldestBelief = 800ms;

Word any_word() {
    const Epoch epoch{*rc::gen::inRange<std::uint64_t>(0, 3)};
    switch (*rc::gen::inRange(0, 3)) {
        case 0: return Resign{epoch, "gw2", {}};
        case 1: return Release{epoch};
        default: return {};
    }
}

Way any_way() {
    const auto shortest = *rc::gen::element<vrrp::Duration>(100us, 2ms, 40ms);
    const auto longer = *rc::gen::element<vrrp::Duration>(0ns, 5ms, 100ms, 2s);
    return {*rc::gen::element(0, 0, 200, 800, 1000), *rc::gen::element(0, 300), shortest, shortest + longer};
}

void play_some(LinkWorld& world) {
    const std::size_t all = world.records().size();
    if (all == 0) return;
    const auto count = *rc::gen::inRange<std::size_t>(1, 60);
    auto at = *rc::gen::inRange<std::size_t>(0, all);
    const auto stride = *rc::gen::element<std::size_t>(1, 2, 7);
    for (std::size_t i = 0; i < count; ++i, at = (at + stride) % all) {
        const LinkWorld::Recorded record = world.records()[at];
        world.play(record, *rc::gen::inRange<std::size_t>(0, 2));
    }
}

void something(LinkWorld& world) {
    const auto box = *rc::gen::inRange<std::size_t>(0, 2);
    switch (*rc::gen::inRange(0, 8)) {
        case 0: return world.start(box);
        case 1: return world.stop(box);
        case 2: return world.sleep(box);
        case 3: return world.wake(box);
        case 4: world.way(box, *rc::gen::inRange<std::size_t>(0, 2)) = any_way(); return;
        case 5: return world.set_ways({});
        case 6: return play_some(world);
        default:
            if (world.is_awake(box)) world.say(box, any_word());
    }
}

// What each box has been seen to believe, and whether that may be.
class Watcher {
public:
    explicit Watcher(LinkWorld& world) : world_{world} {
        world.watch = [this] { look(); };
    }

private:
    void look() {
        for (std::size_t box = 0; box < 2; ++box) {
            if (world_.is_up(box)) look_at(box);
        }
    }
    void look_at(std::size_t box) {
        const PeerView view = world_.view(box);
        const auto age = world_.age_of_belief(box);
        RC_ASSERT((view.standing == Standing::fresh) ==
                  (world_.link(box).fresh(vrrp::TimePoint{world_.now()}) != nullptr));
        if (view.standing == Standing::fresh) RC_ASSERT(age.value() <= kOldestBelief);
        if (age && view.age) RC_ASSERT(*age <= *view.age + 100ms);
        if (!age) return;
        const vrrp::Duration made = world_.now() - *age;
        // In one life, never back to what was made earlier.
        if (session_[box] == &world_.link(box)) RC_ASSERT(made >= made_[box]);
        session_[box] = &world_.link(box);
        made_[box] = made;
    }

    LinkWorld& world_;
    std::array<const PeerLink*, 2> session_{};
    std::array<vrrp::Duration, 2> made_{};
};

}  // namespace

TEST_CASE("what is believed never goes back, is fresh only if it is new, and is true in the end", "[peer]") {
    CHECK(rc::check("two boxes, two paths, and somebody who plays old datagrams again", [] {
        LinkWorld world{2, {}, *rc::gen::arbitrary<std::uint32_t>()};
        const Watcher watcher{world};
        const auto steps = *rc::gen::inRange(1, 60);
        for (int i = 0; i < steps; ++i) {
            something(world);
            world.run(*rc::gen::element<vrrp::Duration>(0ms, 1ms, 30ms, 400ms, 3s));
        }
        // Whatever has happened: once both are there and the network works, all is well within half a second.
        for (const std::size_t box : {0, 1}) {
            world.wake(box);
            if (!world.is_up(box)) world.start(box);
        }
        world.set_ways({});
        world.run(2500ms);  // what was still on its way has come
        RC_ASSERT(world.standing(0) == Standing::fresh);
        RC_ASSERT(world.standing(1) == Standing::fresh);
        RC_ASSERT(world.age_of_belief(0).value() <= 101ms);
        RC_ASSERT(world.age_of_belief(1).value() <= 101ms);
    }));
}
