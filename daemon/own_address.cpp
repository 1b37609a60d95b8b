// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/own_address.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <memory>
#include <span>
#include <string>

#include "netlink/descriptor.hpp"

namespace highbase::daemon {
namespace {

using vrrp::IpAddress;

std::optional<IpAddress> address_of(const sockaddr* address) {
    if (address == nullptr) return std::nullopt;
    if (address->sa_family == AF_INET) {
        const auto* four = reinterpret_cast<const sockaddr_in*>(address);
        const auto* octets = reinterpret_cast<const std::uint8_t*>(&four->sin_addr);
        return IpAddress::from_octets(std::span{octets, sizeof four->sin_addr});
    }
    if (address->sa_family == AF_INET6) {
        const auto* six = reinterpret_cast<const sockaddr_in6*>(address);
        return IpAddress::from_octets(std::span{six->sin6_addr.s6_addr});
    }
    return std::nullopt;
}

// Not by trying to bind a socket to it: with net.ipv4.ip_nonlocal_bind = 1 that succeeds with any.
bool is_local(const std::string& host) {
    const auto wanted = IpAddress::parse(host);
    if (!wanted) return false;
    if (wanted->is_loopback()) return true;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return false;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all{first, &::freeifaddrs};
    for (const ifaddrs* one = all.get(); one != nullptr; one = one->ifa_next) {
        if (address_of(one->ifa_addr) == wanted) return true;
    }
    return false;
}

// Nothing is sent by a UDP socket that is only connected.
std::string local_address_towards(const vrrp::Endpoint& peer) {
    sockaddr_storage there{};
    socklen_t size = sizeof there;
    const std::string text = peer.address.to_string();
    const bool four = peer.address.family() == vrrp::Family::ipv4;
    there.ss_family = four ? AF_INET : AF_INET6;
    if (four) {
        auto& name = reinterpret_cast<sockaddr_in&>(there);
        name.sin_port = htons(peer.port);
        ::inet_pton(AF_INET, text.c_str(), &name.sin_addr);
    } else {
        auto& name = reinterpret_cast<sockaddr_in6&>(there);
        name.sin6_port = htons(peer.port);
        ::inet_pton(AF_INET6, text.c_str(), &name.sin6_addr);
    }
    const netlink::Descriptor socket{::socket(there.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&there), size) != 0) return "";
    sockaddr_storage here{};
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&here), &size) != 0) return "";
    const auto address = address_of(reinterpret_cast<const sockaddr*>(&here));
    return address ? address->to_string() : "";
}

std::uint16_t port_of(const replication::ServerSettings& settings) {
    const std::string text = settings.variable("port").value_or("");
    std::uint16_t port = 0;
    std::from_chars(text.data(), text.data() + text.size(), port);
    return port == 0 ? std::uint16_t{3306} : port;
}

}  // namespace

replication::ServerAddress own_address(const node::DatabaseConfiguration& database,
                                       const replication::ServerSettings& own,
                                       const std::optional<replication::ServerSettings>& peer) {
    const auto* endpoint = std::get_if<vrrp::Endpoint>(&database.server);
    if (endpoint != nullptr && !endpoint->address.is_loopback())
        return {endpoint->address.to_string(), endpoint->port};
    const std::uint16_t port = port_of(own);
    if (peer && peer->sources) {
        for (const replication::SourceSettings& source : *peer->sources) {
            if (source.port == port && is_local(source.host)) return {source.host, port};
        }
    }
    return {local_address_towards(database.peer_server), port};
}

}  // namespace highbase::daemon
