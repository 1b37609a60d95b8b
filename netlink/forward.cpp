// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/forward.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "netlink/lease.hpp"
#include "netlink/sysctl.hpp"

namespace highbase::netlink {
namespace {

// Twice: what is not there cannot be deleted, and what is there has the elements of the earlier list.
constexpr std::string_view kContainers = R"(
table inet highbase_lease {
    set forwarded4 { type ipv4_addr . inet_service; }
    set forwarded6 { type ipv6_addr . inet_service; }
    map servers4 { type ipv4_addr . inet_service : ipv4_addr . inet_service; }
    map servers6 { type ipv6_addr . inet_service : ipv6_addr . inet_service; }
    chain renounce4 { }
    chain renounce6 { }
    chain lead { type nat hook prerouting priority dstnat; policy accept; }
    chain through { type filter hook forward priority filter; policy accept; }
    chain hide { type nat hook postrouting priority srcnat; policy accept; }
}
)";
constexpr std::string_view kEmptied = R"(
flush set inet highbase_lease forwarded4
flush set inet highbase_lease forwarded6
flush map inet highbase_lease servers4
flush map inet highbase_lease servers6
)";
constexpr std::string_view kRemoved = R"(
delete chain inet highbase_lease renounce4
delete chain inet highbase_lease renounce6
delete chain inet highbase_lease lead
delete chain inet highbase_lease through
delete chain inet highbase_lease hide
delete set inet highbase_lease forwarded4
delete set inet highbase_lease forwarded6
delete map inet highbase_lease servers4
delete map inet highbase_lease servers6
)";

// The guard itself stands before all this (chain "in", hook raw): what has no lease does not come as far.
//   lead      only what begins a connection. A packet of one that another box has led comes to this host,
//             which knows nothing of it, and is answered with a reset.
//   through   also where the address is not here any more, and packets of a connection that stands still are.
//   renounce  for a while after a lease was ended: whoever is connected learns it with the next packet.
constexpr std::string_view kForwardRules = R"(
table inet highbase_lease {
    chain renounce4 {
        ip daddr @alive4 return
        tcp flags & rst == 0 fib daddr type local reject with tcp reset
        tcp flags & rst == 0 fib daddr . iif oif exists reject with tcp reset
    }
    chain renounce6 {
        ip6 daddr @alive6 return
        tcp flags & rst == 0 fib daddr type local reject with tcp reset
        tcp flags & rst == 0 fib daddr . iif oif exists reject with tcp reset
    }
    chain lead {
        tcp flags & (fin | syn | rst | ack) != syn accept
        ip daddr @alive4 dnat ip to ip daddr . tcp dport map @servers4
        ip6 daddr @alive6 dnat ip6 to ip6 daddr . tcp dport map @servers6
    }
    chain through {
        ct status dnat ct original ip daddr @alive4 accept
        ct status dnat ct original ip6 daddr @alive6 accept
        ct status dnat ct original ip daddr @guarded4 drop
        ct status dnat ct original ip6 daddr @guarded6 drop
    }
}
insert rule inet highbase_lease in ip daddr . tcp dport @forwarded4 ip daddr @refused4 jump renounce4
insert rule inet highbase_lease in ip6 daddr . tcp dport @forwarded6 ip6 daddr @refused6 jump renounce6
)";

std::string key_of(const Forward& port) {
    return fmt::format("{} . {}", port.address.to_string(), port.port);
}

std::string commands_of(const Forward& port) {
    const bool ipv4 = port.address.is_ipv4();
    const char* family = ipv4 ? "4" : "6";
    std::string commands =
        fmt::format("add element inet {} forwarded{} {{ {} }}\n", kLeaseTable, family, key_of(port));
    if (!port.server) return commands;
    commands += fmt::format("add element inet {} servers{} {{ {} : {} . {} }}\n", kLeaseTable, family,
                            key_of(port), port.server->address.to_string(), port.server->port);
    if (port.masquerade)
        commands += fmt::format(
            "add rule inet {} hide meta l4proto tcp ct status dnat ct original {} daddr {} "
            "ct original proto-dst {} masquerade\n",
            kLeaseTable, ipv4 ? "ip" : "ip6", port.address.to_string(), port.port);
    return commands;
}

}  // namespace

std::string forward_commands(const std::vector<Forward>& ports, bool was) {
    std::string commands;
    if (ports.empty() && !was) return commands;
    commands += kContainers;
    commands += kEmptied;
    if (ports.empty()) return commands += kRemoved;
    commands += kForwardRules;
    for (const Forward& port : ports) commands += commands_of(port);
    return commands;
}

Result<void> check_routing(const std::vector<Forward>& ports) {
    for (const bool ipv4 : {true, false}) {
        const bool needed =
            std::ranges::any_of(ports, [&](const Forward& port) { return port.address.is_ipv4() == ipv4; });
        if (!needed) continue;
        const char* path = ipv4 ? "net/ipv4/conf/all/forwarding" : "net/ipv6/conf/all/forwarding";
        const char* name = ipv4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding";
        const Result<int> value = read_sysctl(path);
        if (!value) return tl::make_unexpected(value.error());
        if (*value == 0)
            return failure(EPERM, fmt::format("this host forwards nothing: set {} = 1 (sysctl.d)", name));
    }
    return {};
}

}  // namespace highbase::netlink
