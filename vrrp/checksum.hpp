// SPDX-License-Identifier: GPL-2.0-or-later
// The Internet checksum (RFC 1071), and the pseudo-headers that VRRP puts in front of it.
#pragma once

#include <cstdint>

#include "vrrp/address.hpp"
#include "vrrp/octets.hpp"

namespace highbase::vrrp {

inline constexpr std::uint8_t kProtocolVrrp = 112;
inline constexpr std::uint8_t kProtocolIcmpv6 = 58;

// An unfinished one's complement sum. Octets are added in pieces of an even length; only the last may be odd.
class InternetChecksum {
public:
    InternetChecksum& add(Octets octets);
    // IPv6: RFC 8200 8.1. IPv4: source, destination, zero, protocol, length, as UDP has it (RFC 768); RFC
    // 9568 5.2.8 does not ask for it, widespread speakers do.
    InternetChecksum& add_pseudo_header(const IpAddress& source, const IpAddress& destination,
                                        std::uint8_t protocol, std::size_t length);
    // The value for the checksum field; 0 over octets that contain a correct field.
    [[nodiscard]] std::uint16_t value() const;

private:
    std::uint64_t sum_ = 0;
};

}  // namespace highbase::vrrp
