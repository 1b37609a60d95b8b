// SPDX-License-Identifier: GPL-2.0-or-later
// Rules that concern more than one key, or more than one virtual router.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string_view>

#include "daemon/config_document.hpp"
#include "node/configuration.hpp"

namespace highbase::daemon {

// A virtual router as far as it could be read, and where.
struct RouterReading {
    node::RouterConfiguration configuration;
    const Table* table = nullptr;
    Position header;
    std::set<std::string_view> unusable;  // keys that are missing though required, or refused

    [[nodiscard]] bool usable(std::string_view key) const { return !unusable.contains(key); }
    // Of the key's value; of the header when the default is in effect.
    [[nodiscard]] Position position(std::string_view key) const;
};

// Rules whose keys are not usable are passed over: their mistakes are told already.
void check_routers(std::span<const RouterReading> routers, Problems& problems);

// `exists` may be empty: then nothing is said.
void check_interfaces(std::span<const RouterReading> routers, const std::function<bool(std::string_view)>& exists,
                      Problems& problems);

}  // namespace highbase::daemon
