// SPDX-License-Identifier: GPL-2.0-or-later
// A port on one end of a veth pair; plain packet and raw sockets on the other say what it really does.
#include "vrrp/port/pcap_port.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tests/catch.hpp"
#include "tests/netlink/network_namespace.hpp"
#include "tests/netlink/wire.hpp"

namespace highbase::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using vrrp::CaptureScope;
using vrrp::IpAddress;
using vrrp::PcapPort;

constexpr IpAddress kOwn = IpAddress::v4(192, 0, 2, 1);
constexpr IpAddress kPeer = IpAddress::v4(192, 0, 2, 9);

netlink::Link link_of(const char* name) {
    netlink::Link link;
    link.index = netlink::LinkIndex{static_cast<std::int32_t>(::if_nametoindex(name))};
    link.name = name;
    return link;
}

struct Host {
    Host() { connect(here, "hb0", peer, "far0"); }
    NetworkNamespace here;
    NetworkNamespace peer;
    NetworkNamespace::Visit visit{here};
};

// An IPv4 frame to the VRRP group from the peer, padded to the 60 octets that Ethernet asks for. `mark` is
// its last octet, to tell frames apart.
Frame ipv4_frame(std::uint8_t protocol, std::uint8_t mark) {
    Frame frame{0x01, 0, 0x5e, 0, 0, 0x12, 0, 0, 0x5e, 0, 1, 0x0a, 0x08, 0x00};
    const Frame packet{0x45, 0xc0, 0, 32, 0,    0,  0,   0, 255, protocol, 0, 0, 192, 0, 2, 9,
                       224,  0,    0, 18, 0x31, 10, 100, 1, 0,   100,      0, 0, 192, 0, 2, 100};
    frame.insert(frame.end(), packet.begin(), packet.end());
    frame.resize(60);
    frame.back() = mark;
    return frame;
}

Frame ipv6_frame(std::uint8_t next_header, std::uint8_t first, std::uint8_t mark) {
    Frame frame{0x33, 0x33, 0,    0,    0, 0x12, 0, 0, 0x5e, 0,           2,
                0x0a, 0x86, 0xdd, 0x6c, 0, 0,    0, 0, 24,   next_header, 255};
    const auto source = IpAddress::parse("fe80::9").value();
    const auto group = IpAddress::parse("ff02::12").value();
    frame.insert(frame.end(), source.octets().begin(), source.octets().end());
    frame.insert(frame.end(), group.octets().begin(), group.octets().end());
    frame.resize(78);
    frame[54] = first;
    frame.back() = mark;
    return frame;
}

Frame with_tag(Frame frame, std::uint16_t tag) {
    const Frame inserted{0x81, 0x00, static_cast<std::uint8_t>(tag >> 8),
                         static_cast<std::uint8_t>(tag & 0xff)};
    frame.insert(frame.begin() + 12, inserted.begin(), inserted.end());
    return frame;
}

bool readable(const vrrp::Port& port, std::chrono::milliseconds patience) {
    pollfd waiting{port.descriptor(), POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(patience.count())) == 1;
}

// What the port delivers up to a frame that ends in `last`.
std::vector<Frame> received_until(vrrp::Port& port, std::uint8_t last) {
    std::vector<Frame> frames;
    while (frames.empty() || frames.back().back() != last) {
        REQUIRE(readable(port, 5s));
        const auto count = port.receive(
            [&](const vrrp::CapturedFrame& frame) {
                frames.emplace_back(frame.octets.begin(), frame.octets.end());
            },
            1);
        REQUIRE(count);
        REQUIRE(*count <= 1);
    }
    return frames;
}

// The error with which a port that has something to say answers, within five seconds.
netlink::Error error_of(vrrp::Port& port) {
    for (int attempt = 0; attempt < 100; ++attempt) {
        REQUIRE(readable(port, 5s));
        const auto count = port.receive([](const vrrp::CapturedFrame&) {}, 100);
        if (!count) return count.error();
    }
    FAIL("no error");
    return {};
}

