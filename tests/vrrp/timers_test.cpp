// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 9568 6.1, with the values worked out by hand: (256 - P) / 256 of the interval, exact to the nanosecond.
#include "vrrp/timers.hpp"

#include <rapidcheck.h>

#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("Skew_Time at the intervals that are in use", "[rfc9568-6.1-skew-time:positive]") {
    CHECK(skew_time(Priority{100}, Centiseconds{1}) == 6'093'750ns);
    CHECK(skew_time(Priority{254}, Centiseconds{1}) == 78'125ns);
    CHECK(skew_time(Priority{100}, Centiseconds{10}) == 60'937'500ns);
    CHECK(skew_time(Priority{254}, Centiseconds{10}) == 781'250ns);
    CHECK(skew_time(Priority{100}, Centiseconds{100}) == 609'375'000ns);
    CHECK(skew_time(Priority{254}, Centiseconds{100}) == 7'812'500ns);
    CHECK(skew_time(Priority{1}, Centiseconds{100}) == 996'093'750ns);
    CHECK(skew_time(Priority{255}, Centiseconds{100}) == 3'906'250ns);
    CHECK(skew_time(Priority{100}, Centiseconds{4095}) == 24'953'906'250ns);
}

TEST_CASE("Active_Down_Interval at the intervals that are in use",
          "[rfc9568-6.1-active-down-interval:positive]") {
    CHECK(active_down_interval(Priority{100}, Centiseconds{1}) == 36'093'750ns);
    CHECK(active_down_interval(Priority{254}, Centiseconds{1}) == 30'078'125ns);
    CHECK(active_down_interval(Priority{100}, Centiseconds{10}) == 360'937'500ns);
    CHECK(active_down_interval(Priority{254}, Centiseconds{10}) == 300'781'250ns);
    CHECK(active_down_interval(Priority{100}, Centiseconds{100}) == 3'609'375'000ns);
    CHECK(active_down_interval(Priority{254}, Centiseconds{100}) == 3'007'812'500ns);
    CHECK(active_down_interval(Priority{1}, Centiseconds{4095}) ==
          163'640'039'062ns);  // half a nanosecond is lost
    CHECK(active_down_interval(Priority{254}, Centiseconds{4095}) == 123'169'921'875ns);
}

TEST_CASE("no two priorities share a skew, even at 10 ms", "[rfc9568-6.1-skew-time:negative]") {
    // In whole centiseconds all 254 of them would be 0, and all Backups would take over at once.
    CHECK(skew_time(Priority{1}, Centiseconds{1}) == 9'960'937ns);
    CHECK(skew_time(Priority{2}, Centiseconds{1}) == 9'921'875ns);
    CHECK(skew_time(Priority{253}, Centiseconds{1}) == 117'187ns);
    CHECK(skew_time(Priority{255}, Centiseconds{1}) == 39'062ns);
    CHECK(rc::check("a higher priority waits less", [] {
        const Centiseconds interval{*rc::gen::inRange(1, 4096)};
        const auto lower = static_cast<std::uint8_t>(*rc::gen::inRange(1, 255));
        const auto higher = static_cast<std::uint8_t>(lower + 1);
        RC_ASSERT(skew_time(Priority{higher}, interval) < skew_time(Priority{lower}, interval));
        RC_ASSERT(active_down_interval(Priority{higher}, interval) <
                  active_down_interval(Priority{lower}, interval));
    }));
}

TEST_CASE("a skew is more than nothing and less than an interval",
          "[rfc9568-6.1-active-down-interval:negative]") {
    CHECK(rc::check("for every priority and interval", [] {
        const Duration interval = Centiseconds{*rc::gen::inRange(1, 4096)};
        const Priority priority{static_cast<std::uint8_t>(*rc::gen::inRange(1, 256))};
        RC_ASSERT(skew_time(priority, interval) > 0ns);
        RC_ASSERT(skew_time(priority, interval) < interval);
        RC_ASSERT(active_down_interval(priority, interval) > 3 * interval);
        RC_ASSERT(active_down_interval(priority, interval) < 4 * interval);
    }));
}

TEST_CASE("a centisecond is ten milliseconds and nothing else") {
    STATIC_REQUIRE(Duration{Centiseconds{1}} == 10ms);
    STATIC_REQUIRE(Duration{Centiseconds{4095}} == 40'950ms);
    // The other way would lose something, and does not compile without a cast.
    STATIC_REQUIRE(std::is_convertible_v<Centiseconds, Duration>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<Duration, Centiseconds>);
}

TEST_CASE("timers of a longest interval fit many times over") {
    // The widest product inside: (256 - 1) * 40.95 s in nanoseconds is 10^13, and 63 bits hold 9 * 10^18.
    CHECK(skew_time(Priority{1}, Centiseconds{4095}) == 40'790'039'062ns);
}
