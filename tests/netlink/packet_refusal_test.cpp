// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/packet_refusal.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "netlink/descriptor.hpp"
#include "netlink/linux_kernel.hpp"
#include "tests/catch.hpp"
#include "tests/netlink/network_namespace.hpp"

namespace highbase::test {
namespace {

using Catch::Matchers::Contains;

vrrp::IpAddress ip(const char* text) {
    return vrrp::IpAddress::parse(text).value();
}

// `here` has the virtual addresses 192.0.2.100 and 2001:db8::100 besides its own, which end in 1; the peer's
// end in 9.
class Host {
public:
    Host() {
        connect(here, "hb0", peer, "far0");
        here.run("ip address add fe80::1/64 dev hb0 nodad");
        peer.run("ip address add fe80::9/64 dev far0 nodad");
        here.run(
            "ip address add 192.0.2.1/24 dev hb0 && ip address add 2001:db8::1/64 dev hb0 nodad && "
            "ip address add 192.0.2.100/24 dev hb0 && ip address add 2001:db8::100/64 dev hb0 nodad");
        peer.run("ip address add 192.0.2.9/24 dev far0 && ip address add 2001:db8::9/64 dev far0 nodad");
    }
    bool answers(const std::string& address) const {
        const auto output = peer.run("ping -n -c 1 -W 1 " + address + " || true");
        return output.find(" 1 received") != std::string::npos;
    }
    std::string rules() const { return here.run("nft list ruleset"); }

    NetworkNamespace here;
    NetworkNamespace peer;
    NetworkNamespace::Visit visit{here};
    std::unique_ptr<netlink::LinuxKernel> kernel = netlink::LinuxKernel::open().value();
};

struct SocketAddress {
    explicit SocketAddress(const vrrp::Endpoint& endpoint) {
        const std::string host = endpoint.address.to_string();
        if (endpoint.address.is_ipv4()) {
            auto& ipv4 = reinterpret_cast<sockaddr_in&>(storage);
            ipv4.sin_family = AF_INET;
            ipv4.sin_port = htons(endpoint.port);
            ::inet_pton(AF_INET, host.c_str(), &ipv4.sin_addr);
            size = sizeof ipv4;
        } else {
            auto& ipv6 = reinterpret_cast<sockaddr_in6&>(storage);
            ipv6.sin6_family = AF_INET6;
            ipv6.sin6_port = htons(endpoint.port);
            ::inet_pton(AF_INET6, host.c_str(), &ipv6.sin6_addr);
            size = sizeof ipv6;
        }
    }
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }

    sockaddr_storage storage{};
    socklen_t size = 0;
};

// A TCP socket that waits five seconds for anything.
netlink::Descriptor tcp_socket(const vrrp::Endpoint& endpoint) {
    netlink::Descriptor socket{::socket(endpoint.address.is_ipv4() ? AF_INET : AF_INET6, SOCK_STREAM, 0)};
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return socket;
}

class Connection {
public:
    explicit Connection(const vrrp::Endpoint& server) : socket_{tcp_socket(server)} {
        const SocketAddress address{server};
        error_ = ::connect(socket_.get(), address.get(), address.size) == 0 ? 0 : errno;
    }
    [[nodiscard]] int error() const { return error_; }
    // What comes of it: something to say, and a wait for an answer that nobody gives.
    [[nodiscard]] int error_of_use() const {
        char octet = '?';
        if (::send(socket_.get(), &octet, 1, MSG_NOSIGNAL) != 1) return errno;
        return ::recv(socket_.get(), &octet, 1, 0) < 0 ? errno : 0;
    }

private:
    netlink::Descriptor socket_;
    int error_ = 0;
};

netlink::Descriptor listen_on(const NetworkNamespace& where, const vrrp::Endpoint& server) {
    netlink::Descriptor socket;
    where.inside([&] {
        socket = tcp_socket(server);
        const SocketAddress address{server};
        REQUIRE(::bind(socket.get(), address.get(), address.size) == 0);
        REQUIRE(::listen(socket.get(), 8) == 0);
    });
    return socket;
}

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
    const vrrp::Endpoint server{ip(address.c_str()), 3306};
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
