// SPDX-License-Identifier: GPL-2.0-or-later
// Whom a box serves, as the other one comes to know it.
#include "cluster/clients.hpp"

#include "tests/catch.hpp"
#include "tests/cluster/link_story.hpp"
#include "tests/cluster/link_world.hpp"

namespace highbase::cluster {
namespace {

using namespace highbase::tests;
using Clients = std::vector<vrrp::Connection>;

// Sorted.
Clients clients(std::uint16_t count, std::uint16_t first_port = 1) {
    Clients all;
    for (std::uint16_t i = 0; i < count; ++i) {
        const auto port = static_cast<std::uint16_t>(first_port + i);
        all.push_back(
            {{vrrp::IpAddress::v4(192, 0, 2, 100), 3306}, {vrrp::IpAddress::v4(192, 0, 2, 9), port}});
    }
    return all;
}

TEST_CASE("clients have their turn, as many as fit", "[peer]") {
    OwnClients own;
    CHECK(own.turn().empty());
    own.told(0);
    own.replace(clients(3));
    CHECK(own.turn() == clients(3));
    own.told(2);
    CHECK(own.turn() == Clients{clients(3)[2], clients(3)[0], clients(3)[1]});
    own.replace(clients(2));  // the one whose turn it was has gone
    CHECK(own.turn() == clients(2));
    own.replace(clients(50));
    CHECK(own.turn() == clients(32));
    own.told(32);
    CHECK(own.turn().front() == clients(50)[32]);
    CHECK(own.turn().back() == clients(50)[13]);
    own.replace({});
    CHECK(own.turn().empty());
}

TEST_CASE("who is not told again is forgotten", "[peer]") {
    PeerClients peer;
    peer.hear(MessageNumber{5}, clients(2));
    peer.hear(MessageNumber{6}, {clients(2)[1]});
    CHECK(peer.all() == clients(2));
    peer.hear(MessageNumber{132}, {});
    CHECK(peer.all() == clients(2));
    peer.hear(MessageNumber{133}, {});
    CHECK(peer.all() == Clients{clients(2)[1]});
    peer.hear(MessageNumber{134}, {});
    CHECK(peer.all().empty());
}

TEST_CASE("a peer that serves too many is remembered in part", "[peer]") {
    PeerClients peer;
    const Clients all = clients(1030);
    for (std::uint64_t i = 0; i < all.size(); ++i) peer.hear(MessageNumber{1 + i / 16}, {all[i]});
    CHECK(peer.all() == clients(1024));
    peer.hear(MessageNumber{66}, {all[0]});  // who is known may stay
    peer.hear(MessageNumber{129}, {});
    CHECK(peer.all().front() == all[0]);
    OwnClients own;
    own.replace(all);
    for (int i = 0; i < 32; ++i) own.told(32);
    CHECK(own.turn() == clients(32));
}

TEST_CASE("the other box comes to know all clients, through loss", "[peer]") {
    LinkWorld world{2, {}, 1};
    world.start(0);
    world.start(1);
    world.run(300ms);
    CHECK(world.link(1).peer_clients().empty());
    world.set_ways({.lost = 200, .doubled = 100});
    world.serve(0, clients(500));
    world.run(1700ms);  // 500 of them are 16 messages
    CHECK(world.link(1).peer_clients().size() > 400);
    world.run(4s);
    CHECK(world.link(1).peer_clients() == clients(500));
    CHECK(world.link(0).peer_clients().empty());
    world.serve(0, clients(10, 600));
    world.run(20s);
    CHECK(world.link(1).peer_clients() == clients(10, 600));
}

TEST_CASE("clients of a former life of the peer are forgotten", "[peer]") {
    LinkWorld world{1, {}, 1};
    world.start(0);
    world.start(1);
    world.run(300ms);
    world.serve(0, clients(5));
    world.run(300ms);
    CHECK(world.link(1).peer_clients() == clients(5));
    world.stop(0);
    world.run(10s);
    CHECK(world.link(1).peer_clients() == clients(5));  // what is known when it dies is what counts
    world.start(0);
    world.run(300ms);
    CHECK(world.link(1).peer_clients().empty());
}

TEST_CASE("clients alone are no reason to speak", "[peer]") {
    LinkStory story = acquainted();
    CHECK(story.at(50ms, ClientsChanged{clients(5)}) == Deeds{});
    CHECK(story.deadline() == 100ms);
}

}  // namespace
}  // namespace highbase::cluster
