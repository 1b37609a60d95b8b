// SPDX-License-Identifier: GPL-2.0-or-later
// What one check of a service asks, and how often. A plain value: check_runner.hpp does it.
#pragma once

#include <cstdint>
#include <string>

#include "health/check_state.hpp"
#include "vrrp/address.hpp"
#include "vrrp/time.hpp"

namespace highbase::health {

enum class CheckType : std::uint8_t {
    tcp,  // the server accepts a connection
};

struct Server {
    vrrp::IpAddress address;
    std::uint16_t port = 0;

    // "192.0.2.1:3306", "[2001:db8::1]:3306"
    [[nodiscard]] std::string to_string() const {
        const std::string host = address.is_ipv4() ? address.to_string() : "[" + address.to_string() + "]";
        return host + ":" + std::to_string(port);
    }
    friend bool operator==(const Server&, const Server&) = default;
};

struct CheckConfiguration {
    std::string name;  // unique in its virtual router
    CheckType type = CheckType::tcp;
    Server server;
    vrrp::Duration interval = std::chrono::milliseconds{500};  // from the start of one probe to the next
    vrrp::Duration timeout = std::chrono::milliseconds{200};   // not longer than the interval
    Thresholds thresholds;
    friend bool operator==(const CheckConfiguration&, const CheckConfiguration&) = default;
};

}  // namespace highbase::health
