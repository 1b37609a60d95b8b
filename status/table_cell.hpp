// SPDX-License-Identifier: GPL-2.0-or-later
// What the tables share: members of a JSON object that may be missing or of another type, and colours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "status/table.hpp"

namespace highbase::status {

enum class Paint : std::uint8_t { none, bold, dim, green, yellow, red };
std::string paint(std::string_view text, Paint paint, Colour colour);

// Null where it is missing.
const Json& member(const Json& object, const char* key);
// Members of an array; none of anything else.
const Json& list(const Json& object, const char* key);
// A text or number, printable; "?" for anything else.
std::string text(const Json& object, const char* key);
bool flag(const Json& object, const char* key);

}  // namespace highbase::status
