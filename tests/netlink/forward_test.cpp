// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/forward.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>

#include "netlink/conntrack.hpp"
#include "tests/catch.hpp"
#include "tests/netlink/filtered_host.hpp"

namespace highbase::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

constexpr int kMilliseconds = 5000;  // nobody waits longer

// A gateway with clients on one side, `front.peer`, and servers on the other: 198.51.100.4 and
// 2001:db8:2::4, and a second one of each, .5 and ::5. These know no way to the clients unless told so.
struct Gateway {
    Gateway() {
        connect(front.here, "hb1", back, "far1");
        front.here.run(
            "ip address add 198.51.100.1/24 dev hb1 && ip address add 2001:db8:2::1/64 dev hb1 nodad && "
            "ip address add fe80::1/64 dev hb1 nodad && "
            "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
        back.run(
            "ip address add 198.51.100.4/24 dev far1 && ip address add 2001:db8:2::4/64 dev far1 nodad && "
            "ip address add fe80::4/64 dev far1 nodad && "
            "ip address add 198.51.100.5/24 dev far1 && ip address add 2001:db8:2::5/64 dev far1 nodad");
        // The client knows the way, as after an announcement, and the gateway the way back: neither need ask.
        REQUIRE(front.answers("192.0.2.1"));
        REQUIRE(front.answers("2001:db8::1"));
        REQUIRE(front.kernel->guard(addresses));
        front.peer.run("ip neighbour replace " + address +
                       " lladdr 02:00:00:00:00:01 dev far0 nud permanent");
    }
    [[nodiscard]] vrrp::Endpoint server(int last) const {
        const std::string network = ip(address).is_ipv4() ? "198.51.100." : "2001:db8:2::";
        return {ip(network + std::to_string(last)), 3307};
    }
    void lead_to(const std::optional<vrrp::Endpoint>& target, bool masquerade = true) const {
        REQUIRE(front.kernel->forward({{ip(address), 3306, target, masquerade}}));
    }
    void lease() const { REQUIRE(front.kernel->renew_lease(addresses, 1h)); }
    [[nodiscard]] Connection client() const {
        std::optional<Connection> result;
        front.peer.inside([&] { result.emplace(vrrp::Endpoint{ip(address), 3306}); });
        return std::move(*result);
    }
    [[nodiscard]] netlink::Descriptor accepted(const netlink::Descriptor& listening) const {
        pollfd question{listening.get(), POLLIN, 0};
        REQUIRE(::poll(&question, 1, kMilliseconds) == 1);
        netlink::Descriptor socket{::accept(listening.get(), nullptr, nullptr)};
        const timeval patience{.tv_sec = 5, .tv_usec = 0};
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return socket;
    }

    FilteredHost front;
    NetworkNamespace back;
    std::vector<vrrp::IpAddress> addresses{ip("192.0.2.100"), ip("2001:db8::100")};
    std::string address = GENERATE("192.0.2.100", "2001:db8::100");
};

bool passes(int from, int to) {
    char octet = '?';
    return ::send(from, &octet, 1, MSG_NOSIGNAL) == 1 && ::recv(to, &octet, 1, 0) == 1;
}
int trouble_of(int descriptor) {
    pollfd question{descriptor, POLLIN, 0};
    if (::poll(&question, 1, kMilliseconds) != 1) return ETIMEDOUT;
    char octet = 0;
    return ::recv(descriptor, &octet, 1, 0) < 0 ? errno : 0;
}
bool hears_nothing(int descriptor) {
    char octet = 0;
    return ::recv(descriptor, &octet, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN;
}
std::string name_of_peer(const netlink::Descriptor& socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    REQUIRE(::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) == 0);
    std::array<char, 64> host{};
    REQUIRE(::getnameinfo(reinterpret_cast<sockaddr*>(&storage), size, host.data(), host.size(), nullptr, 0,
                          NI_NUMERICHOST) == 0);
    return host.data();
}

}  // namespace

