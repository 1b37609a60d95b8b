// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a configuration file, and how a message about it is worded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace highbase::daemon {

// Both count from 1; columns count characters, not octets. Line 0: no place in the file.
struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend auto operator<=>(const Position&, const Position&) = default;
};

enum class Severity : std::uint8_t {
    error,    // the file is refused
    warning,  // the file is accepted, but perhaps does not do what was meant
};

// The message says what was found, what was expected, and what to write instead. It never holds control
// characters, whatever the file held.
struct Diagnostic {
    Severity severity = Severity::error;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string message;
    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// "FILE:LINE:COLUMN: error: MESSAGE"; without a place "FILE: error: MESSAGE".
std::string format(const Diagnostic& diagnostic, std::string_view file);

// More would not help anybody, and a file may hold hundreds of thousands of mistakes.
inline constexpr std::size_t kMostDiagnostics = 100;

// Collects the mistakes of one file.
class Problems {
public:
    void error(Position position, std::string message);
    void warning(Position position, std::string message);
    [[nodiscard]] bool has_errors() const { return error_count_ > 0; }
    // Another error would only be counted.
    [[nodiscard]] bool is_full() const { return error_count_ >= kMostDiagnostics; }
    // In the order of the file; at most kMostDiagnostics of each severity, and one that says how many are
    // left out.
    [[nodiscard]] std::vector<Diagnostic> take() &&;

private:
    std::vector<Diagnostic> errors_;
    std::vector<Diagnostic> warnings_;
    std::size_t error_count_ = 0;
    std::size_t warning_count_ = 0;
};

// The text in quotes, control characters and quotes escaped as in TOML, long texts cut: fit for a log.
std::string in_quotes(std::string_view text);

// The text as a TOML basic string: in_quotes(), but never cut.
std::string toml_string(std::string_view text);

// The text with control characters escaped, as "\u001B".
std::string without_controls(std::string_view text);

// The candidate that was most likely meant, if one is near enough: case, '-' for '_', and about one typing
// mistake in three letters.
std::optional<std::string_view> nearest(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace highbase::daemon
