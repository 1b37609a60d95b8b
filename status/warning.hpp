// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator should see at once: judged here, once, for all views.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "status/status.hpp"

namespace highbase::status {

struct Warning {
    std::string_view code;  // for scripts; listed in docs/control-protocol.md
    std::string text;
    friend bool operator==(const Warning&, const Warning&) = default;
};

std::vector<Warning> warnings(const DaemonFacts& daemon);
std::vector<Warning> warnings(const node::RouterSnapshot& router, vrrp::TimePoint now);

}  // namespace highbase::status
