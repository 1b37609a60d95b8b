// SPDX-License-Identifier: GPL-2.0-or-later
// Reading and writing the big-endian fields of a packet.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace highbase::vrrp {

using Octets = std::span<const std::uint8_t>;  // somebody else's, not kept
using OctetString = std::vector<std::uint8_t>;

// The caller has checked that octets[at] and octets[at + 1] exist.
constexpr std::uint16_t read16(Octets octets, std::size_t at) {
    return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

constexpr void write16(std::span<std::uint8_t> octets, std::size_t at, std::uint16_t value) {
    octets[at] = static_cast<std::uint8_t>(value >> 8);
    octets[at + 1] = static_cast<std::uint8_t>(value & 0xff);
}

inline void append16(OctetString& octets, std::uint16_t value) {
    octets.push_back(static_cast<std::uint8_t>(value >> 8));
    octets.push_back(static_cast<std::uint8_t>(value & 0xff));
}

inline void append(OctetString& octets, Octets more) {
    octets.insert(octets.end(), more.begin(), more.end());
}

}  // namespace highbase::vrrp
