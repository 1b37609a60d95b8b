// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/uuid.hpp"

namespace highbase::replication {
namespace {

constexpr bool hyphen_before(std::size_t octet) {
    return octet == 4 || octet == 6 || octet == 8 || octet == 10;
}

std::optional<std::uint8_t> digit_value(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
    if (digit >= 'A' && digit <= 'F') return static_cast<std::uint8_t>(digit - 'A' + 10);
    return std::nullopt;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != kTextLength) return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (std::size_t i = 0; i < uuid.octets.size(); ++i) {
        if (hyphen_before(i) && text[at++] != '-') return std::nullopt;
        const auto high = digit_value(text[at++]);
        const auto low = digit_value(text[at++]);
        if (!high || !low) return std::nullopt;
        uuid.octets.at(i) = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return uuid;
}

std::string Uuid::to_string() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(kTextLength);
    for (std::size_t i = 0; i < octets.size(); ++i) {
        if (hyphen_before(i)) text += '-';
        text += kDigits[octets.at(i) >> 4];
        text += kDigits[octets.at(i) & 15];
    }
    return text;
}

}  // namespace highbase::replication
