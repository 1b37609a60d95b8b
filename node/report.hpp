// SPDX-License-Identifier: GPL-2.0-or-later
// What a node has to say: one record for each thing an operator may want to know, without words of its own.
// The words stand once, in node/events.def.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace highbase::node {

enum class Level : std::uint8_t { debug, info, notice, warning, error, critical };

enum class EventId : std::uint16_t {
#define HIGHBASE_EVENT(identifier, number, level, text, meaning, remedy) identifier = number,
#include "node/events.def"
#undef HIGHBASE_EVENT
};

struct EventDescription {
    EventId id;
    std::string_view identifier;  // "became_active"
    Level level;
    std::string_view text;  // with {field} in the places of the report's fields
    std::string_view meaning;
    std::string_view remedy;  // what to do
};

// The whole table, in the order of the numbers.
std::span<const EventDescription> event_table();
const EventDescription& describe(EventId id);

struct Field {
    std::string name;
    std::string value;
    friend bool operator==(const Field&, const Field&) = default;
};

struct Report {
    EventId id;
    std::vector<Field> fields;
    friend bool operator==(const Report&, const Report&) = default;
};

// The report's text with its fields filled in.
std::string to_text(const Report& report);

}  // namespace highbase::node
