// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/packet_refusal.hpp"

#include <net/if.h>

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
    netlink::PacketRefusal refusal;
};

}  // namespace

TEST_CASE("packets to refused addresses are dropped, others and Neighbor Discovery are not", "[refusal]") {
    Host host;
    REQUIRE(host.answers("192.0.2.100"));
    REQUIRE(host.answers("2001:db8::100"));
    REQUIRE(host.refusal.replace({ip("192.0.2.100"), ip("2001:db8::100")}));
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

    REQUIRE(host.refusal.replace({}));
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
    REQUIRE(host.refusal.replace({ip("192.0.2.100")}));
    CHECK(host.answers("192.0.2.1"));
    CHECK_FALSE(host.answers("192.0.2.100"));
    CHECK_THAT(host.rules(), !Contains("stale"));
    REQUIRE(host.refusal.replace({}));
    CHECK(host.rules() == "table inet theirs {\n}\n");
}

TEST_CASE("as many addresses as a virtual router may have are refused", "[refusal]") {
    Host host;
    std::vector<vrrp::IpAddress> addresses;
    for (int i = 1; i <= 255; ++i)
        addresses.push_back(vrrp::IpAddress::v4(198, 51, 100, static_cast<std::uint8_t>(i)));
    REQUIRE(host.refusal.replace(addresses));
    CHECK_THAT(host.rules(), Contains("198.51.100.255"));
}

}  // namespace highbase::test
