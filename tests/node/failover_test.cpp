// SPDX-License-Identifier: GPL-2.0-or-later
// Two hosts, and what may happen to one of them. At every instant at most one owns the address, but where the
// network is cut in two.
#include <cerrno>

#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

// Both started at 0; `a`, with priority 200, became Active at 3218.75.
struct Elected : Pair {
    explicit Elected(vrrp::Duration latency = 0s) : Pair{latency} {
        a.start(of({router4(200)}));
        b.start(of({router4(100)}));
        world.run_to(3500ms);
        CHECK(owners() == Lines{"a"});
        told(a);
        told(b);
    }
};

node::RouterConfiguration paced(int priority, vrrp::Centiseconds interval) {
    node::RouterConfiguration router = router4(priority);
    router.parameters.advertisement_interval = interval;
    return router;
}

// The time from the last advertisement of a host that dies to the takeover of the other one.
vrrp::Duration takeover_after_death(int priority_of_backup, vrrp::Centiseconds interval) {
    Pair story;
    story.a.start(of({paced(255, interval)}));
    story.b.start(of({paced(priority_of_backup, interval)}));
    const vrrp::Duration death = 10 * interval;
    story.world.run_to(death);  // its advertisement of this instant is heard
    story.a.power_off();
    story.world.run_to(death + 5 * interval);
    CHECK(story.owners() == Lines{"b"});
    const auto& log = story.b.log();
    const auto put = std::find_if(log.begin(), log.end(), [](const Performed& performed) {
        return std::holds_alternative<node::PutAddresses>(performed.action);
    });
    REQUIRE(put != log.end());
    return put->at - (kBeginning + death);
}

}  // namespace

TEST_CASE("the higher priority is elected when both start together", "[rfc9568-6.4.2-active-down:positive]") {
    Pair story;
    story.a.start(of({router4(200)}));
    story.b.start(of({router4(100)}));
    story.world.run_to(20s);
    CHECK(only(told(story.a), "became") ==
          Lines{"0 tell vip became_backup cause=started",
                "3218.75 tell vip became_active priority=200 cause=the Active router is silent"});
    CHECK(only(told(story.b), "tell vip") ==
          Lines{"0 tell vip became_backup cause=started",
                "3218.75 tell vip active_router_changed source=192.0.2.1 priority=200 interval=1000 ms"});
    CHECK(story.owners() == Lines{"a"});
}

