// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses that the kernel lets nobody serve longer than the daemon lives.
#include <cerrno>

#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

const std::string kLease = "#0 lease of 192.0.2.100 for 2500000 us";
const std::string kEnd = "#0 end of the lease of 192.0.2.100, refused for 3000000 us";
const std::string kGuard = "guard 192.0.2.100";

node::RouterConfiguration leased(int priority = 100) {
    node::RouterConfiguration router = router4(priority);
    router.lease = {};
    return router;
}

struct Leased : Serving {
    Leased() : Serving{of({leased()})} {}
    [[nodiscard]] bool serves() const { return a.kernel.serves(kVip); }
};

}  // namespace

TEST_CASE("a lease is as long as others wait, less a margin, and may be of another length or off") {
    node::RouterConfiguration router = leased();
    CHECK(router.lease_length() == 2500ms);
    router.parameters.advertisement_interval = vrrp::Centiseconds{1};
    CHECK(router.lease_length() == 25ms);
    router.lease = {node::Lease::Kind::fixed, 21ms};
    CHECK(router.lease_length() == 21ms);
    router.parameters.priority = vrrp::kPriorityOwner;
    CHECK(router.lease_length() == std::nullopt);
    router.parameters.priority = vrrp::Priority{254};
    router.lease = {node::Lease::Kind::off, 21ms};
    CHECK(router.lease_length() == std::nullopt);
}

TEST_CASE("the addresses are guarded from the start, and leased before they are put") {
    Alone story;
    story.a.start(of({leased()}));
    story.world.say(story.lan, small_talk());
    CHECK(only(told(story.a), "guard") == Lines{"0 " + kGuard});
    const Lines lines = story.run_to(3700ms);
    CHECK(only(lines, "3609.375 #0") == at("3609.375", {kAdvert, kLease, kPut, kRequest, kReply}));
}

TEST_CASE("each advertisement renews the lease, before it goes out") {
    Leased story;
    const Lines lines = story.run_to(3500ms);
    CHECK(only(lines, "lease of").size() == 3);
    for (const char* time : {"4609.375 ", "5609.375 ", "6609.375 "}) {
        const Lines now = only(lines, time);
        const auto renewal = std::ranges::find(now, time + kLease);
        CHECK(renewal != now.end());
        CHECK(std::ranges::find(renewal, now.end(), time + kAdvert) != now.end());
    }
    CHECK(story.serves());
}

TEST_CASE("a daemon that is stopped or killed falls silent before another serves") {
    Pair story;
    story.a.start(of({leased(200)}));
    story.b.start(of({leased(100)}));
    story.world.say(story.lan, small_talk());
    story.world.run_to(10s);
    REQUIRE(story.a.kernel.serves(kVip));
    const bool killed = GENERATE(true, false);
    CAPTURE(killed);
    killed ? story.a.crash() : story.a.pause();
    bool both = false;
    bool never = true;
    for (int step = 0; step < 5000; ++step) {
        story.world.run_for(1ms);
        both = both || (story.a.kernel.serves(kVip) && story.b.kernel.serves(kVip));
        never = never && !story.b.kernel.serves(kVip);
    }
    CHECK_FALSE(both);
    CHECK_FALSE(never);
    CHECK_FALSE(story.a.kernel.serves(kVip));
}

TEST_CASE("whoever releases the addresses ends the lease first") {
    Leased story;
    const Lines lines = story.handle(node::Resign{"vip", 10s});
    const auto end = std::ranges::find_if(lines, [](const auto& line) { return line.ends_with(kEnd); });
    REQUIRE(end != lines.end());
    CHECK(only(Lines{end, lines.end()}, kDelete).size() == 1);
    CHECK(only(story.run_for(1s), "lease") == Lines{});
    CHECK(story.a.kernel.resets(kVip));
}

