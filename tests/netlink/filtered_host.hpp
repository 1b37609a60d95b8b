// SPDX-License-Identifier: GPL-2.0-or-later
// A host whose packet filter is tried out, and a peer on the other end of its cable.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>

#include "netlink/descriptor.hpp"
#include "netlink/linux_kernel.hpp"
#include "netlink/socket_address.hpp"
#include "tests/catch.hpp"
#include "tests/netlink/network_namespace.hpp"
#include "vrrp/endpoint.hpp"

namespace highbase::test {

inline vrrp::IpAddress ip(const std::string& text) {
    return vrrp::IpAddress::parse(text).value();
}

// `here`, where the calling thread is, has the virtual addresses 192.0.2.100 and 2001:db8::100 besides its
// own, which end in 1; the peer's end in 9.
class FilteredHost {
public:
    FilteredHost() {
        connect(here, "hb0", peer, "far0");
        here.run("ip address add fe80::1/64 dev hb0 nodad");
        peer.run("ip address add fe80::9/64 dev far0 nodad");
        here.run(
            "ip address add 192.0.2.1/24 dev hb0 && ip address add 2001:db8::1/64 dev hb0 nodad && "
            "ip address add 192.0.2.100/24 dev hb0 && ip address add 2001:db8::100/64 dev hb0 nodad");
        peer.run("ip address add 192.0.2.9/24 dev far0 && ip address add 2001:db8::9/64 dev far0 nodad");
    }
    bool answers(const std::string& address) const {
        const auto output = peer.run("ping -n -c 1 -W 1 " + address + " || true");
        return output.find(" 1 received") != std::string::npos;
    }
    [[nodiscard]] std::string rules() const { return here.run("nft list ruleset"); }

    NetworkNamespace here;
    NetworkNamespace peer;
    NetworkNamespace::Visit visit{here};
    std::unique_ptr<netlink::LinuxKernel> kernel = netlink::LinuxKernel::open().value();
};

// A TCP socket that waits as long as this for anything.
inline netlink::Descriptor tcp_socket(const vrrp::Endpoint& endpoint, std::chrono::milliseconds patience) {
    netlink::Descriptor socket{::socket(endpoint.address.is_ipv4() ? AF_INET : AF_INET6, SOCK_STREAM, 0)};
    const timeval wait{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    return socket;
}

class Connection {
public:
    static constexpr std::chrono::seconds kPatience{5};

    explicit Connection(const vrrp::Endpoint& server, std::chrono::milliseconds patience = kPatience)
        : socket_{tcp_socket(server, patience)} {
        const netlink::SocketAddress address{server};
        error_ = ::connect(socket_.get(), address.get(), address.size()) == 0 ? 0 : errno;
    }
    [[nodiscard]] int error() const { return error_; }
    // What comes of it: something to say, and a wait for an answer that nobody gives.
    [[nodiscard]] int error_of_use() const {
        char octet = '?';
        if (::send(socket_.get(), &octet, 1, MSG_NOSIGNAL) != 1) return errno;
        return ::recv(socket_.get(), &octet, 1, 0) < 0 ? errno : 0;
    }
    [[nodiscard]] int descriptor() const { return socket_.get(); }

private:
    netlink::Descriptor socket_;
    int error_ = 0;
};

inline netlink::Descriptor listen_on(const NetworkNamespace& where, const vrrp::Endpoint& server) {
    netlink::Descriptor socket;
    where.inside([&] {
        socket = tcp_socket(server, Connection::kPatience);
        const netlink::SocketAddress address{server};
        REQUIRE(::bind(socket.get(), address.get(), address.size()) == 0);
        REQUIRE(::listen(socket.get(), 8) == 0);
    });
    return socket;
}

}  // namespace highbase::test
