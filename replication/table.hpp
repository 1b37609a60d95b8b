// SPDX-License-Identifier: GPL-2.0-or-later
// What a statement returned, as text: the way a server sends it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace highbase::replication {

struct Table {
    std::vector<std::string> columns;
    std::vector<std::vector<std::optional<std::string>>> rows;  // nothing: NULL

    // Nothing: no such row or column, or NULL. Column names are compared without regard to case.
    [[nodiscard]] std::optional<std::string> at(std::size_t row, std::string_view column) const;
    friend bool operator==(const Table&, const Table&) = default;
};

// ON, YES or 1, in whichever case: how servers say that something is so.
[[nodiscard]] bool is_on(const std::string& text);

}  // namespace highbase::replication
