// SPDX-License-Identifier: GPL-2.0-or-later
// Why a text is not a GTID set or position, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace highbase::replication {

enum class GtidFault : std::uint8_t {
    too_long,   // the text is longer than its bound
    too_many,   // more intervals, or more GTIDs, than the bound
    uuid,       // expected a UUID
    tag,        // longer than 32 characters
    number,     // expected a decimal number
    range,      // a number that no transaction can have
    order,      // an interval that ends before it begins
    colon,      // expected ':'
    hyphen,     // expected '-'
    comma,      // expected ',' or the end of the text
    duplicate,  // one server of one domain named twice
};

// For an operator, as the end of a sentence; not a word of the text that was refused.
std::string_view name(GtidFault fault);

struct GtidError {
    GtidFault fault{};
    std::size_t at = 0;  // octets of the text before what was refused

    [[nodiscard]] std::string to_string() const;  // "after 37 octets: expected a number"
    friend bool operator==(const GtidError&, const GtidError&) = default;
};

template <typename T>
using GtidResult = tl::expected<T, GtidError>;

}  // namespace highbase::replication
