// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/tools/observed_frame.hpp"

#include <arpa/inet.h>
#include <algorithm>
#include <cstdio>

namespace highbase::tests {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kEthernetHeader = 14;
constexpr std::size_t kArpLength = 28;
constexpr std::size_t kIpv6Header = 40;
constexpr std::uint8_t kProtocolIcmp = 1;
constexpr std::uint8_t kProtocolIcmpV6 = 58;
constexpr std::uint8_t kProtocolVrrp = 112;
constexpr std::uint8_t kIcmpEchoReply = 0;
constexpr std::uint8_t kIcmpV6EchoReply = 129;
constexpr std::uint8_t kNeighborAdvertisement = 136;
constexpr std::size_t kVrrpHeader = 8;

unsigned load16(Bytes bytes, std::size_t at) {
    return static_cast<unsigned>(bytes[at]) << 8U | bytes[at + 1];
}

std::uint64_t load64(Bytes bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        value = value << 8U | bytes[at + i];
    }
    return value;
}

Mac load_mac(Bytes bytes, std::size_t at) {
    Mac mac{};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), mac.size(), mac.begin());
    return mac;
}

IpAddress load_address(Bytes bytes, std::size_t at, int family) {
    IpAddress address{family, {}};
    const std::size_t size = family == AF_INET ? 4 : 16;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size, address.octets.begin());
    return address;
}

std::uint64_t sum16(Bytes bytes) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        sum += i + 1 < bytes.size() ? load16(bytes, i) : static_cast<unsigned>(bytes[i]) << 8U;
    }
    return sum;
}

bool sums_to_zero(std::uint64_t sum) {
    while (sum >> 16U != 0) {
        sum = (sum & 0xffffU) + (sum >> 16U);
    }
    return sum == 0xffffU;
}

struct Packet {
    Mac sender{};
    IpAddress source;
    IpAddress destination;
    unsigned ttl = 0;
    Bytes payload;
};

ChecksumForm checksum_form(const Packet& packet) {
    const std::uint64_t message = sum16(packet.payload);
    const std::uint64_t pseudo_header = sum16(packet.source.octets) + sum16(packet.destination.octets) +
                                        kProtocolVrrp + packet.payload.size();
    if (sums_to_zero(message + pseudo_header)) {
        return ChecksumForm::pseudo_header;
    }
    return sums_to_zero(message) ? ChecksumForm::message_only : ChecksumForm::wrong;
}

SeenFrame observe_vrrp(const Packet& packet) {
    const Bytes message = packet.payload;
    if (message.size() < kVrrpHeader) {
        return {};
    }
    SeenAdvertisement seen;
    seen.sender = packet.sender;
    seen.source = packet.source;
    seen.ttl = packet.ttl;
    seen.version = message[0] >> 4U;
    seen.type = message[0] & 0xfU;
    seen.vrid = message[1];
    seen.priority = message[2];
    seen.address_count = message[3];
    seen.interval_centiseconds = load16(message, 4) & 0xfffU;
    seen.checksum = checksum_form(packet);
    return seen;
}

SeenFrame observe_echo_reply(const Packet& packet, std::uint8_t reply_type) {
    const Bytes message = packet.payload;
    if (message.size() < 8 + kProbePayloadSize || message[0] != reply_type ||
        load64(message, 8) != kProbeMarker) {
        return {};
    }
    return SeenEchoReply{packet.source, packet.sender, static_cast<std::uint16_t>(load16(message, 4)),
                         load64(message, 16)};
}

SeenFrame observe_neighbor_advertisement(const Packet& packet) {
    constexpr std::size_t kFixedPart = 24;
    constexpr std::uint8_t kTargetLinkLayerAddress = 2;
    constexpr std::uint8_t kMulticastPrefix = 0xff;
    const Bytes message = packet.payload;
    if (message.size() < kFixedPart || packet.destination.octets[0] != kMulticastPrefix) {
        return {};
    }
    SeenAnnouncement seen{AnnouncementForm::neighbor_advertisement, load_address(message, 8, AF_INET6),
                          packet.sender, packet.sender};
    if (message.size() >= kFixedPart + 8 && message[kFixedPart] == kTargetLinkLayerAddress) {
        seen.claimed = load_mac(message, kFixedPart + 2);
    }
    return seen;
}

