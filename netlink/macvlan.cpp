// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/macvlan.hpp"

#include <fmt/format.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include "netlink/sysctl.hpp"

namespace highbase::netlink {
namespace {

struct ArpSettings {
    int ignore = 0;
    int announce = 0;
    friend bool operator==(const ArpSettings&, const ArpSettings&) = default;
};

std::string ipv4_setting(const std::string& link, const char* setting) {
    return fmt::format("net/ipv4/conf/{}/{}", link, setting);
}

Result<ArpSettings> read_arp(const std::string& link) {
    const auto ignore = read_sysctl(ipv4_setting(link, "arp_ignore"));
    if (!ignore) return tl::make_unexpected(ignore.error());
    const auto announce = read_sysctl(ipv4_setting(link, "arp_announce"));
    if (!announce) return tl::make_unexpected(announce.error());
    return ArpSettings{*ignore, *announce};
}

Result<void> write_arp(const std::string& link, const ArpSettings& settings) {
    auto written = write_sysctl(ipv4_setting(link, "arp_ignore"), settings.ignore);
    if (!written) return written;
    return write_sysctl(ipv4_setting(link, "arp_announce"), settings.announce);
}

// 1, 2 and 8 all keep the parent from answering for an address of another link; 0 and 3 to 7 do not.
ArpSettings parents_arp(const ArpSettings& former) {
    const bool enough = former.ignore == 1 || former.ignore == 2 || former.ignore == 8;
    return {enough ? former.ignore : 1, 2};
}

std::string alias_of(const ArpSettings& former) {
    return fmt::format("highbase arp_ignore={} arp_announce={}", former.ignore, former.announce);
}

std::optional<ArpSettings> read_alias(const std::string& alias) {
    ArpSettings former;
    const int fields = std::sscanf(alias.c_str(), "highbase arp_ignore=%d arp_announce=%d", &former.ignore,
                                   &former.announce);
    return fields == 2 ? std::optional{former} : std::nullopt;
}

// What a macvlan of ours that stands on `parent` knows of the parent's former settings.
Result<std::optional<ArpSettings>> former_settings(RequestSocket& socket, LinkIndex parent) {
    const auto links = get_links(socket);
    if (!links) return tl::make_unexpected(links.error());
    for (const auto& [link, is_macvlan, alias] : *links) {
        if (!is_macvlan || link.parent != parent) continue;
        if (auto former = read_alias(alias)) return former;
    }
    return std::nullopt;
}

Message create_request(const MacvlanRequest& request) {
    Message message{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{}};
    message.put(IFLA_IFNAME, std::string_view{request.name});
    message.put(IFLA_LINK, static_cast<std::uint32_t>(request.parent));
    message.put(IFLA_ADDRESS, request.mac.octets);
    message.nest(IFLA_LINKINFO, [&] {
        message.put(IFLA_INFO_KIND, std::string_view{"macvlan"});
        message.nest(IFLA_INFO_DATA, [&] {
            message.put(IFLA_MACVLAN_MODE, static_cast<std::uint32_t>(MACVLAN_MODE_PRIVATE));
        });
    });
    return message;
}

Message change_request(LinkIndex index, unsigned flags) {
    ifinfomsg header{};
    header.ifi_index = static_cast<int>(index);
    header.ifi_flags = flags;
    header.ifi_change = flags;
    return Message{RTM_SETLINK, 0, header};
}

Result<void> set_alias(RequestSocket& socket, const Link& link, const std::string& alias) {
    auto request = change_request(link.index, 0);
    request.put(IFLA_IFALIAS, std::string_view{alias});
    if (const auto reply = socket.perform(request); !reply)
        return reply.failure("set the alias of " + link.name);
    return {};
}

Result<void> set_up(RequestSocket& socket, const Link& link) {
    auto request = change_request(link.index, IFF_UP);
    if (const auto reply = socket.perform(request); !reply) return reply.failure("set " + link.name + " up");
    return {};
}

Result<void> write_all(const std::string& directory,
                       std::initializer_list<std::pair<const char*, int>> settings) {
    for (const auto& [name, value] : settings) {
        if (auto written = write_sysctl(directory + name, value); !written) return written;
    }
    return {};
}

bool is_ipv4_virtual_mac(const vrrp::MacAddress& mac) {
    return mac == vrrp::virtual_mac(vrrp::Family::ipv4, vrrp::Vrid{mac.octets.back()});
}

// Before the link is up: an address of its own would be made, and announced, at that moment.
Result<void> configure(const Link& link) {
    auto done =
        write_all(ipv4_setting(link.name, ""), {{"arp_ignore", 1}, {"arp_announce", 2}, {"rp_filter", 2}});
    const auto ipv6 = fmt::format("net/ipv6/conf/{}/", link.name);
    if (!done || !sysctl_exists(ipv6)) return done;
    if (is_ipv4_virtual_mac(link.mac)) return write_all(ipv6, {{"disable_ipv6", 1}});
    return write_all(ipv6, {{"addr_gen_mode", 1}, {"accept_ra", 0}, {"accept_dad", 0}});
}

// The kernel takes the larger of "all" and the link's own: with more than 1 in "all", the parent or the
// macvlan would not answer as it must.
Result<void> check_all(const std::string& name) {
    const auto all = read_sysctl(ipv4_setting("all", "arp_ignore"));
    if (!all) return tl::make_unexpected(all.error());
    if (*all <= 1) return {};
    return failure(EINVAL,
                   fmt::format("create macvlan {}: net.ipv4.conf.all.arp_ignore is {}, and a virtual MAC "
                               "needs 0 or 1",
                               name, *all));
}

Result<void> set_up_beside(RequestSocket& socket, const Link& link, const Link& parent) {
    const auto sibling = former_settings(socket, parent.index);
    if (!sibling) return tl::make_unexpected(sibling.error());
    const auto former = *sibling ? Result<ArpSettings>{**sibling} : read_arp(parent.name);
    if (!former) return tl::make_unexpected(former.error());
    if (auto done = set_alias(socket, link, alias_of(*former)); !done) return done;
    if (auto done = write_arp(parent.name, parents_arp(*former)); !done) return done;
    if (auto done = configure(link); !done) return done;
    return set_up(socket, link);
}

}  // namespace

Result<Link> create_macvlan(RequestSocket& socket, const MacvlanRequest& request) {
    const auto what = fmt::format("create macvlan {} on {}", request.name, describe(request.parent));
    if (request.name.empty() || request.name.size() >= IFNAMSIZ) return Reply{EINVAL, {}}.failure(what);
    if (auto fit = check_all(request.name); !fit) return tl::make_unexpected(fit.error());
    const auto parent = get_link(socket, request.parent);
    if (!parent) return tl::make_unexpected(parent.error());
    auto message = create_request(request);
    if (const auto reply = socket.perform(message); !reply) return reply.failure(what);
    auto made = get_link(socket, request.name);
    if (!made) return tl::make_unexpected(made.error());
    if (auto done = set_up_beside(socket, made->link, parent->link); !done) {
        delete_macvlan(socket, made->link.index);
        return tl::make_unexpected(done.error());
    }
    made = get_link(socket, made->link.index);
    if (!made) return tl::make_unexpected(made.error());
    return made->link;
}

Result<void> delete_macvlan(RequestSocket& socket, LinkIndex index) {
    const auto what = fmt::format("delete {}", describe(index));
    const auto doomed = get_link(socket, index);
    if (!doomed) return tl::make_unexpected(doomed.error());
    if (!doomed->is_macvlan) return Reply{EOPNOTSUPP, "it is no macvlan"}.failure(what);
    ifinfomsg header{};
    header.ifi_index = static_cast<int>(index);
    Message request{RTM_DELLINK, 0, header};
    if (const auto reply = socket.perform(request); !reply) return reply.failure(what);

    const auto former = read_alias(doomed->alias);
    const auto parent = get_link(socket, doomed->link.parent);
    if (!former || !parent) return {};
    const auto sibling = former_settings(socket, parent->link.index);
    if (!sibling) return tl::make_unexpected(sibling.error());
    const auto present = read_arp(parent->link.name);
    if (!present) return tl::make_unexpected(present.error());
    const bool ours = *present == parents_arp(*former);
    return *sibling || !ours ? Result<void>{} : write_arp(parent->link.name, *former);
}

}  // namespace highbase::netlink
