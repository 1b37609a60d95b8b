// SPDX-License-Identifier: GPL-2.0-or-later
// A report on its way from the thread that has it to the thread that writes it.
#pragma once

#include <array>
#include <cstdint>

#include "node/report.hpp"
#include "status/wall_time.hpp"
#include "vrrp/time.hpp"

namespace highbase::daemon {

// Flat, so that no memory is allocated by one thread and freed by another: the allocator's locks would let
// the writer hold up the speaker.
struct LogRecord {
    node::EventId id{};
    std::uint16_t size = 0;  // of `text` that is used
    status::WallTime wall;
    vrrp::TimePoint at;
    std::array<char, 992> text{};  // name NUL value NUL, for each field
};

// A value that has no room is cut and ends with "..."; fields after it are left out.
LogRecord encode(const node::Report& report, status::WallTime wall, vrrp::TimePoint at) noexcept;
node::Report decode(const LogRecord& record);

}  // namespace highbase::daemon
