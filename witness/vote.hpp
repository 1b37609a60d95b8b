// SPDX-License-Identifier: GPL-2.0-or-later
// What the third vote knows of a service: one record, changed by compare-and-swap only (rules.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "cluster/node_state.hpp"

namespace highbase::witness {

struct Record {
    cluster::Epoch epoch{};  // from 1
    std::string owner;       // the node whose server may write in this epoch
    // The node without which the owner acknowledges nothing, and which may therefore begin the next term;
    // nothing: the owner may acknowledge alone, and nobody else may be promoted.
    std::optional<std::string> in_sync{};
    friend bool operator==(const Record&, const Record&) = default;
};

inline constexpr std::size_t kLongestRecord = 256;  // octets, as text

// Of a node, as the configuration allows it: at most cluster::kLongestName letters, digits, '.', '_' and
// '-', the first one no '.' or '-'.
bool is_name(std::string_view text);
// An epoch from 1, names that are names, and nobody in sync with itself.
bool is_valid(const Record& record);

// One JSON object on one line: {"version":1,"epoch":7,"owner":"gw1","in_sync":"gw2"}, or "in_sync":null.
// `record` is valid.
std::string to_text(const Record& record);
// Exactly what to_text() writes, of a valid record: what somebody else has written is not guessed at. The
// error says what is wrong, as the end of a sentence: "expected \"owner\" at octet 27".
tl::expected<Record, std::string> parse_record(std::string_view text);

}  // namespace highbase::witness
