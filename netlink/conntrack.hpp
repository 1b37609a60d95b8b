// SPDX-License-Identifier: GPL-2.0-or-later
// Connections that this host forwards, by ctnetlink: the kernel knows of each whom its client asked for. It
// walks its whole table once for each address, and of IPv4 tells only those that are asked for.
#pragma once

#include <vector>

#include "netlink/request_socket.hpp"
#include "vrrp/connection.hpp"

namespace highbase::netlink {

// TCP connections of clients to `addresses` which are led to another host. `local` is what the client asked
// for. Errors: EPERM; of a kernel without ctnetlink, none are told.
Result<std::vector<vrrp::Connection>> list_forwarded(RequestSocket& filter,
                                                     const std::vector<vrrp::IpAddress>& addresses);

// The kernel forgets these; those that are not there any more count as forgotten. Errors: EPERM.
Result<void> forget_forwarded(RequestSocket& filter, const std::vector<vrrp::Connection>& connections);

}  // namespace highbase::netlink
