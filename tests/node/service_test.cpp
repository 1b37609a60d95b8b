// SPDX-License-Identifier: GPL-2.0-or-later
// A virtual router with checks of the service behind it is Active only where somebody said that the service
// is up.
#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

health::CheckConfiguration check(std::uint16_t port) {
    health::CheckConfiguration check;
    check.name = "tcp-" + std::to_string(port);
    check.options = health::TcpOptions{{vrrp::IpAddress::v4(127, 0, 0, 1), port}};
    return check;
}

node::RouterConfiguration checked(int priority = 100) {
    node::RouterConfiguration router = router4(priority);
    router.checks = {check(3306)};
    return router;
}

// What the daemon says when the verdict of the checks changes.
void fail(Host& host, const std::string& router = "vip") {
    host.handle(node::EligibilityChanged{router, false});
    host.handle(node::Resign{router, 0s});
}
void recover(Host& host, const std::string& router = "vip") {
    host.handle(node::EligibilityChanged{router, true});
}

Lines reload(Alone& story, const node::RouterConfiguration& router) {
    return story.handle(node::ConfigurationChanged{of({router})});
}

const std::string kApplied = "tell configuration_applied restarted=none";

}  // namespace

TEST_CASE("a router with checks takes over on no silence before its service is up") {
    Listening story{of({checked()})};
    CHECK_FALSE(story.router().eligible);
    CHECK(story.run_to(60s) == Lines{});
    CHECK(story.router().state == node::RouterState::backup);
    recover(story.a);
    CHECK(story.run_to(60900ms) ==
          at("60000", {kAdvert, kPut, "tell vip became_active priority=100 cause=the Active router is silent",
                       kRequest, kReply, kAcquired}) +
              Lines{"60020 " + kRequest, "60020 " + kReply, "60100 " + kRequest, "60100 " + kReply,
                    "60500 " + kRequest, "60500 " + kReply});
}

TEST_CASE("an address owner with checks waits for its service too") {
    Listening story{of({checked(255)})};
    story.run_to(60s);
    CHECK(story.router().state == node::RouterState::backup);
    recover(story.a);
    story.run_to(61s);
    CHECK(story.router().state == node::RouterState::active);
}

TEST_CASE("the address is where the service is up, and nowhere when it is up nowhere") {
    Pair story;
    story.a.start(of({checked(200)}));
    story.b.start(of({checked(100)}));
    recover(story.a);
    recover(story.b);
    story.world.run_to(5s);
    CHECK(story.owners() == Lines{"a"});
    fail(story.a);
    story.world.run_to(5609ms);
    CHECK(story.owners() == Lines{});
    story.world.run_to(5610ms);  // Skew_Time of priority 100: 609.375 ms
    CHECK(story.owners() == Lines{"b"});
    fail(story.b);
    story.world.run_to(60s);
    CHECK(story.owners() == Lines{});
    recover(story.a);
    story.world.run_to(61s);
    CHECK(story.owners() == Lines{"a"});
    recover(story.b);
    fail(story.a);
    story.world.run_to(62s);
    CHECK(story.owners() == Lines{"b"});
    recover(story.a);  // preempts
    story.world.run_to(66s);
    CHECK(story.owners() == Lines{"a"});
}

TEST_CASE("the service of one member moves the whole sync group") {
    const auto group = [](int priority) {
        node::RouterConfiguration four = checked(priority);
        node::RouterConfiguration six = router6(priority);
        four.sync_group = six.sync_group = "db";
        return of({four, six});
    };
    Pair story;
    const auto owners = [&] { return story.owners() + story.world.owners(story.lan, ip("2001:db8::100")); };
    story.a.start(group(200));
    story.b.start(group(100));
    recover(story.a);
    recover(story.b);
    story.world.run_to(5s);
    CHECK(owners() == Lines{"a", "a"});
    fail(story.a);
    story.world.run_to(7s);
    CHECK(owners() == Lines{"b", "b"});
    story.world.run_to(60s);
    CHECK(owners() == Lines{"b", "b"});
    recover(story.a);
    story.world.run_to(64s);
    CHECK(owners() == Lines{"a", "a"});
}

TEST_CASE("reload: a router that gets its first check goes on until the check has spoken") {
    Serving story;
    CHECK(reload(story, checked()) == at("3609.375", {kApplied}));
    CHECK(story.router().eligible);
    CHECK(story.router().state == node::RouterState::active);
    CHECK(story.router().configuration.checks == std::vector{check(3306)});
}

TEST_CASE("reload: another check restarts nothing and changes no verdict") {
    Listening story{of({checked()})};
    story.run_to(1s);
    node::RouterConfiguration router = checked();
    router.checks = {check(3307), check(3308)};
    CHECK(reload(story, router) == at("1000", {kApplied}));
    CHECK_FALSE(story.router().eligible);
    recover(story.a);
    story.run_to(10s);
    CHECK(reload(story, checked()) == at("10000", {kApplied}));
    CHECK(story.router().eligible);
    CHECK(story.router().state == node::RouterState::active);
}

TEST_CASE("reload: without checks a router is eligible") {
    Listening story{of({checked()})};
    story.run_to(10s);
    CHECK_FALSE(story.router().eligible);
    CHECK(only(reload(story, router4()), "configuration_applied") == at("10000", {kApplied}));
    CHECK(story.router().eligible);
    story.run_to(11s);
    CHECK(story.router().state == node::RouterState::active);
}

TEST_CASE("reload: a router that must start again keeps what is known of its service") {
    for (const bool up : {false, true}) {
        Listening story{of({checked()})};
        if (up) recover(story.a);
        node::RouterConfiguration router = checked();
        router.vrid = vrrp::Vrid{52};
        CHECK(only(reload(story, router), "restarted=vip").size() == 1);
        CHECK(story.router().eligible == up);
        router.name = "another";  // of which nothing is known
        reload(story, router);
        CHECK_FALSE(story.router().eligible);
        router.name = "third";
        router.checks.clear();
        reload(story, router);
        CHECK(story.router().eligible);
    }
}
