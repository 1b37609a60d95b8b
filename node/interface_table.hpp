// SPDX-License-Identifier: GPL-2.0-or-later
// Links and addresses as the kernel last told them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "netlink/kernel.hpp"

namespace highbase::node {

class InterfaceTable {
public:
    void replace(std::vector<netlink::Link> links, std::vector<netlink::LinkAddress> addresses);
    // Whether anything is different now.
    bool apply(const netlink::KernelEvent& event);

    // Nothing where there is no such link; the pointer lives until the next change of the table.
    [[nodiscard]] const netlink::Link* find(netlink::LinkIndex index) const;
    [[nodiscard]] const netlink::Link* find(std::string_view name) const;
    [[nodiscard]] const std::vector<netlink::Link>& links() const { return links_; }
    [[nodiscard]] bool has_address(netlink::LinkIndex link, const vrrp::IpAddress& address) const;

    // The address that a virtual router sends its advertisements from: of IPv6 a link-local one, of IPv4
    // preferably one of the subnet `like`. Never one of `virtual_addresses` (sorted), and none that is still
    // tentative.
    [[nodiscard]] std::optional<vrrp::IpAddress> primary_address(
        netlink::LinkIndex link, const vrrp::Prefix& like,
        const std::vector<vrrp::IpAddress>& virtual_addresses) const;

private:
    bool remove(netlink::LinkIndex link);
    bool put(const netlink::Link& link);
    bool put(const netlink::LinkAddress& address);
    bool remove(const netlink::LinkAddress& address);

    std::vector<netlink::Link> links_;
    std::vector<netlink::LinkAddress> addresses_;
};

}  // namespace highbase::node