// A raw socket of the peer that takes protocol 112, with the TTL (Hop Limit) of what it receives.
class Datagrams {
public:
    struct Datagram {
        Frame octets;  // IPv4: with the IP header
        int hop_limit = 0;
        int traffic_class = 0;
    };
    Datagrams(const Host& host, int family) {
        host.peer.inside(
            [&] { socket_ = netlink::Descriptor{::socket(family, SOCK_RAW | SOCK_CLOEXEC, 112)}; });
        REQUIRE(socket_);
        const int on = 1;
        ::setsockopt(socket_.get(), IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
        ::setsockopt(socket_.get(), IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
        ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on);
        ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on);
    }
    Datagram next() const {
        pollfd waiting{socket_.get(), POLLIN, 0};
        REQUIRE(::poll(&waiting, 1, 5000) == 1);
        Datagram datagram{Frame(2048), 0, 0};
        alignas(cmsghdr) std::array<char, 256> control{};
        iovec data{datagram.octets.data(), datagram.octets.size()};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t size = ::recvmsg(socket_.get(), &message, 0);
        REQUIRE(size >= 0);
        datagram.octets.resize(static_cast<std::size_t>(size));
        for (auto* item = CMSG_FIRSTHDR(&message); item != nullptr; item = CMSG_NXTHDR(&message, item)) {
            if (item->cmsg_type == IPV6_TCLASS ||
                (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_TOS)) {
                datagram.traffic_class = *CMSG_DATA(item);
            } else {
                std::memcpy(&datagram.hop_limit, CMSG_DATA(item), sizeof datagram.hop_limit);
            }
        }
        return datagram;
    }

private:
    netlink::Descriptor socket_;
};

const Frame kPayload{0x31, 10, 100, 1, 0, 100, 0x12, 0x34, 192, 0, 2, 100};

}  // namespace

TEST_CASE("a frame goes out as it is, and is not heard by its sender", "[port]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    const auto port = PcapPort::open(link_of("hb0")).value();
    auto frame = ipv4_frame(112, 7);
    frame[6] = 0x02;  // a source MAC that is nobody's
    REQUIRE(port->send_frame(frame));
    const auto seen = wire.until([](const Frame& candidate) { return candidate.back() == 7; });
    CHECK(seen.back() == frame);
    // Nor what others on this host send, and not even a wake-up: only what comes from outside does that.
    const Wire neighbour{host.here, "hb0"};
    neighbour.send(ipv4_frame(112, 9));
    wire.until([](const Frame& candidate) { return candidate.back() == 9; });
    CHECK_FALSE(readable(*port, 0ms));
    wire.send(ipv4_frame(112, 8));
    const auto heard = received_until(*port, 8);
    CHECK(std::ranges::find(heard, frame) == heard.end());
}

TEST_CASE("a frame comes in as it is, its padding included", "[port]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    const auto port = PcapPort::open(link_of("hb0")).value();
    const auto frame = ipv4_frame(112, 7);
    REQUIRE(frame.size() == 60);
    wire.send(frame);
    CHECK(received_until(*port, 7).back() == frame);
    wire.send(ipv6_frame(112, 0x31, 9));
    CHECK(received_until(*port, 9).back() == ipv6_frame(112, 0x31, 9));
    CHECK(port->receive([](const vrrp::CapturedFrame&) {}, 10).value() == 0);
}

TEST_CASE("the scope is what is let through", "[port]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    const auto port = PcapPort::open(link_of("hb0")).value();
    auto other = ipv4_frame(112, 5);
    other[12] = 0x88;  // LLDP and its like are nothing to us
    other[13] = 0xcc;
    const auto arp = arp_request({{2, 0, 0, 0, 0, 2}}, kPeer, kOwn);
    const auto send_all = [&] {
        for (const auto& frame :
             {ipv4_frame(17, 1), ipv4_frame(112, 2), ipv6_frame(17, 0, 3), ipv6_frame(112, 0x31, 4), other,
              ipv6_frame(58, 135, 6), ipv6_frame(58, 136, 7), arp, ipv4_frame(112, 99)}) {
            wire.send(frame);
        }
    };
    const auto marks = [&] {
        std::string text;
        for (const auto& frame : received_until(*port, 99)) text += std::to_string(frame.back()) + " ";
        return text;
    };
    send_all();
    CHECK(marks() == "1 2 3 4 6 7 0 99 ");
    REQUIRE(port->set_scope(CaptureScope::protocol));
    send_all();
    CHECK(marks() == "2 4 7 0 99 ");
    REQUIRE(port->set_scope(CaptureScope::any));
    send_all();
    CHECK(marks() == "1 2 3 4 6 7 0 99 ");
}

