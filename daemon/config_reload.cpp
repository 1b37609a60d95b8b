// SPDX-License-Identifier: GPL-2.0-or-later
// What a running daemon makes of another configuration.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "daemon/config.hpp"
#include "daemon/schema.hpp"

namespace highbase::daemon {
namespace {

using Database = node::DatabaseConfiguration;
using Router = node::RouterConfiguration;

// What makes a virtual router another one: node/reconfigure.cpp starts that anew.
// With whether it has a database, and so many ways to it.
using Identity = std::tuple<std::string, std::string, vrrp::Vrid, vrrp::Family, node::MacMode, bool, int>;
// A group by its name; a router alone by its own.
using Groups = std::map<std::pair<std::string, std::string>, std::vector<Identity>>;

// Those with a database. What their service has promised is read from its journal while starting, and only
// then: one that begins later would know of nothing, and one that ends would leave its server as it is.
Groups with_databases(const Config& config) {
    Groups groups;
    for (const Router& router : config.node.routers) {
        const bool alone = router.sync_group.empty();
        groups[{router.sync_group, alone ? router.name : std::string{}}].emplace_back(
            router.name, router.interface, router.vrid, router.family(), router.mac,
            router.database.has_value(), router.forward ? 1 : 0);
    }
    std::erase_if(groups, [](const auto& group) {
        return std::ranges::none_of(group.second, [](const Identity& one) { return std::get<bool>(one); });
    });
    return groups;
}

const Router* find_router(const Config& config, const std::string& name) {
    const auto found = std::ranges::find(config.node.routers, name, &Router::name);
    return found == config.node.routers.end() ? nullptr : &*found;
}

template <typename Owner>
void compare(const Section<Owner>& section, const Owner& running, const Owner& wanted,
             std::vector<std::string>& result) {
    for (const Key<Owner>& key : section.keys) {
        if (key.text.reload != Reload::needs_restart || key.type.print(running) == key.type.print(wanted))
            continue;
        std::string name = fmt::format("{}.{}", section.name, key.text.name);
        if (std::ranges::find(result, name) == result.end()) result.push_back(std::move(name));
    }
}

}  // namespace

std::vector<std::string> needs_restart(const Config& running, const Config& wanted) {
    std::vector<std::string> result;
    compare(node_section(), running, wanted, result);
    if (running.peer.has_value() != wanted.peer.has_value()) result.emplace_back(peer_section().name);
    if (running.peer && wanted.peer) compare(peer_section(), *running.peer, *wanted.peer, result);
    if (running.witness.has_value() != wanted.witness.has_value())
        result.emplace_back(witness_section().name);
    if (running.witness && wanted.witness)
        compare(witness_section(), *running.witness, *wanted.witness, result);
    if (with_databases(running) != with_databases(wanted)) {
        result.emplace_back(router_section().name);
        return result;
    }
    for (const Router& router : wanted.node.routers) {
        const Router* const before = find_router(running, router.name);
        if (router.database && before != nullptr)
            compare(database_section(), *before->database, *router.database, result);
        if (router.forward && before != nullptr)
            compare(forward_section(), *before->forward, *router.forward, result);
    }
    return result;
}

Config without_restart(const Config& running, const Config& wanted) {
    Config result = running;
    result.log_level = wanted.log_level;
    result.node.name = wanted.node.name;
    if (with_databases(running) != with_databases(wanted)) return result;
    result.node.routers = wanted.node.routers;
    for (Router& router : result.node.routers) {
        const Router* const before = find_router(running, router.name);
        if (!router.database || before == nullptr) continue;
        const Database& old = *before->database;
        router.database->server = old.server;
        router.database->peer_server = old.peer_server;
        router.database->interval = old.interval;
        router.database->timeout = old.timeout;
        router.database->thresholds = old.thresholds;
        router.database->fence.kill_after = old.fence.kill_after;
        router.forward = before->forward;
    }
    return result;
}

}  // namespace highbase::daemon
