// SPDX-License-Identifier: GPL-2.0-or-later
// What has to be done for a node that dies while it is Active: plain values, left with somebody who survives
// it (daemon/sentinel.hpp). The same that the node does itself when it ends in order, but for its database.
#pragma once

#include <vector>

#include "netlink/kernel.hpp"
#include "vrrp/octets.hpp"

namespace highbase::node {

// To be done in the order of the members.
struct Will {
    struct Frame {  // a whole Ethernet frame
        netlink::LinkIndex link{};
        vrrp::OctetString octets;
        friend bool operator==(const Frame&, const Frame&) = default;
    };
    struct Datagram {  // an IP payload of protocol 112
        netlink::LinkIndex link{};
        vrrp::IpAddress source;
        vrrp::IpAddress destination;
        vrrp::OctetString payload;
        friend bool operator==(const Datagram&, const Datagram&) = default;
    };
    struct Address {
        netlink::LinkIndex link{};
        vrrp::Prefix prefix;
        friend bool operator==(const Address&, const Address&) = default;
    };

    std::vector<vrrp::IpAddress> leases;     // to be ended
    std::vector<Frame> frames;               // priority 0, so that another router takes over
    std::vector<Datagram> datagrams;         // the same to unicast peers
    std::vector<vrrp::IpAddress> served;     // addresses of databases: connections to them end
    std::vector<vrrp::IpAddress> forwarded;  // those of them that lead to other hosts: the same
    std::vector<Address> addresses;          // to be deleted

    [[nodiscard]] bool empty() const { return *this == Will{}; }
    friend bool operator==(const Will&, const Will&) = default;
};

// Until the new Active has announced the addresses, their clients come here: they are told at once that there
// is nobody.
inline constexpr std::chrono::seconds kRefuseAfterRelease{3};

}  // namespace highbase::node
