// SPDX-License-Identifier: GPL-2.0-or-later
// IP and MAC addresses as values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace highbase::vrrp {

enum class Family : std::uint8_t { ipv4, ipv6 };

// Octets an address of this family takes on the wire: 4 or 16.
constexpr std::size_t address_size(Family family) {
    return family == Family::ipv4 ? 4 : 16;
}

class IpAddress {
public:
    // The unspecified IPv4 address.
    constexpr IpAddress() = default;

    static constexpr IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
        IpAddress address;
        address.octets_ = {a, b, c, d};
        return address;
    }
    // `octets` must be exactly 4 or 16 long, in network byte order.
    static IpAddress from_octets(std::span<const std::uint8_t> octets);
    // Dotted quad or RFC 4291 text; nothing else (no zone, no prefix, no octal).
    static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] constexpr Family family() const { return family_; }
    [[nodiscard]] constexpr bool is_ipv4() const { return family_ == Family::ipv4; }
    // Network byte order, 4 or 16 octets.
    [[nodiscard]] constexpr std::span<const std::uint8_t> octets() const {
        return std::span<const std::uint8_t>{octets_}.first(address_size(family_));
    }
    [[nodiscard]] bool is_unspecified() const;
    [[nodiscard]] bool is_link_local() const;  // 169.254/16, fe80::/10
    [[nodiscard]] bool is_multicast() const;
    [[nodiscard]] bool is_loopback() const;  // 127/8, ::1
    [[nodiscard]] std::string to_string() const;

    // IPv4 sorts before IPv6; inside a family the order is that of the address as an unsigned number in
    // network byte order, which RFC 9568 6.4.3 asks for in the tie-break.
    friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    Family family_ = Family::ipv4;
    std::array<std::uint8_t, 16> octets_{};
};

// An address with the length of its subnet's prefix, as "192.0.2.100/24".
struct Prefix {
    IpAddress address;
    std::uint8_t length = 0;  // bits, 0..32 or 0..128

    static std::optional<Prefix> parse(std::string_view text);
    [[nodiscard]] bool contains(const IpAddress& other) const;
    [[nodiscard]] std::string to_string() const;
    friend auto operator<=>(const Prefix&, const Prefix&) = default;
};

struct MacAddress {
    std::array<std::uint8_t, 6> octets{};

    static std::optional<MacAddress> parse(std::string_view text);  // six hexadecimal pairs with colons
    [[nodiscard]] std::string to_string() const;
    friend auto operator<=>(const MacAddress&, const MacAddress&) = default;
};

enum class Vrid : std::uint8_t {};  // 1..255

inline constexpr MacAddress kBroadcastMac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

// RFC 9568 7.3: 00-00-5E-00-01-{VRID} and 00-00-5E-00-02-{VRID}.
constexpr MacAddress virtual_mac(Family family, Vrid vrid) {
    return {{0x00, 0x00, 0x5e, 0x00, static_cast<std::uint8_t>(family == Family::ipv4 ? 1 : 2),
             static_cast<std::uint8_t>(vrid)}};
}

// RFC 9568 5.1.1.2 and 5.1.2.2: 224.0.0.18 and ff02::12, with the Ethernet groups they map to.
IpAddress multicast_group(Family family);
MacAddress multicast_mac(Family family);

}  // namespace highbase::vrrp
