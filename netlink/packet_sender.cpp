// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/packet_sender.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "netlink/descriptor.hpp"
#include "netlink/socket_address.hpp"
#include "vrrp/tickle.hpp"

namespace highbase::netlink {
namespace {

// 0 or an errno value.
int send(const Descriptor& socket, const vrrp::Connection& connection) {
    const vrrp::OctetString packet = vrrp::tickle_packet(connection);
    const SocketAddress to{{connection.remote.address, 0}};  // IPv6 takes a port for a protocol (raw(7))
    const ssize_t sent =
        ::sendto(socket.get(), packet.data(), packet.size(), MSG_DONTWAIT, to.get(), to.size());
    return sent < 0 ? errno : 0;
}

}  // namespace

Result<void> send_tickles(const std::vector<vrrp::Connection>& connections) {
    Result<void> result;
    for (const int family : {AF_INET, AF_INET6}) {
        const auto is_of = [family](const vrrp::Connection& one) {
            return one.remote.address.is_ipv4() == (family == AF_INET);
        };
        if (std::ranges::none_of(connections, is_of)) continue;
        // IPPROTO_RAW: the packet has its header already (raw(7)).
        const Descriptor socket{::socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW)};
        if (!socket) return failure(errno, fmt::format("open a raw socket: {}", std::strerror(errno)));
        for (const vrrp::Connection& connection : connections) {
            if (!is_of(connection)) continue;
            const int error = send(socket, connection);
            if (error == 0 || !result) continue;
            result = failure(
                error, fmt::format("send to {}: {}", connection.remote.to_string(), std::strerror(error)));
        }
    }
    return result;
}

}  // namespace highbase::netlink
