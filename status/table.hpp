// SPDX-License-Identifier: GPL-2.0-or-later
// Status and events for people, made from their JSON: so hbctl shows what it understands of a daemon of
// another version, and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "status/json.hpp"

namespace highbase::status {

enum class Colour : std::uint8_t { off, on };

// What is missing or of another type than expected is shown as "?". Control characters never reach the
// terminal.
std::string status_table(const Json& status, Colour colour);

// "12  2026-11-21T10:11:12.123Z  notice  HB0101  db became Active", with the end of the line.
std::string event_text(const Json& event, Colour colour);

// UTF-8 text with every control character as "?".
std::string printable(std::string_view text);
// The same, but line ends stay.
std::string printable_lines(std::string_view text);

}  // namespace highbase::status
