// SPDX-License-Identifier: GPL-2.0-or-later
// Tables as the servers' own client prints them: columns with tabs between them, NULL as a word.
#pragma once

#include <sstream>
#include <string>

#include "replication/table.hpp"

namespace highbase::tests {

inline std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> result(1);
    for (const char c : line) {
        if (c == '\t') {
            result.emplace_back();
        } else {
            result.back() += c;
        }
    }
    return result;
}

inline replication::Table table_of(const std::string& text) {
    replication::Table table;
    std::istringstream lines{text};
    std::string line;
    if (std::getline(lines, line)) table.columns = cells(line);
    while (std::getline(lines, line)) {
        std::vector<std::optional<std::string>> row;
        for (const std::string& cell : cells(line))
            row.push_back(cell == "NULL" ? std::nullopt : std::optional{cell});
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace highbase::tests
