// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/table_cell.hpp"

#include <fmt/format.h>

#include <array>

namespace highbase::status {

std::string paint(std::string_view text, Paint paint, Colour colour) {
    if (colour == Colour::off || paint == Paint::none) return std::string{text};
    constexpr std::array kCodes{"0", "1", "2", "1;32", "1;33", "1;31"};
    return fmt::format("\033[{}m{}\033[0m", kCodes.at(static_cast<std::size_t>(paint)), text);
}

const Json& member(const Json& object, const char* key) {
    static const Json null;
    const auto found = object.find(key);
    return found == object.end() ? null : *found;
}

const Json& list(const Json& object, const char* key) {
    static const Json empty = Json::array();
    const Json& value = member(object, key);
    return value.is_array() ? value : empty;
}

std::string text(const Json& object, const char* key) {
    const Json& value = member(object, key);
    if (value.is_string()) return printable(value.get_ref<const std::string&>());
    if (value.is_number()) return to_text(value);
    return "?";
}

bool flag(const Json& object, const char* key) {
    const Json& value = member(object, key);
    return value.is_boolean() && value.get<bool>();
}

}  // namespace highbase::status
