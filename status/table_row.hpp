// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of a table with aligned columns.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "status/table_cell.hpp"

namespace highbase::status {

inline constexpr std::size_t kColumns = 6;
using Row = std::array<std::string, kColumns>;
using Widths = std::array<std::size_t, kColumns>;
using Paints = std::array<Paint, kColumns>;

// In characters of UTF-8.
Widths widths(const std::vector<Row>& rows);
// With its end; nothing but a cell is painted.
std::string line(const Row& row, const Widths& widths, const Paints& paints, Colour colour);
std::string heading(const Row& row, const Widths& widths, Colour colour);
// "! TEXT"
std::string warning_line(const std::string& text, const std::string& indent, Colour colour);

}  // namespace highbase::status
