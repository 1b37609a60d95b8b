// SPDX-License-Identifier: GPL-2.0-or-later
// Hosts that are stopped and go on: a paused virtual machine, SIGSTOP and SIGCONT, a starved box.
#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

const std::string kSilent = "tell vip became_active priority=100 cause=the Active router is silent";
const std::string kWokeLate = "tell vip became_backup cause=woke late";

}  // namespace

TEST_CASE("an Active that wakes late lets go before anything else, and listens") {
    Serving story;
    story.run_to(500ms);
    story.a.pause();
    story.run_to(3610ms);  // 0.625 ms later than its own Active_Down_Interval after its last advertisement
    CHECK(story.a.has_address(kVip) == false);  // the kernel has removed it by then
    story.a.resume();
    CHECK(told(story.a) == at("7219.375", {"tell vip late_wakeup late=0.625 ms", kDelete, kWokeLate}));
    CHECK(story.router().counters.late_wakeups == 1);
    CHECK(story.router().counters.addresses_put_back == 0);
    // One interval and Skew_Time: 1609.375 ms.
    CHECK(only(story.run_to(10s), "became") == Lines{"8828.75 " + kSilent});
}

TEST_CASE("one that wakes late, but not that late, goes on") {
    Serving story;
    story.run_to(500ms);
    story.a.pause();
    story.run_to(2500ms);  // the renewal of 1000 is late, but the address stands until 3000
    story.a.resume();
    CHECK(told(story.a) == at("6109.375", {kAdvert, kPut, kRequest, kReply}));
    // The next one comes a whole interval later.
    CHECK(only(story.run_to(3600ms), kAdvert) == Lines{"7109.375 " + kAdvert});
}

TEST_CASE("its addresses expired in its sleep, and nobody had a reason to take over: they are put back") {
    Serving story;
    story.run_to(500ms);
    story.a.pause();
    story.run_to(3500ms);  // not later than its Active_Down_Interval
    story.a.resume();
    CHECK(story.a.has_address(kVip));
    CHECK(only(told(story.a), "became") == Lines{});
    CHECK(story.router().counters.late_wakeups == 0);
}

TEST_CASE("whatever it is that wakes it, the sleeper lets go first") {
    const int first = GENERATE(0, 1, 2, 3, 4);
    Serving story;
    story.run_to(500ms);
    story.a.pause();
    story.run_to(60s);
    // What the speaker may see first, instead of its timer.
    const auto frame = small_talk();
    const auto contention =
        hex("ffffffffffff 020000000007 0806 0001 0800 06 04 0001"
            "020000000007 c0000264 000000000000 c0000264");
    const std::vector<node::Event> events{
        node::KernelChanged{{netlink::AddressRemoved{{kEth0, prefix("192.0.2.100/24"), false}}}},
        node::FrameReceived{kEth0, frame}, node::FrameReceived{kEth0, contention},
        node::ConfigurationChanged{of({router4(150)})}, node::AddressesPut{node::RouterId{0}}};
    node::RouterConfiguration with_two = router4();
    story.a.resume();  // the host's resume() looks at the kernel, the frames, and the timer
    CHECK(told(story.a).at(0).find("late_wakeup") != std::string::npos);

    // And each of them alone, on a bare node.
    node::Node node{of({router4()})};
    (void)node.handle(kBeginning, node::KernelDumped{{{kEth0, "eth0", kMacA, 1500, true, true, {}}},
                                                     {{kEth0, prefix("192.0.2.1/24"), false}}});
    (void)node.handle(kBeginning, node::PortOpened{kEth0});
    (void)node.handle(kBeginning, node::FrameReceived{kEth0, frame});
    const vrrp::TimePoint takeover = kBeginning + 3609'375us;
    (void)node.handle(takeover, node::TimerExpired{});
    (void)node.handle(takeover, node::AddressesPut{node::RouterId{0}});
    const Lines lines = describe(node.handle(takeover + 60s, events.at(static_cast<std::size_t>(first))));
    REQUIRE(lines.size() >= 3);
    CHECK(lines.at(0) == "tell vip late_wakeup late=56390.6 ms");
    CHECK(lines.at(1) == kDelete);
    CHECK(lines.at(2) == kWokeLate);
    CHECK(only(lines, "put") == Lines{});
    CHECK(only(lines, "arp") == Lines{});
    CHECK(only(lines, "advert") == Lines{});
}

