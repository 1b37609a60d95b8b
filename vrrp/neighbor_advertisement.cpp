// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/neighbor_advertisement.hpp"

#include <algorithm>
#include <array>

#include "vrrp/checksum.hpp"

namespace highbase::vrrp {
namespace {

constexpr std::uint8_t kTypeSolicitation = 135;
constexpr std::uint8_t kTypeNeighborAdvertisement = 136;
constexpr std::uint8_t kOptionTargetMac = 2;
constexpr std::size_t kFixedPart = 24;
constexpr std::uint8_t kRouterFlag = 0x80;
constexpr std::uint8_t kSolicitedFlag = 0x40;
constexpr std::uint8_t kOverrideFlag = 0x20;

constexpr std::array<std::uint8_t, 16> kAllNodes{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 16> kUnspecified{};

// False where an option is malformed, which makes the whole packet invalid.
bool read_options(Octets options, NeighborAdvertisement& result) {
    while (!options.empty()) {
        if (options.size() < 2) return false;
        const std::size_t length = 8U * options[1];
        if (length == 0 || length > options.size()) return false;
        if (options[0] == kOptionTargetMac && length == 8) {
            result.target_mac.emplace();
            std::ranges::copy(options.subspan(2, 6), result.target_mac->octets.begin());
        }
        options = options.subspan(length);
    }
    return true;
}

OctetString icmpv6_frame(const MacAddress& to, const MacAddress& from, const IpAddress& source,
                         const IpAddress& destination, OctetString message) {
    const std::uint16_t checksum =
        InternetChecksum{}
            .add_pseudo_header(source, destination, kProtocolIcmpv6, message.size())
            .add(message)
            .value();
    write16(message, 2, checksum);
    return ethernet_frame(to, from, EtherType::ipv6,
                          ip_packet(source, destination, kProtocolIcmpv6, message));
}

}  // namespace

std::optional<NeighborAdvertisement> parse_neighbor_advertisement(const IpPacket& packet) {
    const Octets message = packet.payload;
    if (packet.source.is_ipv4() || packet.protocol != kProtocolIcmpv6 || packet.hop_limit != kHopLimit)
        return std::nullopt;
    if (message.size() < kFixedPart || message[0] != kTypeNeighborAdvertisement || message[1] != 0)
        return std::nullopt;
    InternetChecksum sum;
    sum.add_pseudo_header(packet.source, packet.destination, kProtocolIcmpv6, message.size()).add(message);
    NeighborAdvertisement result{IpAddress::from_octets(message.subspan(8, 16)), std::nullopt,
                                 (message[4] & kRouterFlag) != 0, (message[4] & kSolicitedFlag) != 0,
                                 (message[4] & kOverrideFlag) != 0};
    if (sum.value() != 0 || result.target.is_multicast()) return std::nullopt;
    if (result.solicited && packet.destination.is_multicast()) return std::nullopt;
    if (!read_options(message.subspan(kFixedPart), result)) return std::nullopt;
    return result;
}

OctetString unsolicited_neighbor_advertisement(const MacAddress& mac, const IpAddress& address) {
    OctetString message{kTypeNeighborAdvertisement, 0, 0, 0, kRouterFlag | kOverrideFlag, 0, 0, 0};
    append(message, address.octets());
    message.insert(message.end(), {kOptionTargetMac, 1});
    append(message, mac.octets);
    constexpr MacAddress kAllNodesMac{{0x33, 0x33, 0, 0, 0, 1}};
    return icmpv6_frame(kAllNodesMac, mac, address, IpAddress::from_octets(kAllNodes), std::move(message));
}

OctetString neighbor_probe(const MacAddress& mac, const IpAddress& target) {
    OctetString message{kTypeSolicitation, 0, 0, 0, 0, 0, 0, 0};
    append(message, target.octets());
    // The solicited-node group and its MAC carry the last 24 bits of the target (RFC 4291 2.7.1, RFC 2464 7).
    std::array<std::uint8_t, 16> group{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0};
    MacAddress group_mac{{0x33, 0x33, 0xff, 0, 0, 0}};
    std::ranges::copy(target.octets().last(3), group.begin() + 13);
    std::ranges::copy(target.octets().last(3), group_mac.octets.begin() + 3);
    return icmpv6_frame(group_mac, mac, IpAddress::from_octets(kUnspecified), IpAddress::from_octets(group),
                        std::move(message));
}

}  // namespace highbase::vrrp
