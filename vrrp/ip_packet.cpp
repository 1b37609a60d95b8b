// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/ip_packet.hpp"

#include <algorithm>

#include "vrrp/checksum.hpp"

namespace highbase::vrrp {
namespace {

constexpr std::size_t kEthernetHeader = 14;
constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::uint8_t kClassSelector6 = 0xc0;  // DSCP CS6 in the place of the TOS octet

MacAddress read_mac(Octets octets) {
    MacAddress mac;
    std::ranges::copy(octets.first(mac.octets.size()), mac.octets.begin());
    return mac;
}

tl::expected<IpPacket, Discard> parse_ipv4(Octets octets) {
    const auto refused = tl::make_unexpected(Discard::ip_header);
    if (octets.size() < kIpv4Header || octets[0] >> 4 != 4) return refused;
    const std::size_t header = 4U * (octets[0] & 0x0fU);
    const std::size_t total = read16(octets, 2);
    if (header < kIpv4Header || total < header || total > octets.size()) return refused;
    const bool fragment = (read16(octets, 6) & 0x3fff) != 0;  // More Fragments, or an offset
    if (fragment || InternetChecksum{}.add(octets.first(header)).value() != 0) return refused;
    return IpPacket{IpAddress::from_octets(octets.subspan(12, 4)),
                    IpAddress::from_octets(octets.subspan(16, 4)), octets[8], octets[9],
                    octets.first(total).subspan(header)};
}

tl::expected<IpPacket, Discard> parse_ipv6(Octets octets) {
    const auto refused = tl::make_unexpected(Discard::ip_header);
    if (octets.size() < kIpv6Header || octets[0] >> 4 != 6) return refused;
    const std::size_t length = read16(octets, 4);
    if (length > octets.size() - kIpv6Header) return refused;
    return IpPacket{IpAddress::from_octets(octets.subspan(8, 16)),
                    IpAddress::from_octets(octets.subspan(24, 16)), octets[7], octets[6],
                    octets.subspan(kIpv6Header, length)};
}

}  // namespace

std::optional<EthernetFrame> parse_ethernet(Octets frame) {
    if (frame.size() < kEthernetHeader) return std::nullopt;
    return EthernetFrame{read_mac(frame), read_mac(frame.subspan(6)),
                         static_cast<EtherType>(read16(frame, 12)), frame.subspan(kEthernetHeader)};
}

OctetString ethernet_frame(const MacAddress& destination, const MacAddress& source, EtherType type,
                           Octets payload) {
    OctetString frame;
    frame.reserve(kEthernetHeader + payload.size());
    append(frame, destination.octets);
    append(frame, source.octets);
    append16(frame, static_cast<std::uint16_t>(type));
    append(frame, payload);
    return frame;
}

tl::expected<IpPacket, Discard> parse_ip(EtherType type, Octets octets) {
    if (type == EtherType::ipv4) return parse_ipv4(octets);
    if (type == EtherType::ipv6) return parse_ipv6(octets);
    return tl::make_unexpected(Discard::ip_header);
}

std::optional<std::uint8_t> protocol_of(EtherType type, Octets octets) {
    const std::size_t at = type == EtherType::ipv4 ? 9 : 6;
    return octets.size() > at ? std::optional{octets[at]} : std::nullopt;
}

OctetString ip_packet(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                      Octets payload) {
    OctetString packet;
    if (source.is_ipv4()) {
        packet = {0x45, kClassSelector6, 0,        0, 0, 0, 0x40,
                  0,    kHopLimit,       protocol, 0, 0};  // 0x40: Don't Fragment
        write16(packet, 2, static_cast<std::uint16_t>(kIpv4Header + payload.size()));
    } else {
        packet = {
            0x60 | kClassSelector6 >> 4, (kClassSelector6 & 0x0f) << 4, 0, 0, 0, 0, protocol, kHopLimit};
        write16(packet, 4, static_cast<std::uint16_t>(payload.size()));
    }
    append(packet, source.octets());
    append(packet, destination.octets());
    if (source.is_ipv4()) write16(packet, 10, InternetChecksum{}.add(packet).value());
    append(packet, payload);
    return packet;
}

}  // namespace highbase::vrrp
