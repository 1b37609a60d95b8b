// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/own_address.hpp"

#include <ifaddrs.h>
#include <sys/socket.h>

#include <charconv>
#include <memory>
#include <string>

#include "netlink/descriptor.hpp"
#include "netlink/socket_address.hpp"

namespace highbase::daemon {
namespace {

using vrrp::IpAddress;

// Not by trying to bind a socket to it: with net.ipv4.ip_nonlocal_bind = 1 that succeeds with any.
bool is_local(const std::string& host) {
    const auto wanted = IpAddress::parse(host);
    if (!wanted) return false;
    if (wanted->is_loopback()) return true;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return false;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all{first, &::freeifaddrs};
    for (const ifaddrs* one = all.get(); one != nullptr; one = one->ifa_next) {
        if (netlink::ip_of(one->ifa_addr) == wanted) return true;
    }
    return false;
}

// Nothing is sent by a UDP socket that is only connected.
std::string local_address_towards(const vrrp::Endpoint& peer) {
    const netlink::SocketAddress there{peer};
    const netlink::Descriptor socket{::socket(there.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!socket || ::connect(socket.get(), there.get(), there.size()) != 0) return "";
    sockaddr_storage here{};
    socklen_t size = sizeof here;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&here), &size) != 0) return "";
    const auto address = netlink::ip_of(reinterpret_cast<const sockaddr*>(&here));
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
