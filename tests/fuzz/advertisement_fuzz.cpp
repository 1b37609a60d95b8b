// SPDX-License-Identifier: GPL-2.0-or-later
// Frames of any content, up to the advertisement in them. What is accepted must be right, and encode to what
// it was.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/require.hpp"
#include "vrrp/advertisement.hpp"
#include "vrrp/checksum.hpp"
#include "vrrp/ip_packet.hpp"

using namespace highbase::vrrp;

namespace {

constexpr Vrid kNotOurs{13};
constexpr std::size_t kChecksumField = 6;

IpAddress host(Family family) {
    return IpAddress::parse(family == Family::ipv4 ? "192.0.2.1" : "fe80::1").value();
}

void require_round_trip(const IpPacket& packet, const ReceivedAdvertisement& received) {
    const auto& [advertisement, source, form] = received;
    const bool to_group = form == ChecksumForm::pseudo_header_group;
    const IpAddress destination = to_group ? multicast_group(Family::ipv4) : packet.destination;
    const ChecksumForm sent = form == ChecksumForm::message_only ? form : ChecksumForm::pseudo_header;
    const OctetString message = encode(advertisement, source, destination, sent);
    const auto again =
        decode({source, destination, kHopLimit, kProtocolVrrp, message}, [](Vrid) { return true; });
    FUZZ_REQUIRE(again && again->advertisement == advertisement);
    // The same octets, but for the reserved bits, and the checksum that covers them.
    FUZZ_REQUIRE(message.size() == packet.payload.size());
    for (std::size_t i = 0; i < message.size(); ++i) {
        const bool ignored = i == kChecksumField || i == kChecksumField + 1;
        const int mask = i == 4 ? 0x0f : 0xff;
        FUZZ_REQUIRE(ignored || message[i] == (packet.payload[i] & mask));
    }
}

void decode_one(const IpPacket& packet) {
    const auto received = decode(packet, [](Vrid vrid) { return vrid != kNotOurs; });
    if (!received) {
        FUZZ_REQUIRE(name(received.error()) != "unknown");
        return;
    }
    const Advertisement& advertisement = received->advertisement;
    FUZZ_REQUIRE(packet.hop_limit == kHopLimit);
    FUZZ_REQUIRE(advertisement.vrid != kNotOurs);
    FUZZ_REQUIRE(advertisement.max_advertise_interval >= kShortestInterval);
    FUZZ_REQUIRE(advertisement.max_advertise_interval <= kLongestInterval);
    FUZZ_REQUIRE(!advertisement.addresses.empty() && advertisement.addresses.size() <= 255);
    const IpAddress& first = advertisement.addresses.front();
    FUZZ_REQUIRE(first.family() == packet.source.family());
    FUZZ_REQUIRE(first.is_ipv4() || first.is_link_local());
    require_round_trip(packet, *received);
}

void whole_frame(Octets frame) {
    const auto ethernet = parse_ethernet(frame);
    if (!ethernet) return;
    const auto packet = parse_ip(ethernet->type, ethernet->payload);
    if (packet) decode_one(*packet);
}

// Checksums keep random frames from getting far: here they are made right.
void repaired_message(Family family, Octets octets) {
    const IpAddress source = host(family);
    const IpAddress destination = multicast_group(family);
    OctetString message{octets.begin(), octets.end()};
    if (message.size() >= kChecksumField + 2) {
        write16(message, kChecksumField, 0);
        InternetChecksum sum;
        if (family == Family::ipv6) sum.add_pseudo_header(source, destination, kProtocolVrrp, message.size());
        write16(message, kChecksumField, sum.add(message).value());
    }
    const OctetString packet = ip_packet(source, destination, kProtocolVrrp, message);
    const auto parsed = parse_ip(family == Family::ipv4 ? EtherType::ipv4 : EtherType::ipv6, packet);
    FUZZ_REQUIRE(parsed && parsed->payload.size() == message.size());
    decode_one(*parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Octets octets{data + 1, size - 1};
    switch (data[0] % 3) {
        case 0: whole_frame(octets); break;
        case 1:
            repaired_message(Family::ipv4, octets.first(std::min<std::size_t>(octets.size(), 1500)));
            break;
        default:
            repaired_message(Family::ipv6, octets.first(std::min<std::size_t>(octets.size(), 1500)));
            break;
    }
    return 0;
}
