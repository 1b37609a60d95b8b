// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/table_row.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace highbase::status {
namespace {

// Every octet but the continuing ones.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char octet) { return (octet & 0xc0) != 0x80; }));
}

}  // namespace

Widths widths(const std::vector<Row>& rows) {
    Widths result{};
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < kColumns; ++i) result[i] = std::max(result[i], characters(row[i]));
    }
    return result;
}

std::string line(const Row& row, const Widths& widths, const Paints& paints, Colour colour) {
    std::string result;
    for (std::size_t i = 0; i < kColumns; ++i) {
        const bool last = i + 1 == kColumns;
        result += paint(fmt::format("{:<{}}", row[i], last ? 0 : widths[i] + 2), paints[i], colour);
    }
    result.erase(result.find_last_not_of(' ') + 1);
    return result + '\n';
}

std::string heading(const Row& row, const Widths& widths, Colour colour) {
    return paint(line(row, widths, {}, Colour::off), Paint::dim, colour);
}

std::string warning_line(const std::string& text, const std::string& indent, Colour colour) {
    return indent + paint("! " + text, Paint::yellow, colour) + '\n';
}

}  // namespace highbase::status
