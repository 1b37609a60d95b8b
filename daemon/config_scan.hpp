// SPDX-License-Identifier: GPL-2.0-or-later
// A first look at a TOML text: where its statements begin and end, and whether it is safe to give it to the
// parser.
//
// The parser stops at the first mistake and recurses as deep as the text nests. Knowing the statements, the
// caller can leave the wrong ones out and parse the rest; knowing the nesting, it can refuse what would
// exhaust the stack (toml++ 3.3 bounds arrays and inline tables at 256, tables of dotted keys not at all) or
// what the parser has no answer for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config_diagnostic.hpp"

namespace highbase::daemon {

// Brackets and braces inside each other; also the parts of one dotted key.
inline constexpr std::size_t kMostNesting = 8;

struct Statement {
    std::size_t begin = 0;  // octets; `end` is that after its last one, the line break not included
    std::size_t end = 0;
    Position position;       // of its first character
    bool is_header = false;  // [table] or [[table]], otherwise a key and its value
};

struct ScanError {
    Position position;
    std::string message;
    std::size_t statement;  // index
};

struct Scan {
    std::vector<Statement> statements;
    std::vector<ScanError> errors;  // at most one for each statement
};

// Empty lines and comments belong to no statement.
Scan scan(std::string_view text);

}  // namespace highbase::daemon
