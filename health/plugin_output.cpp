// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/plugin_output.hpp"

#include <algorithm>

namespace highbase::health {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

}  // namespace

std::string plain_text(std::string_view text, std::size_t longest) {
    std::string result{text.substr(0, longest)};
    std::ranges::replace_if(
        result, [](char c) { return c < ' ' || c > '~'; }, '?');
    return result;
}

PluginOutput parse_plugin_output(std::string_view output) {
    const std::string_view line = output.substr(0, output.find('\n'));
    const std::size_t bar = line.find('|');
    PluginOutput result{plain_text(trimmed(line.substr(0, bar))), {}};
    if (bar != std::string_view::npos) result.measure = plain_text(trimmed(line.substr(bar + 1)));
    return result;
}

Sample sample_of_status(int exit_status) {
    switch (exit_status) {
        case 0:
        case 1: return Sample::ok;
        case 2: return Sample::failed;
        default: return Sample::unknown;
    }
}

}  // namespace highbase::health
