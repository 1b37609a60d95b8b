// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/interface_table.hpp"

#include <algorithm>
#include <utility>

namespace highbase::node {
namespace {

using netlink::Link;
using netlink::LinkAddress;
using netlink::LinkIndex;

bool same_place(const LinkAddress& a, const LinkAddress& b) {
    return a.link == b.link && a.prefix == b.prefix;
}

}  // namespace

void InterfaceTable::replace(std::vector<Link> links, std::vector<LinkAddress> addresses) {
    links_ = std::move(links);
    addresses_ = std::move(addresses);
}

bool InterfaceTable::apply(const netlink::KernelEvent& event) {
    if (const auto* changed = std::get_if<netlink::LinkChanged>(&event)) return put(changed->link);
    if (const auto* removed = std::get_if<netlink::LinkRemoved>(&event)) return remove(removed->index);
    if (const auto* added = std::get_if<netlink::AddressAdded>(&event)) return put(added->address);
    if (const auto* gone = std::get_if<netlink::AddressRemoved>(&event)) return remove(gone->address);
    return false;
}

const Link* InterfaceTable::find(LinkIndex index) const {
    const auto found = std::ranges::find(links_, index, &Link::index);
    return found == links_.end() ? nullptr : &*found;
}

const Link* InterfaceTable::find(std::string_view name) const {
    const auto found = std::ranges::find(links_, name, &Link::name);
    return found == links_.end() ? nullptr : &*found;
}

bool InterfaceTable::has_address(LinkIndex link, const vrrp::IpAddress& address) const {
    return std::ranges::any_of(addresses_,
                               [&](const auto& a) { return a.link == link && a.prefix.address == address; });
}

std::optional<vrrp::IpAddress> InterfaceTable::primary_address(
    LinkIndex link, const vrrp::Prefix& like, const std::vector<vrrp::IpAddress>& virtual_addresses) const {
    std::optional<vrrp::IpAddress> any;
    for (const LinkAddress& candidate : addresses_) {
        const vrrp::IpAddress& address = candidate.prefix.address;
        const bool usable = candidate.link == link && !candidate.tentative &&
                            address.family() == like.address.family() &&
                            (address.is_ipv4() || address.is_link_local()) &&
                            !std::ranges::binary_search(virtual_addresses, address);
        if (!usable) continue;
        if (address.is_ipv4() && like.contains(address)) return address;
        if (!any) any = address;
    }
    return any;
}

bool InterfaceTable::put(const Link& link) {
    const auto found = std::ranges::find(links_, link.index, &Link::index);
    if (found == links_.end()) {
        links_.push_back(link);
        return true;
    }
    return std::exchange(*found, link) != link;
}

bool InterfaceTable::put(const LinkAddress& address) {
    const auto found =
        std::ranges::find_if(addresses_, [&](const auto& a) { return same_place(a, address); });
    if (found == addresses_.end()) {
        addresses_.push_back(address);
        return true;
    }
    return std::exchange(*found, address) != address;
}

bool InterfaceTable::remove(LinkIndex link) {
    const auto addresses = std::erase_if(addresses_, [&](const LinkAddress& a) { return a.link == link; });
    return std::erase_if(links_, [&](const Link& l) { return l.index == link; }) + addresses > 0;
}

bool InterfaceTable::remove(const LinkAddress& address) {
    return std::erase_if(addresses_, [&](const auto& a) { return same_place(a, address); }) > 0;
}

}  // namespace highbase::node
