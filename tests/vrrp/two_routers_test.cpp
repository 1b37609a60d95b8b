// SPDX-License-Identifier: GPL-2.0-or-later
// Whole routers against each other on a simulated link: latency 100 us, wake-ups 50 us late, frames lost as
// told. Host 0 has priority 200, host 1 priority 100; interval 1 s.
#include <rapidcheck.h>

#include "tests/vrrp/lan.hpp"
#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

using Hosts = std::vector<std::size_t>;

std::vector<std::vector<Parameters>> two(Centiseconds interval = Centiseconds{100}) {
    return {{{.priority = Priority{200}, .advertisement_interval = interval}},
            {{.priority = Priority{100}, .advertisement_interval = interval}}};
}

// Both started at 0: host 0 is Active.
void settle(Lan& lan) {
    lan.start(0);
    lan.start(1);
    lan.run_until(kStart + 10s);
    REQUIRE(lan.actives() == Hosts{0});
    (void)lan.longest_gap();
}

}  // namespace

TEST_CASE("of two routers that start together the superior becomes Active") {
    Lan lan{two()};
    lan.start(0);
    lan.start(1);
    lan.run_until(kStart + 3'218'750us);
    CHECK(lan.actives().empty());
    lan.run_until(kStart + 3'219ms);
    CHECK(lan.actives() == Hosts{0});
    lan.run_until(kStart + 60s);
    CHECK(lan.actives() == Hosts{0});
    CHECK(lan.broken() == "");
}

TEST_CASE("a superior router that comes later preempts") {
    Lan lan{two()};
    lan.start(1);
    lan.run_until(kStart + 20s);
    CHECK(lan.actives() == Hosts{1});
    (void)lan.longest_gap();
    lan.start(0);
    lan.run_until(kStart + 30s);
    CHECK(lan.actives() == Hosts{0});
    CHECK(lan.longest_gap() == 0ns);  // the old one goes when it hears the new one
    CHECK(lan.broken() == "");
}

TEST_CASE("a superior router without Preempt_Mode does not") {
    Lan lan{{{{.priority = Priority{200}, .preempt_mode = false}}, {with_priority(100)}}};
    lan.start(1);
    lan.run_until(kStart + 20s);
    lan.start(0);
    lan.run_until(kStart + 60s);
    CHECK(lan.actives() == Hosts{1});
}

TEST_CASE("nobody serves for as long as the timers say, and no longer") {
    const auto outage = [](Centiseconds interval, auto what) {
        Lan lan{two(interval)};
        settle(lan);
        // Just after an advertisement: the longest that a death can take.
        const Duration beat = lan.router(0).next_deadline().value() - lan.now();
        lan.run_until(lan.now() + beat + 60us);
        const TimePoint begin = lan.now();
        what(lan);
        while (lan.actives().empty()) lan.run_until(lan.now() + 10us);
        CHECK(lan.actives() == Hosts{1});
        return lan.now() - begin;
    };
    const auto death = [](Lan& lan) { lan.pause(0); };
    const auto stop = [](Lan& lan) { lan.give(0, 0, Shutdown{}); };
    // Active_Down_Interval, counted from the last advertisement 10 us ago; 100 us latency, 50 us lateness.
    CHECK(outage(Centiseconds{100}, death) == 3'609'520us);
    CHECK(outage(Centiseconds{10}, death) == 361'080us);
    CHECK(outage(Centiseconds{1}, death) == 36'240us);
    // Skew_Time, latency and lateness.
    CHECK(outage(Centiseconds{100}, stop) == 609'530us);
    CHECK(outage(Centiseconds{10}, stop) == 61'090us);
    CHECK(outage(Centiseconds{1}, stop) == 6'250us);
}

TEST_CASE("an Active that was paused finds that it was replaced, and lets go before anything else") {
    Lan lan{two()};
    settle(lan);
    lan.pause(0);
    lan.run_until(kStart + 20s);
    CHECK(lan.actives() == Hosts{1});
    lan.resume(0);
    lan.run_until(kStart + 20s + 1us);
    CHECK(lan.actives() == Hosts{1});
    lan.run_until(kStart + 40s);
    CHECK(lan.actives() == Hosts{0});  // it is superior, and preempts again
    CHECK(lan.broken() == "");
}

TEST_CASE("a paused Backup does not take over from an Active that it could not hear") {
    Lan lan{two()};
    settle(lan);
    lan.pause(1);
    lan.run_until(kStart + 20s);
    lan.resume(1);
    lan.run_until(kStart + 60s);
    CHECK(lan.actives() == Hosts{0});
    CHECK(lan.longest_gap() == 0ns);
    CHECK(lan.router(1).state().index() == 1);
    CHECK(lan.broken() == "");
}

TEST_CASE("a link that carries one way only makes two Actives, until it is whole again") {
    bool deaf = false;
    Lan lan{two(), [&](TimePoint, const Lan::Frame& frame) { return deaf && frame.to == 1; }};
    settle(lan);
    deaf = true;
    lan.run_until(kStart + 20s);
    CHECK(lan.actives() == Hosts{0, 1});
    deaf = false;
    lan.run_until(kStart + 21s + 1ms);
    CHECK(lan.actives() == Hosts{0});
    CHECK(lan.broken() == "");
}

TEST_CASE("a router that resigned stays away for its hold-down, though it is superior") {
    Lan lan{two()};
    settle(lan);
    lan.give(0, 0, Resign{30s});
    lan.run_until(kStart + 39s);
    CHECK(lan.actives() == Hosts{1});
    lan.run_until(kStart + 45s);
    CHECK(lan.actives() == Hosts{0});
    CHECK(lan.broken() == "");
}

TEST_CASE("a sync group moves as one when one of its paths fails") {
    bool cut = false;
    Lan lan{{{with_priority(200), with_priority(200)}, {with_priority(100), with_priority(100)}},
            [&](TimePoint, const Lan::Frame& frame) { return cut && frame.member == 1; }};
    settle(lan);
    cut = true;
    lan.run_until(kStart + 60s);
    CHECK(lan.actives() == Hosts{0});  // the other path still speaks
    lan.give(0, 1, InterfaceLost{});
    lan.run_until(kStart + 70s);
    CHECK(lan.actives() == Hosts{1});
    CHECK(lan.broken() == "");
}

namespace {

// A link that loses frames and hosts that are interfered with, until `kPeace`.
constexpr TimePoint kPeace = kStart + 60s;

std::vector<std::vector<Parameters>> any_hosts() {
    const auto count = *rc::gen::inRange<std::size_t>(2, 4);
    const auto members = *rc::gen::inRange<std::size_t>(1, 3);
    std::vector<std::vector<Parameters>> hosts;
    for (std::size_t host = 0; host < count; ++host) {
        Parameters parameters;
        // Far enough from each other for the latency at 10 ms (RFC 9568 8.3.2), and the same within a group.
        parameters.priority = Priority{static_cast<std::uint8_t>(*rc::gen::inRange(1, 50) + 80 * host)};
        parameters.advertisement_interval =
            *rc::gen::element(Centiseconds{1}, Centiseconds{10}, Centiseconds{100});
        parameters.preempt_mode = *rc::gen::arbitrary<bool>();
        parameters.preempt_delay = *rc::gen::element<Duration>(0s, 5s);
        hosts.emplace_back(members, parameters);
    }
    return hosts;
}

void interfere(Lan& lan, std::size_t hosts) {
    const auto host = *rc::gen::inRange<std::size_t>(0, hosts);
    switch (*rc::gen::inRange(0, 8)) {
        case 0: lan.give(host, 0, Resign{*rc::gen::element<Duration>(0s, 1s, 10s)}); break;
        case 1: lan.give(host, 0, EligibilityChanged{false}); break;
        case 2: lan.give(host, 0, EligibilityChanged{true}); break;
        case 3: lan.pause(host); break;
        case 4: lan.resume(host); break;
        case 5: lan.give(host, 0, InterfaceLost{}); break;
        case 6: lan.give(host, 0, AcquisitionFailed{}); break;
        default: lan.start(host); break;
    }
}

}  // namespace

TEST_CASE("whatever was lost or done: when it ends there is soon exactly one Active, and it stays") {
    CHECK(rc::check("for any hosts", [] {
        const auto hosts = any_hosts();
        const auto losses = *rc::gen::container<std::vector<bool>>(257, rc::gen::arbitrary<bool>());
        std::size_t sent = 0;
        Lan lan{hosts, [&](TimePoint now, const Lan::Frame&) {
                    return now < kPeace && losses[++sent % losses.size()];
                }};
        for (std::size_t i = 0; i < hosts.size(); ++i) lan.start(i);
        const auto deeds = *rc::gen::inRange(0, 30);
        for (int i = 0; i < deeds; ++i) {
            lan.run_until(lan.now() + std::chrono::milliseconds{*rc::gen::inRange(0, 2000)});
            interfere(lan, hosts.size());
        }
        lan.run_until(kPeace);
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            lan.resume(i);
            lan.give(i, 0, EligibilityChanged{true});
            lan.start(i);
        }
        lan.run_until(kPeace + 30s);  // 10 s hold-down, 5 s delay, and two Active_Down_Intervals of 4 s
        const Hosts actives = lan.actives();
        RC_ASSERT(actives.size() == 1U);
        for (int i = 0; i < 100; ++i) {
            lan.run_until(lan.now() + 97ms);
            RC_ASSERT(lan.actives() == actives);
        }
        const bool preempts =
            std::ranges::all_of(hosts, [](const auto& members) { return members[0].preempt_mode; });
        if (preempts) RC_ASSERT(actives.front() == hosts.size() - 1);  // priorities rise from host to host
        RC_ASSERT(lan.broken() == "");
    }));
}
