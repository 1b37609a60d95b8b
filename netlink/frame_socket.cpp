// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/frame_socket.hpp"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace highbase::netlink {

Result<FrameSocket> FrameSocket::open() {
    // Protocol 0: it takes no frame in (packet(7)).
    Descriptor socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
    if (!socket) {
        const int code = errno;
        const char* remedy =
            code == EPERM ? ": CAP_NET_RAW and CAP_NET_ADMIN are needed (run as root, or give both)" : "";
        return failure(code, fmt::format("open a socket for frames: {}{}", std::strerror(code), remedy));
    }
    return FrameSocket{std::move(socket)};
}

Result<void> FrameSocket::send(LinkIndex link, vrrp::Octets frame) {
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = static_cast<int>(link);
    const ssize_t sent = ::sendto(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT,
                                  reinterpret_cast<const sockaddr*>(&to), sizeof to);
    if (sent >= 0) return {};
    const int code = errno == ENXIO ? ENODEV : errno;
    return failure(code,
                   fmt::format("send a frame to link {}: {}", static_cast<int>(link), std::strerror(code)));
}

}  // namespace highbase::netlink
