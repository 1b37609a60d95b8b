// SPDX-License-Identifier: GPL-2.0-or-later
// Packets and addresses as they are written in a test: hexadecimal, with blanks wherever they help the eye.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "vrrp/address.hpp"
#include "vrrp/octets.hpp"

namespace highbase::tests {

constexpr int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    throw std::logic_error{"not a hexadecimal digit"};
}

inline vrrp::OctetString hex(std::string_view text) {
    vrrp::OctetString octets;
    int high = -1;
    for (const char c : text) {
        if (c == ' ') continue;
        if (high < 0) {
            high = hex_digit(c);
        } else {
            octets.push_back(static_cast<std::uint8_t>(high << 4 | hex_digit(c)));
            high = -1;
        }
    }
    if (high >= 0) throw std::logic_error{"an odd number of hexadecimal digits"};
    return octets;
}

inline std::string to_hex(vrrp::Octets octets) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t octet : octets) {
        text += kDigits[octet >> 4];
        text += kDigits[octet & 15];
    }
    return text;
}

// The same without blanks, for comparing with to_hex: a failure then shows both packets.
inline std::string compact(std::string_view text) {
    return to_hex(hex(text));
}

inline vrrp::IpAddress ip(std::string_view text) {
    return vrrp::IpAddress::parse(text).value();
}

}  // namespace highbase::tests
