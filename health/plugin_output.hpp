// SPDX-License-Identifier: GPL-2.0-or-later
// What check programs print and how they exit, in the convention of Nagios and its many plug-ins.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "health/check_state.hpp"

namespace highbase::health {

inline constexpr std::size_t kLongestReason = 256;

// At most `longest` octets, all of them printable ASCII; others are '?'. For texts that others wrote.
std::string plain_text(std::string_view text, std::size_t longest = kLongestReason);

struct PluginOutput {
    std::string text;     // the first line up to '|'
    std::string measure;  // what follows there: performance data, "time=0.1s;1;2"
    friend bool operator==(const PluginOutput&, const PluginOutput&) = default;
};

PluginOutput parse_plugin_output(std::string_view output);

// 0 OK and 1 WARNING: `ok`, 2 CRITICAL: `failed`, 3 UNKNOWN and all else: `unknown`.
Sample sample_of_status(int exit_status);

}  // namespace highbase::health
