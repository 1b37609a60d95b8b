// SPDX-License-Identifier: GPL-2.0-or-later
// Ends the host's own TCP connections, by sock_diag(7).
#pragma once

#include <vector>

#include "netlink/request_socket.hpp"
#include "vrrp/address.hpp"

namespace highbase::netlink {

// Those whose local address is one of `addresses`; listening sockets stay. Both ends learn it at once. The
// kernel walks its whole table of connections once for each address and family of sockets, 0.2 ms where it
// has 262144 rows, as with 24 GiB of memory. Errors: EPERM, EOPNOTSUPP (CONFIG_INET_DIAG_DESTROY is not set).
Result<void> end_connections(RequestSocket& diagnosis, const std::vector<vrrp::IpAddress>& addresses);

}  // namespace highbase::netlink
