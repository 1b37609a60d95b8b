// SPDX-License-Identifier: GPL-2.0-or-later
// Whole IP packets, sent as any other of this host: the kernel finds the way and the neighbour.
#pragma once

#include <vector>

#include "netlink/result.hpp"
#include "vrrp/connection.hpp"

namespace highbase::netlink {

// One tickle_packet() to each. All are tried; the error is the first one's. Errors: EPERM (CAP_NET_RAW), and
// what the kernel says of a packet.
Result<void> send_tickles(const std::vector<vrrp::Connection>& connections);

}  // namespace highbase::netlink
