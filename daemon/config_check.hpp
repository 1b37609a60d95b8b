// SPDX-License-Identifier: GPL-2.0-or-later
// Rules that concern more than one key, or more than one virtual router.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "cluster/peer_configuration.hpp"
#include "daemon/config.hpp"
#include "daemon/config_document.hpp"
#include "node/configuration.hpp"
#include "witness/configuration.hpp"

namespace highbase::daemon {

// A section as far as it could be read, and where.
template <typename Owner>
struct Reading {
    Owner configuration;
    const Table* table = nullptr;
    Position header;
    std::set<std::string_view> unusable;  // keys that are missing though required, or refused

    [[nodiscard]] bool usable(std::string_view key) const { return !unusable.contains(key); }
    // Of the key's value; of the header when the default is in effect.
    [[nodiscard]] Position position(std::string_view key) const {
        const Entry* entry = table->find(key);
        return entry == nullptr ? header : entry->value.position;
    }
};

// What is below is not in the configuration yet.
struct DatabaseReading : Reading<node::DatabaseConfiguration> {
    std::vector<Reading<node::HookConfiguration>> hooks;
};
struct RouterReading : Reading<node::RouterConfiguration> {
    std::vector<Reading<health::CheckConfiguration>> checks;
    std::optional<DatabaseReading> database;
    std::optional<Reading<node::ForwardConfiguration>> forward;
};
using PeerReading = Reading<cluster::PeerConfiguration>;
using WitnessReading = Reading<witness::Configuration>;

// Rules whose keys are not usable are passed over: their mistakes are told already.
void check_routers(std::span<const RouterReading> routers, Problems& problems);

// `node`: the name of this one. `peer`: null where there is no [peer].
void check_databases(std::span<const RouterReading> routers, const PeerReading* peer, std::string_view node,
                     Problems& problems);

// `fault_of` may be empty: then nothing is said of files.
void check_witness(const WitnessReading& witness, std::span<const RouterReading> routers,
                   const FileFault& fault_of, Problems& problems);

void check_forwards(std::span<const RouterReading> routers, Problems& problems);

// `exists` may be empty: then nothing is said.
void check_interfaces(std::span<const RouterReading> routers,
                      const std::function<bool(std::string_view)>& exists, Problems& problems);

}  // namespace highbase::daemon
