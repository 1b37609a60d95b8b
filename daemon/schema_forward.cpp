// SPDX-License-Identifier: GPL-2.0-or-later
// The section of a gateway: [virtual_router.forward].
#include "daemon/schema.hpp"

namespace highbase::daemon {
namespace {

using Forward = node::ForwardConfiguration;

std::vector<Key<Forward>> forward_keys() {
    return {
        {{.name = "port",
          .reload = Reload::needs_restart,
          .example = "3306",
          .help = "The TCP port of the virtual addresses that clients connect to.",
          .doc = "It leads to the port of the server that is the primary, which may be another one."},
         bind<Forward>(
             integer(1, 65535), [](auto& forward) -> auto& { return forward.port; })},
        {{.name = "masquerade",
          .reload = Reload::needs_restart,
          .example = "true",
          .help = "Whether the servers see connections as coming from this box.",
          .doc =
              "With false they see the clients' own addresses. Then their way back to the clients must lead "
              "through the box that has the virtual addresses: give them as their gateway a virtual address "
              "on their own network, of a second virtual router in the same sync_group."},
         bind<Forward>(
             boolean(), [](auto& forward) -> auto& { return forward.masquerade; })},
    };
}

}  // namespace

const Section<Forward>& forward_section() {
    static const Section<Forward> section{
        "virtual_router.forward",
        std::nullopt,
        "A box that is a gateway to the servers: clients of the virtual addresses are led to the server that "
        "is the primary, of whichever box. Where only a box fails, the other one leads clients to the same "
        "server, and nothing is promoted. Written below a [[virtual_router]] with a [virtual_router.mysql], "
        "whose server is given by address and port, on both boxes. The host must forward packets "
        "(net.ipv4.ip_forward = 1; IPv6: net.ipv6.conf.all.forwarding = 1); hbvrrp does not change that.",
        forward_keys(),
        {}};
    return section;
}

}  // namespace highbase::daemon
