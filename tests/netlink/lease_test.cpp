// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/lease.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <chrono>

#include "tests/catch.hpp"
#include "tests/netlink/filtered_host.hpp"

namespace highbase::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

const std::vector<vrrp::IpAddress> kVirtual{ip("192.0.2.100"), ip("2001:db8::100")};

// The peer knows the way to the address, whether or not somebody answers for it; and the host the way back,
// for which it must not ask in the address's name.
void know_the_way(const FilteredHost& host, const std::string& address) {
    const bool ipv4 = ip(address).is_ipv4();
    REQUIRE(host.answers(ipv4 ? "192.0.2.1" : "2001:db8::1"));
    host.peer.run("ip neighbour replace " + address + " lladdr 02:00:00:00:00:01 dev far0 nud permanent");
}

int connect_from(const NetworkNamespace& where, const std::string& address) {
    int error = 0;
    where.inside([&] { error = Connection{{ip(address), 3306}}.error(); });
    return error;
}

}  // namespace

TEST_CASE("without a lease an address is silent, and with one it is as any other", "[lease]") {
    FilteredHost host;
    REQUIRE(host.kernel->guard(kVirtual));
    CHECK_FALSE(host.answers("192.0.2.100"));
    CHECK_FALSE(host.answers("2001:db8::100"));
    // Not even ARP and Neighbor Discovery: another host's answer must be the only one.
    CHECK_THAT(host.peer.run("ip neighbour show 192.0.2.100"), !Contains("lladdr"));
    CHECK_THAT(host.peer.run("ip neighbour show 2001:db8::100"), !Contains("lladdr"));
    CHECK(host.answers("192.0.2.1"));
    CHECK(host.answers("2001:db8::1"));
    CHECK(host.answers("fe80::1%far0"));

    REQUIRE(host.kernel->renew_lease(kVirtual, 1h));
    host.peer.run("ip neighbour flush dev far0");
    CHECK(host.answers("192.0.2.100"));
    CHECK(host.answers("2001:db8::100"));

    REQUIRE(host.kernel->end_lease(kVirtual, 0ms));
    CHECK_FALSE(host.answers("192.0.2.100"));
    CHECK_FALSE(host.answers("2001:db8::100"));
    REQUIRE(host.kernel->guard({}));
    CHECK(host.answers("192.0.2.100"));
    CHECK(host.answers("2001:db8::100"));
    CHECK(host.rules().empty());
}