TEST_CASE("all routers of a sleeper let go first") {
    node::RouterConfiguration second = router4();
    second.name = "second";
    second.vrid = vrrp::Vrid{52};
    second.addresses = {prefix("192.0.2.101/24")};
    Serving story{of({router4(), second})};
    story.run_to(500ms);
    story.a.pause();
    story.run_to(60s);
    story.a.resume();
    const Lines lines = told(story.a);
    REQUIRE(lines.size() == 6);
    CHECK(only(lines, "late_wakeup").size() == 2);
    CHECK(only(lines, "delete").size() == 2);
}

TEST_CASE("a reload is the first thing after the sleep: the addresses of before go too") {
    node::RouterConfiguration router = router4();
    router.addresses = {prefix("192.0.2.100/24"), prefix("192.0.2.101/24")};
    node::Node node{of({router})};
    (void)node.handle(kBeginning, node::KernelDumped{{{kEth0, "eth0", kMacA, 1500, true, true, {}}},
                                                     {{kEth0, prefix("192.0.2.1/24"), false}}});
    (void)node.handle(kBeginning, node::PortOpened{kEth0});
    const auto frame = small_talk();
    (void)node.handle(kBeginning, node::FrameReceived{kEth0, frame});
    const vrrp::TimePoint takeover = kBeginning + 3609'375us;
    (void)node.handle(takeover, node::TimerExpired{});
    (void)node.handle(takeover, node::AddressesPut{node::RouterId{0}});
    router.addresses = {prefix("192.0.2.100/24")};
    router.parameters.priority = vrrp::Priority{90};
    CHECK(only(describe(node.handle(takeover + 60s, node::ConfigurationChanged{of({router})})), "delete") ==
          Lines{"#0 delete 192.0.2.100/24 on 2", "#0 delete 192.0.2.101/24 on 2"});
}

TEST_CASE("two hosts: the Active sleeps, the Backup takes over, the sleeper wakes") {
    Pair story;
    story.a.start(of({router4(200)}));
    story.b.start(of({router4(100)}));
    story.world.run_to(5s);
    CHECK(story.owners() == Lines{"a"});
    told(story.a);
    story.a.pause();
    story.world.run_to(30s);
    CHECK(story.owners() == Lines{"b"});
    story.a.resume();
    CHECK(story.owners() == Lines{"b"});
    // What waited in its port are advertisements of an inferior Active, which a has yet to outwait.
    CHECK(told(story.a).at(0).find("late_wakeup") != std::string::npos);
    CHECK(only(describe(story.a.log()), "advert") == Lines{});
    story.world.run_to(60s);
    CHECK(story.owners() == Lines{"a"});
}

TEST_CASE("two hosts: the Backup sleeps, and does not take over from the Active that it did not hear") {
    Pair story;
    story.a.start(of({router4(200)}));
    story.b.start(of({router4(100)}));
    story.world.run_to(5s);
    told(story.b);
    const bool frames_wait = GENERATE(true, false);  // a stopped process, or a stopped machine
    if (!frames_wait) story.lan.cut(story.a, story.b);
    story.b.pause();
    story.world.run_to(30s);
    story.lan.mend();
    story.b.resume();
    story.world.run_to(60s);
    CHECK(only(told(story.b), "became") == Lines{});
    CHECK(story.owners() == Lines{"a"});
}

TEST_CASE("a Backup that wakes after the Active has died takes over one interval later") {
    Pair story;
    story.a.start(of({router4(200)}));
    story.b.start(of({router4(100)}));
    story.world.run_to(5s);
    story.a.power_off();
    story.b.pause();
    story.world.run_to(30s);
    told(story.b);
    story.b.resume();
    CHECK(told(story.b) == Lines{});
    story.world.run_to(60s);
    CHECK(only(told(story.b), "became") == Lines{"31609.375 " + kSilent});
}

TEST_CASE("a Backup that is late by less than an interval does not listen again") {
    Listening story;
    story.a.pause();
    story.run_to(4609ms);
    story.a.resume();
    CHECK(only(told(story.a), "became") == Lines{"4609 " + kSilent});
}
