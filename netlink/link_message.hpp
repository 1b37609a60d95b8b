// SPDX-License-Identifier: GPL-2.0-or-later
// RTM_*LINK messages.
#pragma once

#include <optional>
#include <string>

#include "netlink/kernel.hpp"
#include "netlink/message.hpp"

namespace highbase::netlink {

// What a message about a link says, the parts that only macvlan handling needs included.
struct LinkMessage {
    Link link;
    bool is_macvlan = false;
    std::string alias;
};

// Nothing where the message is not about a link as such: a bridge's view of its port (AF_BRIDGE, whose
// RTM_DELLINK says that the link left the bridge), or what a wireless driver tells its own tools.
std::optional<LinkMessage> read_link(const nlmsghdr& header);

Message all_links_request();
Message one_link_request(LinkIndex index);
Message one_link_request(const std::string& name);

}  // namespace highbase::netlink