TEST_CASE("what waits when the scope changes is not lost", "[port]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    const auto port = PcapPort::open(link_of("hb0")).value();
    wire.send(ipv4_frame(112, 1));
    REQUIRE(readable(*port, 5s));
    REQUIRE(port->set_scope(CaptureScope::protocol));
    CHECK(received_until(*port, 1).size() == 1);
}

TEST_CASE("a frame of another VLAN keeps its tag, one that is only marked with a priority loses it",
          "[port]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    const auto port = PcapPort::open(link_of("hb0")).value();
    REQUIRE(port->set_scope(GENERATE(CaptureScope::any, CaptureScope::protocol)));
    const auto frame = ipv4_frame(112, 7);
    wire.send(with_tag(frame, 0x000a));  // VLAN 10
    CHECK(received_until(*port, 7).back() == with_tag(frame, 0x000a));
    wire.send(with_tag(frame, 0xc000));  // priority 6, VLAN 0
    CHECK(received_until(*port, 7).back() == frame);
    wire.send(with_tag(frame, 0x0100));  // VLAN 256
    CHECK(received_until(*port, 7).back() == with_tag(frame, 0x0100));
}

TEST_CASE("a frame tells its age, and no age that a wake-up cannot have", "[port]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    const auto port = PcapPort::open(link_of("hb0")).value();
    const auto age_after = [&](std::chrono::milliseconds wait) {
        wire.send(ipv4_frame(112, 7));
        REQUIRE(readable(*port, 5s));
        const auto seen = std::chrono::steady_clock::now();
        while (std::chrono::steady_clock::now() < seen + wait) {}
        vrrp::Duration age{-1};
        REQUIRE(port->receive([&](const vrrp::CapturedFrame& frame) { age = frame.age; }, 1).value() == 1);
        return age;
    };
    CHECK(age_after(0ms) > 0ns);
    CHECK(age_after(2ms) >= 2ms);
    CHECK(age_after(6ms) == vrrp::kOldestFrame);
}

