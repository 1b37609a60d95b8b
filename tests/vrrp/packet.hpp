// SPDX-License-Identifier: GPL-2.0-or-later
// Advertisements of one virtual router (VRID 51) on their way to the decoder.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tests/vrrp/octets.hpp"
#include "vrrp/advertisement.hpp"
#include "vrrp/checksum.hpp"

namespace highbase::tests {

inline const auto kSource4 = vrrp::IpAddress::v4(192, 0, 2, 1);
inline const auto kPeer4 = vrrp::IpAddress::v4(192, 0, 2, 2);
inline const auto kGroup4 = vrrp::IpAddress::v4(224, 0, 0, 18);
inline const auto kSource6 = vrrp::IpAddress::parse("fe80::1").value();
inline const auto kPeer6 = vrrp::IpAddress::parse("fe80::2").value();
inline const auto kGroup6 = vrrp::IpAddress::parse("ff02::12").value();

using Decoded = tl::expected<vrrp::ReceivedAdvertisement, vrrp::Discard>;

inline bool is_51(vrrp::Vrid vrid) {
    return vrid == vrrp::Vrid{51};
}

// As it arrives in an IP packet; the octets live for the time of the call.
inline Decoded decode4(std::string_view message, vrrp::IpAddress destination = kGroup4, int hop_limit = 255) {
    const vrrp::OctetString octets = hex(message);
    return vrrp::decode(
        {kSource4, destination, static_cast<std::uint8_t>(hop_limit), vrrp::kProtocolVrrp, octets}, is_51);
}
inline Decoded decode6(std::string_view message, vrrp::IpAddress destination = kGroup6, int hop_limit = 255) {
    const vrrp::OctetString octets = hex(message);
    return vrrp::decode(
        {kSource6, destination, static_cast<std::uint8_t>(hop_limit), vrrp::kProtocolVrrp, octets}, is_51);
}

// "accepted", or the reason why not.
inline std::string outcome(const Decoded& decoded) {
    return decoded ? "accepted" : std::string{vrrp::name(decoded.error())};
}

}  // namespace highbase::tests