TEST_CASE("after the death of the Active its Backup waits Active_Down_Interval exactly",
          "[rfc9568-6.1-active-down-interval:positive]") {
    using vrrp::Centiseconds;
    CHECK(takeover_after_death(100, Centiseconds{1}) == 36'093'750ns);
    CHECK(takeover_after_death(254, Centiseconds{1}) == 30'078'125ns);
    CHECK(takeover_after_death(100, Centiseconds{10}) == 360'937'500ns);
    CHECK(takeover_after_death(254, Centiseconds{10}) == 300'781'250ns);
    CHECK(takeover_after_death(100, Centiseconds{100}) == 3'609'375'000ns);
    CHECK(takeover_after_death(254, Centiseconds{100}) == 3'007'812'500ns);
}

TEST_CASE("the way through the network counts once") {
    Elected story{2ms};
    // a's advertisement of 8220.75 arrives at 8222.75, and is its last.
    story.world.run_to(9s);
    story.a.power_off();
    story.world.run_to(20s);
    CHECK(only(told(story.b), "became_active") ==
          Lines{"11832.125 tell vip became_active priority=100 cause=the Active router is silent"});
}

TEST_CASE("an orderly end: the addresses go before the successor is told, who waits Skew_Time",
          "[rfc9568-6.4.3-shutdown:positive]") {
    Elected story;
    story.world.run_to(5s);
    told(story.a);
    told(story.b);
    story.a.handle(node::Shutdown{});
    CHECK(told(story.a) == at("5000", {"tell node_stopping node=box", kDelete, kGoodbye, "close 2"}));
    CHECK(story.owners() == Lines{});
    story.world.run_to(5609ms);
    CHECK(story.owners() == Lines{});
    CHECK(only(told(story.b), "tell") == Lines{"5000 tell vip active_router_released source=192.0.2.1"});
    story.world.run_to(5610ms);
    CHECK(only(told(story.b), "put") == Lines{"5609.375 #0 put 192.0.2.100/24 on 2"});
    CHECK(story.owners() == Lines{"b"});
    CHECK(story.a.next_deadline() == std::nullopt);
}

TEST_CASE("a killed daemon's addresses go away by themselves, before its restart or after") {
    Elected story;
    story.world.run_to(5s);  // renewed last at 4218.75
    story.a.crash();
    story.world.run_to(7218ms);
    CHECK(story.owners() == Lines{"a"});
    // Three seconds after the last renewal, and before b takes over, 3609.375 after the last advertisement.
    story.world.run_to(7219ms);
    CHECK(story.owners() == Lines{});
    story.world.run_to(7829ms);
    CHECK(story.owners() == Lines{"b"});
    CHECK(only(told(story.b), "became_active") ==
          Lines{"7828.125 tell vip became_active priority=100 cause=the Active router is silent"});
}

TEST_CASE("a host that returns with a higher priority takes over again, unless told not to") {
    const bool preempt = GENERATE(true, false);
    Elected story;
    story.world.run_to(10s);
    story.a.crash();
    story.world.run_to(20s);
    CHECK(story.owners() == Lines{"b"});
    told(story.a);
    node::RouterConfiguration router = router4(200);
    router.parameters.preempt_mode = preempt;
    story.a.start(of({router}));
    story.world.run_to(60s);
    const Lines lines = only(told(story.a), "became_active");
    if (preempt) {
        // b's advertisement at 20828.125 was its first sign of life.
        CHECK(lines ==
              Lines{"24046.875 tell vip became_active priority=200 cause=the Active router is silent"});
        CHECK(story.owners() == Lines{"a"});
    } else {
        CHECK(lines == Lines{});
        CHECK(story.owners() == Lines{"b"});
    }
}

TEST_CASE("preempt_delay: an inferior Active is left alone for that long after the start") {
    Elected story;
    story.world.run_to(10s);
    story.a.crash();
    story.world.run_to(20s);
    told(story.a);
    node::RouterConfiguration router = router4(200);
    router.parameters.preempt_delay = 30s;
    story.a.start(of({router}));
    story.world.run_to(60s);
    // The last advertisement that counts comes before 50 s, at 49828.125; then 3218.75 of what is no silence
    // to others.
    CHECK(only(told(story.a), "became_active") ==
          Lines{"53046.875 tell vip became_active priority=200 cause=the Active router is silent"});
    CHECK(story.owners() == Lines{"a"});
}

TEST_CASE("the Active that is preempted releases before it is silent") {
    Elected story;
    story.world.run_to(10s);
    story.a.crash();
    story.world.run_to(20s);
    story.a.start(of({router4(200)}));
    story.world.run_to(24s);
    told(story.b);
    story.world.run_to(25s);
    CHECK(told(story.b) ==
          at("24046.875", {"tell vip active_router_changed source=192.0.2.1 priority=200 interval=1000 ms",
                           "#0 delete 192.0.2.100/24 on 2",
                           "tell vip became_backup cause=advertisement of 192.0.2.1, priority 200"}));
}

TEST_CASE("equal priorities: when both are Active the greater address stays",
          "[rfc9568-6.4.3-tie-break:positive]") {
    Pair story{1ms};
    story.a.start(of({router4(100)}));
    story.b.start(of({router4(100)}));
    story.world.run_to(60s);
    CHECK(story.owners() == Lines{"b"});
    CHECK(only(told(story.a), "became") ==
          Lines{"0 tell vip became_backup cause=started",
                "3610.375 tell vip became_active priority=100 cause=the Active router is silent",
                "3611.375 tell vip became_backup cause=advertisement of 192.0.2.2, priority 100"});
    CHECK(only(told(story.b), "became") ==
          Lines{"0 tell vip became_backup cause=started",
                "3610.375 tell vip became_active priority=100 cause=the Active router is silent"});
}

TEST_CASE("the cable of the Active: it lets go at once, and comes back by itself") {
    Elected story;
    story.world.run_to(5s);
    told(story.a);
    story.a.kernel.set_running(story.a0, false);
    story.a.notice_kernel();
    CHECK(told(story.a) == at("5000", {"close 2", kDelete, "tell vip became_initialize reason=link_down"}));
    CHECK(story.owners() == Lines{});
    story.world.run_to(8s);
    CHECK(story.owners() == Lines{"b"});  // 3609.375 after 4218.75
    told(story.a);

    story.a.kernel.set_running(story.a0, true);
    story.a.notice_kernel();
    CHECK(told(story.a) == at("8000", {"open eth0", "tell vip became_backup cause=started"}));
    story.world.run_to(20s);
    CHECK(story.owners() == Lines{"a"});
    // It heard b's announcement of 8328.125 first, and waited 3218.75 from there.
    CHECK(only(told(story.a), "became_active") ==
          Lines{"11546.875 tell vip became_active priority=200 cause=the Active router is silent"});
}

TEST_CASE("one way only: the deaf Backup takes over, both see the conflict, and one frame ends it") {
    Elected story;
    story.world.run_to(5s);
    told(story.a);
    told(story.b);
    story.lan.cut(story.a, story.b);
    story.world.run_to(8s);
    CHECK(story.owners() == Lines{"a", "b"});
    const Lines of_a = told(story.a);
    // It answers each inferior advertisement at once, and announces again.
    CHECK(only(of_a, "7828.125") ==
          at("7828.125",
             {"tell vip active_router_changed source=192.0.2.2 priority=100 interval=1000 ms",
              "#0 2: advert 51 200 every 1000 ms, 192.0.2.1 > 224.0.0.18, 192.0.2.100, mac 02:00:00:00:00:0a",
              kRequest, kReply, "tell vip address_conflict address=192.0.2.100 mac=02:00:00:00:00:0b",
              "tell vip address_conflict address=192.0.2.100 mac=02:00:00:00:00:0b"}));
    CHECK(story.a.snapshot().routers.at(0).counters.address_conflicts > 0);

    story.lan.mend();
    told(story.b);
    story.world.run_to(8219ms);  // a's next advertisement
    CHECK(story.owners() == Lines{"a"});
    CHECK(only(told(story.b), "became") ==
          Lines{"8218.75 tell vip became_backup cause=advertisement of 192.0.2.1, priority 200"});
}

TEST_CASE("the network falls in two, and heals") {
    Elected story;
    story.world.run_to(5s);
    story.lan.part(story.a, story.b);
    story.world.run_to(20s);
    CHECK(story.owners() == Lines{"a", "b"});
    told(story.a);
    told(story.b);
    story.lan.mend();
    story.world.run_to(21s);  // an advertisement of either suffices
    CHECK(story.owners() == Lines{"a"});
    CHECK(only(told(story.b), "became_backup") ==
          Lines{"20218.75 tell vip became_backup cause=advertisement of 192.0.2.1, priority 200"});
    story.world.run_to(120s);
    CHECK(only(told(story.a), "became") == Lines{});
    CHECK(only(told(story.b), "became") == Lines{});
}

TEST_CASE("two lost advertisements in a row move nothing, three do") {
    for (const int lost : {2, 3}) {
        Elected story;
        story.world.run_to(5s);
        told(story.b);
        int left = lost;
        story.lan.loses = [&](const Host& from, const Host&, vrrp::Octets frame) {
            const bool advertisement = from.name() == "a" && frame[12] == 0x08 && frame[13] == 0x00;
            return advertisement && left-- > 0;
        };
        story.world.run_to(20s);
        CHECK(only(told(story.b), "became_active").size() == (lost == 2 ? 0 : 1));
        CHECK(story.owners() == Lines{"a"});
    }
}

TEST_CASE("a service that fails on one box moves to the other, and stays there while it cannot serve") {
    Elected story;
    story.world.run_to(5s);
    told(story.a);
    story.a.handle(node::EligibilityChanged{"vip", false});
    CHECK(told(story.a) == Lines{});  // a Backup would not take over now; an Active is told to leave
    story.a.handle(node::Resign{"vip", 0s});
    CHECK(told(story.a) ==
          at("5000", {"tell vip resigned", kDelete, kGoodbye, "tell vip became_backup cause=resigned"}));
    story.world.run_to(5610ms);
    CHECK(story.owners() == Lines{"b"});
    story.world.run_to(60s);
    CHECK(story.owners() == Lines{"b"});
    CHECK_FALSE(story.a.snapshot().routers.at(0).eligible);

    story.b.power_off();
    story.world.run_to(70s);
    CHECK(story.owners() == Lines{});  // not even then
    story.a.handle(node::EligibilityChanged{"vip", true});
    story.world.run_to(80s);
    CHECK(story.owners() == Lines{"a"});
}

TEST_CASE("resign holds still for its hold_down") {
    Elected story;
    story.world.run_to(5s);
    story.a.handle(node::Resign{"vip", 60s});
    told(story.a);
    CHECK(story.a.snapshot().routers.at(0).held_down == 60s);
    story.b.power_off();
    story.world.run_to(64'999ms);
    CHECK(told(story.a) == Lines{});
    story.world.run_to(65s);
    CHECK(only(told(story.a), "became_active") ==
          Lines{"65000 tell vip became_active priority=200 cause=the Active router is silent"});
    // A Backup that is told to resign has nothing to give up, and says so to nobody.
    Elected other;
    other.b.handle(node::Resign{"vip", 60s});
    CHECK(told(other.b) == Lines{});
}
