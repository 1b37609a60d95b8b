// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/config_diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace highbase::daemon {
namespace {

constexpr std::size_t kLongestQuote = 60;  // octets

bool is_continuation(char octet) {
    return (static_cast<unsigned char>(octet) & 0xc0) == 0x80;
}

// U+0080 to U+009F: a terminal obeys them as it obeys escape sequences.
bool is_c1_control(std::string_view text, std::size_t at) {
    return text[at] == '\xc2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

// Letters that typing confuses made equal.
std::string folded(std::string_view text) {
    std::string result{text};
    for (char& character : result) {
        if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
        if (character == '-') character = '_';
    }
    return result;
}

// Insertions, deletions, changes and swaps of neighbours between two texts (optimal string alignment).
std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before(to.size() + 1);
    std::vector<std::size_t> above(to.size() + 1);
    std::vector<std::size_t> current(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t change = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            current[j] = std::min({above[j] + 1, current[j - 1] + 1, change});
            const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, current);
    }
    return above[to.size()];
}

void append_remainder(std::vector<Diagnostic>& list, Severity severity, std::size_t count,
                      std::string_view what) {
    if (count <= kMostDiagnostics) return;
    list.push_back({severity, 0, 0, fmt::format("{} more {} not shown", count - kMostDiagnostics, what)});
}

}  // namespace

std::string format(const Diagnostic& diagnostic, std::string_view file) {
    const std::string_view severity = diagnostic.severity == Severity::error ? "error" : "warning";
    if (diagnostic.line == 0) return fmt::format("{}: {}: {}", file, severity, diagnostic.message);
    return fmt::format("{}:{}:{}: {}: {}", file, diagnostic.line, diagnostic.column, severity,
                       diagnostic.message);
}

void Problems::error(Position position, std::string message) {
    if (++error_count_ > kMostDiagnostics) return;
    errors_.push_back({Severity::error, position.line, position.column, std::move(message)});
}

void Problems::warning(Position position, std::string message) {
    if (++warning_count_ > kMostDiagnostics) return;
    warnings_.push_back({Severity::warning, position.line, position.column, std::move(message)});
}

std::vector<Diagnostic> Problems::take() && {
    std::vector<Diagnostic> result = std::move(errors_);
    std::ranges::move(warnings_, std::back_inserter(result));
    std::ranges::stable_sort(result, {}, [](const Diagnostic& diagnostic) {
        return std::pair{diagnostic.line, diagnostic.column};
    });
    append_remainder(result, Severity::error, error_count_, "errors are");
    append_remainder(result, Severity::warning, warning_count_, "warnings are");
    return result;
}

std::string in_quotes(std::string_view text) {
    if (text.size() <= kLongestQuote) return toml_string(text);
    std::size_t end = kLongestQuote;
    while (end > 0 && is_continuation(text[end])) --end;  // not inside of a character
    return toml_string(text.substr(0, end)) + "...";
}

std::string toml_string(std::string_view text) {
    std::string escaped;
    for (const char character : text) {
        if (character == '"' || character == '\\') escaped += '\\';
        escaped += character;
    }
    return "\"" + without_controls(escaped) + "\"";
}

std::string without_controls(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = static_cast<unsigned char>(text[i]);
        if (octet < 0x20 || octet == 0x7f) {
            result += fmt::format("\\u{:04X}", octet);
        } else if (is_c1_control(text, i)) {
            result += fmt::format("\\u{:04X}", static_cast<unsigned char>(text[++i]));
        } else {
            result += text[i];
        }
    }
    return result;
}

std::optional<std::string_view> nearest(std::string_view text, std::span<const std::string_view> candidates) {
    constexpr std::size_t kLongest =
        64;  // nothing longer is a misspelt name, and the work grows with the length
    if (text.empty() || text.size() > kLongest) return std::nullopt;
    const std::string wanted = folded(text);
    std::optional<std::string_view> best;
    std::size_t best_distance = 0;
    for (const std::string_view candidate : candidates) {
        const std::size_t allowed = std::max<std::size_t>(1, std::min(wanted.size(), candidate.size()) / 3);
        const std::size_t distance = edit_distance(wanted, folded(candidate));
        if (distance > allowed || distance >= wanted.size() || (best && distance >= best_distance)) continue;
        best = candidate;
        best_distance = distance;
    }
    return best;
}

}  // namespace highbase::daemon
