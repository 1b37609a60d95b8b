// SPDX-License-Identifier: GPL-2.0-or-later
// ARP packets and Neighbor Advertisements of any content: what is accepted says what its octets say.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/require.hpp"
#include "vrrp/arp.hpp"
#include "vrrp/checksum.hpp"
#include "vrrp/ip_packet.hpp"
#include "vrrp/neighbor_advertisement.hpp"

using namespace highbase::vrrp;

namespace {

void read_arp(Octets octets) {
    const auto arp = parse_arp(octets);
    if (!arp) return;
    OctetString expected{0, 1, 8, 0, 6, 4};
    append16(expected, static_cast<std::uint16_t>(arp->operation));
    append(expected, arp->sender_mac.octets);
    append(expected, arp->sender_ip.octets());
    append(expected, arp->target_mac.octets);
    append(expected, arp->target_ip.octets());
    FUZZ_REQUIRE(std::ranges::equal(expected, octets.first(28)));
    FUZZ_REQUIRE(arp->claims(arp->sender_ip));

    const OctetString frame = gratuitous_arp(arp->operation, arp->sender_mac, arp->sender_ip);
    const auto ours = parse_arp(Octets{frame}.subspan(14));
    FUZZ_REQUIRE(ours && ours->operation == arp->operation && ours->sender_mac == arp->sender_mac);
    FUZZ_REQUIRE(ours->sender_ip == arp->sender_ip && ours->target_ip == arp->sender_ip);
    FUZZ_REQUIRE(ours->target_mac == arp->sender_mac);
    const OctetString probe = arp_probe(arp->sender_mac, arp->target_ip);
    const bool claims = parse_arp(Octets{probe}.subspan(14))->claims(arp->target_ip);
    FUZZ_REQUIRE(!claims || arp->target_ip.is_unspecified());
}

void read_neighbor_advertisement(const IpPacket& packet) {
    const auto advertised = parse_neighbor_advertisement(packet);
    if (!advertised) return;
    FUZZ_REQUIRE(packet.hop_limit == kHopLimit && packet.protocol == kProtocolIcmpv6);
    FUZZ_REQUIRE(packet.payload.size() >= 24 && packet.payload[0] == 136 && packet.payload[1] == 0);
    FUZZ_REQUIRE(!advertised->target.is_multicast() && !advertised->target.is_ipv4());
    FUZZ_REQUIRE(!advertised->solicited || !packet.destination.is_multicast());
    FUZZ_REQUIRE(std::ranges::equal(advertised->target.octets(), packet.payload.subspan(8, 16)));
    FUZZ_REQUIRE(!advertised->target_mac || packet.payload.size() >= 32);

    const MacAddress mac = advertised->target_mac.value_or(kBroadcastMac);
    const OctetString frame = unsolicited_neighbor_advertisement(mac, advertised->target);
    const auto ip = parse_ip(EtherType::ipv6, Octets{frame}.subspan(14));
    FUZZ_REQUIRE(ip.has_value());
    const auto ours = parse_neighbor_advertisement(*ip);
    FUZZ_REQUIRE(ours && ours->target == advertised->target && ours->target_mac == mac);
    FUZZ_REQUIRE(ours->router && !ours->solicited && ours->override);
}

void whole_frame(Octets frame) {
    const auto ethernet = parse_ethernet(frame);
    if (!ethernet) return;
    if (ethernet->type == EtherType::arp) read_arp(ethernet->payload);
    const auto packet = parse_ip(ethernet->type, ethernet->payload);
    if (packet) read_neighbor_advertisement(*packet);
}

// Checksums keep random frames from getting far: here they are made right. To a group, or to a host.
void repaired_message(Octets octets, bool to_group) {
    const IpAddress source = IpAddress::parse("fe80::1").value();
    const IpAddress destination = IpAddress::parse(to_group ? "ff02::1" : "fe80::2").value();
    OctetString message{octets.begin(), octets.end()};
    if (message.size() >= 4) {
        write16(message, 2, 0);
        InternetChecksum sum;
        sum.add_pseudo_header(source, destination, kProtocolIcmpv6, message.size());
        write16(message, 2, sum.add(message).value());
    }
    read_neighbor_advertisement({source, destination, kHopLimit, kProtocolIcmpv6, message});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Octets octets{data + 1, size - 1};
    switch (data[0] % 4) {
        case 0: whole_frame(octets); break;
        case 1: read_arp(octets); break;
        case 2: repaired_message(octets, true); break;
        default: repaired_message(octets, false); break;
    }
    return 0;
}
