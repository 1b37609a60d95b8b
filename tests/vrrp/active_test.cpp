// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 9568 6.4.3: the table's cells for an Active that took over at 0. Priority 100, interval 1 s.
#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("an Active that is stopped lets go of the addresses and then tells its successor",
          "[rfc9568-6.4.3-shutdown:positive]") {
    Story router = serving();
    CHECK(router.at(10ms, Shutdown{}) == Actions{kRelease, send(0)});
    CHECK(router.is_initialize());
    CHECK(router.deadline() == kNever);
}

TEST_CASE("a stopped Active advertises no more", "[rfc9568-6.4.3-shutdown:negative]") {
    Story router = active();
    (void)router.at(10ms, Shutdown{});
    CHECK(router.at(1s, TimerExpired{}) == kNothing);
    CHECK(router.at(1s, heard(1)) == kNothing);
}

TEST_CASE("an Active that lost its interface has nobody to tell") {
    Story router = serving();
    CHECK(router.at(10ms, InterfaceLost{}) == Actions{kRelease});
    CHECK(router.is_initialize());
    CHECK(router.deadline() == kNever);
}

TEST_CASE("an Active advertises once an interval", "[rfc9568-6.4.3-adver-timer:positive]") {
    Story router = active();
    CHECK(router.deadline() == 1s);
    CHECK(router.wake_in_time() == Actions{send(100)});
    CHECK(router.deadline() == 2s);
    CHECK(router.wake_in_time() == Actions{send(100)});
    CHECK(router.deadline() == 3s);
}

TEST_CASE("and not earlier", "[rfc9568-6.4.3-adver-timer:negative]") {
    Story router = active();
    CHECK(router.at(999'999'999ns, TimerExpired{}) == kNothing);
    CHECK(router.deadline() == 1s);
}

