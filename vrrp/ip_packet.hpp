// SPDX-License-Identifier: GPL-2.0-or-later
// Ethernet frames and the IP packets in them, as far as a VRRP speaker reads and writes them. Frames are
// taken from the link before the kernel's IP stack has looked at them, so every length and header checksum is
// checked here.
#pragma once

#include <cstdint>
#include <optional>
#include <tl/expected.hpp>

#include "vrrp/address.hpp"
#include "vrrp/discard.hpp"
#include "vrrp/octets.hpp"

namespace highbase::vrrp {

inline constexpr std::uint8_t kHopLimit = 255;  // RFC 9568 5.1.1.3 and 5.1.2.3: everything else was routed

enum class EtherType : std::uint16_t { ipv4 = 0x0800, arp = 0x0806, ipv6 = 0x86dd };

struct EthernetFrame {
    MacAddress destination;
    MacAddress source;
    EtherType type{};
    Octets payload;  // may end with padding: frames are at least 60 octets long
};

// Nothing where the frame is too short. Tagged frames (802.1Q) come out with the tag's type, and are nobody's
// here.
std::optional<EthernetFrame> parse_ethernet(Octets frame);
OctetString ethernet_frame(const MacAddress& destination, const MacAddress& source, EtherType type,
                           Octets payload);

struct IpPacket {
    IpAddress source;
    IpAddress destination;
    std::uint8_t hop_limit = 0;
    std::uint8_t protocol = 0;
    Octets payload;  // without padding
};

// IPv4 (options are skipped) or IPv6 (extension headers are not: `protocol` is then theirs). Refuses what is
// not a whole, unfragmented packet with a right header: Discard::ip_header.
tl::expected<IpPacket, Discard> parse_ip(EtherType type, Octets octets);

// The protocol that the header names, however broken the packet is; nothing where it is too short to say.
std::optional<std::uint8_t> protocol_of(EtherType type, Octets octets);

// An IP header, hop limit 255, DSCP CS6 (network control), and the payload. IPv4 goes without an
// identification and must not be fragmented (RFC 6864).
OctetString ip_packet(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                      Octets payload);

}  // namespace highbase::vrrp
