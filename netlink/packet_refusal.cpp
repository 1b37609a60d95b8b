// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/packet_refusal.hpp"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace highbase::netlink {
namespace {

std::string set_of(std::string_view name, std::string_view type,
                   const std::vector<vrrp::IpAddress>& addresses, vrrp::Family family) {
    std::string elements;
    for (const auto& address : addresses) {
        if (address.family() != family) continue;
        elements += elements.empty() ? "" : ", ";
        elements += address.to_string();
    }
    if (!elements.empty()) elements = fmt::format("elements = {{ {} }}\n", elements);
    return fmt::format("set {} {{\ntype {}\n{}}}\n", name, type, elements);
}

std::string first_line(std::string_view text) {
    return std::string{text.substr(0, text.find('\n'))};
}

}  // namespace

std::string refusal_commands(const std::vector<vrrp::IpAddress>& addresses) {
    // Deleting what is not there is an error, adding what is there is none: so the table is added first.
    auto commands = fmt::format("add table inet {0}\ndelete table inet {0}\n", kRefusalTable);
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
        kRefusalTable, set_of("ipv4", "ipv4_addr", addresses, vrrp::Family::ipv4),
        set_of("ipv6", "ipv6_addr", addresses, vrrp::Family::ipv6));
    return commands;
}

void PacketRefusal::Free::operator()(nft_ctx* context) const {
    nft_ctx_free(context);
}

Result<void> PacketRefusal::replace(const std::vector<vrrp::IpAddress>& addresses) {
    const auto what = fmt::format("refuse packets to {} addresses (nftables)", addresses.size());
    if (!context_) {
        context_.reset(nft_ctx_new(NFT_CTX_DEFAULT));
        if (!context_) return failure(ENOMEM, what + ": out of memory");
        nft_ctx_buffer_error(context_.get());
    }
    errno = 0;
    if (nft_run_cmd_from_buffer(context_.get(), refusal_commands(addresses).c_str()) == 0) return {};
    const int code = errno != 0 ? errno : EIO;
    return failure(code, fmt::format("{}: {}", what, first_line(nft_ctx_get_error_buffer(context_.get()))));
}

}  // namespace highbase::netlink
