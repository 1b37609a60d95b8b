// SPDX-License-Identifier: GPL-2.0-or-later
// What a node leaves to be done if it dies.
#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

node::RouterConfiguration on_lease(int priority = 100) {
    node::RouterConfiguration router = router4(priority);
    router.lease = {};
    return router;
}

// In the words of the action that it would be.
std::string words(const node::Will::Frame& frame) {
    return describe(node::Action{node::SendFrame{frame.link, {}, frame.octets}});
}

}  // namespace

TEST_CASE("who is not Active leaves nothing to be done") {
    Listening story{of({on_lease()})};
    CHECK(story.a.will().empty());
    story.run_to(3600ms);
    CHECK(story.a.will().empty());
    story.run_to(3610ms);
    CHECK_FALSE(story.a.will().empty());
}

TEST_CASE("an Active leaves what it would do at its end, in that order") {
    Serving story{of({on_lease()})};
    const node::Will& will = story.a.will();
    CHECK(will.leases == std::vector{kVip});
    REQUIRE(will.frames.size() == 1);
    CHECK(words(will.frames[0]) == kGoodbye);
    CHECK(will.datagrams.empty());
    CHECK(will.served.empty());  // no database
    CHECK(will.addresses == std::vector{node::Will::Address{kEth0, prefix("192.0.2.100/24")}});
    SECTION("and nothing once it has done so") {
        story.handle(node::Shutdown{});
        CHECK(story.a.will().empty());
    }
    SECTION("or has resigned") {
        story.handle(node::Resign{"vip", 10s});
        CHECK(story.a.will().empty());
    }
    SECTION("or has lost its link") {
        story.a.kernel.set_running(story.eth0, false);
        story.notice();
        CHECK(story.a.will().empty());
    }
}

TEST_CASE("without a lease there is none to end") {
    Serving story;
    CHECK(story.a.will().leases.empty());
    CHECK(story.a.will().addresses.size() == 1);
}

TEST_CASE("unicast peers are told one by one") {
    node::RouterConfiguration router = on_lease();
    router.unicast_peers = {ip("192.0.2.7"), ip("192.0.2.8")};
    Serving story{of({router})};
    const node::Will& will = story.a.will();
    CHECK(will.frames.empty());
    REQUIRE(will.datagrams.size() == 2);
    CHECK(will.datagrams[0] == node::Will::Datagram{kEth0, ip("192.0.2.1"), ip("192.0.2.7"),
                                                    hex("31 33 00 01 0064 0c03 c0000264")});
    CHECK(will.datagrams[1].destination == ip("192.0.2.8"));
}

TEST_CASE("what is left follows the file, and the address that is sent from") {
    Serving story{of({on_lease()})};
    node::RouterConfiguration more = on_lease();
    more.addresses.push_back(prefix("192.0.2.101/24"));
    story.handle(node::ConfigurationChanged{of({more})});
    CHECK(story.a.will().leases == std::vector{kVip, ip("192.0.2.101")});
    CHECK(story.a.will().addresses.size() == 2);
    REQUIRE(story.a.kernel.delete_address(story.eth0, prefix("192.0.2.1/24")));
    REQUIRE(story.a.kernel.put_address({story.eth0, prefix("192.0.2.3/24"), std::nullopt, true}));
    story.notice();
    REQUIRE(story.a.will().frames.size() == 1);
    CHECK(words(story.a.will().frames[0]).find("192.0.2.3 > 224.0.0.18") != std::string::npos);
}

TEST_CASE("of several virtual routers only those that are Active are in it") {
    node::RouterConfiguration other = router6(90);
    other.lease = {};
    Alone story;
    story.a.start(of({on_lease(), other}));
    story.world.say(story.lan, small_talk());
    story.run_to(3610ms);  // the other one needs longer
    CHECK(story.a.will().leases == std::vector{kVip});
    story.run_to(5s);
    CHECK(story.a.will().leases == std::vector{kVip, ip("fe80::100"), ip("2001:db8::100")});
    CHECK(story.a.will().frames.size() == 2);
}

TEST_CASE("whoever dies with a sentinel is followed after Skew_Time") {
    Pair story;
    story.a.start(of({on_lease(200)}));
    story.b.start(of({on_lease(100)}));
    story.world.say(story.lan, small_talk());
    story.world.run_to(10s);
    REQUIRE(story.a.kernel.serves(kVip));
    const bool sentinel = GENERATE(true, false);
    CAPTURE(sentinel);
    story.a.crash();
    if (sentinel) story.a.carry_out_will();
    CHECK(story.a.kernel.serves(kVip) == !sentinel);
    CHECK(story.a.has_address(kVip) == !sentinel);
    story.world.run_for(700ms);  // Skew_Time is 609 ms
    CHECK(story.b.kernel.serves(kVip) == sentinel);
}
