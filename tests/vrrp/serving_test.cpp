// SPDX-License-Identifier: GPL-2.0-or-later
// Between winning the election and telling the neighbours stand the addresses: acquired, renewed, announced.
#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

// A long interval, so that advertisements stay out of the way.
constexpr Parameters kQuiet{.advertisement_interval = Centiseconds{4095}};

// The times of the announcements until `end`, when the driver wakes in time.
std::vector<std::string> announcements(Story& router, Duration end) {
    std::vector<std::string> times;
    while (router.deadline() <= end) {
        const Duration now = router.deadline();
        const Actions actions = router.wake_in_time();
        if (std::ranges::count(actions, Action{kAnnounce}) == 1) times.push_back(milliseconds(now));
    }
    return times;
}

}  // namespace

// ---- acquiring

TEST_CASE("nothing is announced before the addresses are there",
          "[rfc9568-8.1.2-boot-delay:negative][rfc9568-8.2.2-boot-delay:negative]") {
    Story router = active();
    CHECK(router.at(500ms, Contention{}) == kNothing);
    CHECK(router.at(600ms, AddressesRestored{}) == kNothing);
    CHECK(router.at(700ms, heard(1)) == Actions{send(100)});
    CHECK(router.wake_in_time() == Actions{send(100)});
    CHECK(router.wake_in_time() == Actions{send(100)});
    CHECK(router.deadline() == 3s);  // nor renewed
}

TEST_CASE("as soon as they are, they are announced",
          "[rfc9568-8.1.2-boot-delay:positive][rfc9568-8.2.2-boot-delay:positive]"
          "[rfc9568-8.1.2-gratuitous-arp:positive][rfc9568-8.2.2-unsolicited-na:positive]") {
    Story router = active();
    CHECK(router.at(7ms, AddressesAcquired{}) == Actions{kAnnounce});
    CHECK(router.state() == "active adver=1000 last=0 renew=1007 announce=27");
}

