// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/ip_packet.hpp"

#include "tests/catch.hpp"
#include "tests/vrrp/packet.hpp"
#include "vrrp/checksum.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

// version and length, DSCP; total length; identification; flags; TTL, protocol; checksum; addresses
constexpr auto kHeader4 = "45 c0 0020  0000 4000  ff 70 d899  c0000201 e0000012";
constexpr auto kSent4 = "31336401 0064 a802 c0000264";
constexpr auto kHeader6 =
    "6c000000 0018 70 ff  fe800000000000000000000000000001 ff020000000000000000000000000012";
constexpr auto kSent6 = "31336401 0064 6d63 fe800000000000000000000000000064";

std::string both(std::string_view one, std::string_view two) {
    return std::string{one} + std::string{two};
}

// What becomes of the octets behind an Ethernet header: the payload, or why it was refused.
std::string parsed(EtherType type, std::string_view text) {
    const OctetString octets = hex(text);
    const auto packet = parse_ip(type, octets);
    return packet ? to_hex(packet->payload) : std::string{name(packet.error())};
}
std::string parsed4(std::string_view text) {
    return parsed(EtherType::ipv4, text);
}
std::string parsed6(std::string_view text) {
    return parsed(EtherType::ipv6, text);
}

constexpr auto kAccepted4 = "313364010064a802c0000264";

}  // namespace

// ---- Ethernet

TEST_CASE("an Ethernet frame is two addresses, a type, and the rest") {
    const OctetString octets = hex("01005e000012 00005e000133 0800 45c0");
    const EthernetFrame frame = parse_ethernet(octets).value();
    CHECK(frame.destination.to_string() == "01:00:5e:00:00:12");
    CHECK(frame.source.to_string() == "00:00:5e:00:01:33");
    CHECK(frame.type == EtherType::ipv4);
    CHECK(to_hex(frame.payload) == "45c0");
    CHECK(to_hex(ethernet_frame(frame.destination, frame.source, frame.type, frame.payload)) ==
          to_hex(octets));
}

TEST_CASE("less than an Ethernet header is nothing") {
    CHECK_FALSE(parse_ethernet({}));
    CHECK_FALSE(parse_ethernet(hex("01005e000012 00005e000133 08")));
    CHECK(parse_ethernet(hex("01005e000012 00005e000133 0800")).value().payload.empty());
}

TEST_CASE("a tagged frame comes out with the tag's type, and no IP packet is found in it") {
    const OctetString octets = hex("01005e000012 00005e000133 8100 0007 0800" + both(kHeader4, kSent4));
    const EthernetFrame frame = parse_ethernet(octets).value();
    CHECK(static_cast<int>(frame.type) == 0x8100);
    CHECK(parse_ip(frame.type, frame.payload).error() == Discard::ip_header);
    CHECK(parse_ip(EtherType::arp, frame.payload).error() == Discard::ip_header);
}

// ---- sending

TEST_CASE("an IPv4 packet of ours",
          "[rfc9568-5.1.1.3-ttl-sent:positive][rfc9568-7.2-protocol-and-group:positive]") {
    CHECK(to_hex(ip_packet(kSource4, kGroup4, kProtocolVrrp, hex(kSent4))) ==
          compact(both(kHeader4, kSent4)));
}

TEST_CASE("an IPv6 packet of ours",
          "[rfc9568-5.1.2.3-hop-limit-sent:positive][rfc9568-7.2-protocol-and-group:positive]") {
    CHECK(to_hex(ip_packet(kSource6, kGroup6, kProtocolVrrp, hex(kSent6))) ==
          compact(both(kHeader6, kSent6)));
}

// ---- IPv4 received

TEST_CASE("an IPv4 packet is understood") {
    const OctetString octets = hex(both(kHeader4, kSent4));
    const IpPacket packet = parse_ip(EtherType::ipv4, octets).value();
    CHECK(packet.source == kSource4);
    CHECK(packet.destination == kGroup4);
    CHECK(packet.hop_limit == 255);
    CHECK(packet.protocol == 112);
    CHECK(to_hex(packet.payload) == kAccepted4);
}

TEST_CASE("the hop limit is handed on, not judged here") {
    const OctetString octets = hex(both("45c00020 00004000 fe70d999 c0000201 e0000012", kSent4));
    CHECK(parse_ip(EtherType::ipv4, octets).value().hop_limit == 254);
}

TEST_CASE("padding of a short Ethernet frame is no part of the packet") {
    const OctetString octets = hex(both(both(kHeader4, kSent4), "0000 0000 0000 0000 0000 0000 0000"));
    CHECK(octets.size() == 46);
    CHECK(parsed4(to_hex(octets)) == kAccepted4);
    CHECK(parsed4(both(both(kHeader4, kSent4), "ffff ffff")) == kAccepted4);
}

