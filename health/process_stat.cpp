// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/process_stat.hpp"

#include <charconv>

namespace highbase::health {

// "42 (name) S ...": the name may itself hold blanks and brackets.
std::optional<ProcessStat> parse_process_stat(std::string_view text) {
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (rest.size() < 3 || rest[0] != ' ' || rest[2] != ' ') return std::nullopt;
    return ProcessStat{std::string{text.substr(open + 1, close - open - 1)}, rest[1]};
}

std::optional<std::int32_t> parse_pid_file(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return std::nullopt;
    const std::string_view number = text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
    std::int32_t pid = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), pid);
    if (error != std::errc{} || end != number.data() + number.size() || pid <= 0) return std::nullopt;
    return pid;
}

}  // namespace highbase::health
