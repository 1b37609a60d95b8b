// SPDX-License-Identifier: GPL-2.0-or-later
// The guard of addresses, in the packet filter: while nobody renews the lease of an address, this host does
// not serve it, whatever has become of the daemon. Kernel::guard says what that means.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "netlink/request_socket.hpp"
#include "netlink/result.hpp"
#include "vrrp/address.hpp"

namespace highbase::netlink {

// Seen by "nft list table inet highbase_lease" and "nft list table arp highbase_lease".
inline constexpr const char* kLeaseTable = "highbase_lease";

// Commands that make the guard, or give one that is there another list of addresses; an empty one removes it.
// `anew`: without what is there, which may be of another version. `more`: commands for its table, after its
// own (forward.hpp).
[[nodiscard]] std::string guard_commands(const std::vector<vrrp::IpAddress>& addresses, bool anew,
                                         const std::string& more = {});

// Each is one transaction of the packet filter; `socket` is one of NETLINK_NETFILTER. Not by commands as the
// guard itself: to read those, libnftables asks for all tables of the host, ten times a second and more.
Result<void> renew_lease(RequestSocket& socket, const std::vector<vrrp::IpAddress>& addresses,
                         std::chrono::milliseconds length);
Result<void> end_lease(RequestSocket& socket, const std::vector<vrrp::IpAddress>& addresses,
                       std::chrono::milliseconds refuse_for);

}  // namespace highbase::netlink
