// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 9568 6.4.2: the table's cells for a Backup. The default router: priority 100, interval 1 s,
// ADI 3.609375 s.
#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("a Backup that is stopped leaves without a word", "[rfc9568-6.4.2-shutdown:positive]") {
    Story router = backup();
    CHECK(router.at(1s, Shutdown{}) == kNothing);
    CHECK(router.is_initialize());
    CHECK(router.deadline() == kNever);
}

TEST_CASE("a Backup that is stopped takes over from nobody any more", "[rfc9568-6.4.2-shutdown:negative]") {
    Story router = backup();
    const Duration due = router.deadline();
    (void)router.at(1s, Shutdown{});
    CHECK(router.at(due, TimerExpired{}) == kNothing);
    CHECK(router.at(due, heard(0)) == kNothing);
    CHECK(router.is_initialize());
}

TEST_CASE("a Backup whose interface is gone waits for it") {
    Story router = backup();
    CHECK(router.at(1s, InterfaceLost{}) == kNothing);
    CHECK(router.is_initialize());
    CHECK(router.deadline() == kNever);
}

TEST_CASE("when Active_Down_Timer fires a Backup takes over: first the election, then the addresses",
          "[rfc9568-6.4.2-active-down:positive]") {
    Story router = backup();
    CHECK(router.deadline() == 3'609'375us);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
    CHECK(router.state() == "active adver=4609.375 last=3609.375");
}

