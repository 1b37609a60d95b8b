// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/table.hpp"

#include <strings.h>

#include <algorithm>

namespace highbase::replication {

std::optional<std::string> Table::at(std::size_t row, std::string_view column) const {
    const auto found = std::ranges::find_if(columns, [&](const std::string& name) {
        return name.size() == column.size() && ::strncasecmp(name.data(), column.data(), name.size()) == 0;
    });
    const auto index = static_cast<std::size_t>(found - columns.begin());
    if (found == columns.end() || row >= rows.size() || index >= rows[row].size()) return std::nullopt;
    return rows[row][index];
}

bool is_on(const std::string& text) {
    return text == "1" || ::strcasecmp(text.c_str(), "ON") == 0 || ::strcasecmp(text.c_str(), "YES") == 0;
}

}  // namespace highbase::replication
