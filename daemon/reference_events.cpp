// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "daemon/reference.hpp"
#include "node/report.hpp"

namespace highbase::daemon {
namespace {

std::string_view level_name(node::Level level) {
    switch (level) {
        case node::Level::debug: return "debug";
        case node::Level::info: return "info";
        case node::Level::notice: return "notice";
        case node::Level::warning: return "warning";
        case node::Level::error: return "error";
        case node::Level::critical: return "critical";
    }
    return {};
}

}  // namespace

std::string events_markdown() {
    std::string page = R"(<!-- Made from node/events.def by `highbase_reference events`; do not edit. -->
# Events

Everything that hbvrrp reports, in its log and in `hbctl events`. A word in braces stands for a value that is
known when the event happens.

| event | level | text |
| --- | --- | --- |
)";
    for (const node::EventDescription& event : node::event_table()) {
        page += fmt::format("| [HB{0:04}](#hb{0:04}) | {1} | {2} |\n", static_cast<unsigned>(event.id),
                            level_name(event.level), event.text);
    }
    for (const node::EventDescription& event : node::event_table()) {
        page += fmt::format("\n## HB{:04}\n\n`{}`, {}: {}\n\n{}\n\nWhat to do: {}\n",
                            static_cast<unsigned>(event.id), event.identifier, level_name(event.level),
                            event.text, event.meaning, event.remedy);
    }
    return page;
}

}  // namespace highbase::daemon
