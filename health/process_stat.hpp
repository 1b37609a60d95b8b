// SPDX-License-Identifier: GPL-2.0-or-later
// What files say about processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace highbase::health {

// Of /proc/PID/stat (proc(5)).
struct ProcessStat {
    std::string command;  // at most 15 octets, whatever the process calls itself
    char state = 0;       // 'R', 'S', 'D', 'T', 't', 'Z' and others
    friend bool operator==(const ProcessStat&, const ProcessStat&) = default;
};
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// A pid file: a number above zero, and blanks around it.
std::optional<std::int32_t> parse_pid_file(std::string_view text);

}  // namespace highbase::health
