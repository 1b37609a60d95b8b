// SPDX-License-Identifier: GPL-2.0-or-later
// What anybody may ask about a node at one instant.
#include <cerrno>

#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;
using node::InitializeReason;
using node::RouterState;

TEST_CASE("before anything is known") {
    const node::Node node{of({router4(), router6()})};
    const node::NodeSnapshot snapshot = node.snapshot(kBeginning);
    CHECK(snapshot.name == "box");
    CHECK(snapshot.now == kBeginning);
    CHECK(snapshot.kernel_resynchronisations == 0);
    CHECK(snapshot.discards == vrrp::DiscardCounters{});
    REQUIRE(snapshot.routers.size() == 2);
    const node::RouterSnapshot& router = snapshot.routers.at(0);
    CHECK(router.configuration == router4());
    CHECK(router.state == RouterState::initialize);
    CHECK(router.reason == InitializeReason::starting);
    CHECK_FALSE(router.primary_address);
    CHECK_FALSE(router.active);
    CHECK_FALSE(router.next_deadline);
    CHECK_FALSE(router.last_conflict);
    CHECK_FALSE(router.held_down);
    CHECK_FALSE(router.serving);
    CHECK_FALSE(router.waiting_for_ears);
    CHECK(router.eligible);
    CHECK(router.counters == node::RouterCounters{});
    CHECK(snapshot.routers.at(1).configuration == router6());
}

TEST_CASE("a Backup with closed ears, and with open ones") {
    Alone story;
    story.a.start(of({router4()}));
    story.run_to(700ms);
    node::RouterSnapshot router = story.router();
    CHECK(router.state == RouterState::backup);
    CHECK(router.reason == InitializeReason::none);
    CHECK(router.since == kBeginning);
    CHECK(router.waiting_for_ears);
    CHECK(router.primary_address == ip("192.0.2.1"));
    CHECK(router.service_mac == kMacA);
    CHECK(router.next_deadline == kBeginning + 30s);
    CHECK_FALSE(router.active);

    Advert advert;
    advert.priority = 150;
    story.hear(advert.frame());
    router = story.router();
    CHECK_FALSE(router.waiting_for_ears);
    CHECK(router.next_deadline == kBeginning + 4'309'375us);
    REQUIRE(router.active);
    CHECK(router.active->address == ip("192.0.2.7"));
    CHECK(router.active->priority == vrrp::Priority{150});
    CHECK(router.active->advertisement_interval == vrrp::Centiseconds{100});
    CHECK(router.active->last_heard == kBeginning + 700ms);
    CHECK_FALSE(router.active->self);
    CHECK(router.since == kBeginning);  // of the state, not of what was heard
}

TEST_CASE("an Active that has its addresses, and one that waits for them") {
    node::Node node{of({router4()})};
    (void)node.handle(kBeginning, node::KernelDumped{{{kEth0, "eth0", kMacA, 1500, true, true, {}}},
                                                     {{kEth0, prefix("192.0.2.1/24"), false}}});
    (void)node.handle(kBeginning, node::PortOpened{kEth0});
    const auto frame = small_talk();
    (void)node.handle(kBeginning, node::FrameReceived{kEth0, frame});
    const vrrp::TimePoint takeover = kBeginning + 3609'375us;
    (void)node.handle(takeover, node::TimerExpired{});
    node::RouterSnapshot router = node.snapshot(takeover + 1s).routers.at(0);
    CHECK(router.state == RouterState::active);
    CHECK_FALSE(router.serving);
    CHECK(router.since == takeover);
    REQUIRE(router.active);
    CHECK(router.active->self);
    CHECK(router.active->address == ip("192.0.2.1"));
    CHECK(router.active->priority == vrrp::Priority{100});
    CHECK(router.active->last_heard == takeover);
    CHECK(router.counters.became_active == 1);
    CHECK(router.counters.advertisements_sent == 1);
    CHECK(router.counters.announcements_sent == 0);
    CHECK(router.next_deadline == takeover + 1s);

    (void)node.handle(takeover + 1ms, node::AddressesPut{node::RouterId{0}});
    router = node.snapshot(takeover + 2ms).routers.at(0);
    CHECK(router.serving);
    CHECK(router.counters.announcements_sent == 2);
    CHECK(router.next_deadline == takeover + 21ms);
}

