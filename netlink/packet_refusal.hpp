// SPDX-License-Identifier: GPL-2.0-or-later
// What packets this host does not take in, and what it does not send: tables of the packet filter.
#pragma once

#include <string>
#include <vector>

#include "vrrp/address.hpp"
#include "vrrp/endpoint.hpp"

namespace highbase::netlink {

// Accept_Mode False (RFC 9568 6.1). Seen by "nft list table inet highbase_accept".
inline constexpr const char* kAcceptTable = "highbase_accept";
// Commands that replace the table; an empty list removes it.
[[nodiscard]] std::string refuse_packets_commands(const std::vector<vrrp::IpAddress>& addresses);

// The way to servers that must not be reached. Seen by "nft list table inet highbase_road".
inline constexpr const char* kRoadTable = "highbase_road";
[[nodiscard]] std::string refuse_connections_commands(const std::vector<vrrp::Endpoint>& servers);

}  // namespace highbase::netlink
