// SPDX-License-Identifier: GPL-2.0-or-later
// A TOML text as a tree of values that know their place in the file. Only config_document.cpp knows the
// parser's library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/config_diagnostic.hpp"

namespace highbase::daemon {

struct Value;
struct Entry;

// Types that no key has; kept for the message that refuses them.
enum class Temporal : std::uint8_t { date, time, date_time };

using Array = std::vector<Value>;

// In the order of the file. No key twice.
struct Table {
    std::vector<Entry> entries;
    [[nodiscard]] const Entry* find(std::string_view key) const;
};

struct Value {
    Position position;
    std::variant<std::string, std::int64_t, double, bool, Temporal, Array, Table> content;

    // Nothing when it is of another type.
    template <typename T>
    [[nodiscard]] const T* as() const {
        return std::get_if<T>(&content);
    }
    // For messages: `the integer 300`, `the string "51"`, `an array`.
    [[nodiscard]] std::string description() const;
};

struct Entry {
    std::string key;
    Position position;  // of the key
    Value value;
};

struct Document {
    Table root;
    // Something was left out because it was not valid TOML (`problems` say what): a key that seems to be
    // missing may only have been misspelt.
    bool complete = true;
};

inline constexpr std::size_t kMostOctets = 1'000'000;

// Reads what can be read; every mistake goes to `problems`. A statement with a mistake is left out, a wrong
// table header with all that follows up to the next header.
Document read_document(std::string_view text, Problems& problems);

}  // namespace highbase::daemon
