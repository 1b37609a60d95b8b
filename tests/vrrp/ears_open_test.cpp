// SPDX-License-Identifier: GPL-2.0-or-later
// A link on which nothing has been heard may be deaf (a switch port that still learns, a bond that is not
// up): its silence proves nothing. Priority 100, interval 1 s: Active_Down_Interval 3.609375 s.
#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

Story started(Parameters parameters = {}) {
    Story story{parameters};
    (void)story.at(0s, Startup{kOwnAddress});
    return story;
}

}  // namespace

TEST_CASE("on a link without a single frame a Backup waits for its bounded time") {
    Story router = started();
    CHECK(router.deadline() == 30s);
    CHECK(router.at(3'609'375us, TimerExpired{}) == kNothing);
    CHECK(router.at(29'999'999'999ns, TimerExpired{}) == kNothing);
    CHECK(router.is_backup());
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("the bounded time is a parameter, and no shorter than the silence itself") {
    CHECK(started({.ears_open_timeout = 5s}).deadline() == 5s);
    CHECK(started({.ears_open_timeout = 1s}).deadline() == 3'609'375us);
    CHECK(started({.ears_open_timeout = 0s}).deadline() == 3'609'375us);
}

TEST_CASE("silence counts from the first frame, when something could have been heard") {
    Story router = started();
    CHECK(router.at(10s, FrameReceived{}) == kNothing);
    CHECK(router.deadline() == 13'609'375us);
    // Later frames say nothing about the Active.
    CHECK(router.at(11s, FrameReceived{}) == kNothing);
    CHECK(router.deadline() == 13'609'375us);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("a first frame shortly before the end of the bounded time still gives the Active its time") {
    Story router = started();
    CHECK(router.at(29s, FrameReceived{}) == kNothing);
    CHECK(router.deadline() == 32'609'375us);
}

TEST_CASE("an advertisement opens the ears like every other frame") {
    Story superior = started();
    CHECK(superior.at(10s, heard(200)) == kNothing);
    CHECK(superior.state() == "backup A=1000 down=13609.375 preempt=0");
    Story releasing = started();
    CHECK(releasing.at(10s, heard(0)) == kNothing);
    CHECK(releasing.state() == "backup A=1000 down=10609.375 preempt=0");
}

TEST_CASE("a discarded advertisement proves no silence of somebody superior") {
    Story router = started();
    CHECK(router.at(20s, heard(1)) == kNothing);
    CHECK(router.state() == "backup A=1000 down=23609.375 preempt=0");
    CHECK(router.at(20s, TimerExpired{}) == kNothing);
    CHECK(router.is_backup());
}

TEST_CASE("once open the ears stay open until the link goes down") {
    Story router = started();
    (void)router.at(1s, FrameReceived{});
    (void)router.wake_in_time();
    (void)router.at(5s, Resign{});
    CHECK(router.deadline() == 8'609'375us);
    (void)router.at(6s, InterfaceLost{});
    (void)router.at(7s, Startup{kOwnAddress});
    CHECK(router.deadline() == 37s);
}

TEST_CASE("the address owner asks nobody") {
    CHECK(started(with_priority(255)).is_active());
}