TEST_CASE("a port leads to its server while the address has a lease, and to the next one then", "[forward]") {
    Gateway gateway;
    CAPTURE(gateway.address);
    const netlink::Descriptor first = listen_on(gateway.back, gateway.server(4));
    const netlink::Descriptor second = listen_on(gateway.back, gateway.server(5));
    gateway.lead_to(gateway.server(4));
    CHECK(gateway.client().error() == ECONNREFUSED);
    gateway.lease();
    const Connection client = gateway.client();
    REQUIRE(client.error() == 0);
    const netlink::Descriptor accepted = gateway.accepted(first);
    CHECK(passes(client.descriptor(), accepted.get()));
    CHECK(passes(accepted.get(), client.descriptor()));
    CHECK_THAT(name_of_peer(accepted), Contains("::1") || Contains("198.51.100.1"));

    // Who is connected stays so.
    gateway.lead_to(gateway.server(5));
    const Connection other = gateway.client();
    REQUIRE(other.error() == 0);
    const netlink::Descriptor elsewhere = gateway.accepted(second);
    CHECK(passes(other.descriptor(), elsewhere.get()));
    CHECK(passes(client.descriptor(), accepted.get()));

    gateway.lead_to(std::nullopt);
    CHECK(gateway.client().error() == ECONNREFUSED);
}

TEST_CASE("a server that knows the way to the clients sees who they are", "[forward]") {
    Gateway gateway;
    CAPTURE(gateway.address);
    gateway.back.run("ip route add default via 198.51.100.1 && ip -6 route add default via 2001:db8:2::1");
    const netlink::Descriptor listening = listen_on(gateway.back, gateway.server(4));
    gateway.lead_to(gateway.server(4), false);
    gateway.lease();
    const Connection client = gateway.client();
    REQUIRE(client.error() == 0);
    const netlink::Descriptor accepted = gateway.accepted(listening);
    CHECK_THAT(name_of_peer(accepted), Contains("192.0.2.9") || Contains("2001:db8::9"));
    CHECK(passes(accepted.get(), client.descriptor()));
}

TEST_CASE("without a lease nothing forwarded passes, also where the address has gone", "[forward]") {
    Gateway gateway;
    CAPTURE(gateway.address);
    const bool gone = GENERATE(false, true);
    const netlink::Descriptor listening = listen_on(gateway.back, gateway.server(4));
    gateway.lead_to(gateway.server(4));
    gateway.lease();
    const Connection client = gateway.client();
    REQUIRE(client.error() == 0);
    const netlink::Descriptor accepted = gateway.accepted(listening);

    REQUIRE(gateway.front.kernel->end_lease(gateway.addresses, 0ms));
    const std::string length = ip(gateway.address).is_ipv4() ? "/24" : "/64";
    if (gone) gateway.front.here.run("ip address delete " + gateway.address + length + " dev hb0");
    REQUIRE(::send(client.descriptor(), "?", 1, MSG_NOSIGNAL) == 1);
    REQUIRE(::send(accepted.get(), "!", 1, MSG_NOSIGNAL) == 1);
    ::usleep(50'000);  // would be long enough for what passes: it takes well below a millisecond
    CHECK(hears_nothing(accepted.get()));
    CHECK(hears_nothing(client.descriptor()));

    // A stall, and no more: what was sent meanwhile arrives.
    if (gone) gateway.front.here.run("ip address add " + gateway.address + length + " dev hb0 nodad");
    gateway.lease();
    char octet = 0;
    CHECK(::recv(accepted.get(), &octet, 1, 0) == 1);
    CHECK(::recv(client.descriptor(), &octet, 1, 0) == 1);
}

TEST_CASE("connections that are forwarded are told, and end with a reset", "[forward]") {
    Gateway gateway;
    CAPTURE(gateway.address);
    const netlink::Descriptor listening = listen_on(gateway.back, gateway.server(4));
    gateway.lead_to(gateway.server(4));
    gateway.lease();
    const Connection idle = gateway.client();
    REQUIRE(idle.error() == 0);
    const netlink::Descriptor accepted = gateway.accepted(listening);
    const auto found = gateway.front.kernel->connections_to(gateway.addresses);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().local == vrrp::Endpoint{ip(gateway.address), 3306});
    CHECK_THAT(found->front().remote.address.to_string(), Contains("::9") || Contains("192.0.2.9"));

    REQUIRE(gateway.front.kernel->end_forwarded(gateway.addresses));
    CHECK(trouble_of(idle.descriptor()) == ECONNRESET);  // it was only waiting
    CHECK(gateway.front.kernel->connections_to(gateway.addresses)->empty());
    // Neither does its server speak to anybody any more.
    REQUIRE(::send(accepted.get(), "!", 1, MSG_NOSIGNAL) == 1);
    CHECK(trouble_of(accepted.get()) == ECONNRESET);
    // And the next one is served.
    const Connection next = gateway.client();
    REQUIRE(next.error() == 0);
    CHECK(passes(next.descriptor(), gateway.accepted(listening).get()));
}

