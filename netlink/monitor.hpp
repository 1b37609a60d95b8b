// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's news about links and addresses.
#pragma once

#include <map>
#include <vector>

#include "netlink/kernel.hpp"
#include "netlink/request_socket.hpp"

namespace highbase::netlink {

class Monitor {
public:
    // `buffer` is how many octets of unread news the kernel keeps; an address event takes about 700 of them.
    static Result<Monitor> open(std::size_t buffer);

    [[nodiscard]] int descriptor() const;
    // What has come since the last call, in order, without waiting. What is left after very much of it (a
    // program that changes links in a loop must not hold us here) comes with the next call.
    std::vector<KernelEvent> take();

private:
    explicit Monitor(NetlinkSocket socket);
    void read_message(const nlmsghdr& header, std::vector<KernelEvent>& events);
    void link_news(const nlmsghdr& header, std::vector<KernelEvent>& events);
    void discard_waiting();

    NetlinkSocket socket_;
    std::vector<std::uint8_t> buffer_;
    // The kernel tells of a link whenever anything about it changes: what is not in Link is kept from our
    // readers.
    std::map<LinkIndex, Link> told_;
};

}  // namespace highbase::netlink
