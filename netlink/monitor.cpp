// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/monitor.hpp"

#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "netlink/address_message.hpp"
#include "netlink/link_message.hpp"

namespace highbase::netlink {
namespace {

constexpr std::size_t kReceiveSize = 64 * 1024;
constexpr int kMostReadsPerCall = 4096;

Result<void> set_buffer(int descriptor, std::size_t size) {
    const int wanted = static_cast<int>(size);
    // SO_RCVBUF ends silently at net.core.rmem_max, 208 KiB by default; FORCE takes CAP_NET_ADMIN.
    if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) == 0) return {};
    if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted) == 0) return {};
    return Reply{errno, {}}.failure("size the buffer of the netlink monitor");
}

}  // namespace

Result<Monitor> Monitor::open(std::size_t buffer) {
    auto socket = connect_to_kernel(NETLINK_ROUTE);
    if (!socket) return tl::make_unexpected(socket.error());
    const int descriptor = nl_socket_get_fd(socket->get());
    if (auto sized = set_buffer(descriptor, buffer); !sized) return tl::make_unexpected(sized.error());
    errno = 0;
    if (nl_socket_add_memberships(socket->get(), RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, 0) <
        0) {
        return Reply{errno != 0 ? errno : EIO, {}}.failure("subscribe to link and address news");
    }
    return Monitor{std::move(*socket)};
}

Monitor::Monitor(NetlinkSocket socket) : socket_(std::move(socket)), buffer_(kReceiveSize) {}

int Monitor::descriptor() const {
    return nl_socket_get_fd(socket_.get());
}

std::vector<KernelEvent> Monitor::take() {
    std::vector<KernelEvent> events;
    for (int reads = 0; reads < kMostReadsPerCall; ++reads) {
        const ssize_t size = receive_from_kernel(socket_.get(), buffer_, MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN) return events;
        if (size < 0 || static_cast<std::size_t>(size) > buffer_.size()) {
            // ENOBUFS comes ahead of the news that did fit: they are older than the dump that will follow,
            // and would undo it.
            discard_waiting();
            events.emplace_back(Overrun{});
            return events;
        }
        int left = static_cast<int>(size);
        for (auto* header = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(header, left);
             header = nlmsg_next(header, &left)) {
            read_message(*header, events);
        }
    }
    return events;
}

void Monitor::read_message(const nlmsghdr& header, std::vector<KernelEvent>& events) {
    if (header.nlmsg_type == RTM_NEWLINK || header.nlmsg_type == RTM_DELLINK)
        return link_news(header, events);
    const auto address = read_address(header);
    if (!address) return;
    if (header.nlmsg_type == RTM_NEWADDR) {
        events.emplace_back(AddressAdded{*address});
    } else {
        events.emplace_back(AddressRemoved{*address});
    }
}

void Monitor::link_news(const nlmsghdr& header, std::vector<KernelEvent>& events) {
    const auto message = read_link(header);
    if (!message) return;
    const Link& link = message->link;
    if (header.nlmsg_type == RTM_DELLINK) {
        told_.erase(link.index);
        events.emplace_back(LinkRemoved{link.index});
        return;
    }
    const auto [known, fresh] = told_.try_emplace(link.index, link);
    if (!fresh && known->second == link) return;
    known->second = link;
    events.emplace_back(LinkChanged{link});
}

void Monitor::discard_waiting() {
    told_.clear();
    for (int reads = 0; reads < kMostReadsPerCall; ++reads) {
        if (receive_from_kernel(socket_.get(), buffer_, MSG_DONTWAIT) < 0 && errno == EAGAIN) return;
    }
}

}  // namespace highbase::netlink