TEST_CASE("who was connected through an address that is given up is reset with the next packet",
          "[forward]") {
    Gateway gateway;
    CAPTURE(gateway.address);
    const bool gone = GENERATE(false, true);
    const netlink::Descriptor listening = listen_on(gateway.back, gateway.server(4));
    gateway.lead_to(gateway.server(4));
    gateway.lease();
    const Connection client = gateway.client();
    REQUIRE(client.error() == 0);
    const std::string length = ip(gateway.address).is_ipv4() ? "/24" : "/64";
    REQUIRE(gateway.front.kernel->end_lease(gateway.addresses, 1h));
    if (gone) gateway.front.here.run("ip address delete " + gateway.address + length + " dev hb0");
    CHECK(client.error_of_use() == ECONNRESET);
}

TEST_CASE("a connection that another box has led is reset, and not led on", "[forward]") {
    Gateway gateway;
    CAPTURE(gateway.address);
    const netlink::Descriptor listening = listen_on(gateway.back, gateway.server(4));
    gateway.lead_to(gateway.server(4));
    gateway.lease();
    const Connection client = gateway.client();
    REQUIRE(client.error() == 0);
    const auto known = gateway.front.kernel->connections_to(gateway.addresses);
    REQUIRE(known);
    // As a box that has just taken over: it knows nothing of the connection.
    auto requests = netlink::RequestSocket::open(NETLINK_NETFILTER, 200ms);
    REQUIRE(requests);
    REQUIRE(netlink::forget_forwarded(*requests, *known));
    CHECK(client.error_of_use() == ECONNRESET);
}

TEST_CASE("other connections through the host, and what others forward, are left alone", "[forward]") {
    Gateway gateway;
    CAPTURE(gateway.address);
    gateway.front.here.run(
        "nft 'table inet theirs { chain lead { type nat hook prerouting priority dstnat; "
        "ip daddr 192.0.2.1 tcp dport 4000 dnat ip to 198.51.100.4:3307; "
        "ip6 daddr 2001:db8::1 tcp dport 4000 dnat ip6 to [2001:db8:2::4]:3307; }; }'");
    gateway.back.run("ip route add default via 198.51.100.1 && ip -6 route add default via 2001:db8:2::1");
    const netlink::Descriptor listening = listen_on(gateway.back, gateway.server(4));
    gateway.lead_to(gateway.server(4));
    const std::string own = ip(gateway.address).is_ipv4() ? "192.0.2.1" : "2001:db8::1";
    std::optional<Connection> theirs;
    gateway.front.peer.inside([&] { theirs.emplace(vrrp::Endpoint{ip(own), 4000}); });
    REQUIRE(theirs->error() == 0);
    const netlink::Descriptor accepted = gateway.accepted(listening);
    REQUIRE(gateway.front.kernel->end_forwarded(gateway.addresses));
    REQUIRE(gateway.front.kernel->end_lease(gateway.addresses, 1h));
    CHECK(passes(theirs->descriptor(), accepted.get()));
    CHECK_THAT(name_of_peer(accepted), Contains("192.0.2.9") || Contains("2001:db8::9"));

    REQUIRE(gateway.front.kernel->forward({}));
    REQUIRE(gateway.front.kernel->guard({}));
    CHECK_THAT(gateway.front.rules(), !Contains("highbase") && Contains("theirs"));
    CHECK(passes(theirs->descriptor(), accepted.get()));
}

TEST_CASE("a host that lets nothing through says so, and what helps", "[forward]") {
    FilteredHost host;
    REQUIRE(host.kernel->guard({ip("192.0.2.100")}));
    const auto forwarded =
        host.kernel->forward({{ip("192.0.2.100"), 3306, vrrp::Endpoint{ip("192.0.2.9"), 3306}, true}});
    REQUIRE_FALSE(forwarded);
    CHECK(forwarded.error().code == EPERM);
    CHECK(forwarded.error().message == "this host forwards nothing: set net.ipv4.ip_forward = 1 (sysctl.d)");
}

}  // namespace highbase::test
