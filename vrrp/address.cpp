// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/address.hpp"

#include <arpa/inet.h>  // inet_pton and inet_ntop: text conversion only

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace highbase::vrrp {
namespace {

constexpr std::size_t kLongestText = 45;  // of an IPv6 address

template <typename Number>
std::optional<Number> parse_number(std::string_view text, int base, Number highest) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size() || value > highest) return std::nullopt;
    return value;
}

}  // namespace

IpAddress IpAddress::from_octets(std::span<const std::uint8_t> octets) {
    if (octets.size() != 4 && octets.size() != 16) throw std::logic_error{"an IP address has 4 or 16 octets"};
    IpAddress address;
    address.family_ = octets.size() == 4 ? Family::ipv4 : Family::ipv6;
    std::ranges::copy(octets, address.octets_.begin());
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() > kLongestText || text.find('\0') != std::string_view::npos) return std::nullopt;
    const std::string terminated{text};
    std::array<std::uint8_t, 16> octets{};
    if (inet_pton(AF_INET, terminated.c_str(), octets.data()) == 1)
        return from_octets(std::span{octets}.first(4));
    if (inet_pton(AF_INET6, terminated.c_str(), octets.data()) == 1) return from_octets(octets);
    return std::nullopt;
}

bool IpAddress::is_unspecified() const {
    return std::ranges::all_of(octets(), [](std::uint8_t octet) { return octet == 0; });
}

bool IpAddress::is_link_local() const {
    if (is_ipv4()) return octets_[0] == 169 && octets_[1] == 254;
    return octets_[0] == 0xfe && (octets_[1] & 0xc0) == 0x80;
}

bool IpAddress::is_multicast() const {
    return is_ipv4() ? (octets_[0] & 0xf0) == 0xe0 : octets_[0] == 0xff;
}

bool IpAddress::is_loopback() const {
    if (is_ipv4()) return octets_[0] == 127;
    return octets_[15] == 1 &&
           std::all_of(octets_.begin(), octets_.begin() + 15, [](auto octet) { return octet == 0; });
}

std::string IpAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(is_ipv4() ? AF_INET : AF_INET6, octets_.data(), text.data(), text.size());
    return text.data();
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const unsigned longest = address->is_ipv4() ? 32 : 128;
    const std::optional<unsigned> length = parse_number<unsigned>(text.substr(slash + 1), 10, longest);
    if (!length) return std::nullopt;
    return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

bool Prefix::contains(const IpAddress& other) const {
    if (other.family() != address.family()) return false;
    const std::size_t whole = length / 8;
    if (!std::ranges::equal(address.octets().first(whole), other.octets().first(whole))) return false;
    if (length % 8 == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - length % 8));
    return ((address.octets()[whole] ^ other.octets()[whole]) & mask) == 0;
}

std::string Prefix::to_string() const {
    return address.to_string() + "/" + std::to_string(length);
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
    if (text.size() != 17) return std::nullopt;
    MacAddress mac;
    for (std::size_t i = 0; i < mac.octets.size(); ++i) {
        if (i != 0 && text[3 * i - 1] != ':') return std::nullopt;
        const std::optional<unsigned> octet = parse_number<unsigned>(text.substr(3 * i, 2), 16, 255);
        if (!octet) return std::nullopt;
        mac.octets.at(i) = static_cast<std::uint8_t>(*octet);
    }
    return mac;
}

std::string MacAddress::to_string() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t octet : octets) {
        if (!text.empty()) text += ':';
        text += kDigits[octet >> 4];
        text += kDigits[octet & 15];
    }
    return text;
}

IpAddress multicast_group(Family family) {
    if (family == Family::ipv4) return IpAddress::v4(224, 0, 0, 18);
    constexpr std::array<std::uint8_t, 16> kGroup{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12};
    return IpAddress::from_octets(kGroup);
}

MacAddress multicast_mac(Family family) {
    if (family == Family::ipv4) return {{0x01, 0x00, 0x5e, 0x00, 0x00, 0x12}};
    return {{0x33, 0x33, 0x00, 0x00, 0x00, 0x12}};
}

}  // namespace highbase::vrrp
