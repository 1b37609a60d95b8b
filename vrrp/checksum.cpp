// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/checksum.hpp"

namespace highbase::vrrp {

InternetChecksum& InternetChecksum::add(Octets octets) {
    for (std::size_t i = 0; i + 1 < octets.size(); i += 2) sum_ += read16(octets, i);
    if (octets.size() % 2 != 0) sum_ += static_cast<std::uint64_t>(octets.back()) << 8;
    return *this;
}

InternetChecksum& InternetChecksum::add_pseudo_header(const IpAddress& source, const IpAddress& destination,
                                                      std::uint8_t protocol, std::size_t length) {
    add(source.octets());
    add(destination.octets());
    sum_ +=
        length;  // 16 bits in IPv4, 32 in IPv6: the upper half of a packet's length is zero, and adds nothing
    sum_ += protocol;
    return *this;
}

std::uint16_t InternetChecksum::value() const {
    std::uint64_t folded = sum_;
    while (folded > 0xffff) folded = (folded & 0xffff) + (folded >> 16);
    return static_cast<std::uint16_t>(~folded & 0xffff);
}

}  // namespace highbase::vrrp
