// SPDX-License-Identifier: GPL-2.0-or-later
// Ports of addresses that another host serves. The rules stand in the table of the lease (lease.hpp), whose
// sets they ask: what is forwarded ends with the lease, whatever has become of the daemon.
#pragma once

#include <string>
#include <vector>

#include "netlink/kernel.hpp"

namespace highbase::netlink {

// Commands for a table of the lease that guard_commands() has just filled. An empty list: nothing; what an
// earlier list has left behind is removed if there `was` one.
[[nodiscard]] std::string forward_commands(const std::vector<Forward>& ports, bool was);

// Whether this host lets packets through at all, of each family that is forwarded. Errors: EPERM, with the
// remedy in words.
Result<void> check_routing(const std::vector<Forward>& ports);

}  // namespace highbase::netlink
