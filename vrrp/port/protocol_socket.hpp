// SPDX-License-Identifier: GPL-2.0-or-later
// A raw socket of protocol 112 on one link. It is never read: frames come through the capture. It is there
//   - to be in the multicast group (224.0.0.18 or ff02::12), so that the network card and switches let it
//   through;
//   - to keep the kernel from answering unicast advertisements with "protocol unreachable";
//   - to send to unicast peers.
#pragma once

#include "netlink/descriptor.hpp"
#include "netlink/kernel.hpp"
#include "vrrp/port/port.hpp"

namespace highbase::vrrp {

class ProtocolSocket {
public:
    static netlink::Result<ProtocolSocket> open(const netlink::Link& link, Family family);

    // Both of the socket's family; `source` must be an address of this host. Never waits.
    netlink::Result<void> send(const IpAddress& source, const IpAddress& destination, Octets payload);

private:
    ProtocolSocket(netlink::Descriptor socket, netlink::LinkIndex link)
        : socket_(std::move(socket)), link_(link) {}

    netlink::Descriptor socket_;
    netlink::LinkIndex link_{};
};

}  // namespace highbase::vrrp