TEST_CASE("a flood is taken in portions, and nothing waits", "[port]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    const auto port = PcapPort::open(link_of("hb0")).value();
    for (int i = 0; i < 10'000; ++i) wire.send(ipv4_frame(112, static_cast<std::uint8_t>(i % 100)));
    std::size_t total = 0;
    std::size_t calls = 0;
    while (readable(*port, 100ms)) {
        const auto begin = std::chrono::steady_clock::now();
        std::size_t delivered = 0;
        const auto count = port->receive([&](const vrrp::CapturedFrame&) { ++delivered; }, 64);
        CHECK(std::chrono::steady_clock::now() - begin < 1s);
        REQUIRE(count);
        REQUIRE(*count == delivered);
        REQUIRE(*count <= 64);
        total += *count;
        ++calls;
    }
    // The ring holds some hundreds; the kernel drops the rest.
    CHECK(total >= 500);
    CHECK(total <= 10'000);
    CHECK(calls >= 8);
    wire.send(ipv4_frame(112, 200));
    REQUIRE(readable(*port, 5s));
    CHECK(port->receive([](const vrrp::CapturedFrame&) {}, 0).value() == 0);
    CHECK(received_until(*port, 200).size() == 1);
}

TEST_CASE("a link that goes down ends the port, and a port opens again when it is up", "[port]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    auto port = PcapPort::open(link_of("hb0")).value();
    wire.send(ipv4_frame(112, 7));
    REQUIRE(readable(*port, 5s));
    host.here.run("ip link set hb0 down");
    CHECK(port->send_frame(ipv4_frame(112, 1)).error() ==
          netlink::Error{ENETDOWN, "hb0: send a frame: Network is down"});
    CHECK(error_of(*port) == netlink::Error{ENETDOWN, "hb0: Network is down"});
    CHECK(port->receive([](const vrrp::CapturedFrame&) {}, 1).error().code == ENETDOWN);
    CHECK(PcapPort::open(link_of("hb0")).error().code == ENETDOWN);
    host.here.run("ip link set hb0 up");
    port = PcapPort::open(link_of("hb0")).value();
    wire.send(ipv4_frame(112, 8));
    received_until(*port, 8);
}

TEST_CASE("a link that is removed ends the port", "[port]") {
    Host host;
    const auto port = PcapPort::open(link_of("hb0")).value();
    const auto link = link_of("hb0");
    host.here.run("ip link delete hb0");
    CHECK(error_of(*port) == netlink::Error{ENODEV, "hb0: No such device"});
    CHECK(port->send_frame(ipv4_frame(112, 1)).error().code == ENODEV);
    CHECK(PcapPort::open(link).error().code == ENODEV);
}

TEST_CASE("a port stays with its link when that is renamed, and does not open on a name that has passed on",
          "[port]") {
    Host host;
    const Wire wire{host.peer, "far0"};
    const auto link = link_of("hb0");
    const auto port = PcapPort::open(link).value();
    host.here.run(
        "ip link set hb0 down && ip link set hb0 name wan && ip link set wan up && "
        "ip link add hb0 type veth peer name hb1 && ip link set hb0 up && ip link set hb1 up");
    CHECK(PcapPort::open(link).error() ==
          netlink::Error{ENODEV, "open a capture on hb0: another link has its name now"});
    REQUIRE(PcapPort::open(link_of("wan")));
    // Down in between: the port says so only if it is asked while it is.
    wire.send(ipv4_frame(112, 7));
    received_until(*port, 7);
}

TEST_CASE("only Ethernet is taken", "[port]") {
    Host host;
    host.here.run("ip tuntap add tun0 mode tun && ip link set tun0 up");
    CHECK(PcapPort::open(link_of("tun0")).error() ==
          netlink::Error{EOPNOTSUPP, "open a capture on tun0: it is not Ethernet"});
}

TEST_CASE("the link joins the groups of both families as long as the port is open", "[port]") {
    Host host;
    const auto groups = [&] { return host.here.run("ip maddress show dev hb0"); };
    CHECK_THAT(groups(), !Contains("224.0.0.18") && !Contains("ff02::12"));
    {
        const auto port = PcapPort::open(link_of("hb0")).value();
        CHECK_THAT(groups(), Contains("inet  224.0.0.18") && Contains("inet6 ff02::12"));
        CHECK_THAT(groups(), Contains("01:00:5e:00:00:12") && Contains("33:33:00:00:00:12"));
    }
    CHECK_THAT(groups(), !Contains("224.0.0.18") && !Contains("ff02::12"));
}

TEST_CASE("a datagram arrives with TTL 255 and network control priority, from the source asked for",
          "[port]") {
    Host host;
    host.here.run("ip address add 192.0.2.1/24 dev hb0 && ip address add 192.0.2.2/24 dev hb0");
    host.peer.run("ip address add 192.0.2.9/24 dev far0");
    const Datagrams datagrams{host, AF_INET};
    const auto port = PcapPort::open(link_of("hb0")).value();
    for (const auto& source : {kOwn, IpAddress::v4(192, 0, 2, 2)}) {
        REQUIRE(port->send_datagram(source, kPeer, kPayload));
        const auto datagram = datagrams.next();
        CHECK(datagram.hop_limit == 255);
        CHECK(datagram.traffic_class == 0xc0);
        REQUIRE(datagram.octets.size() == 32);
        CHECK(IpAddress::from_octets(std::span{datagram.octets}.subspan(12, 4)) == source);
        CHECK(Frame(datagram.octets.begin() + 20, datagram.octets.end()) == kPayload);
    }
    const auto foreign = port->send_datagram(IpAddress::v4(192, 0, 2, 77), kPeer, kPayload);
    REQUIRE_FALSE(foreign);
    CHECK_THAT(foreign.error().message, Contains("send an advertisement from 192.0.2.77 to 192.0.2.9: "));
}

TEST_CASE("an IPv6 datagram arrives with Hop Limit 255, its checksum untouched", "[port]") {
    Host host;
    host.here.run("ip address add 2001:db8::1/64 dev hb0 nodad && ip address add fe80::1/64 dev hb0 nodad");
    host.peer.run("ip address add 2001:db8::9/64 dev far0 nodad && ip address add fe80::9/64 dev far0 nodad");
    const Datagrams datagrams{host, AF_INET6};
    const auto port = PcapPort::open(link_of("hb0")).value();
    const auto* prefix = GENERATE("2001:db8::", "fe80::");
    REQUIRE(port->send_datagram(*IpAddress::parse(prefix + std::string{"1"}),
                                *IpAddress::parse(prefix + std::string{"9"}), kPayload));
    const auto datagram = datagrams.next();
    CHECK(datagram.hop_limit == 255);
    CHECK(datagram.traffic_class == 0xc0);
    CHECK(datagram.octets == kPayload);
}

TEST_CASE("a host that cannot do IPv6 has a port all the same", "[port]") {
    Host host;
    // Below 1280 octets (RFC 8200, 5) Linux takes IPv6 off the link.
    const bool no_ipv6_at_all = GENERATE(true, false);
    host.here.run(no_ipv6_at_all ? "ip link set hb0 mtu 1000"
                                 : "sysctl -qw net.ipv6.conf.hb0.disable_ipv6=1");
    const Wire wire{host.peer, "far0"};
    const auto port = PcapPort::open(link_of("hb0")).value();
    wire.send(ipv4_frame(112, 7));
    received_until(*port, 7);
    const auto sent =
        port->send_datagram(*IpAddress::parse("2001:db8::1"), *IpAddress::parse("2001:db8::9"), kPayload);
    REQUIRE_FALSE(sent);
    CHECK_THAT(sent.error().message,
               StartsWith(no_ipv6_at_all ? "open an IPv6 socket for protocol 112 on hb0: "
                                         : "send an advertisement from 2001:db8::1 to 2001:db8::9: "));
    CHECK(port->send_datagram(kOwn, *IpAddress::parse("2001:db8::9"), kPayload).error().code == EINVAL);
}

TEST_CASE("advertisements to this host's own address are not answered by the kernel", "[port]") {
    Host host;
    host.here.run("ip address add 192.0.2.1/24 dev hb0 && ip address add 2001:db8::1/64 dev hb0 nodad");
    host.peer.run("ip address add 192.0.2.9/24 dev far0 && ip address add 2001:db8::9/64 dev far0 nodad");
    const Wire wire{host.peer, "far0"};
    const auto provoke = [&] {
        host.peer.inside([] {
            const netlink::Descriptor socket{::socket(AF_INET, SOCK_RAW, 112)};
            sockaddr_in to{};
            to.sin_family = AF_INET;
            ::inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
            ::sendto(socket.get(), kPayload.data(), kPayload.size(), 0, reinterpret_cast<sockaddr*>(&to),
                     sizeof to);
        });
        // The echo reply comes after whatever answer there is.
        host.peer.run("ping -n -c 1 -W 2 192.0.2.1");
        const auto frames = wire.until([](const Frame& frame) {
            return ether_type(frame) == 0x0800 && frame.at(23) == 1 && frame.at(34) == 0;
        });
        return std::ranges::any_of(frames, [](const Frame& frame) {
            return ether_type(frame) == 0x0800 && frame.at(23) == 1 && frame.at(34) == 3;
        });
    };
    CHECK(provoke());  // ICMP 3, destination unreachable: what happens without a port
    const auto port = PcapPort::open(link_of("hb0")).value();
    CHECK_FALSE(provoke());
    CHECK_THAT(host.here.run("cat /proc/net/raw"),
               Contains("00000000:0070 00000000:0000 07 00000000:00000000"));
}

}  // namespace highbase::test
