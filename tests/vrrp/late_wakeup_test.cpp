// SPDX-License-Identifier: GPL-2.0-or-later
// A paused virtual machine, SIGSTOP, a starved process: routers that wake later than they asked for.
// Priority 100, interval 1 s: Active_Down_Interval 3.609375 s, Skew_Time 0.609375 s.
#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("an Active that slept past its Active_Down_Interval lets go first, and listens") {
    Story router = serving();
    CHECK(router.at(10s, TimerExpired{9'980ms}) == Actions{kRelease});
    // One interval and one skew from now; it does not say priority 0, for it is not the Active.
    CHECK(router.state() == "backup A=1000 down=11609.375 preempt=10000 again");
}

TEST_CASE("to the nanosecond") {
    Story just_in_time = active();
    CHECK_FALSE(just_in_time.router().overslept(kStart + 7'218'750us));  // since 3609.375 ms after kStart
    CHECK(just_in_time.at(3'609'375'000ns, TimerExpired{}) == Actions{send(100)});
    CHECK(just_in_time.is_active());
    Story too_late = active();
    CHECK(too_late.router().overslept(kStart + 7'218'750'001ns) == 1ns);
    CHECK(too_late.at(3'609'375'001ns, TimerExpired{}) == Actions{kRelease});
    CHECK(too_late.is_backup());
}

TEST_CASE("only an Active oversleeps") {
    CHECK_FALSE(Story{}.router().overslept(kStart + 24h));
    CHECK_FALSE(backup().router().overslept(kStart + 24h));
}

TEST_CASE("at 10 ms the limit is 36 ms") {
    Story router = serving({.advertisement_interval = Centiseconds{1}});
    CHECK(router.at(36'093'751ns, TimerExpired{}) == Actions{kRelease});
    CHECK(router.state() == "backup A=10 down=52.187501 preempt=36.093751 again");
}

TEST_CASE("whatever wakes an Active that overslept: release is the first thing") {
    const auto woken_by = [](const Event& event) { return serving().at(10s, event); };
    CHECK(woken_by(FrameReceived{}) == Actions{kRelease});
    CHECK(woken_by(heard(0)) == Actions{kRelease});
    CHECK(woken_by(heard(1)) == Actions{kRelease});  // and no answer: it is not the Active any more
    CHECK(woken_by(heard(200)) == Actions{kRelease});
    CHECK(woken_by(Contention{}) == Actions{kRelease});
    CHECK(woken_by(AddressesRestored{}) == Actions{kRelease});
    CHECK(woken_by(AddressesAcquired{}) == Actions{kRelease});
    CHECK(woken_by(AcquisitionFailed{}) == Actions{kRelease});
    CHECK(woken_by(Resign{10s}) == Actions{kRelease});
    CHECK(woken_by(Shutdown{}) == Actions{kRelease});
    CHECK(woken_by(InterfaceLost{}) == Actions{kRelease});
    CHECK(woken_by(EligibilityChanged{false}) == Actions{kRelease});
    CHECK(woken_by(ParametersChanged{with_priority(150)}) == Actions{kRelease});
    CHECK(woken_by(PrimaryAddressChanged{kHigherAddress}) == Actions{kRelease});
}

TEST_CASE("what woke it is then heard as a Backup hears it") {
    Story resigned = serving();
    (void)resigned.at(10s, Resign{60s});
    CHECK(resigned.state() == "backup A=1000 down=11609.375 preempt=10000 again held=70000");
    Story stopped = serving();
    (void)stopped.at(10s, Shutdown{});
    CHECK(stopped.is_initialize());
    Story told = serving();
    (void)told.at(10s, heard(200));
    CHECK(told.state() == "backup A=1000 down=13609.375 preempt=10000");
}

TEST_CASE("after it listened in vain it is Active again") {
    Story router = serving();
    (void)router.at(10s, TimerExpired{9s});
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
    CHECK(router.state() == "active adver=12609.375 last=11609.375");
}

TEST_CASE("if there is a new Active it stays Backup") {
    Story router = serving();
    (void)router.at(10s, TimerExpired{9s});
    CHECK(router.at(10'900ms, heard(100)) == kNothing);
    CHECK(router.deadline() == 14'509'375us);
}

TEST_CASE("answers to others keep an Active awake") {
    // Advertisements are what Backups count; it does not matter what caused them.
    Story router = active();
    CHECK(router.at(900ms, heard(1)) == Actions{send(100)});
    CHECK(router.at(4'509'375'000ns, TimerExpired{}) == Actions{send(100)});
    CHECK(router.is_active());
}

TEST_CASE("a Backup that wakes late listens again: the advertisements of that time were lost") {
    Story router = backup();
    CHECK(router.wake_late(1'000'000'001ns) == kNothing);  // more than an interval
    CHECK(router.state() == "backup A=1000 down=6218.750001 preempt=0 again");
    CHECK(router.at(6s, heard(200)) == kNothing);
    CHECK(router.state() == "backup A=1000 down=9609.375 preempt=0");
}

TEST_CASE("a Backup that wakes no more than an interval late takes over") {
    Story router = backup();
    CHECK(router.wake_late(1s) == Actions{send(100), kAcquire});
}

TEST_CASE("an interval is the learned one here") {
    Story fast = backup();
    (void)fast.at(1s, heard(200, Centiseconds{10}));
    CHECK(fast.wake_late(100'000'001ns) == kNothing);
    CHECK(fast.state() == "backup A=100 down=1621.875001 preempt=0 again");
    Story in_time = backup();
    (void)in_time.at(1s, heard(200, Centiseconds{10}));
    CHECK(in_time.wake_late(100ms) == Actions{send(100), kAcquire});
}

TEST_CASE("a Backup that always wakes late gives the Active one more chance, not one after another") {
    Story router = backup();
    CHECK(router.wake_late(5s) == kNothing);
    CHECK(router.wake_late(5s) == Actions{send(100), kAcquire});
}

TEST_CASE("in a later silence it listens again") {
    Story router = backup();
    CHECK(router.wake_late(5s) == kNothing);
    (void)router.at(9s, heard(200));
    CHECK(router.wake_late(5s) == kNothing);
    CHECK(router.is_backup());
}

TEST_CASE("an inferior Active does not end the silence in which it listened again") {
    Story router = backup();
    CHECK(router.wake_late(5s) == kNothing);
    CHECK(router.at(9s, heard(1)) == kNothing);
    CHECK(router.wake_late(5s) == Actions{send(100), kAcquire});
}
