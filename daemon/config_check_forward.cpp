// SPDX-License-Identifier: GPL-2.0-or-later
// Rules about [virtual_router.forward].
#include <fmt/format.h>

#include <algorithm>

#include "daemon/config_check.hpp"

namespace highbase::daemon {
namespace {

using Addresses = std::vector<vrrp::Prefix>;

void check_server(const RouterReading& router, const vrrp::Endpoint& server, std::string_view key,
                  Problems& problems) {
    const Addresses& addresses = router.configuration.addresses;
    const bool same_family = addresses.empty() || !router.usable("addresses") ||
                             addresses.front().address.family() == server.address.family();
    if (same_family) return;
    problems.error(
        router.database->position(key),
        fmt::format("{}: clients of the virtual addresses are led there ([virtual_router.forward]): "
                    "write an address of the same family as theirs",
                    key));
}

void check_servers(const RouterReading& router, Problems& problems) {
    const DatabaseReading& database = *router.database;
    const auto* server = std::get_if<vrrp::Endpoint>(&database.configuration.server);
    if (database.usable("server") && server == nullptr)
        problems.error(
            database.position("server"),
            "server: a socket is on this host, and nothing need be forwarded: write the address and "
            "the port of the server, or leave [virtual_router.forward] out");
    if (database.usable("server") && server != nullptr) check_server(router, *server, "server", problems);
    if (database.usable("peer_server"))
        check_server(router, database.configuration.peer_server, "peer_server", problems);
}

void check_forward(const RouterReading& router, Problems& problems) {
    if (!router.database)
        return problems.error(router.forward->header,
                              "[virtual_router.forward] needs a [virtual_router.mysql] of the same virtual "
                              "router: it says which servers there are");
    check_servers(router, problems);
    if (router.usable("accept") && !router.configuration.accept)
        problems.error(
            router.position("accept"),
            "accept: false is not possible with a [virtual_router.forward]: clients of the box that "
            "had the addresses before would wait, where a reset tells them to connect anew");
    if (router.usable("lease") && router.configuration.lease.kind == node::Lease::Kind::off)
        problems.error(router.position("lease"),
                       "lease: \"off\" is not possible with a [virtual_router.forward]: clients would be led "
                       "on by a box whose daemon is dead");
}

}  // namespace

void check_forwards(std::span<const RouterReading> routers, Problems& problems) {
    for (const RouterReading& router : routers) {
        if (router.forward) check_forward(router, problems);
    }
}

}  // namespace highbase::daemon
