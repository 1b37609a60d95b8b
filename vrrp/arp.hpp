// SPDX-License-Identifier: GPL-2.0-or-later
// ARP for IPv4 over Ethernet (RFC 826), as far as owning an address needs it.
#pragma once

#include <cstdint>
#include <optional>

#include "vrrp/address.hpp"
#include "vrrp/octets.hpp"

namespace highbase::vrrp {

enum class ArpOperation : std::uint16_t { request = 1, reply = 2 };

struct ArpPacket {
    ArpOperation operation{};
    MacAddress sender_mac;
    IpAddress sender_ip;
    MacAddress target_mac;
    IpAddress target_ip;

    // The sender says that the address is its own. A probe (RFC 5227: sender address 0.0.0.0) claims nothing.
    [[nodiscard]] bool claims(const IpAddress& address) const { return sender_ip == address; }
};

// The payload of an ARP frame; nothing for other hardware, other protocols, other operations, or too few
// octets.
std::optional<ArpPacket> parse_arp(Octets octets);

// A whole broadcast frame that tells everybody where `address` is. Both forms name `mac` as the target as
// well (RFC 9568 8.1.2 with errata 7947 and 7949): Linux takes a gratuitous reply only if sender and target
// MAC agree.
OctetString gratuitous_arp(ArpOperation form, const MacAddress& mac, const IpAddress& address);

// A whole broadcast frame that asks who has `target` without claiming anything (RFC 5227 1.1).
OctetString arp_probe(const MacAddress& mac, const IpAddress& target);

}  // namespace highbase::vrrp
