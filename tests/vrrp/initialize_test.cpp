// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 9568 6.4.1: a virtual router that starts.
#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("before it starts a router does nothing and waits for nothing") {
    Story router;
    CHECK(router.is_initialize());
    CHECK(router.deadline() == kNever);
    CHECK(router.at(1s, heard(50)) == kNothing);
    CHECK(router.at(2s, TimerExpired{}) == kNothing);
    CHECK(router.state() == "initialize");
}

TEST_CASE("the address owner is Active as soon as it starts",
          "[rfc9568-6.4.1-owner:positive][rfc9568-5.2.4-owner-priority:positive]") {
    Story owner{with_priority(255)};
    CHECK(owner.at(0s, Startup{kOwnAddress}) == Actions{send(255), kAcquire});
    CHECK(owner.is_active());
    CHECK(owner.deadline() == 1s);  // Adver_Timer, its own interval
}

TEST_CASE(
    "nobody else is",
    "[rfc9568-6.4.1-owner:negative][rfc9568-6.4.1-backup:positive][rfc9568-5.2.4-owner-priority:negative]") {
    Story router{with_priority(254)};
    CHECK(router.at(0s, Startup{kOwnAddress}) == kNothing);
    // Active_Adver_Interval is its own; Active_Down_Timer is 3 s and 2/256 s.
    CHECK(router.state() == "backup A=1000 down=3007.8125 preempt=0 ears=30000");
}

TEST_CASE("an owner does not wait as a Backup", "[rfc9568-6.4.1-backup:negative]") {
    Story owner{with_priority(255)};
    (void)owner.at(0s, Startup{kOwnAddress});
    CHECK_FALSE(owner.is_backup());
}

TEST_CASE("a Backup starts with its own interval, whatever that is", "[rfc9568-6.4.1-backup:positive]") {
    Story fast{{.priority = Priority{100}, .advertisement_interval = Centiseconds{1}}};
    CHECK(fast.at(0s, Startup{kOwnAddress}) == kNothing);
    CHECK(fast.at(0s, FrameReceived{}) == kNothing);
    CHECK(fast.deadline() == 36'093'750ns);
    Story tenth{{.priority = Priority{254}, .advertisement_interval = Centiseconds{10}}};
    CHECK(tenth.at(0s, Startup{kOwnAddress}) == kNothing);
    CHECK(tenth.at(0s, FrameReceived{}) == kNothing);
    CHECK(tenth.deadline() == 300'781'250ns);
}

TEST_CASE("an owner that is not eligible waits until it is") {
    Story owner{with_priority(255)};
    CHECK(owner.at(0s, EligibilityChanged{false}) == kNothing);
    CHECK(owner.at(1s, Startup{kOwnAddress}) == kNothing);
    CHECK(owner.is_backup());
    CHECK(owner.deadline() == kNever);
    CHECK(owner.at(60s, FrameReceived{}) == kNothing);
    CHECK(owner.at(70s, EligibilityChanged{true}) == kNothing);
    CHECK(owner.deadline() == 70s);  // it has heard nobody for longer than its Active_Down_Interval
    CHECK(owner.wake_in_time() == Actions{send(255), kAcquire});
}

TEST_CASE("a router that has started is not started again") {
    Story router = backup();
    (void)router.at(1s, heard(100, Centiseconds{50}));
    const std::string before = router.state();
    CHECK(router.at(2s, Startup{kHigherAddress}) == kNothing);
    CHECK(router.state() == before);
    Story other = serving();
    (void)other.at(20ms, TimerExpired{});
    const std::string serving_before = other.state();
    CHECK(other.at(30ms, Startup{kHigherAddress}) == kNothing);
    CHECK(other.state() == serving_before);
}
