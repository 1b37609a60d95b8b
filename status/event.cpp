// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/event.hpp"

#include <fmt/format.h>

namespace highbase::status {

std::string code(node::EventId id) {
    return fmt::format("HB{:04}", static_cast<int>(id));
}

std::string_view name(node::Level level) {
    switch (level) {
        case node::Level::debug: return "debug";
        case node::Level::info: return "info";
        case node::Level::notice: return "notice";
        case node::Level::warning: return "warning";
        case node::Level::error: return "error";
        case node::Level::critical: return "critical";
    }
    return "unknown";
}

}  // namespace highbase::status
