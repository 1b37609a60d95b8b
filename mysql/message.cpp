// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/message.hpp"

#include <algorithm>

namespace highbase::mysql {

std::optional<std::string_view> Answer::find(std::size_t row, std::string_view column) const {
    const auto found = std::ranges::find(columns, column);
    if (found == columns.end() || row >= row_count()) return std::nullopt;
    const Value& value = at(row, static_cast<std::size_t>(found - columns.begin()));
    if (!value) return std::nullopt;
    return std::string_view{*value};
}

std::string in_words(const Failure& failure) {
    if (failure.code == 0) return failure.message;
    return "error " + std::to_string(failure.code) + ": " + failure.message;
}

}  // namespace highbase::mysql