TEST_CASE("IPv4 options are skipped") {
    // Router Alert, which IGMP has.
    CHECK(parsed4(both("46c00024 00004000 ff704391 c0000201 e0000012 94040000", kSent4)) == kAccepted4);
}

TEST_CASE("a fragment is refused, first or later") {
    CHECK(parsed4(both("45c00020 00002000 ff70f899 c0000201 e0000012", kSent4)) == "ip_header");
    CHECK(parsed4(both("45c00020 00000001 ff701899 c0000201 e0000012", kSent4)) == "ip_header");
    // Don't Fragment may be set or not; the reserved flag is not looked at.
    CHECK(parsed4(both("45c00020 00000000 ff70189a c0000201 e0000012", kSent4)) == kAccepted4);
    CHECK(parsed4(both("45c00020 00008000 ff709899 c0000201 e0000012", kSent4)) == kAccepted4);
}

TEST_CASE("a wrong IPv4 header checksum is refused") {
    CHECK(parsed4(both("45c00020 00004000 ff70d89a c0000201 e0000012", kSent4)) == "ip_header");
    CHECK(parsed4(both("45c00020 00004000 fe70d899 c0000201 e0000012", kSent4)) == "ip_header");
}

TEST_CASE("IPv4 lengths that contradict each other are refused") {
    CHECK(parsed4("") == "ip_header");
    CHECK(parsed4("45c00020 00004000 ff70d899 c0000201 e00000") == "ip_header");  // 19 octets
    CHECK(parsed4(both("45c00021 00004000 ff70d898 c0000201 e0000012", kSent4)) ==
          "ip_header");  // longer than it is
    CHECK(parsed4(both("45c00013 00004000 ff70d8a6 c0000201 e0000012", kSent4)) ==
          "ip_header");  // than its header
    CHECK(parsed4(both("44c00020 00004000 ff70b9ac c0000201 e0000012", kSent4)) ==
          "ip_header");  // header of 16
    CHECK(parsed4(both("4fc00020 00004000 ff70d899 c0000201 e0000012", kSent4)) ==
          "ip_header");                                                                    // header of 60
    CHECK(parsed4(both("45c00014 00004000 ff70d8a5 c0000201 e0000012", kSent4)).empty());  // no payload
}

TEST_CASE("another IP version in an IPv4 frame is refused") {
    CHECK(parsed4(both("55c00020 00004000 ff70c899 c0000201 e0000012", kSent4)) == "ip_header");
    CHECK(parsed4(both(kHeader6, kSent6)) == "ip_header");
}

// ---- IPv6 received

TEST_CASE("an IPv6 packet is understood") {
    const OctetString octets = hex(both(kHeader6, kSent6));
    const IpPacket packet = parse_ip(EtherType::ipv6, octets).value();
    CHECK(packet.source == kSource6);
    CHECK(packet.destination == kGroup6);
    CHECK(packet.hop_limit == 255);
    CHECK(packet.protocol == 112);
    CHECK(to_hex(packet.payload) == compact(kSent6));
    CHECK(parsed6(both(both(kHeader6, kSent6), "0000")) == compact(kSent6));
}

TEST_CASE("an extension header is not skipped: its protocol is not VRRP") {
    // Hop-by-hop options, as MLD has them: next header 112, Router Alert, padding.
    const OctetString octets =
        hex(both("6c000000 0020 00 ff fe800000000000000000000000000001 ff020000000000000000000000000012"
                 "7000 0502 0000 0100",
                 kSent6));
    CHECK(parse_ip(EtherType::ipv6, octets).value().protocol == 0);
}

TEST_CASE("IPv6 lengths that contradict each other are refused") {
    CHECK(parsed6("") == "ip_header");
    CHECK(parsed6("6c000000 0000 70 ff fe800000000000000000000000000001 ff0200000000000000000000000000") ==
          "ip_header");
    CHECK(
        parsed6(both("6c000000 0019 70 ff fe800000000000000000000000000001 ff020000000000000000000000000012",
                     kSent6)) == "ip_header");
    CHECK(
        parsed6(both("6c000000 0000 70 ff fe800000000000000000000000000001 ff020000000000000000000000000012",
                     kSent6))
            .empty());
}

TEST_CASE("another IP version in an IPv6 frame is refused") {
    CHECK(
        parsed6(both("4c000000 0018 70 ff fe800000000000000000000000000001 ff020000000000000000000000000012",
                     kSent6)) == "ip_header");
    CHECK(parsed6(both(both(kHeader4, kSent4), "00000000 00000000 00000000")) == "ip_header");
}
