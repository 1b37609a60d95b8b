// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/report.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace highbase::node {
namespace {

constexpr std::array kEvents = std::to_array<EventDescription>({
#define HIGHBASE_EVENT(identifier, number, level, text, meaning, remedy) \
    {EventId::identifier, #identifier, Level::level, text, meaning, remedy},
#include "node/events.def"
#undef HIGHBASE_EVENT
});

static_assert(std::ranges::is_sorted(kEvents, {}, &EventDescription::id),
              "keep events.def in the order of the numbers");

std::string_view field(const Report& report, std::string_view name) {
    const auto found = std::ranges::find(report.fields, name, &Field::name);
    return found == report.fields.end() ? std::string_view{"?"} : std::string_view{found->value};
}

}  // namespace

std::span<const EventDescription> event_table() {
    return kEvents;
}

const EventDescription& describe(EventId id) {
    const auto found = std::ranges::lower_bound(kEvents, id, {}, &EventDescription::id);
    if (found == kEvents.end() || found->id != id)
        throw std::logic_error{"an event without an entry in events.def"};
    return *found;
}

std::string to_text(const Report& report) {
    std::string_view text = describe(report.id).text;
    std::string result;
    while (!text.empty()) {
        const std::size_t open = text.find('{');
        const std::size_t close = text.find('}', open);
        if (open == std::string_view::npos || close == std::string_view::npos) break;
        result += text.substr(0, open);
        result += field(report, text.substr(open + 1, close - open - 1));
        text.remove_prefix(close + 1);
    }
    return result += text;
}

}  // namespace highbase::node
