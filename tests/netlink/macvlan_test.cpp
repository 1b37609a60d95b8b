// SPDX-License-Identifier: GPL-2.0-or-later
// The virtual router's address is seen on the wire with the virtual router's MAC, and with no other (RFC
// 9568 8.1.2 and 8.2.2); settings of the parent are put back. Frames are watched from the far end.
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>

#include "netlink/linux_kernel.hpp"
#include "tests/catch.hpp"
#include "tests/netlink/kernel_text.hpp"
#include "tests/netlink/network_namespace.hpp"
#include "tests/netlink/wire.hpp"

namespace highbase::test {
namespace {

using namespace std::chrono_literals;
using netlink::LinkIndex;
using netlink::LinuxKernel;
using vrrp::IpAddress;
using vrrp::MacAddress;

constexpr MacAddress kPhysical{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kFar{{2, 0, 0, 0, 0, 2}};
constexpr MacAddress kVirtual4{{0, 0, 0x5e, 0, 1, 0x0a}};
constexpr MacAddress kVirtual6{{0, 0, 0x5e, 0, 2, 0x0a}};
constexpr IpAddress kOwn = IpAddress::v4(192, 0, 2, 1);
constexpr IpAddress kPeer = IpAddress::v4(192, 0, 2, 9);
constexpr IpAddress kVip = IpAddress::v4(192, 0, 2, 100);
constexpr IpAddress kCanary = IpAddress::v4(198, 51, 100, 77);

IpAddress ip(const char* text) {
    return IpAddress::parse(text).value();
}

IpAddress source_of(const Frame& ipv6) {
    return IpAddress::from_octets(std::span{ipv6}.subspan(22, 16));
}

vrrp::Prefix prefix(const char* text) {
    return vrrp::Prefix::parse(text).value();
}

// hb0 with 192.0.2.1 and 2001:db8::1, to a peer with 192.0.2.9 and 2001:db8::9 that listens to everything.
class Host {
public:
    Host() {
        connect(here, "hb0", peer, "far0");
        here.run("ip address add fe80::1/64 dev hb0 nodad");
        peer.run("ip address add fe80::9/64 dev far0 nodad");
        here.run("ip address add 192.0.2.1/24 dev hb0 && ip address add 2001:db8::1/64 dev hb0 nodad");
        peer.run("ip address add 192.0.2.9/24 dev far0 && ip address add 2001:db8::9/64 dev far0 nodad");
        kernel = LinuxKernel::open().value();
        hb0 = LinkIndex{static_cast<std::int32_t>(::if_nametoindex("hb0"))};
    }
    LinkIndex create(const char* name, const MacAddress& mac) const {
        const auto made = kernel->create_macvlan({name, hb0, mac});
        INFO((made ? "made" : made.error().message));
        REQUIRE(made);
        return made->index;
    }
    void put(LinkIndex link, const char* text) const {
        REQUIRE(kernel->put_address({link, prefix(text), {}, true}));
    }
    std::string arp_settings(const std::string& link) const {
        return here.run("cd /proc/sys/net/ipv4/conf/" + link + " && echo $(cat arp_ignore arp_announce)");
    }

    NetworkNamespace here;
    NetworkNamespace peer;
    NetworkNamespace::Visit visit{here};
    std::unique_ptr<LinuxKernel> kernel;
    LinkIndex hb0{};
};

// Asks for `target` and returns all frames up to the moment when both links have handled the question: the
// answers to two questions asked after it, one that the parent answers and one (`kCanary`) that the macvlan
// does, whose broadcasts the kernel handles one after the other but apart from the parent's.
std::vector<Frame> ask(const Wire& wire, const IpAddress& target) {
    wire.send(arp_request(kFar, kPeer, target));
    wire.send(arp_request(kFar, kPeer, kOwn));
    wire.send(arp_request(kFar, kPeer, kCanary));
    bool parent = false;
    bool macvlan = false;
    return wire.until([&](const Frame& frame) {
        const auto arp = read_arp(frame);
        parent |= arp && arp->operation == 2 && arp->sender == kOwn;
        macvlan |= arp && arp->operation == 2 && arp->sender == kCanary;
        return parent && macvlan;
    });
}

std::vector<MacAddress> answers(const std::vector<Frame>& frames, const IpAddress& address) {
    std::vector<MacAddress> macs;
    for (const auto& frame : frames) {
        const auto arp = read_arp(frame);
        if (!arp || arp->operation != 2 || arp->sender != address) continue;
        CHECK(source_mac(frame) == arp->sender_mac);
        macs.push_back(arp->sender_mac);
    }
    return macs;
}

void add(Frame& frame, std::span<const std::uint8_t> octets) {
    frame.insert(frame.end(), octets.begin(), octets.end());
}

// An ICMPv6 message (RFC 4443) with Hop Limit 255 from the peer.
Frame icmpv6_frame(const MacAddress& to, const IpAddress& source, const IpAddress& destination,
                   Frame message) {
    std::uint32_t sum =
        static_cast<std::uint32_t>(message.size()) + IPPROTO_ICMPV6;  // the pseudo-header's rest
    const auto add_to_sum = [&sum](std::span<const std::uint8_t> octets) {
        for (std::size_t i = 0; i < octets.size(); i += 2)
            sum += static_cast<std::uint32_t>(octets[i] << 8 | octets[i + 1]);
    };
    add_to_sum(source.octets());
    add_to_sum(destination.octets());
    add_to_sum(message);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    message[2] = static_cast<std::uint8_t>(~sum >> 8);
    message[3] = static_cast<std::uint8_t>(~sum);

    Frame frame{to.octets.begin(), to.octets.end()};
    add(frame, kFar.octets);
    add(frame,
        Frame{0x86, 0xdd, 0x60, 0, 0, 0, 0, static_cast<std::uint8_t>(message.size()), IPPROTO_ICMPV6, 255});
    add(frame, source.octets());
    add(frame, destination.octets());
    add(frame, message);
    return frame;
}

// "I am a router; make yourselves addresses in 2001:db8:5::/64."
Frame router_advertisement() {
    Frame message{134, 0, 0, 0, 64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0};
    add(message, Frame{3, 4, 64, 0xc0, 0, 0, 0x0e, 0x10, 0, 0, 0x0e, 0x10, 0, 0, 0, 0});
    add(message, ip("2001:db8:5::").octets());
    return icmpv6_frame({{0x33, 0x33, 0, 0, 0, 1}}, ip("fe80::9"), ip("ff02::1"), message);
}

// For 2001:db8::LAST, to its solicited-node group.
Frame neighbor_solicitation(const IpAddress& target) {
    const auto high = target.octets()[14];
    const auto low = target.octets()[15];
    Frame group;
    add(group, ip("ff02::1:ff00:0").octets());
    group[14] = high;
    group[15] = low;
    Frame message{135, 0, 0, 0, 0, 0, 0, 0};
    add(message, target.octets());
    add(message, Frame{1, 1});
    add(message, kFar.octets);
    return icmpv6_frame({{0x33, 0x33, 0xff, 0, high, low}}, ip("2001:db8::9"), IpAddress::from_octets(group),
                        message);
}

// As ask(), with 2001:db8::1 on the parent and 2001:db8::77 on the macvlan.
std::vector<MacAddress> solicit(const Host& host, const IpAddress& target) {
    const Wire wire{host.peer, "far0"};
    for (const auto& address : {target, ip("2001:db8::1"), ip("2001:db8::77")})
        wire.send(neighbor_solicitation(address));
    bool parent = false;
    bool macvlan = false;
    std::vector<MacAddress> macs;
    wire.until([&](const Frame& frame) {
        const auto message = read_neighbor_discovery(frame);
        if (!message || message->type != 136) return false;
        parent |= message->target == ip("2001:db8::1");
        macvlan |= message->target == ip("2001:db8::77");
        if (message->target == target) {
            CHECK(message->option == source_mac(frame));
            macs.push_back(source_mac(frame));
        }
        return parent && macvlan;
    });
    return macs;
}

}  // namespace

TEST_CASE("ARP for the address is answered once, by the virtual MAC, and by nobody without the address",
          "[macvlan]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    const auto macvlan = host.create("vr4", kVirtual4);
    host.put(macvlan, "198.51.100.77/32");
    const auto* vip = GENERATE("192.0.2.100/32", "192.0.2.100/24");

    CHECK(answers(ask(wire, kVip), kVip).empty());
    host.put(macvlan, vip);
    const auto with = ask(wire, kVip);
    CHECK(answers(with, kVip) == std::vector{kVirtual4});
    CHECK(answers(with, kOwn) == std::vector{kPhysical});
    REQUIRE(host.kernel->delete_address(macvlan, prefix(vip)));
    CHECK(answers(ask(wire, kVip), kVip).empty());
}

TEST_CASE("two virtual routers on one link each answer for their own address", "[macvlan]") {
    Host host;
    constexpr MacAddress kOther{{0, 0, 0x5e, 0, 1, 0x14}};
    const Wire wire{host.peer, "far0"};
    const auto first = host.create("vr10", kVirtual4);
    const auto second = host.create("vr20", kOther);
    host.put(first, "198.51.100.77/32");
    host.put(first, "192.0.2.100/32");
    host.put(second, "192.0.2.200/32");
    CHECK(answers(ask(wire, kVip), kVip) == std::vector{kVirtual4});
    CHECK(answers(ask(wire, IpAddress::v4(192, 0, 2, 200)), IpAddress::v4(192, 0, 2, 200)) ==
          std::vector{kOther});
}

TEST_CASE("what the host sends from the address never shows the physical MAC in ARP", "[macvlan]") {
    Host host;
    const auto macvlan = host.create("vr4", kVirtual4);
    host.put(macvlan, GENERATE("192.0.2.100/32", "192.0.2.100/24"));
    const Wire wire{host.peer, "far0", false};
    host.here.run("ip neighbour flush all && ping -n -c 1 -W 2 -I 192.0.2.100 192.0.2.9");
    host.peer.run("ip neighbour flush all && ping -n -c 1 -W 2 192.0.2.100");
    std::size_t requests = 0;
    const auto frames = wire.until([](const Frame& frame) {  // the answer to the peer's ping ends it
        return ether_type(frame) == 0x0800 && frame.at(23) == 1 && frame.at(34) == 0 && frame.at(33) == 9 &&
               frame.at(29) == 100 && source_mac(frame) != kFar;
    });
    for (const auto& frame : frames) {
        const auto arp = read_arp(frame);
        if (!arp || source_mac(frame) == kFar) continue;
        requests += arp->operation == 1 ? 1 : 0;
        CHECK(source_mac(frame) == arp->sender_mac);
        CHECK(arp->sender_mac == (arp->sender == kVip ? kVirtual4 : kPhysical));
    }
    CHECK(requests >= 1);
}

TEST_CASE("the address can be reached whatever the host's reverse path filter is", "[macvlan]") {
    Host host;
    const int all = GENERATE(0, 1, 2);
    host.here.run("sysctl -qw net.ipv4.conf.all.rp_filter=" + std::to_string(all) +
                  " net.ipv4.conf.default.rp_filter=" + std::to_string(all));
    host.put(host.create("vr4", kVirtual4), "192.0.2.100/32");
    CHECK_NOTHROW(host.peer.run("ping -n -c 1 -W 2 192.0.2.100"));
}

TEST_CASE("Neighbor Solicitations are answered once, by the virtual MAC, and by nobody without the address",
          "[macvlan]") {
    Host host;
    const auto macvlan = host.create("vr6", kVirtual6);
    host.put(macvlan, "2001:db8::77/128");
    const auto* vip = GENERATE("2001:db8::100/128", "2001:db8::100/64");
    // An address just put can be reached a moment later.
    host.peer.run("for i in $(seq 50); do ping -n -c 1 -W 1 2001:db8::77 && break; done");

    CHECK(solicit(host, ip("2001:db8::100")).empty());
    host.put(macvlan, vip);
    host.peer.run("for i in $(seq 50); do ping -n -c 1 -W 1 2001:db8::100 && break; done");
    CHECK(solicit(host, ip("2001:db8::100")) == std::vector{kVirtual6});
    REQUIRE(host.kernel->delete_address(macvlan, prefix(vip)));
    CHECK(solicit(host, ip("2001:db8::100")).empty());
}

TEST_CASE("what the host sends from the IPv6 address never shows the physical MAC with it",
          "[macvlan][rfc9568-8.2.2-no-physical-mac:positive][rfc9568-8.2.2-no-physical-mac:negative]") {
    Host host;
    const auto macvlan = host.create("vr6", kVirtual6);
    host.put(macvlan, "2001:db8::100/128");
    const Wire wire{host.peer, "far0"};
    host.peer.run("for i in $(seq 50); do ping -n -c 1 -W 1 2001:db8::100 && break; done");
    host.here.run("ip neighbour flush all && ping -n -c 1 -W 2 -I 2001:db8::100 2001:db8::9");
    host.peer.run("ping -n -c 1 -W 2 2001:db8::1");
    const auto frames = wire.until([](const Frame& frame) {  // the answer to the last ping
        return ether_type(frame) == 0x86dd && frame.at(54) == 129 && frame.at(37) == 1;
    });
    std::size_t solicitations = 0;
    for (const auto& frame : frames) {
        const auto message = read_neighbor_discovery(frame);
        if (!message) continue;
        solicitations += message->type == 135 ? 1 : 0;
        const bool about_vip =
            message->target == ip("2001:db8::100") || source_of(frame) == ip("2001:db8::100");
        if (!about_vip) continue;
        CHECK(source_mac(frame) == kVirtual6);
        CHECK(message->option.value_or(kVirtual6) == kVirtual6);
    }
    CHECK(solicitations >= 1);
}

TEST_CASE("a macvlan without an address says nothing by itself, and takes no address from a router",
          "[macvlan][rfc9568-7.4-iid:positive]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    const auto ipv4 = host.create("vr4", kVirtual4);
    const auto ipv6 = host.create("vr6", kVirtual6);
    wire.send(router_advertisement());
    // Detection of a duplicate, and the reports of groups joined, come within a random second each; and again
    // when the link comes back.
    host.peer.run("ip link set far0 down && ip link set far0 up");
    const auto end = std::chrono::steady_clock::now() + 4s;
    std::vector<Frame> from_virtual;
    while (std::chrono::steady_clock::now() < end) {
        const auto frame = wire.next(100ms);
        if (frame && source_mac(*frame).octets[2] == 0x5e) from_virtual.push_back(*frame);
    }
    CHECK(from_virtual.empty());
    const auto addresses = host.kernel->addresses().value();
    for (const auto& address : addresses) {
        CHECK(address.link != ipv4);
        CHECK(address.link != ipv6);
    }
    // The parent shows that the advertisement was heard.
    CHECK_THAT(host.here.run("ip address show dev hb0"), Catch::Matchers::Contains("2001:db8:5:"));
    CHECK(host.here.run("cat /proc/sys/net/ipv6/conf/vr6/accept_ra /proc/sys/net/ipv6/conf/vr6/accept_dad "
                        "/proc/sys/net/ipv6/conf/vr4/disable_ipv6") == "0\n0\n1\n");
}

TEST_CASE("the parent's settings come back when the last macvlan goes", "[macvlan]") {
    Host host;
    host.here.run("sysctl -qw net.ipv4.conf.hb0.arp_announce=1");
    const auto first = host.create("vr10", kVirtual4);
    CHECK(host.arp_settings("hb0") == "1 2\n");
    CHECK(host.arp_settings("vr10") == "1 2\n");
    const auto second = host.create("vr20", {{0, 0, 0x5e, 0, 1, 0x14}});
    REQUIRE(host.kernel->delete_link(first));
    CHECK(host.arp_settings("hb0") == "1 2\n");
    REQUIRE(host.kernel->delete_link(second));
    CHECK(host.arp_settings("hb0") == "0 1\n");
}

TEST_CASE("a run that was killed does not make its settings the former ones", "[macvlan]") {
    Host host;
    const auto left = host.create("vr10", kVirtual4);
    host.kernel = LinuxKernel::open().value();  // the next life: it knows nothing of the first
    const auto fresh = host.create("vr20", {{0, 0, 0x5e, 0, 1, 0x14}});
    REQUIRE(host.kernel->delete_link(left));
    CHECK(host.arp_settings("hb0") == "1 2\n");
    REQUIRE(host.kernel->delete_link(fresh));
    CHECK(host.arp_settings("hb0") == "0 0\n");
}

TEST_CASE("what somebody else has set in between stays", "[macvlan]") {
    Host host;
    const auto macvlan = host.create("vr10", kVirtual4);
    host.here.run("sysctl -qw net.ipv4.conf.hb0.arp_ignore=2");
    REQUIRE(host.kernel->delete_link(macvlan));
    CHECK(host.arp_settings("hb0") == "2 2\n");
}

TEST_CASE("stricter settings of the parent are left as they are", "[macvlan]") {
    Host host;
    host.here.run("sysctl -qw net.ipv4.conf.hb0.arp_ignore=8 net.ipv4.conf.hb0.arp_announce=2");
    const auto macvlan = host.create("vr10", kVirtual4);
    CHECK(host.arp_settings("hb0") == "8 2\n");
    REQUIRE(host.kernel->delete_link(macvlan));
    CHECK(host.arp_settings("hb0") == "8 2\n");
}

TEST_CASE("where the host's settings keep a macvlan from answering, none is made and nothing is changed",
          "[macvlan]") {
    Host host;
    host.here.run("sysctl -qw net.ipv4.conf.all.arp_ignore=2");
    const auto made = host.kernel->create_macvlan({"vr10", host.hb0, kVirtual4});
    REQUIRE_FALSE(made);
    CHECK(made.error() ==
          netlink::Error{EINVAL,
                         "create macvlan vr10: net.ipv4.conf.all.arp_ignore is 2, and a virtual MAC needs 0 "
                         "or 1"});
    CHECK(host.kernel->links().value().size() == 2);
    CHECK(host.arp_settings("hb0") == "0 0\n");
}

TEST_CASE("a macvlan that cannot be finished is taken back, with the parent's settings", "[macvlan]") {
    Host host;
    // Two links of one parent cannot be up with one MAC: the second fails at its last step.
    host.here.run(
        "ip link add taken link hb0 address 00:00:5e:00:01:0a type macvlan && ip link set taken up");
    const auto made = host.kernel->create_macvlan({"vr10", host.hb0, kVirtual4});
    REQUIRE_FALSE(made);
    CHECK(made.error() == netlink::Error{EADDRINUSE, "set vr10 up: Address already in use"});
    CHECK(host.kernel->links().value().size() == 3);
    CHECK(host.arp_settings("hb0") == "0 0\n");
}

}  // namespace highbase::test
