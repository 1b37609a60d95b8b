// SPDX-License-Identifier: GPL-2.0-or-later
// ICMPv6 Neighbor Discovery (RFC 4861), as far as owning an address needs it.
#pragma once

#include <optional>

#include "vrrp/address.hpp"
#include "vrrp/ip_packet.hpp"
#include "vrrp/octets.hpp"

namespace highbase::vrrp {

struct NeighborAdvertisement {
    IpAddress target;
    std::optional<MacAddress> target_mac;  // the Target Link-Layer Address option
    bool router = false;
    bool solicited = false;
    bool override = false;
};

// Nothing unless it is a Neighbor Advertisement that RFC 4861 7.1.2 calls valid: hop limit 255, checksum,
// code 0, a unicast target, options of a length above zero.
std::optional<NeighborAdvertisement> parse_neighbor_advertisement(const IpPacket& packet);

// A whole frame from `address` to all nodes that tells them where it is: Router flag set, Solicited flag
// unset, Override flag set, with the Target Link-Layer Address (RFC 9568 6.4.1 and 6.4.2).
OctetString unsolicited_neighbor_advertisement(const MacAddress& mac, const IpAddress& address);

// A whole frame that asks who has `target` without claiming anything (RFC 4862 5.4.2: from the unspecified
// address).
OctetString neighbor_probe(const MacAddress& mac, const IpAddress& target);

}  // namespace highbase::vrrp
