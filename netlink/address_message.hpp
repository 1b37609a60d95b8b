// SPDX-License-Identifier: GPL-2.0-or-later
// RTM_*ADDR messages.
#pragma once

#include <optional>

#include "netlink/kernel.hpp"
#include "netlink/message.hpp"

namespace highbase::netlink {

// Nothing where the message is about something else than an IPv4 or IPv6 address.
std::optional<LinkAddress> read_address(const nlmsghdr& header);

Message all_addresses_request();
// Adds the address, or renews it where it is.
Message put_address_request(const AddressRequest& request);
Message delete_address_request(LinkIndex link, const vrrp::Prefix& prefix);

}  // namespace highbase::netlink
