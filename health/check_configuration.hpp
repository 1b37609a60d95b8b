// SPDX-License-Identifier: GPL-2.0-or-later
// What one check of a service asks, and how often. A plain value: check_runner.hpp does it.
#pragma once

#include <cstdint>
#include <string>

#include "health/check_state.hpp"
#include "vrrp/endpoint.hpp"
#include "vrrp/time.hpp"

namespace highbase::health {

enum class CheckType : std::uint8_t {
    tcp,  // the server accepts a connection
};

struct CheckConfiguration {
    std::string name;  // unique in its virtual router
    CheckType type = CheckType::tcp;
    vrrp::Endpoint server;
    vrrp::Duration interval = std::chrono::milliseconds{500};  // from the start of one probe to the next
    vrrp::Duration timeout = std::chrono::milliseconds{200};   // not longer than the interval
    Thresholds thresholds;
    friend bool operator==(const CheckConfiguration&, const CheckConfiguration&) = default;
};

}  // namespace highbase::health
