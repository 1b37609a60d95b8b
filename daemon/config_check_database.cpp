// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about [peer] and [virtual_router.mysql].
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "cluster/peer_message.hpp"
#include "daemon/config_check.hpp"
#include "daemon/duration.hpp"

namespace highbase::daemon {
namespace {

bool is_virtual(std::span<const RouterReading> routers, const vrrp::IpAddress& address) {
    return std::ranges::any_of(routers, [&](const RouterReading& router) {
        return std::ranges::find(router.configuration.addresses, address, &vrrp::Prefix::address) !=
               router.configuration.addresses.end();
    });
}

void refuse_virtual(std::span<const RouterReading> routers, const vrrp::IpAddress& address,
                    std::string_view key, Position position, Problems& problems) {
    if (!is_virtual(routers, address)) return;
    problems.error(
        position,
        fmt::format("{}: {} is a virtual address, which whoever is Active answers: write the host's "
                    "own address",
                    key, address.to_string()));
}

void check_servers(std::span<const RouterReading> routers, const DatabaseReading& database,
                   Problems& problems) {
    if (database.usable("peer_server"))
        refuse_virtual(routers, database.configuration.peer_server.address, "peer_server",
                       database.position("peer_server"), problems);
    const auto* server = std::get_if<vrrp::Endpoint>(&database.configuration.server);
    if (server == nullptr || !database.usable("server")) return;
    refuse_virtual(routers, server->address, "server", database.position("server"), problems);
    if (database.usable("peer_server") && *server == database.configuration.peer_server)
        problems.error(database.position("peer_server"),
                       "peer_server: it is the same as server: write the server of the other box");
}

void check_account(const DatabaseReading& database, Problems& problems) {
    const node::DatabaseConfiguration& wanted = database.configuration;
    if (wanted.password_file.empty() && database.usable("password_file"))
        problems.error(database.position("password_file"), "password_file: write the path of a file");
    if (wanted.replication_user.empty() && !wanted.replication_password_file.empty())
        problems.error(
            database.position("replication_password_file"),
            "replication_password_file: there is no replication_user: write one, or leave this out");
    if (!wanted.replication_user.empty() && wanted.replication_password_file.empty())
        problems.error(database.position("replication_user"),
                       "replication_user: its password is missing: write replication_password_file");
    if (wanted.tls == node::DatabaseTls::verify && wanted.tls_ca.empty() && database.usable("tls_ca"))
        problems.error(database.position("tls"), "tls: \"verify\" needs a tls_ca to verify with");
}

void check_fence(const DatabaseReading& database, Problems& problems) {
    const node::FenceConfiguration& fence = database.configuration.fence;
    for (const std::string& option : fence.options) {
        const std::size_t equals = option.find('=');
        if (equals == std::string::npos || equals == 0)
            problems.error(database.position("fence_options"),
                           fmt::format("fence_options: {}: write \"name=value\"", in_quotes(option)));
        if (option.starts_with("action="))
            problems.error(database.position("fence_options"),
                           "fence_options: the action has a key of its own: write fence_action");
    }
    const bool has_options = !fence.options.empty() || !fence.options_file.empty();
    if (has_options && fence.agent.empty() && database.usable("fence_agent"))
        problems.error(database.position(fence.options.empty() ? "fence_options_file" : "fence_options"),
                       "there is nobody to be told: write fence_agent, or leave this out");
}

void check_router(const RouterReading& router, Problems& problems) {
    const vrrp::Parameters& parameters = router.configuration.parameters;
    if (router.usable("priority") && parameters.priority == vrrp::kPriorityOwner)
        problems.error(
            router.position("priority"),
            "priority: 255 is not possible with a [virtual_router.mysql]: an address owner takes over "
            "whatever its server holds");
    const bool written = router.table->find("preempt") != nullptr;
    if (written && router.usable("preempt") && parameters.preempt_mode)
        problems.warning(router.position("preempt"),
                         "preempt: has no effect with a [virtual_router.mysql]: a primary that works is left "
                         "alone");
}

void check_mode(const RouterReading& router, Problems& problems) {
    const node::DatabaseConfiguration& database = router.database->configuration;
    if (database.mode == node::Mode::lossless) {
        if (router.database->table->find("commit_wait") != nullptr)
            problems.warning(router.database->position("commit_wait"),
                             "commit_wait: has no effect in mode \"lossless\", where commits wait for ever");
        return;
    }
    const bool anchored = std::ranges::any_of(router.checks, [](const auto& check) {
        return std::holds_alternative<health::GatewayOptions>(check.configuration.options);
    });
    if (!anchored && router.database->usable("mode"))
        problems.warning(
            router.database->position("mode"),
            "mode: without a check of type \"gateway\" a box that is cut off from everything does not know "
            "it, and goes on to acknowledge");
}

void check_groups(std::span<const RouterReading> routers, Problems& problems) {
    std::map<std::string, const RouterReading*> seen;
    for (const RouterReading& router : routers) {
        const std::string& group = router.configuration.sync_group;
        if (!router.database || !router.usable("sync_group") || group.empty()) continue;
        const auto [first, inserted] = seen.try_emplace(group, &router);
        if (inserted) continue;
        problems.error(
            router.database->header,
            fmt::format("[virtual_router.mysql]: the member in line {} of the same sync_group {} has one "
                        "already, and all of its addresses follow that: leave one out",
                        first->second->header.line, in_quotes(group)));
    }
}

void check_peer(const PeerReading& peer, std::span<const RouterReading> routers, Problems& problems) {
    const cluster::PeerTiming& timing = peer.configuration.timing;
    if (peer.usable("paths")) {
        for (const cluster::PathConfiguration& path : peer.configuration.paths)
            refuse_virtual(routers, path.address, "paths", peer.position("paths"), problems);
    }
    if (peer.configuration.key_file.empty() && peer.usable("key_file"))
        problems.error(peer.position("key_file"), "key_file: write the path of a file");
    const bool known = peer.usable("timeout") && peer.usable("interval") && timing.timeout.has_value();
    if (known && *timing.timeout < 2 * timing.interval)
        problems.error(
            peer.position("timeout"),
            fmt::format("timeout: one lost message would look like the end of the other box: write at "
                        "least two intervals, \"{}\"",
                        to_text(2 * timing.interval)));
}

void check_names(std::span<const RouterReading> routers, const PeerReading& peer, std::string_view node,
                 Problems& problems) {
    std::vector<std::string> services;
    for (const RouterReading& router : routers) {
        if (!router.database || !router.usable("name")) continue;
        const node::RouterConfiguration& configuration = router.configuration;
        services.push_back(configuration.sync_group.empty() ? configuration.name : configuration.sync_group);
    }
    if (const auto fault = cluster::fault_of_names(node, services))
        problems.error(peer.header, fmt::format("[peer]: its messages cannot carry these names: {}", *fault));
}

}  // namespace

void check_databases(std::span<const RouterReading> routers, const PeerReading* peer, std::string_view node,
                     Problems& problems) {
    for (const RouterReading& router : routers) {
        if (!router.database) continue;
        if (peer == nullptr)
            problems.error(router.database->header,
                           "[virtual_router.mysql] needs a [peer]: nobody is promoted who has not heard, or "
                           "missed, the other box");
        check_servers(routers, *router.database, problems);
        check_account(*router.database, problems);
        check_fence(*router.database, problems);
        check_router(router, problems);
        check_mode(router, problems);
    }
    check_groups(routers, problems);
    if (peer == nullptr) return;
    check_peer(*peer, routers, problems);
    check_names(routers, *peer, node, problems);
}

}  // namespace highbase::daemon
