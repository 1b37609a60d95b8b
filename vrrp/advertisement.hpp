// SPDX-License-Identifier: GPL-2.0-or-later
// The VRRPv3 advertisement (RFC 9568 section 5.2) to and from octets, with the checks of section 7.1.
//
//    0 Version(4)=3 | Type(4)=1    1 Virtual Rtr ID    2 Priority    3 IPvX Addr Count
//    4 Reserve(4) | Max Advertise Interval(12, centiseconds)         6 Checksum
//    8 IPvX addresses, 4 or 16 octets each
#pragma once

#include <functional>
#include <tl/expected.hpp>
#include <vector>

#include "vrrp/address.hpp"
#include "vrrp/discard.hpp"
#include "vrrp/ip_packet.hpp"
#include "vrrp/octets.hpp"
#include "vrrp/timers.hpp"

namespace highbase::vrrp {

inline constexpr Centiseconds kShortestInterval{1};
inline constexpr Centiseconds kLongestInterval{4095};  // 12 bits

struct Advertisement {
    Vrid vrid{1};
    Priority priority = kPriorityDefault;
    Centiseconds max_advertise_interval{100};
    std::vector<IpAddress> addresses;  // 1..255, all of one family
    friend bool operator==(const Advertisement&, const Advertisement&) = default;
};

// Which octets an IPv4 advertisement's checksum covers. RFC 5798 was read both ways; RFC 9568 5.2.8 settles
// it for the message alone, but keepalived and FRR still send the pseudo-header by default. IPv6 has one
// form.
enum class ChecksumForm : std::uint8_t {
    message_only,         // RFC 9568; IPv6: with the pseudo-header of RFC 8200
    pseudo_header,        // IPv4: with the addresses that the packet carries
    pseudo_header_group,  // IPv4 unicast: with 224.0.0.18 although it was sent to a peer
};

struct ReceivedAdvertisement {
    Advertisement advertisement;
    IpAddress source;
    ChecksumForm checksum_form = ChecksumForm::message_only;
    friend bool operator==(const ReceivedAdvertisement&, const ReceivedAdvertisement&) = default;
};

// The VRRP message with its checksum. Source and destination are those of the IP packet that will carry it;
// the form only matters in IPv4, where it must be message_only or pseudo_header. Throws std::logic_error on
// what does not fit the wire: that is a mistake of the caller, who has validated the configuration.
OctetString encode(const Advertisement& advertisement, const IpAddress& source, const IpAddress& destination,
                   ChecksumForm form);

// Decodes and validates in the order of RFC 9568 7.1; the first check that fails names the refusal.
// `is_configured` says whether this VRID belongs to a virtual router of the packet's family on the receiving
// interface.
tl::expected<ReceivedAdvertisement, Discard> decode(const IpPacket& packet,
                                                    const std::function<bool(Vrid)>& is_configured);

}  // namespace highbase::vrrp