TEST_CASE("a connection survives a lease that lapsed, and whoever begins one then is reset", "[lease]") {
    FilteredHost host;
    const std::string address = GENERATE("192.0.2.100", "2001:db8::100");
    const vrrp::Endpoint server{ip(address), 3306};
    know_the_way(host, address);
    REQUIRE(host.kernel->guard({server.address}));
    CHECK(connect_from(host.peer, address) == ECONNREFUSED);
    REQUIRE(host.kernel->renew_lease({server.address}, 1h));
    const netlink::Descriptor listening = listen_on(host.here, server);
    std::optional<Connection> client;
    host.peer.inside([&] { client.emplace(server); });
    REQUIRE(client->error() == 0);
    const netlink::Descriptor accepted{::accept(listening.get(), nullptr, nullptr)};
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(accepted.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

    REQUIRE(host.kernel->renew_lease({server.address}, 1ms));
    for (int i = 0; i < 500 && connect_from(host.peer, address) == 0; ++i) {}
    CHECK(connect_from(host.peer, address) == ECONNREFUSED);
    REQUIRE(::send(client->descriptor(), "?", 1, MSG_NOSIGNAL) == 1);
    char octet = 0;
    CHECK(::recv(accepted.get(), &octet, 1, MSG_DONTWAIT) == -1);
    // Neither does an answer leave.
    REQUIRE(::send(accepted.get(), "!", 1, MSG_NOSIGNAL) == 1);
    CHECK(::recv(client->descriptor(), &octet, 1, MSG_DONTWAIT) == -1);
    CHECK(errno == EAGAIN);

    REQUIRE(host.kernel->renew_lease({server.address}, 1h));
    CHECK(::recv(accepted.get(), &octet, 1, 0) == 1);
    CHECK(octet == '?');
    CHECK(::recv(client->descriptor(), &octet, 1, 0) == 1);
    CHECK(octet == '!');
}

TEST_CASE("whoever still comes to an address that has gone is reset for a while", "[lease]") {
    FilteredHost host;
    const std::string address = GENERATE("192.0.2.100", "2001:db8::100");
    const std::string length = ip(address).is_ipv4() ? "/24" : "/64";
    know_the_way(host, address);
    REQUIRE(host.kernel->guard({ip(address)}));
    REQUIRE(host.kernel->renew_lease({ip(address)}, 1h));
    REQUIRE(host.kernel->end_lease({ip(address)}, 1h));
    host.here.run("ip address delete " + address + length + " dev hb0");
    CHECK(connect_from(host.peer, address) == ECONNREFUSED);
    CHECK(host.answers(ip(address).is_ipv4() ? "192.0.2.1" : "2001:db8::1"));
}

TEST_CASE("a host that routes to the one that has the address is not in the way", "[lease]") {
    FilteredHost host;
    NetworkNamespace client;
    connect(host.here, "hb1", client, "far1");
    host.here.run("ip address add 198.51.100.1/24 dev hb1 && sysctl -qw net.ipv4.ip_forward=1");
    client.run("ip address add 198.51.100.9/24 dev far1 && ip route add default via 198.51.100.1");
    host.peer.run("ip route add 198.51.100.0/24 via 192.0.2.1");
    const netlink::Descriptor listening = listen_on(host.peer, {ip("192.0.2.9"), 3306});
    REQUIRE(connect_from(client, "192.0.2.9") == 0);
    REQUIRE(host.kernel->guard({ip("192.0.2.9")}));
    CHECK(connect_from(client, "192.0.2.9") == 0);
    CHECK(connect_from(host.here, "192.0.2.9") == 0);
    REQUIRE(host.kernel->end_lease({ip("192.0.2.9")}, 1h));
    CHECK(connect_from(client, "192.0.2.9") == 0);
    CHECK(connect_from(host.here, "192.0.2.9") == 0);
}

TEST_CASE("what a run that was killed has left is no lease, and other tables are left alone", "[lease]") {
    FilteredHost host;
    host.here.run("nft add table inet theirs");
    host.here.run(
        "nft 'table inet highbase_lease { set alive4 { type ipv4_addr; flags timeout; "
        "elements = { 192.0.2.100 timeout 1h } }; chain stale { }; }'");
    REQUIRE(host.kernel->guard(kVirtual));
    CHECK_FALSE(host.answers("192.0.2.100"));
    CHECK_THAT(host.rules(), !Contains("stale"));
    REQUIRE(host.kernel->guard({}));
    CHECK(host.rules() == "table inet theirs {\n}\n");
}

TEST_CASE("as many addresses as a virtual router may have are leased in one transaction", "[lease]") {
    FilteredHost host;
    std::vector<vrrp::IpAddress> addresses;
    for (int i = 1; i <= 255; ++i)
        addresses.push_back(vrrp::IpAddress::v4(198, 51, 100, static_cast<std::uint8_t>(i)));
    REQUIRE(host.kernel->guard(addresses));
    REQUIRE(host.kernel->renew_lease(addresses, 1h));
    CHECK_THAT(host.here.run("nft list set arp highbase_lease alive4"), Contains("198.51.100.255 timeout"));
    REQUIRE(host.kernel->end_lease(addresses, 1h));
    CHECK_THAT(host.here.run("nft list set arp highbase_lease alive4"), !Contains("198.51.100"));
}

}  // namespace highbase::test
