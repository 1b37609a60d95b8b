// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "vrrp/address.hpp"

namespace highbase::vrrp {

// A TCP or UDP port of a host.
struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    // "192.0.2.1:3306", "[2001:db8::1]:3306"
    [[nodiscard]] std::string to_string() const {
        const std::string host = address.is_ipv4() ? address.to_string() : "[" + address.to_string() + "]";
        return host + ":" + std::to_string(port);
    }
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace highbase::vrrp
