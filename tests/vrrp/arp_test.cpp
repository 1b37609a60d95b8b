// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/arp.hpp"

#include "tests/catch.hpp"
#include "tests/vrrp/octets.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

const MacAddress kVirtualMac = MacAddress::parse("00:00:5e:00:01:33").value();
const IpAddress kVirtualAddress = IpAddress::v4(192, 0, 2, 100);

// hardware, protocol, lengths, operation; sender; target
constexpr auto kRequest = "0001 0800 06 04 0001  02aabbccdd01 c0000202  000000000000 c0000264";

bool is_refused(std::string_view text) {
    return !parse_arp(hex(text));
}

}  // namespace

TEST_CASE("a gratuitous ARP names the virtual MAC address as sender and as target",
          "[rfc9568-6.4.2-gratuitous-arp:positive][rfc9568-8.1.2-gratuitous-arp:positive]") {
    // Linux takes an unsolicited reply only if both hardware addresses agree (net/ipv4/arp.c, arp_is_garp).
    CHECK(to_hex(gratuitous_arp(ArpOperation::request, kVirtualMac, kVirtualAddress)) ==
          compact("ffffffffffff 00005e000133 0806"
                  "0001 0800 06 04 0001  00005e000133 c0000264  00005e000133 c0000264"));
    CHECK(to_hex(gratuitous_arp(ArpOperation::reply, kVirtualMac, kVirtualAddress)) ==
          compact("ffffffffffff 00005e000133 0806"
                  "0001 0800 06 04 0002  00005e000133 c0000264  00005e000133 c0000264"));
}

TEST_CASE("a probe claims nothing", "[rfc9568-6.4.2-gratuitous-arp:negative]") {
    CHECK(to_hex(arp_probe(kVirtualMac, kVirtualAddress)) ==
          compact("ffffffffffff 00005e000133 0806"
                  "0001 0800 06 04 0001  00005e000133 00000000  000000000000 c0000264"));
    const OctetString frame = arp_probe(kVirtualMac, kVirtualAddress);
    const ArpPacket probe = parse_arp(Octets{frame}.subspan(14)).value();
    CHECK_FALSE(probe.claims(kVirtualAddress));
}

TEST_CASE("a request is understood") {
    const ArpPacket arp = parse_arp(hex(kRequest)).value();
    CHECK(arp.operation == ArpOperation::request);
    CHECK(arp.sender_mac.to_string() == "02:aa:bb:cc:dd:01");
    CHECK(arp.sender_ip == IpAddress::v4(192, 0, 2, 2));
    CHECK(arp.target_mac == MacAddress{});
    CHECK(arp.target_ip == kVirtualAddress);
}

TEST_CASE("whoever sends from an address claims it, whoever asks for it does not") {
    const ArpPacket arp = parse_arp(hex(kRequest)).value();
    CHECK(arp.claims(IpAddress::v4(192, 0, 2, 2)));
    CHECK_FALSE(arp.claims(kVirtualAddress));
    const ArpPacket reply =
        parse_arp(hex("0001 0800 06 04 0002 02aabbccdd01 c0000264 000c29000001 c0000201")).value();
    CHECK(reply.operation == ArpOperation::reply);
    CHECK(reply.claims(kVirtualAddress));
}

TEST_CASE("padding behind an ARP packet is ignored") {
    CHECK(parse_arp(hex(std::string{kRequest} + "000000000000000000000000000000000000")));
}

TEST_CASE("other ARP packets are none of ours") {
    CHECK(is_refused(""));
    CHECK(is_refused("0001 0800 06 04 0001  02aabbccdd01 c0000202  000000000000 c00002"));  // one octet short
    CHECK(is_refused("0006 0800 06 04 0001  02aabbccdd01 c0000202  000000000000 c0000264"));  // not Ethernet
    CHECK(is_refused("0001 86dd 06 04 0001  02aabbccdd01 c0000202  000000000000 c0000264"));  // not IPv4
    CHECK(is_refused("0001 0800 08 04 0001  02aabbccdd01 c0000202  000000000000 c0000264"));
    CHECK(is_refused("0001 0800 06 10 0001  02aabbccdd01 c0000202  000000000000 c0000264"));
    CHECK(is_refused("0001 0800 06 04 0000  02aabbccdd01 c0000202  000000000000 c0000264"));
    CHECK(is_refused("0001 0800 06 04 0003  02aabbccdd01 c0000202  000000000000 c0000264"));  // reverse ARP
    CHECK(is_refused("0001 0800 06 04 0100  02aabbccdd01 c0000202  000000000000 c0000264"));
}