SeenFrame observe_arp(Bytes frame) {
    constexpr unsigned kRequest = 1;
    constexpr unsigned kReply = 2;
    const Bytes arp = frame.subspan(kEthernetHeader);
    if (arp.size() < kArpLength) {
        return {};
    }
    const unsigned operation = load16(arp, 6);
    const IpAddress sender = load_address(arp, 14, AF_INET);
    const bool gratuitous = sender == load_address(arp, 24, AF_INET);
    if (!gratuitous || (operation != kRequest && operation != kReply)) {
        return {};
    }
    const auto form = operation == kRequest ? AnnouncementForm::arp_request : AnnouncementForm::arp_reply;
    return SeenAnnouncement{form, sender, load_mac(frame, 6), load_mac(arp, 8)};
}

SeenFrame observe_ipv4(Bytes frame) {
    const Bytes ip = frame.subspan(kEthernetHeader);
    const std::size_t header = ip.empty() ? 0 : (ip[0] & 0xfU) * std::size_t{4};
    if (header < 20 || ip.size() < header) {
        return {};
    }
    const std::size_t total = load16(ip, 2);
    if (total < header || total > ip.size()) {
        return {};
    }
    const Packet packet{load_mac(frame, 6), load_address(ip, 12, AF_INET), load_address(ip, 16, AF_INET),
                        ip[8], ip.subspan(header, total - header)};
    switch (ip[9]) {
        case kProtocolVrrp: return observe_vrrp(packet);
        case kProtocolIcmp: return observe_echo_reply(packet, kIcmpEchoReply);
        default: return {};
    }
}

SeenFrame observe_ipv6(Bytes frame) {
    const Bytes ip = frame.subspan(kEthernetHeader);
    if (ip.size() < kIpv6Header || ip.size() - kIpv6Header < load16(ip, 4)) {
        return {};
    }
    const Packet packet{load_mac(frame, 6), load_address(ip, 8, AF_INET6), load_address(ip, 24, AF_INET6),
                        ip[7], ip.subspan(kIpv6Header, load16(ip, 4))};
    switch (ip[6]) {
        case kProtocolVrrp: return observe_vrrp(packet);
        case kProtocolIcmpV6:
            return !packet.payload.empty() && packet.payload[0] == kNeighborAdvertisement
                       ? observe_neighbor_advertisement(packet)
                       : observe_echo_reply(packet, kIcmpV6EchoReply);
        default: return {};
    }
}

}  // namespace

std::string to_string(const Mac& mac) {
    std::array<char, 18> text{};
    std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                  mac[4], mac[5]);
    return text.data();
}

std::string to_string(const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(address.family, address.octets.data(), text.data(), text.size());
    return text.data();
}

const char* to_string(ChecksumForm form) {
    switch (form) {
        case ChecksumForm::message_only: return "message-only";
        case ChecksumForm::pseudo_header: return "pseudo-header";
        case ChecksumForm::wrong: return "wrong";
    }
    return "wrong";
}

const char* to_string(AnnouncementForm form) {
    switch (form) {
        case AnnouncementForm::arp_request: return "arp-request";
        case AnnouncementForm::arp_reply: return "arp-reply";
        case AnnouncementForm::neighbor_advertisement: return "neighbor-advertisement";
    }
    return "arp-request";
}

SeenFrame observe(std::span<const std::uint8_t> frame) {
    if (frame.size() < kEthernetHeader) {
        return {};
    }
    switch (load16(frame, 12)) {
        case 0x0806: return observe_arp(frame);
        case 0x0800: return observe_ipv4(frame);
        case 0x86dd: return observe_ipv6(frame);
        default: return {};
    }
}

}  // namespace highbase::tests
