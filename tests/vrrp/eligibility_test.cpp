// SPDX-License-Identifier: GPL-2.0-or-later
// Whoever watches the service can make a router leave (Resign) and keep it away (eligibility, hold-down).
// Priority 100, interval 1 s: Active_Down_Interval 3.609375 s.
#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

// ---- eligibility

TEST_CASE("an ineligible Backup takes over on no silence at all") {
    Story router = backup();
    CHECK(router.at(1s, EligibilityChanged{false}) == kNothing);
    CHECK(router.deadline() == kNever);
    CHECK(router.at(1h, TimerExpired{}) == kNothing);
    CHECK(router.at(2h, heard(0)) == kNothing);
    CHECK(router.at(3h, TimerExpired{}) == kNothing);
    CHECK(router.is_backup());
}

TEST_CASE("an ineligible Backup does not preempt: it follows an inferior Active") {
    Story router = backup();
    (void)router.at(1s, EligibilityChanged{false});
    CHECK(router.at(2s, heard(1, Centiseconds{50})) == kNothing);
    CHECK(router.state() == "backup A=500 down=3804.6875 preempt=0 ineligible");
}

TEST_CASE("when eligibility returns the Active still has the time it had") {
    Story router = backup();
    (void)router.at(1s, EligibilityChanged{false});
    (void)router.at(2s, heard(1));
    CHECK(router.at(3s, EligibilityChanged{true}) == kNothing);
    CHECK(router.state() == "backup A=1000 down=5609.375 preempt=3000 held=3000");
    CHECK(router.at(4s, heard(1)) == kNothing);  // discarded: preemption is allowed again
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("a silence that is long over by then ends now, and not in the past") {
    Story router = backup();
    (void)router.at(1s, EligibilityChanged{false});
    CHECK(router.at(60s, EligibilityChanged{true}) == kNothing);
    CHECK(router.deadline() == 60s);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("the same word twice changes nothing") {
    Story router = backup();
    const std::string before = router.state();
    CHECK(router.at(1s, EligibilityChanged{true}) == kNothing);
    CHECK(router.state() == before);
    (void)router.at(2s, EligibilityChanged{false});
    const std::string ineligible = router.state();
    CHECK(router.at(3s, EligibilityChanged{false}) == kNothing);
    CHECK(router.state() == ineligible);
}

TEST_CASE("eligibility alone does not make an Active leave: Resign does, and says for how long") {
    Story router = serving();
    CHECK(router.at(10ms, EligibilityChanged{false}) == kNothing);
    CHECK(router.is_active());
    CHECK(router.at(20ms, Resign{}) == Actions{kRelease, send(0)});
    CHECK(router.deadline() == kNever);
}

TEST_CASE("eligibility is remembered over a link that goes down") {
    Story router = backup();
    (void)router.at(1s, EligibilityChanged{false});
    (void)router.at(2s, InterfaceLost{});
    (void)router.at(3s, Startup{kOwnAddress});
    CHECK(router.deadline() == kNever);
    Story other = backup();
    (void)other.at(1s, InterfaceLost{});
    (void)other.at(2s, EligibilityChanged{false});
    (void)other.at(3s, Startup{kOwnAddress});
    CHECK(other.deadline() == kNever);
}

// ---- resigning and hold-down

TEST_CASE("to resign is to let go of the addresses, and then to tell the successor") {
    Story router = serving();
    CHECK(router.at(10ms, Resign{}) == Actions{kRelease, send(0)});
    CHECK(router.state() == "backup A=1000 down=3619.375 preempt=10 held=10");
}

TEST_CASE("until the hold-down ends no silence is long enough") {
    Story router = serving();
    (void)router.at(0s, Resign{20s});
    CHECK(router.deadline() == 20s);
    CHECK(router.at(19'999'999'999ns, TimerExpired{}) == kNothing);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("a hold-down shorter than the silence changes nothing") {
    Story router = serving();
    (void)router.at(0s, Resign{1s});
    CHECK(router.deadline() == 3'609'375us);
}

TEST_CASE("while held down a Backup does not preempt, and afterwards it does") {
    Story router = serving();
    (void)router.at(0s, Resign{10s});
    CHECK(router.at(9s, heard(1)) == kNothing);
    CHECK(router.deadline() == 12'609'375us);
    CHECK(router.at(10s, heard(1)) == kNothing);
    CHECK(router.deadline() == 12'609'375us);
}

TEST_CASE("eligibility that returns ends the hold-down") {
    Story router = serving();
    (void)router.at(0s, EligibilityChanged{false});
    (void)router.at(0s, Resign{1h});
    CHECK(router.at(60s, EligibilityChanged{true}) == kNothing);
    CHECK(router.deadline() == 60s);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("a Backup that is told to resign is held down, and never for less than it already was") {
    Story router = backup();
    CHECK(router.at(1s, Resign{20s}) == kNothing);
    CHECK(router.deadline() == 21s);
    CHECK(router.at(2s, Resign{1s}) == kNothing);
    CHECK(router.deadline() == 21s);
    CHECK(router.at(3s, Resign{30s}) == kNothing);
    CHECK(router.deadline() == 33s);
}

TEST_CASE("a flapping link does not end a hold-down") {
    Story router = serving();
    (void)router.at(0s, Resign{60s});
    (void)router.at(1s, InterfaceLost{});
    (void)router.at(2s, Startup{kOwnAddress});
    (void)router.at(2s, FrameReceived{});
    CHECK(router.deadline() == 60s);
    Story owner = active(with_priority(255));
    (void)owner.at(0s, AcquisitionFailed{});
    (void)owner.at(1s, InterfaceLost{});
    CHECK(owner.at(2s, Startup{kOwnAddress}) == kNothing);
    (void)owner.at(2s, FrameReceived{});
    CHECK(owner.deadline() == 10s);
    (void)owner.at(3s, InterfaceLost{});
    CHECK(owner.at(10s, Startup{kOwnAddress}) == Actions{send(255), kAcquire});
}

// ---- preempt_delay

TEST_CASE("after a start an inferior Active is left alone for the preempt delay") {
    Story router = backup({.preempt_delay = 60s});
    CHECK(router.at(59s, heard(1)) == kNothing);
    CHECK(router.deadline() == 62'609'375us);
    CHECK(router.at(60s, heard(1)) == kNothing);
    CHECK(router.deadline() == 62'609'375us);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("the preempt delay does not keep anybody from taking over on silence") {
    Story router = backup({.preempt_delay = 60s});
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("the preempt delay begins again when eligibility returns") {
    Story router = backup({.preempt_delay = 60s});
    (void)router.at(100s, EligibilityChanged{false});
    (void)router.at(200s, heard(1));
    (void)router.at(201s, EligibilityChanged{true});
    CHECK(router.at(202s, heard(1)) == kNothing);
    CHECK(router.deadline() == 205'609'375us);
    (void)router.at(260'999'999'999ns, heard(1));
    CHECK(router.deadline() == 264'609'374'999ns);
    (void)router.at(261s, heard(1));
    CHECK(router.deadline() == 264'609'374'999ns);
}

TEST_CASE("a router that gave way may come back without the preempt delay") {
    Story router = active({.preempt_delay = 60s});
    (void)router.at(1s, heard(200));
    CHECK(router.state() == "backup A=1000 down=4609.375 preempt=1000");
}