TEST_CASE("what a day as Active counts") {
    Serving story;
    story.run_to(10s);
    Advert inferior;
    inferior.priority = 50;
    story.hear(inferior.frame());
    story.a.handle(node::Resign{"vip", 5s});
    const node::RouterSnapshot router = story.router();
    CHECK(router.counters.advertisements_sent == 12);  // one at once, ten, one in answer
    CHECK(router.counters.advertisements_received == 1);
    CHECK(router.counters.priority_zero_sent == 1);
    CHECK(router.counters.priority_zero_received == 0);
    CHECK(router.counters.became_active == 1);
    CHECK(router.counters.announcements_sent == 2 * 8);  // seven of the burst, one in answer
    CHECK(router.counters.checksum_rfc9568_received == 1);
    CHECK(router.held_down == 5s);
    CHECK(router.state == RouterState::backup);
    CHECK(router.since == kBeginning + 13'609'375us);
    CHECK(story.a.snapshot().now == kBeginning + 13'609'375us);
}

TEST_CASE("the hold-down runs out") {
    Serving story;
    story.a.handle(node::Resign{"vip", 60s});
    story.run_to(59s);
    CHECK(story.router().held_down == 1s);
    story.a.handle(node::EligibilityChanged{"vip", false});
    CHECK_FALSE(story.router().eligible);
    story.a.handle(node::EligibilityChanged{"vip", true});
    CHECK(story.router().eligible);
    CHECK_FALSE(story.router().held_down);
}

TEST_CASE("each reason of Initialize has a word, and each state") {
    CHECK(name(RouterState::initialize) == "Initialize");
    CHECK(name(RouterState::backup) == "Backup");
    CHECK(name(RouterState::active) == "Active");
    CHECK(name(InitializeReason::none) == "none");
    CHECK(name(InitializeReason::starting) == "starting");
    CHECK(name(InitializeReason::interface_missing) == "interface_missing");
    CHECK(name(InitializeReason::not_ethernet) == "not_ethernet");
    CHECK(name(InitializeReason::link_down) == "link_down");
    CHECK(name(InitializeReason::no_address) == "no_address");
    CHECK(name(InitializeReason::port_failed) == "port_failed");
    CHECK(name(InitializeReason::macvlan_failed) == "macvlan_failed");
    CHECK(name(InitializeReason::stopped) == "stopped");
}

TEST_CASE("after the end") {
    Serving story;
    story.run_to(2s);
    story.a.handle(node::Shutdown{});
    const node::RouterSnapshot router = story.router();
    CHECK(router.state == RouterState::initialize);
    CHECK(router.reason == InitializeReason::stopped);
    CHECK(router.since == kBeginning + 5'609'375us);
    CHECK_FALSE(router.serving);
    CHECK_FALSE(router.active);
    CHECK(router.counters.priority_zero_sent == 1);
}

TEST_CASE("nothing is done after the end") {
    Serving story;
    story.a.handle(node::Shutdown{});
    told(story.a);
    const auto frame = Advert{}.frame();
    story.a.handle(node::FrameReceived{kEth0, frame});
    story.a.handle(node::TimerExpired{});
    story.a.handle(node::ConfigurationChanged{of({router6()})});
    story.a.handle(node::Shutdown{});
    story.a.kernel.set_running(kEth0, false);
    story.a.notice_kernel();
    CHECK(told(story.a) == Lines{});
    CHECK(story.a.next_deadline() == std::nullopt);
}

TEST_CASE("the end, from every state, leaves nothing behind") {
    node::RouterConfiguration closed = router4();
    closed.accept = false;
    node::RouterConfiguration second = router6();
    second.mac = node::MacMode::virtual_;
    const vrrp::Duration time = GENERATE(0ms, 1ms, 3609ms, 3610ms, 10s);
    Alone story;
    story.a.start(of({closed, second}));
    story.hear(small_talk());
    story.run_to(time);
    story.a.handle(node::Shutdown{});
    CHECK_FALSE(story.a.has_address(kVip));
    CHECK_FALSE(story.a.has_address(ip("2001:db8::100")));
    CHECK(story.a.kernel.links().value().size() == 1);
    CHECK(story.a.kernel.refused().empty());
    CHECK(story.a.ports().empty());
}
