// SPDX-License-Identifier: GPL-2.0-or-later
// What an onlooker reads out of Ethernet frames: VRRP advertisements, announcements of an address, answers to
// probes. It shares no code with the speaker on purpose: an instrument must not inherit the errors of what it
// measures.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

namespace highbase::tests {

using Mac = std::array<std::uint8_t, 6>;

std::string to_string(const Mac& mac);

// An IPv4 address uses the first four octets.
struct IpAddress {
    int family = 0;  // AF_INET or AF_INET6
    std::array<std::uint8_t, 16> octets{};

    bool operator==(const IpAddress&) const = default;
};

std::string to_string(const IpAddress& address);

// How the checksum of an advertisement was computed; IPv4 speakers disagree about the pseudo-header (RFC
// 9568, 5.2.8).
enum class ChecksumForm { message_only, pseudo_header, wrong };

const char* to_string(ChecksumForm form);

struct SeenAdvertisement {
    Mac sender{};
    IpAddress source;
    unsigned version = 0;
    unsigned type = 0;
    unsigned vrid = 0;
    unsigned priority = 0;
    unsigned interval_centiseconds = 0;
    unsigned address_count = 0;
    unsigned ttl = 0;
    ChecksumForm checksum = ChecksumForm::wrong;
};

enum class AnnouncementForm { arp_request, arp_reply, neighbor_advertisement };

const char* to_string(AnnouncementForm form);

// A gratuitous ARP, or a Neighbor Advertisement sent to all nodes.
struct SeenAnnouncement {
    AnnouncementForm form = AnnouncementForm::arp_request;
    IpAddress address;
    Mac sender{};   // Ethernet source
    Mac claimed{};  // link-layer address said to own `address`
};

struct SeenEchoReply {
    IpAddress source;
    Mac sender{};
    std::uint16_t identifier = 0;
    std::uint64_t sequence = 0;  // from the payload of the probe; the 16 bits of the header would wrap
};

using SeenFrame = std::variant<std::monostate, SeenAdvertisement, SeenAnnouncement, SeenEchoReply>;

// std::monostate for anything else, frames that are too short included. Never throws.
SeenFrame observe(std::span<const std::uint8_t> frame);

// Payload of a probe: a marker, then its number, both big endian.
inline constexpr std::uint64_t kProbeMarker = 0x6869'6768'6261'7365;
inline constexpr std::size_t kProbePayloadSize = 16;

}  // namespace highbase::tests
