// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/packet_refusal.hpp"

#include <fmt/format.h>

#include "netlink/packet_filter.hpp"

namespace highbase::netlink {
namespace {

std::string set_of(const char* name, const char* type, const std::string& elements) {
    const std::string list = elements.empty() ? "" : fmt::format("elements = {{ {} }}\n", elements);
    return fmt::format("set {} {{\ntype {}\n{}}}\n", name, type, list);
}

void append(std::string& elements, const std::string& element) {
    elements += elements.empty() ? "" : ", ";
    elements += element;
}

std::string addresses_of(const std::vector<vrrp::IpAddress>& addresses, vrrp::Family family) {
    std::string elements;
    for (const vrrp::IpAddress& address : addresses) {
        if (address.family() == family) append(elements, address.to_string());
    }
    return elements;
}

std::string ports_of(const std::vector<vrrp::Endpoint>& servers, vrrp::Family family) {
    std::string elements;
    for (const vrrp::Endpoint& server : servers) {
        if (server.address.family() == family)
            append(elements, fmt::format("{} . {}", server.address.to_string(), server.port));
    }
    return elements;
}

}  // namespace

std::string refuse_packets_commands(const std::vector<vrrp::IpAddress>& addresses) {
    std::string commands = without_table(kAcceptTable);
    if (addresses.empty()) return commands;
    // "Neighbor Solicitations and Neighbor Advertisements MUST NOT be dropped" (RFC 9568 6.1, Accept_Mode).
    commands += fmt::format(
        "table inet {} {{\n{}{}"
        "chain input {{\n"
        "type filter hook input priority filter; policy accept;\n"
        "ip daddr @ipv4 drop\n"
        "icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept\n"
        "ip6 daddr @ipv6 drop\n"
        "}}\n}}\n",
        kAcceptTable, set_of("ipv4", "ipv4_addr", addresses_of(addresses, vrrp::Family::ipv4)),
        set_of("ipv6", "ipv6_addr", addresses_of(addresses, vrrp::Family::ipv6)));
    return commands;
}

std::string refuse_connections_commands(const std::vector<vrrp::Endpoint>& servers) {
    std::string commands = without_table(kRoadTable);
    if (servers.empty()) return commands;
    // A reset, so that whoever waits for the server learns at once that there is nothing to wait for.
    commands += fmt::format(
        "table inet {} {{\n{}{}"
        "chain output {{\n"
        "type filter hook output priority filter; policy accept;\n"
        "ip daddr . tcp dport @ipv4 reject with tcp reset\n"
        "ip6 daddr . tcp dport @ipv6 reject with tcp reset\n"
        "}}\n}}\n",
        kRoadTable, set_of("ipv4", "ipv4_addr . inet_service", ports_of(servers, vrrp::Family::ipv4)),
        set_of("ipv6", "ipv6_addr . inet_service", ports_of(servers, vrrp::Family::ipv6)));
    return commands;
}

}  // namespace highbase::netlink