TEST_CASE("addresses that could not be acquired: leave, and stay away for the hold-down") {
    Story router = active();
    CHECK(router.at(7ms, AcquisitionFailed{}) == Actions{kRelease, send(0)});
    CHECK(router.state() == "backup A=1000 down=3616.375 preempt=7 held=10007");
    CHECK(router.deadline() == 10'007ms);
    Story patient = active({.hold_down = 60s});
    (void)patient.at(7ms, AcquisitionFailed{});
    CHECK(patient.deadline() == 60'007ms);
}

TEST_CASE("so it is when they are lost for good later on") {
    Story router = serving();
    CHECK(router.at(500ms, AcquisitionFailed{}) == Actions{kRelease, send(0)});
    CHECK(router.deadline() == 10'500ms);
}

TEST_CASE("addresses are acquired once") {
    Story router = serving();
    (void)router.at(20ms, TimerExpired{});
    const std::string before = router.state();
    CHECK(router.at(30ms, AddressesAcquired{}) == kNothing);
    CHECK(router.state() == before);
}

TEST_CASE("a new takeover acquires and announces again") {
    Story router = serving();
    (void)router.at(10ms, Resign{});
    (void)router.wake_in_time();
    CHECK(router.state() == "active adver=4619.375 last=3619.375 held=10");
    CHECK(router.at(4s, AddressesAcquired{}) == Actions{kAnnounce});
}

// ---- renewing

TEST_CASE("addresses are renewed every second, before the kernel forgets them after three") {
    STATIC_REQUIRE(kAddressLifetime == 3s);
    Story router = serving(kQuiet);
    std::vector<std::string> times;
    while (router.deadline() <= 4s) {
        const Duration now = router.deadline();
        const Actions actions = router.wake_in_time();
        if (std::ranges::count(actions, Action{kRenew}) == 1) times.push_back(milliseconds(now));
    }
    CHECK(times == std::vector<std::string>{"1000", "2000", "3000", "4000"});
}

TEST_CASE("what is due at one time is done in one order: advertise, renew, announce") {
    Story router = serving();
    (void)router.at(500ms, TimerExpired{});
    CHECK(router.deadline() == 1s);
    CHECK(router.wake_in_time() == Actions{send(100), kRenew, kAnnounce});
}

TEST_CASE("a late renewal is one renewal") {
    Story router = serving(kQuiet);
    CHECK(router.at(2500ms, TimerExpired{2480ms}) == Actions{kRenew, kAnnounce});
    CHECK(router.state() == "active adver=40950 last=0 renew=3500 announce=5000");
}

// ---- announcing

TEST_CASE("seven announcements, and then one a minute") {
    Story router = active(kQuiet);
    CHECK(router.at(0s, AddressesAcquired{}) == Actions{kAnnounce});
    CHECK(announcements(router, 200s) ==
          std::vector<std::string>{"20", "100", "500", "1000", "2000", "5000", "65000", "125000", "185000"});
}

TEST_CASE("policy on_takeover: only the seven") {
    Story router =
        active({.advertisement_interval = Centiseconds{4095}, .announce = AnnouncePolicy::on_takeover});
    CHECK(router.at(0s, AddressesAcquired{}) == Actions{kAnnounce});
    CHECK(announcements(router, 200s) ==
          std::vector<std::string>{"20", "100", "500", "1000", "2000", "5000"});
}

TEST_CASE("policy none: not one, whatever happens") {
    Story router = active({.advertisement_interval = Centiseconds{4095}, .announce = AnnouncePolicy::none});
    CHECK(router.at(0s, AddressesAcquired{}) == kNothing);
    CHECK(announcements(router, 10s).empty());
    CHECK(router.at(10s, Contention{}) == kNothing);
    CHECK(router.at(10s, AddressesRestored{}) == kNothing);
    CHECK(router.at(10s, heard(1)) == Actions{send(100)});
    CHECK(announcements(router, 200s).empty());
}

TEST_CASE("a late wake-up sends one announcement and not all that were missed") {
    Story router = serving(kQuiet);
    CHECK(router.at(600ms, TimerExpired{580ms}) == Actions{kAnnounce});
    CHECK(announcements(router, 6s) == std::vector<std::string>{"1000", "2000", "5000"});
}

TEST_CASE("a sign of contention starts the announcements again") {
    Story router = serving(kQuiet);
    (void)announcements(router, 30s);
    CHECK(router.at(30s, Contention{}) == Actions{kAnnounce});
    CHECK(announcements(router, 100s) ==
          std::vector<std::string>{"30020", "30100", "30500", "31000", "32000", "35000", "95000"});
}

TEST_CASE("an inferior router is such a sign: it may have confused the bridges") {
    Story router = serving(kQuiet);
    (void)announcements(router, 30s);
    CHECK(router.at(30s, heard(1)) == Actions{send(100), kAnnounce});
    CHECK(announcements(router, 31s) == std::vector<std::string>{"30020", "30100", "30500", "31000"});
}

TEST_CASE("one that shouts a hundred times a second gets four announcements a second, not a hundred") {
    Story router = serving(kQuiet);
    (void)announcements(router, 30s);
    std::size_t count = 0;
    for (Duration now = 30s; now < 40s; now += 10ms) {
        while (router.deadline() < now) count += router.wake_in_time() == Actions{kAnnounce} ? 1 : 0;
        const Actions actions = router.at(now, heard(1));
        REQUIRE(actions.front() == Action{send(100)});
        count += actions.size() - 1;
    }
    CHECK(count == 40);  // at 0, 20, 100 and 500 ms of each second, for then the burst begins again
}

TEST_CASE("contention within the first second adds nothing: enough is still to come") {
    Story router = serving(kQuiet);
    CHECK(router.at(10ms, Contention{}) == kNothing);
    (void)router.at(500ms, TimerExpired{});
    CHECK(router.at(999'999'999ns, Contention{}) == kNothing);
    CHECK(router.deadline() == 1s);
    CHECK(router.at(1s, Contention{}) == Actions{kAnnounce});
    CHECK(router.state() == "active adver=40950 last=0 renew=1000 announce=1020");
}

TEST_CASE("an address that was put back is announced at once, however young the burst is") {
    Story router = serving(kQuiet);
    CHECK(router.at(10ms, AddressesRestored{}) == Actions{kAnnounce});
    CHECK(router.at(15ms, AddressesRestored{}) == Actions{kAnnounce});
    CHECK(announcements(router, 1s) == std::vector<std::string>{"35", "115", "515"});
}

TEST_CASE("an Active that hears priority 0 has no contention to fear") {
    Story router = serving(kQuiet);
    (void)announcements(router, 30s);
    CHECK(router.at(30s, heard(0)) == Actions{send(100)});
    CHECK(announcements(router, 31s).empty());
}
