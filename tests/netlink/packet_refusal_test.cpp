// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/packet_refusal.hpp"

#include "tests/catch.hpp"
#include "tests/netlink/filtered_host.hpp"

namespace highbase::test {
namespace {

using Catch::Matchers::Contains;
using Host = FilteredHost;

}  // namespace

TEST_CASE("packets to refused addresses are dropped, others and Neighbor Discovery are not", "[refusal]") {
    Host host;
    REQUIRE(host.answers("192.0.2.100"));
    REQUIRE(host.answers("2001:db8::100"));
    REQUIRE(host.kernel->refuse_packets_to({ip("192.0.2.100"), ip("2001:db8::100")}));
    CHECK_FALSE(host.answers("192.0.2.100"));
    CHECK_FALSE(host.answers("2001:db8::100"));
    CHECK(host.answers("192.0.2.1"));
    CHECK(host.answers("2001:db8::1"));

    // ARP and multicast Neighbor Solicitations, then the unicast ones with which a neighbour is checked
    // again.
    host.peer.run("ip neighbour flush dev far0");
    host.answers("192.0.2.100");
    host.answers("2001:db8::100");
    CHECK_THAT(host.peer.run("ip neighbour show 192.0.2.100"), Contains("lladdr 02:00:00:00:00:01"));
    CHECK_THAT(host.peer.run("ip neighbour show 2001:db8::100"), Contains("lladdr 02:00:00:00:00:01"));
    host.peer.run("ip neighbour change 2001:db8::100 lladdr 02:00:00:00:00:01 dev far0 nud probe");
    CHECK_THAT(
        host.peer.run("for i in $(seq 50); do ip neighbour show 2001:db8::100 | grep -q REACHABLE && break; "
                      "sleep 0.1; done; ip neighbour show 2001:db8::100"),
        Contains("REACHABLE"));

    REQUIRE(host.kernel->refuse_packets_to({}));
    CHECK(host.answers("192.0.2.100"));
    CHECK(host.answers("2001:db8::100"));
    CHECK(host.rules().empty());
}

TEST_CASE("what a run that was killed has left is replaced, and other tables are left alone", "[refusal]") {
    Host host;
    host.here.run("nft add table inet theirs");
    host.here.run(
        "nft 'table inet highbase_accept { chain input { type filter hook input priority 0; "
        "ip daddr 192.0.2.1 drop; }; chain stale { }; }'");
    REQUIRE_FALSE(host.answers("192.0.2.1"));
    REQUIRE(host.kernel->refuse_packets_to({ip("192.0.2.100")}));
    CHECK(host.answers("192.0.2.1"));
    CHECK_FALSE(host.answers("192.0.2.100"));
    CHECK_THAT(host.rules(), !Contains("stale"));
    REQUIRE(host.kernel->refuse_packets_to({}));
    CHECK(host.rules() == "table inet theirs {\n}\n");
}

TEST_CASE("as many addresses as a virtual router may have are refused", "[refusal]") {
    Host host;
    std::vector<vrrp::IpAddress> addresses;
    for (int i = 1; i <= 255; ++i)
        addresses.push_back(vrrp::IpAddress::v4(198, 51, 100, static_cast<std::uint8_t>(i)));
    REQUIRE(host.kernel->refuse_packets_to(addresses));
    CHECK_THAT(host.rules(), Contains("198.51.100.255"));
}

TEST_CASE("a server that must not be reached resets at once who tries, and who is connected", "[refusal]") {
    Host host;
    const std::string address = GENERATE("192.0.2.9", "2001:db8::9");
    const vrrp::Endpoint server{ip(address), 3306};
    const netlink::Descriptor listening = listen_on(host.peer, server);
    const Connection before{server};
    REQUIRE(before.error() == 0);

    REQUIRE(host.kernel->refuse_connections_to({server}));
    CHECK(before.error_of_use() == ECONNRESET);
    CHECK(Connection{server}.error() == ECONNREFUSED);
    CHECK(host.answers(address));
    const vrrp::Endpoint other{server.address, 3307};
    const netlink::Descriptor listening_too = listen_on(host.peer, other);
    CHECK(Connection{other}.error() == 0);

    REQUIRE(host.kernel->refuse_connections_to({}));
    CHECK(Connection{server}.error() == 0);
    CHECK(host.rules().empty());
}

}  // namespace highbase::test