TEST_CASE("the interval of an Active is its own, in centiseconds") {
    Story fast = active({.advertisement_interval = Centiseconds{1}});
    CHECK(fast.deadline() == 10ms);
    CHECK(fast.wake_in_time() == Actions{send(100)});
    CHECK(fast.deadline() == 20ms);
    Story slow = active({.advertisement_interval = Centiseconds{4095}});
    CHECK(slow.deadline() == 40'950ms);
    // What it learned as a Backup does not count any more.
    Story learned = backup();
    (void)learned.at(1s, heard(200, Centiseconds{10}));
    (void)learned.wake_in_time();
    learned.begin_here();
    CHECK(learned.is_active());
    CHECK(learned.deadline() == 1s);
}

TEST_CASE("a late wake-up does not move the beat") {
    Story router = active({.advertisement_interval = Centiseconds{10}});
    CHECK(router.at(103ms, TimerExpired{3ms}) == Actions{send(100)});
    CHECK(router.deadline() == 200ms);
    // One that misses a beat sends one advertisement, not two.
    CHECK(router.at(305ms, TimerExpired{105ms}) == Actions{send(100)});
    CHECK(router.deadline() == 405ms);
    // Exactly one beat late: the next is a whole interval away, not now.
    CHECK(router.at(505ms, TimerExpired{100ms}) == Actions{send(100)});
    CHECK(router.deadline() == 605ms);
}

TEST_CASE("an Active that hears priority 0 advertises at once and begins a new interval",
          "[rfc9568-6.4.3-priority-zero:positive]") {
    Story router = active();
    CHECK(router.at(400ms, heard(0, Centiseconds{100}, kHigherAddress)) == Actions{send(100)});
    CHECK(router.state() == "active adver=1400 last=400");
}

TEST_CASE("a superior router is let through: release, and learn its interval",
          "[rfc9568-6.4.3-superior:positive]") {
    Story router = serving();
    CHECK(router.at(250ms, heard(101, Centiseconds{10})) == Actions{kRelease});
    CHECK(router.state() == "backup A=100 down=610.9375 preempt=250");
}

TEST_CASE("of two equal priorities the higher address stays", "[rfc9568-6.4.3-tie-break:positive]") {
    Story router = active();
    CHECK(router.at(250ms, heard(100, Centiseconds{100}, kHigherAddress)) == Actions{kRelease});
    CHECK(router.state() == "backup A=1000 down=3859.375 preempt=250");
}

TEST_CASE("the lower address does not win, nor does an equal one",
          "[rfc9568-6.4.3-tie-break:negative][rfc9568-6.4.3-superior:negative]"
          "[rfc9568-6.4.3-inferior:positive]") {
    Story router = active();
    CHECK(router.at(250ms, heard(100, Centiseconds{100}, kLowerAddress)) == Actions{send(100)});
    CHECK(router.at(250ms, heard(100, Centiseconds{100}, kOwnAddress)) == Actions{send(100)});
    CHECK(router.is_active());
    // A higher address does not make up for a lower priority.
    CHECK(router.at(250ms, heard(99, Centiseconds{100}, kHigherAddress)) == Actions{send(100)});
    CHECK(router.is_active());
}

TEST_CASE("addresses are compared as unsigned numbers in network byte order",
          "[rfc9568-6.4.3-tie-break:positive]") {
    const auto yields_to = [](IpAddress own, IpAddress sender) {
        Story router{with_priority(255)};
        (void)router.at(0s, Startup{own});
        return router.at(1ms, heard(255, Centiseconds{100}, sender)) == Actions{kRelease};
    };
    const auto ip = [](std::string_view text) { return IpAddress::parse(text).value(); };
    CHECK(yields_to(ip("127.0.0.1"), ip("128.0.0.1")));  // signed, this would be the other way round
    CHECK_FALSE(yields_to(ip("128.0.0.1"), ip("127.0.0.1")));
    CHECK(yields_to(ip("192.0.2.9"), ip("192.0.2.10")));  // as text, this would be
    CHECK_FALSE(
        yields_to(ip("192.0.3.1"), ip("192.0.2.200")));  // and in the order of the host's octets, this
    CHECK(yields_to(ip("fe80::1"), ip("fe80::2")));
    CHECK_FALSE(yields_to(ip("fe80:0:0:1::1"), ip("fe80::ffff")));
}

TEST_CASE("the primary address may change while running") {
    Story router = active();
    CHECK(router.at(1ms, PrimaryAddressChanged{kHigherAddress}) == kNothing);
    CHECK(router.at(2ms, heard(100, Centiseconds{100}, kOwnAddress)) == Actions{send(100)});
    CHECK(router.at(3ms, PrimaryAddressChanged{kLowerAddress}) == kNothing);
    CHECK(router.at(4ms, heard(100, Centiseconds{100}, kOwnAddress)) == Actions{kRelease});
}

TEST_CASE("an inferior router is answered at once; Adver_Timer runs on",
          "[rfc9568-6.4.3-inferior:positive][rfc9568-6.4.3-priority-zero:negative]") {
    Story router = active();
    CHECK(router.at(400ms, heard(99, Centiseconds{4095})) == Actions{send(100)});
    CHECK(router.state() == "active adver=1000 last=400");
    CHECK(router.at(600ms, heard(1)) == Actions{send(100)});
    CHECK(router.deadline() == 1s);
}

TEST_CASE("Preempt_Mode is looked at in Backup only") {
    Story router = active({.preempt_mode = false});
    CHECK(router.at(1ms, heard(99)) == Actions{send(100)});
    CHECK(router.at(2ms, heard(101)) == Actions{kRelease});
}

TEST_CASE("after it gave way a router takes over again only when the new Active is silent") {
    Story router = active();
    (void)router.at(250ms, heard(200));
    CHECK(router.deadline() == 3'859'375us);
    (void)router.at(1250ms, heard(200));
    CHECK(router.deadline() == 4'859'375us);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("a frame means nothing to an Active") {
    Story router = serving();
    const std::string before = router.state();
    CHECK(router.at(1ms, FrameReceived{}) == kNothing);
    CHECK(router.state() == before);
}