TEST_CASE("not a nanosecond before", "[rfc9568-6.4.2-active-down:negative]") {
    Story router = backup();
    CHECK(router.at(3'609'374'999ns, TimerExpired{}) == kNothing);
    CHECK(router.is_backup());
    CHECK(router.deadline() == 3'609'375us);
}

TEST_CASE("a wake-up from a timer that was moved on is stale", "[rfc9568-6.4.2-active-down:negative]") {
    Story router = backup();
    const Duration before = router.deadline();
    (void)router.at(3s, heard(200));
    CHECK(router.at(before, TimerExpired{}) == kNothing);
    CHECK(router.is_backup());
    CHECK(router.deadline() == 6'609'375us);
}

TEST_CASE("priority 0: the Active has left, and only the skew is waited",
          "[rfc9568-6.4.2-priority-zero:positive]") {
    Story router = backup();
    (void)router.at(1s, heard(200));
    CHECK(router.at(2s, heard(0)) == kNothing);
    CHECK(router.is_backup());
    CHECK(router.deadline() == 2'609'375us);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("the timers run from the arrival of an advertisement, not from when it is told") {
    Story router = backup();
    (void)router.at(1s, heard_late(200, 5ms));
    CHECK(router.deadline() == 4'604'375us);
    (void)router.at(2s, heard_late(0, 300us));
    CHECK(router.deadline() == 2'609'075us);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE(
    "an advertisement that is told later than its timer would have run leaves no deadline in the past") {
    Story router = backup({.priority = Priority{254}, .advertisement_interval = Centiseconds{1}});
    (void)router.at(10ms, heard(255, Centiseconds{1}));
    (void)router.at(20ms, heard_late(0, 5ms));  // Skew_Time: 78.125 us
    CHECK(router.deadline() == 20ms);
    CHECK(router.wake_in_time() == Actions{send(254), kAcquire});
}

TEST_CASE("priority 0 teaches no interval: the skew is of the one that was learned",
          "[rfc9568-6.4.2-priority-zero:negative]") {
    Story router = backup();
    (void)router.at(1s, heard(200, Centiseconds{10}));
    (void)router.at(2s, heard(0, Centiseconds{4095}));
    CHECK(router.deadline() == 2'060'937'500ns);
    // Any other priority waits the whole Active_Down_Interval.
    (void)router.at(2s, heard(100, Centiseconds{100}));
    CHECK(router.deadline() == 5'609'375us);
}

TEST_CASE("a superior Active is obeyed, and its interval learned", "[rfc9568-6.4.2-superior:positive]") {
    Story router = backup();
    CHECK(router.at(1s, heard(200, Centiseconds{50})) == kNothing);
    CHECK(router.state() == "backup A=500 down=2804.6875 preempt=0");  // 3 * 0.5 s and 156/512 s
    CHECK(router.at(1s, heard(200, Centiseconds{10})) == kNothing);
    CHECK(router.state() == "backup A=100 down=1360.9375 preempt=0");
    CHECK(router.at(1s, heard(200, Centiseconds{4095})) == kNothing);
    CHECK(router.state() == "backup A=40950 down=148803.90625 preempt=0");
}

TEST_CASE("so is one of the same priority, whatever its address", "[rfc9568-6.4.2-superior:positive]") {
    Story router = backup();
    CHECK(router.at(1s, heard(100, Centiseconds{100}, kLowerAddress)) == kNothing);
    CHECK(router.deadline() == 4'609'375us);
    CHECK(router.at(2s, heard(100, Centiseconds{100}, kHigherAddress)) == kNothing);
    CHECK(router.deadline() == 5'609'375us);
}

TEST_CASE("an inferior Active is left to time out",
          "[rfc9568-6.4.2-inferior:positive][rfc9568-6.4.2-superior:negative]") {
    Story router = backup();
    CHECK(router.at(1s, heard(99, Centiseconds{50})) == kNothing);
    CHECK(router.state() == "backup A=1000 down=3609.375 preempt=0");
    CHECK(router.at(3s, heard(1)) == kNothing);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("without Preempt_Mode an inferior Active is as good as any",
          "[rfc9568-6.4.2-inferior:negative][rfc9568-6.4.2-superior:positive]") {
    Story router = backup({.preempt_mode = false});
    CHECK(router.at(1s, heard(1, Centiseconds{50})) == kNothing);
    CHECK(router.state() == "backup A=500 down=2804.6875 preempt=0");
    CHECK(router.at(2s, heard(1, Centiseconds{50})) == kNothing);
    CHECK(router.deadline() == 3'804'687'500ns);
}

TEST_CASE("Preempt_Mode makes no difference to silence") {
    Story router = backup({.preempt_mode = false});
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("the address owner preempts even if it is told not to") {
    Story owner = backup({.priority = kPriorityOwner, .preempt_mode = false});
    (void)owner.at(0s, Shutdown{});
    (void)owner.at(0s, EligibilityChanged{false});
    (void)owner.at(0s, Startup{kOwnAddress});
    (void)owner.at(1s, FrameReceived{});
    CHECK(owner.at(2s, EligibilityChanged{true}) == kNothing);
    CHECK(owner.state() == "backup A=1000 down=4003.90625 preempt=2000 held=2000");
    CHECK(owner.at(3s, heard(254)) == kNothing);  // discarded
    CHECK(owner.deadline() == 4'003'906'250ns);
}

TEST_CASE("another owner is obeyed and not ignored (erratum 8298)") {
    Story owner = active(with_priority(255));
    CHECK(owner.at(100ms, heard(255, Centiseconds{100}, kHigherAddress)) == Actions{kRelease});
    CHECK(owner.is_backup());
    CHECK(owner.at(1100ms, heard(255, Centiseconds{100}, kHigherAddress)) == kNothing);
    CHECK(owner.deadline() == 4'103'906'250ns);
}

TEST_CASE("a Backup answers nothing and announces nothing",
          "[rfc9568-6.4.3-inferior:negative][rfc9568-8.1.2-gratuitous-arp:negative]"
          "[rfc9568-8.2.2-unsolicited-na:negative]") {
    Story router = backup();
    CHECK(router.at(1s, heard(1)) == kNothing);
    CHECK(router.at(1s, heard(100, Centiseconds{100}, kHigherAddress)) == kNothing);
    CHECK(router.at(1s, Contention{}) == kNothing);
    CHECK(router.at(1s, AddressesRestored{}) == kNothing);
    CHECK(router.at(1s, AddressesAcquired{}) == kNothing);
    CHECK(router.at(1s, AcquisitionFailed{}) == kNothing);
    CHECK(router.is_backup());
}