TEST_CASE("a guard that somebody has removed is put back at once") {
    Leased story;
    story.a.kernel.flush_packet_filter();
    const Lines lines = story.run_for(1s);
    CHECK(only(lines, "tell").size() == 1);
    CHECK(only(lines, "tell vip guard_put_back").size() == 1);
    CHECK(only(lines, kGuard).size() == 1);
    CHECK(story.a.kernel.leased() == std::vector{kVip});
    CHECK(story.serves());
}

TEST_CASE("one that is removed again and again belongs to somebody else: the addresses are given up") {
    node::RouterConfiguration router = leased();
    router.parameters.advertisement_interval = vrrp::Centiseconds{1};
    Serving story{of({router})};
    for (int i = 0; i < 11; ++i) {
        CHECK(story.a.has_address(kVip));
        story.a.kernel.flush_packet_filter();
        story.world.run_for(20ms);
    }
    const Lines lines = told(story.a);
    CHECK(only(lines, "guard_put_back").size() == 11);  // once more when it lets go: nothing is left open
    CHECK(only(lines, "tell vip lease_failed").size() == 1);
    CHECK(only(lines, "tell vip became_backup cause=no lease").size() == 1);
    CHECK_FALSE(story.a.has_address(kVip));
}

TEST_CASE("who gets no lease does not serve") {
    Alone story;
    story.a.faults.lease = netlink::Error{EPERM, "not permitted"};
    story.a.start(of({leased()}));
    story.world.say(story.lan, small_talk());
    const Lines lines = story.run_to(4s);
    CHECK(only(lines, "tell vip lease_failed error=not permitted").size() == 1);
    CHECK(only(lines, "tell vip became_backup cause=no lease").size() == 1);
    CHECK_FALSE(story.a.has_address(kVip));
}

TEST_CASE("nor who cannot guard, and it is tried again") {
    Alone story;
    story.a.faults.guard = netlink::Error{EOPNOTSUPP, "no fib"};
    story.a.start(of({leased()}));
    story.world.say(story.lan, small_talk());
    const Lines lines = story.run_to(4s);
    CHECK(only(lines, "tell guard_failed error=no fib").size() == 5);
    CHECK(only(lines, "tell vip became_backup cause=no lease").size() == 1);
    CHECK_FALSE(story.a.has_address(kVip));
    story.a.faults.guard.reset();
    story.run_to(20s);
    CHECK(story.a.kernel.serves(kVip));
}

TEST_CASE("a guard that fails under an Active makes it let go") {
    Leased story;
    story.a.faults.guard = netlink::Error{EPERM, "not permitted"};
    story.a.kernel.flush_packet_filter();
    const Lines lines = story.run_for(1s);
    CHECK(only(lines, "tell guard_failed").size() == 1);
    CHECK(only(lines, "tell vip became_backup cause=no guard").size() == 1);
    CHECK_FALSE(story.a.has_address(kVip));
}

TEST_CASE("the guard follows the file, and goes with the daemon") {
    Leased story;
    node::RouterConfiguration more = leased();
    more.addresses.push_back(prefix("192.0.2.101/24"));
    story.handle(node::ConfigurationChanged{of({more})});
    const std::vector both{kVip, ip("192.0.2.101")};
    CHECK(story.a.kernel.leased() == both);
    SECTION("without a lease it is not guarded") {
        more.lease.kind = node::Lease::Kind::off;
        CHECK(only(story.handle(node::ConfigurationChanged{of({more})}), "guard").size() == 1);
        CHECK(story.a.kernel.leased().empty());
        CHECK(story.serves());
        CHECK(only(story.run_for(5s), "lease") == Lines{});
    }
    SECTION("and with one again") {
        more.lease.kind = node::Lease::Kind::off;
        story.handle(node::ConfigurationChanged{of({more})});
        more.lease = {};
        story.handle(node::ConfigurationChanged{of({more})});
        CHECK(story.a.kernel.leased() == both);
    }
    SECTION("nothing is left of it") {
        const Lines lines = story.handle(node::Shutdown{});
        CHECK(lines.back().ends_with("guard nothing"));
        CHECK(story.a.kernel.leased().empty());
    }
}
