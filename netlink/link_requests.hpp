// SPDX-License-Identifier: GPL-2.0-or-later
// Asking for links, and changing them.
#pragma once

#include <vector>

#include "netlink/link_message.hpp"
#include "netlink/request_socket.hpp"

namespace highbase::netlink {

Result<std::vector<LinkMessage>> get_links(RequestSocket& socket);
Result<LinkMessage> get_link(RequestSocket& socket, LinkIndex index);
Result<LinkMessage> get_link(RequestSocket& socket, const std::string& name);

// `index` is the link's name for an operator: "eth0", or "link 7" when it is gone.
std::string describe(LinkIndex index);

}  // namespace highbase::netlink
