// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/arp.hpp"

#include <algorithm>
#include <array>

#include "vrrp/ip_packet.hpp"

namespace highbase::vrrp {
namespace {

constexpr std::array<std::uint8_t, 6> kEthernetIpv4{0,    1, 0x08,
                                                    0x00, 6, 4};  // hardware, protocol, and their lengths
constexpr std::size_t kArpPacket = 28;

MacAddress mac_at(Octets octets, std::size_t at) {
    MacAddress mac;
    std::ranges::copy(octets.subspan(at, mac.octets.size()), mac.octets.begin());
    return mac;
}

OctetString arp_broadcast(const ArpPacket& arp) {
    OctetString packet{kEthernetIpv4.begin(), kEthernetIpv4.end()};
    append16(packet, static_cast<std::uint16_t>(arp.operation));
    append(packet, arp.sender_mac.octets);
    append(packet, arp.sender_ip.octets());
    append(packet, arp.target_mac.octets);
    append(packet, arp.target_ip.octets());
    return ethernet_frame(kBroadcastMac, arp.sender_mac, EtherType::arp, packet);
}

}  // namespace

std::optional<ArpPacket> parse_arp(Octets octets) {
    if (octets.size() < kArpPacket ||
        !std::ranges::equal(octets.first(kEthernetIpv4.size()), kEthernetIpv4)) {
        return std::nullopt;
    }
    const ArpOperation operation{read16(octets, 6)};
    if (operation != ArpOperation::request && operation != ArpOperation::reply) return std::nullopt;
    return ArpPacket{operation, mac_at(octets, 8), IpAddress::from_octets(octets.subspan(14, 4)),
                     mac_at(octets, 18), IpAddress::from_octets(octets.subspan(24, 4))};
}

OctetString gratuitous_arp(ArpOperation form, const MacAddress& mac, const IpAddress& address) {
    return arp_broadcast({form, mac, address, mac, address});
}

OctetString arp_probe(const MacAddress& mac, const IpAddress& target) {
    return arp_broadcast({ArpOperation::request, mac, IpAddress{}, MacAddress{}, target});
}

}  // namespace highbase::vrrp
