// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/advertisement.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "vrrp/checksum.hpp"

namespace highbase::vrrp {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::size_t kChecksumField = 6;
constexpr std::uint8_t kVersion = 3;
constexpr std::uint8_t kTypeAdvertisement = 1;
constexpr std::uint16_t kIntervalMask =
    0x0fff;  // the upper 4 bits are reserved, and ignored on receipt (5.2.6)

std::uint16_t checksum(Octets message, const IpAddress& source, const IpAddress& destination,
                       ChecksumForm form) {
    InternetChecksum sum;
    if (!source.is_ipv4() || form != ChecksumForm::message_only) {
        const bool to_group = source.is_ipv4() && form == ChecksumForm::pseudo_header_group;
        sum.add_pseudo_header(source, to_group ? multicast_group(Family::ipv4) : destination, kProtocolVrrp,
                              message.size());
    }
    return sum.add(message).value();
}

std::optional<ChecksumForm> matching_form(const IpPacket& packet) {
    using enum ChecksumForm;
    for (const ChecksumForm form : {message_only, pseudo_header, pseudo_header_group}) {
        if (checksum(packet.payload, packet.source, packet.destination, form) == 0) return form;
        if (!packet.source.is_ipv4()) break;
    }
    return std::nullopt;
}

void require(bool fits, const char* what) {
    if (!fits) throw std::logic_error{what};
}

}  // namespace

OctetString encode(const Advertisement& advertisement, const IpAddress& source, const IpAddress& destination,
                   ChecksumForm form) {
    const std::vector<IpAddress>& addresses = advertisement.addresses;
    const Centiseconds interval = advertisement.max_advertise_interval;
    require(interval >= kShortestInterval && interval <= kLongestInterval,
            "Max Advertise Interval is 12 bits, and not 0");
    require(!addresses.empty() && addresses.size() <= 255, "an advertisement carries 1 to 255 addresses");
    require(std::ranges::all_of(addresses, [&](const auto& a) { return a.family() == source.family(); }),
            "an advertisement's addresses are of the family that carries it");

    OctetString message{kVersion << 4 | kTypeAdvertisement, static_cast<std::uint8_t>(advertisement.vrid),
                        static_cast<std::uint8_t>(advertisement.priority),
                        static_cast<std::uint8_t>(addresses.size())};
    append16(message, static_cast<std::uint16_t>(interval.count()));
    append16(message, 0);
    for (const IpAddress& address : addresses) append(message, address.octets());
    write16(message, kChecksumField, checksum(message, source, destination, form));
    return message;
}

tl::expected<ReceivedAdvertisement, Discard> decode(const IpPacket& packet,
                                                    const std::function<bool(Vrid)>& is_configured) {
    const Octets message = packet.payload;
    const std::size_t size = address_size(packet.source.family());

    if (message.size() < kHeader) return tl::make_unexpected(Discard::packet_length);
    if (packet.hop_limit != kHopLimit) return tl::make_unexpected(Discard::hop_limit);
    if (message[0] >> 4 != kVersion) return tl::make_unexpected(Discard::version);
    if ((message[0] & 0x0f) != kTypeAdvertisement) return tl::make_unexpected(Discard::type);
    const std::size_t count = message[3];
    if (message.size() != kHeader + count * size) return tl::make_unexpected(Discard::packet_length);
    const std::optional<ChecksumForm> form = matching_form(packet);
    if (!form) return tl::make_unexpected(Discard::checksum);
    const Vrid vrid{message[1]};
    if (!is_configured(vrid)) return tl::make_unexpected(Discard::unknown_vrid);
    if (count == 0) return tl::make_unexpected(Discard::address_count);
    const Centiseconds interval{read16(message, 4) & kIntervalMask};
    if (interval == Centiseconds::zero()) return tl::make_unexpected(Discard::advertise_interval);

    std::vector<IpAddress> addresses;
    addresses.reserve(count);
    for (std::size_t at = kHeader; at < message.size(); at += size) {
        addresses.push_back(IpAddress::from_octets(message.subspan(at, size)));
    }
    if (!addresses.front().is_ipv4() && !addresses.front().is_link_local()) {
        return tl::make_unexpected(Discard::not_link_local);
    }
    return ReceivedAdvertisement{
        {vrid, Priority{message[2]}, interval, std::move(addresses)}, packet.source, *form};
}

}  // namespace highbase::vrrp
