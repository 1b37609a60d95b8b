// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with neither server alone.
#include <fmt/format.h>

#include <charconv>

#include "replication/preflight_report.hpp"

namespace highbase::replication {
namespace {

std::string text_of(const ServerSettings& settings, const char* variable) {
    return settings.variable(variable).value_or("");
}

std::uint32_t server_id(const ServerSettings& settings) {
    const std::string text = text_of(settings, "server_id");
    std::uint32_t id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
}

Remedy other_id(const ServerSettings& settings, std::uint32_t taken) {
    return set_variable(settings.dialect, "server_id", std::to_string(taken == 1 ? 2 : 1));
}

void check_server_ids(const Preflight& own, const std::optional<ServerSettings>& peer) {
    const std::uint32_t mine = server_id(own.settings);
    const std::uint32_t theirs = peer ? server_id(*peer) : 0;
    if (mine == 0) {
        own.add(FindingId::server_id, Gravity::broken,
                "server_id is 0: this server can neither follow another nor be followed",
                other_id(own.settings, theirs));
    } else if (mine == theirs) {
        own.add(FindingId::same_server_id, Gravity::broken,
                fmt::format("server_id is {} on both servers: each takes what the other wrote for its own; "
                            "set it on this one, and start replication again",
                            mine),
                other_id(own.settings, theirs));
    }
}

void check_alike(const Preflight& pair, const ServerSettings& peer) {
    const Dialect& mine = pair.settings.dialect;
    const Dialect& theirs = peer.dialect;
    if (mine.flavour != theirs.flavour) {
        return pair.add(FindingId::different_products, Gravity::broken,
                        fmt::format("one server is {}, the other {}: they cannot follow each other by GTID",
                                    mine.to_string(), theirs.to_string()));
    }
    if (mine.version.major != theirs.version.major || mine.version.minor != theirs.version.minor) {
        pair.add(FindingId::different_versions, Gravity::caution,
                 fmt::format("one server is {}, the other {}: the older one may not understand what the "
                             "newer one writes after a takeover",
                             mine.to_string(), theirs.to_string()));
    }
    const std::string uuid = text_of(pair.settings, "server_uuid");
    if (!uuid.empty() && uuid == text_of(peer, "server_uuid")) {
        pair.add(FindingId::same_server_uuid, Gravity::broken,
                 fmt::format("server_uuid is {} on both servers, as of a copied data directory: remove "
                             "auto.cnf of one of them and start it again",
                             uuid));
    }
    const std::string domain = text_of(pair.settings, "gtid_domain_id");
    const std::string other = text_of(peer, "gtid_domain_id");
    if (mine.is_mariadb() && domain != other) {
        pair.add(FindingId::different_domains, Gravity::promise,
                 fmt::format("gtid_domain_id is {} here and {} on the other server: transactions of two "
                             "domains have no order, so that what is missing cannot be seen",
                             domain, other),
                 set_variable(mine, "gtid_domain_id", other));
    }
}

}  // namespace

void check_pair(const ServerSettings& own, const std::optional<ServerSettings>& peer,
                const Expectations& expectations, std::vector<Finding>& findings) {
    const Preflight mine{own,     FindingServer::own, expectations.role, expectations.peer, expectations,
                         findings};
    const Preflight pair{own,     FindingServer::pair, expectations.role, expectations.peer, expectations,
                         findings};
    for (const ServerAddress* const server : {&expectations.own, &expectations.peer}) {
        if (!is_virtual(server->host, expectations)) continue;
        pair.add(FindingId::virtual_node_address, Gravity::broken,
                 fmt::format("{} is configured as the address of a server, and is a virtual address: a "
                             "server needs one that stays with it",
                             server->host));
    }
    check_server_ids(mine, peer);
    if (!peer) {
        return pair.add(FindingId::peer_unseen, Gravity::note,
                        "the other server could not be asked: only this one was looked at");
    }
    if (server_id(*peer) == 0) {
        const Preflight theirs{
            *peer, FindingServer::peer, ServerRole::unknown, expectations.own, expectations, findings};
        check_server_ids(theirs, own);
    }
    check_alike(pair, *peer);
}

}  // namespace highbase::replication
