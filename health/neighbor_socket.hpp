// SPDX-License-Identifier: GPL-2.0-or-later
// Asks one neighbour on one link whether it is there. Needs CAP_NET_RAW.
#pragma once

#include <string>

#include "netlink/descriptor.hpp"
#include "netlink/result.hpp"
#include "vrrp/address.hpp"

namespace highbase::health {

class NeighborSocket {
public:
    // Errors: ENODEV (no such interface), EPERM, and what the kernel says.
    static netlink::Result<NeighborSocket> open(const std::string& interface, const vrrp::IpAddress& address);

    // Forgets what came before, and asks. Never waits. ENETDOWN, ENXIO, ENODEV: the link cannot carry it.
    netlink::Result<void> ask();
    // Whether an answer is among what has come. To be asked when the descriptor is readable.
    [[nodiscard]] bool has_answer() const;
    [[nodiscard]] int descriptor() const { return socket_.get(); }
    // Whether the interface is still the one that was opened; its name may have passed to another one.
    [[nodiscard]] bool is_current() const;

private:
    NeighborSocket(netlink::Descriptor socket, std::string interface, unsigned index,
                   const vrrp::IpAddress& address)
        : socket_{std::move(socket)}, interface_{std::move(interface)}, index_{index}, address_{address} {}

    [[nodiscard]] netlink::Result<vrrp::MacAddress> own_mac() const;
    [[nodiscard]] netlink::Result<void> ask_arp(const vrrp::MacAddress& own) const;
    [[nodiscard]] netlink::Result<void> ask_neighbor_discovery(const vrrp::MacAddress& own) const;

    netlink::Descriptor socket_;
    std::string interface_;
    unsigned index_;
    vrrp::IpAddress address_;
};

}  // namespace highbase::health
