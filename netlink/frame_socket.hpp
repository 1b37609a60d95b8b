// SPDX-License-Identifier: GPL-2.0-or-later
// Ethernet frames to any link, and nothing from any: for who only speaks.
#pragma once

#include "netlink/descriptor.hpp"
#include "netlink/kernel.hpp"
#include "vrrp/octets.hpp"

namespace highbase::netlink {

class FrameSocket {
public:
    // Errors: EPERM (CAP_NET_RAW).
    static Result<FrameSocket> open();

    // A whole frame. Never waits. Errors: ENODEV (no such link), ENETDOWN, ENOBUFS, and what the kernel says.
    Result<void> send(LinkIndex link, vrrp::Octets frame);

private:
    explicit FrameSocket(Descriptor socket) : socket_{std::move(socket)} {}

    Descriptor socket_;
};

}  // namespace highbase::netlink
