// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/link_message.hpp"

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
// The C library's net/if.h has no IFF_LOWER_UP, and clashes with this header if it comes first.
#include <linux/if.h>

#include <algorithm>
#include <array>

namespace highbase::netlink {
namespace {

using Attributes = std::array<nlattr*, IFLA_MAX + 1>;

bool is_macvlan(const Attributes& attributes) {
    std::array<nlattr*, IFLA_INFO_MAX + 1> info{};
    if (attributes[IFLA_LINKINFO] == nullptr) return false;
    if (nla_parse_nested(info.data(), IFLA_INFO_MAX, attributes[IFLA_LINKINFO], nullptr) < 0) return false;
    return read_text(info[IFLA_INFO_KIND]) == "macvlan";
}

// IFF_RUNNING is what the kernel makes of the operational state (up or unknown: RFC 2863). It lags behind the
// carrier itself, IFF_LOWER_UP, by as much as the kernel delays its link watch.
bool is_running(unsigned flags) {
    constexpr unsigned kAll = IFF_UP | IFF_RUNNING | IFF_LOWER_UP;
    return (flags & kAll) == kAll;
}

ifinfomsg header_for(LinkIndex index) {
    ifinfomsg header{};
    header.ifi_family = AF_UNSPEC;
    header.ifi_index = static_cast<int>(index);
    return header;
}

// Statistics are the larger half of a link's description, and nobody here reads them.
Message without_statistics(Message request) {
    request.put(IFLA_EXT_MASK, static_cast<std::uint32_t>(RTEXT_FILTER_SKIP_STATS));
    return request;
}

}  // namespace

std::optional<LinkMessage> read_link(const nlmsghdr& header) {
    if (header.nlmsg_type != RTM_NEWLINK && header.nlmsg_type != RTM_DELLINK) return std::nullopt;
    Attributes attributes{};
    auto* message = const_cast<nlmsghdr*>(&header);
    if (nlmsg_parse(message, sizeof(ifinfomsg), attributes.data(), IFLA_MAX, nullptr) < 0)
        return std::nullopt;
    const auto& about = *static_cast<const ifinfomsg*>(nlmsg_data(&header));
    if (about.ifi_family != AF_UNSPEC || attributes[IFLA_WIRELESS] != nullptr) return std::nullopt;

    LinkMessage result;
    result.link.index = LinkIndex{about.ifi_index};
    result.link.name = read_text(attributes[IFLA_IFNAME]);
    result.link.mtu = read_u32(attributes[IFLA_MTU]).value_or(0);
    result.link.running = is_running(about.ifi_flags);
    result.link.ethernet = about.ifi_type == ARPHRD_ETHER;
    const auto mac = read_octets(attributes[IFLA_ADDRESS]);
    if (mac.size() == result.link.mac.octets.size()) std::ranges::copy(mac, result.link.mac.octets.begin());
    result.is_macvlan = is_macvlan(attributes);
    // An index of another network namespace means nothing here.
    if (result.is_macvlan && attributes[IFLA_LINK_NETNSID] == nullptr) {
        result.link.parent =
            LinkIndex{static_cast<std::int32_t>(read_u32(attributes[IFLA_LINK]).value_or(0))};
    }
    result.alias = read_text(attributes[IFLA_IFALIAS]);
    return result;
}

Message all_links_request() {
    return without_statistics(Message{RTM_GETLINK, NLM_F_DUMP, header_for(LinkIndex{})});
}

Message one_link_request(LinkIndex index) {
    return without_statistics(Message{RTM_GETLINK, 0, header_for(index)});
}

Message one_link_request(const std::string& name) {
    auto request = without_statistics(Message{RTM_GETLINK, 0, header_for(LinkIndex{})});
    request.put(IFLA_IFNAME, std::string_view{name});
    return request;
}

}  // namespace highbase::netlink
