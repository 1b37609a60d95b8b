// SPDX-License-Identifier: GPL-2.0-or-later
// Two boxes in namespaces of their own, with two IPv4 paths and an IPv6 path between them that fail and
// return. The kernel chooses the addresses that they send from, so that the paths share the port.
#include "tests/catch.hpp"
#include "tests/cluster/keys.hpp"
#include "tests/cluster/peer_host.hpp"
#include "tests/netlink/network_namespace.hpp"

namespace highbase::cluster {
namespace {

using namespace std::chrono_literals;
using namespace highbase::tests;
using Paths = std::vector<Standing>;

constexpr auto kLongest = 20s;  // of a wait, on a busy machine
constexpr Standing kSilent = Standing::silent;
constexpr Standing kOneWay = Standing::one_way;
constexpr Standing kFresh = Standing::fresh;

vrrp::IpAddress ip(const char* text) {
    return vrrp::IpAddress::parse(text).value();
}

PeerConfiguration to(const char* first, const char* second, const char* third) {
    PeerConfiguration configuration;
    configuration.paths = {{ip(first)}, {ip(second)}, {ip(third)}};
    configuration.timing.interval = 50ms;
    return configuration;
}

struct Box {
    Box(const char* name, const PeerConfiguration& configuration)
        : host{name, configuration, Seal{key_of(0)}} {}
    // What it opens, it opens in its own namespace.
    void step() {
        const test::NetworkNamespace::Visit visit{network};
        host.step(1ms);
    }
    test::NetworkNamespace network;
    PeerHost host;
};

struct Pair {
    explicit Pair(const std::string& first_address = "192.0.2.1/24") {
        test::connect(one.network, "four0", two.network, "four0");
        test::connect(one.network, "six0", two.network, "six0");
        test::connect(one.network, "four1", two.network, "four1");
        one.network.run("ip address add " + first_address + " dev four0");
        two.network.run("ip address add 192.0.2.2/24 dev four0");
        one.network.run("ip address add 2001:db8::1/64 dev six0 nodad");
        two.network.run("ip address add 2001:db8::2/64 dev six0 nodad");
        one.network.run("ip address add 198.51.100.1/24 dev four1");
        two.network.run("ip address add 198.51.100.2/24 dev four1");
    }
    template <typename Condition>
    bool run_until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + kLongest;
        while (!condition() && std::chrono::steady_clock::now() < end) {
            one.step();
            two.step();
            if (one.host.view().standing != kFresh || two.host.view().standing != kFresh) ++stale;
        }
        return condition();
    }
    bool come_to(const Paths& first, const Paths& second) {
        return run_until([&] { return one.host.paths() == first && two.host.paths() == second; });
    }

    Box one{"gw1", to("192.0.2.2", "2001:db8::2", "198.51.100.2")};
    Box two{"gw2", to("192.0.2.1", "2001:db8::1", "198.51.100.1")};
    std::size_t stale = 0;
};

}  // namespace

TEST_CASE("three paths between two boxes: what fails is seen where it fails", "[peer]") {
    Pair pair;
    REQUIRE(pair.come_to({kFresh, kFresh, kFresh}, {kFresh, kFresh, kFresh}));
    pair.stale = 0;

    SECTION("one of them goes down, and comes back") {
        pair.two.network.run("ip link set six0 down");
        REQUIRE(pair.come_to({kFresh, kSilent, kFresh}, {kFresh, kSilent, kFresh}));
        CHECK(pair.two.host.troubles().back() ==
              "1: peer link: send to [2001:db8::1]:9568: Network is unreachable");
        pair.two.network.run("ip link set six0 up");
        pair.two.network.run("ip address add 2001:db8::2/64 dev six0 nodad");
        REQUIRE(pair.come_to({kFresh, kFresh, kFresh}, {kFresh, kFresh, kFresh}));
        CHECK(pair.stale == 0);
    }
    SECTION("an address goes away and returns") {
        pair.one.network.run("ip address del 192.0.2.1/24 dev four0");
        REQUIRE(pair.come_to({kSilent, kFresh, kFresh}, {kSilent, kFresh, kFresh}));
        pair.one.network.run("ip address add 192.0.2.1/24 dev four0");
        REQUIRE(pair.come_to({kFresh, kFresh, kFresh}, {kFresh, kFresh, kFresh}));
        CHECK(pair.stale == 0);
    }
    SECTION("one direction of one of them is filtered") {
        pair.two.network.run(
            "nft 'add table inet test; add chain inet test in { type filter hook input priority 0; }; "
            "add rule inet test in ip saddr 192.0.2.1 udp dport 9568 drop'");
        REQUIRE(pair.come_to({kOneWay, kFresh, kFresh}, {kSilent, kFresh, kFresh}));
        CHECK(pair.stale == 0);
        // Then the same on the others.
        pair.two.network.run("nft add rule inet test in udp dport 9568 drop");
        REQUIRE(pair.come_to({kOneWay, kOneWay, kOneWay}, {kSilent, kSilent, kSilent}));
        CHECK(pair.one.host.view().standing == kOneWay);
        CHECK(pair.two.host.view().standing == kSilent);
        pair.two.network.run("nft flush chain inet test in");
        REQUIRE(pair.come_to({kFresh, kFresh, kFresh}, {kFresh, kFresh, kFresh}));
    }
    SECTION("sending is filtered at its source") {
        pair.one.network.run(
            "nft 'add table inet test; add chain inet test out { type filter hook output priority 0; }; "
            "add rule inet test out udp sport 9568 drop'");
        const auto told = static_cast<std::ptrdiff_t>(pair.one.host.troubles().size());
        REQUIRE(pair.come_to({kOneWay, kOneWay, kOneWay}, {kSilent, kSilent, kSilent}));
        const std::vector<std::string>& troubles = pair.one.host.troubles();
        CHECK(std::vector<std::string>{troubles.begin() + told, troubles.end()} ==
              std::vector<std::string>{"0: peer link: send to 192.0.2.2:9568: Operation not permitted",
                                       "1: peer link: send to [2001:db8::2]:9568: Operation not permitted",
                                       "2: peer link: send to 198.51.100.2:9568: Operation not permitted"});
        pair.one.network.run("nft flush chain inet test out");
        REQUIRE(pair.come_to({kFresh, kFresh, kFresh}, {kFresh, kFresh, kFresh}));
    }
}

TEST_CASE("a path outlives the address that it was opened with", "[peer]") {
    Pair pair{"192.0.2.50/24"};  // which the other box does not know
    REQUIRE(pair.come_to({kSilent, kFresh, kFresh}, {kSilent, kFresh, kFresh}));
    pair.one.network.run("ip address add 192.0.2.1/24 dev four0");
    pair.one.network.run("ip address del 192.0.2.50/24 dev four0; ip address replace 192.0.2.1/24 dev four0");
    REQUIRE(pair.come_to({kFresh, kFresh, kFresh}, {kFresh, kFresh, kFresh}));
}

}  // namespace highbase::cluster
