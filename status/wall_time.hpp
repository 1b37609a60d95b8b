// SPDX-License-Identifier: GPL-2.0-or-later
// Time as people and other machines see it. Only ever shown: nothing is decided by it, because it may step.
#pragma once

#include <chrono>
#include <string>

namespace highbase::status {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// UTC with milliseconds: "2026-11-21T10:11:12.123Z".
std::string to_iso8601(WallTime time);

// To the microsecond.
double in_milliseconds(std::chrono::nanoseconds duration);

// For people, its two largest units: "4d 3h", "12min 5s", "0.4s". Negative ones (the clock has stepped) are
// "0.0s".
std::string to_words(std::chrono::milliseconds duration);

}  // namespace highbase::status
