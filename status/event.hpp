// SPDX-License-Identifier: GPL-2.0-or-later
// A report of the node with its time and place in the daemon's history.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "node/report.hpp"
#include "status/wall_time.hpp"

namespace highbase::status {

struct Event {
    std::uint64_t sequence = 0;  // from 1, without gaps, anew with each start of the daemon
    WallTime time;
    node::Report report;
    friend bool operator==(const Event&, const Event&) = default;
};

std::string code(node::EventId id);        // "HB0101": what an operator looks up in docs/events.md
std::string_view name(node::Level level);  // "notice"

}  // namespace highbase::status
