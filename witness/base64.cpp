// SPDX-License-Identifier: GPL-2.0-or-later
#include "witness/base64.hpp"

#include <cstddef>
#include <cstdint>

namespace highbase::witness {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view octets) {
    std::string text;
    while (!octets.empty()) {
        const std::string_view three = octets.substr(0, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8U | (i < three.size() ? static_cast<unsigned char>(three[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= three.size() ? kDigits[bits >> (18 - 6 * i) & 63U] : '=';
        octets.remove_prefix(three.size());
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string octets;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        std::string_view four = text.substr(at, 4);
        while (at + 4 == text.size() && four.size() > 2 && four.ends_with('=')) four.remove_suffix(1);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const std::size_t digit = i < four.size() ? kDigits.find(four[i]) : 0;
            if (digit == std::string_view::npos) return std::nullopt;
            bits = bits << 6U | static_cast<std::uint32_t>(digit);
        }
        for (std::size_t i = 0; i + 1 < four.size(); ++i)
            octets += static_cast<char>(bits >> (16 - 8 * i) & 255U);
    }
    // Bits that no octet has must be zero, or two texts would mean the same.
    if (to_base64(octets) != text) return std::nullopt;
    return octets;
}

}  // namespace highbase::witness
