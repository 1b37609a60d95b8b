// SPDX-License-Identifier: GPL-2.0-or-later
// unicast_peers: advertisements go to each peer, and are taken from nobody else.
#include <algorithm>

#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;
using vrrp::Discard;

namespace {

node::RouterConfiguration unicast4(int priority, std::vector<vrrp::IpAddress> peers) {
    node::RouterConfiguration router = router4(priority);
    router.unicast_peers = std::move(peers);
    return router;
}

Advert from_peer(const char* source) {
    Advert advert;
    advert.priority = 150;
    advert.source = ip(source);
    advert.destination = ip("192.0.2.1");
    return advert;
}

}  // namespace

TEST_CASE("each peer gets its own datagram, and the group gets nothing") {
    Listening story{of({unicast4(100, {ip("192.0.2.7"), ip("192.0.2.8")})})};
    const Lines lines = story.run_to(4s);
    CHECK(only(lines, "advert") ==
          at("3609.375", {"#0 2: datagram advert 51 100 every 1000 ms, 192.0.2.1 > 192.0.2.7, 192.0.2.100",
                          "#0 2: datagram advert 51 100 every 1000 ms, 192.0.2.1 > 192.0.2.8, 192.0.2.100"}));
    CHECK(only(lines, "224.0.0.18") == Lines{});
    CHECK(story.router().counters.advertisements_sent == 1);
    story.a.handle(node::Shutdown{});
    const Lines goodbye = told(story.a);
    CHECK(only(goodbye, "advert 51 0").size() == 2);
    CHECK(only(goodbye, "224.0.0.18") == Lines{});
}

TEST_CASE("what is asked for is the datagram's payload alone") {
    Listening story{of({unicast4(100, {ip("192.0.2.7")})})};
    story.world.run_to(4s);
    const auto& log = story.a.log();
    const auto datagram = std::ranges::find_if(log, [](const Performed& performed) {
        return std::holds_alternative<node::SendDatagram>(performed.action);
    });
    REQUIRE(datagram != log.end());
    CHECK(std::get<node::SendDatagram>(datagram->action) ==
          node::SendDatagram{kEth0, node::RouterId{0}, ip("192.0.2.1"), ip("192.0.2.7"),
                             hex("31 33 64 01 0064 a802 c0000264")});
}

TEST_CASE("a peer is heard; strangers, the group, and others' packets are not") {
    Listening story{of({unicast4(100, {ip("192.0.2.7")})})};
    story.hear(from_peer("192.0.2.7").frame());
    CHECK(story.router().counters.advertisements_received == 1);
    CHECK(story.router().active->address == ip("192.0.2.7"));

    story.hear(from_peer("192.0.2.8").frame());
    CHECK(story.router().counters.discards[Discard::stranger] == 1);
    Advert multicast = from_peer("192.0.2.7");
    multicast.destination.reset();
    story.hear(multicast.frame());
    CHECK(story.router().counters.discards[Discard::destination] == 1);
    Advert elsewhere = from_peer("192.0.2.7");
    elsewhere.destination = ip("192.0.2.9");
    story.hear(elsewhere.frame());
    CHECK(story.router().counters.discards[Discard::destination] == 2);
    Advert own = from_peer("192.0.2.1");
    story.hear(own.frame());
    CHECK(story.router().counters.discards[Discard::own] == 1);
    CHECK(story.router().counters.advertisements_received == 1);
}

TEST_CASE("without unicast_peers a datagram to this host is refused") {
    Listening story;
    story.hear(from_peer("192.0.2.7").frame());
    CHECK(story.router().counters.discards[Discard::destination] == 1);
    CHECK(story.router().counters.advertisements_received == 0);
}

TEST_CASE("the hop limit counts for unicast as well") {
    Listening story{of({unicast4(100, {ip("192.0.2.7")})})};
    Advert far = from_peer("192.0.2.7");
    far.hop_limit = 254;
    story.hear(far.frame());
    CHECK(story.router().counters.discards[Discard::hop_limit] == 1);
}

TEST_CASE("two hosts fail over by unicast") {
    Pair story;
    story.a.start(of({unicast4(200, {ip("192.0.2.2")})}));
    story.b.start(of({unicast4(100, {ip("192.0.2.1")})}));
    story.world.run_to(10s);
    CHECK(story.owners() == Lines{"a"});
    told(story.b);
    story.a.handle(node::Shutdown{});
    story.world.run_to(11s);
    CHECK(story.owners() == Lines{"b"});
    CHECK(only(told(story.b), "became_active") ==
          Lines{"10609.375 tell vip became_active priority=100 cause=the Active router is silent"});
}

TEST_CASE("IPv6 unicast between link-local addresses") {
    node::RouterConfiguration one = router6(200);
    one.unicast_peers = {ip("fe80::2")};
    node::RouterConfiguration other = router6(100);
    other.unicast_peers = {ip("fe80::1")};
    Pair story;
    story.a.start(of({one}));
    story.b.start(of({other}));
    story.world.run_to(10s);
    CHECK(story.world.owners(story.lan, ip("2001:db8::100")) == Lines{"a"});
    CHECK(only(told(story.a), "datagram").at(0) ==
          "3218.75 #0 2: datagram advert 51 200 every 1000 ms, fe80::1 > fe80::2, fe80::100, 2001:db8::100");
}

TEST_CASE("a send failure of a datagram is told") {
    Pair story;
    story.a.start(of({unicast4(200, {ip("192.0.2.2")})}));
    story.b.start(of({unicast4(100, {ip("192.0.2.1")})}));
    story.world.run_to(5s);
    told(story.a);
    story.a.faults.send = netlink::Error{1, "refused by a filter"};
    story.world.run_to(6s);
    CHECK(only(told(story.a), "send_failed").at(0) ==
          "5218.75 tell vip send_failed error=refused by a filter");
}
