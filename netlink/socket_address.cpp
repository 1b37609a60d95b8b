// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/socket_address.hpp"

#include <netinet/in.h>

#include <cstring>
#include <span>

namespace highbase::netlink {

SocketAddress::SocketAddress(const vrrp::Endpoint& endpoint) {
    const auto octets = endpoint.address.octets();
    if (endpoint.address.is_ipv4()) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(endpoint.port);
        std::memcpy(&name.sin_addr, octets.data(), octets.size());
        std::memcpy(&storage_, &name, sizeof name);
        size_ = sizeof name;
    } else {
        sockaddr_in6 name{};
        name.sin6_family = AF_INET6;
        name.sin6_port = htons(endpoint.port);
        std::memcpy(&name.sin6_addr, octets.data(), octets.size());
        std::memcpy(&storage_, &name, sizeof name);
        size_ = sizeof name;
    }
}

std::optional<vrrp::IpAddress> ip_of(const sockaddr* address) {
    if (address == nullptr) return std::nullopt;
    if (address->sa_family == AF_INET) {
        const auto* name = reinterpret_cast<const sockaddr_in*>(address);
        const auto* octets = reinterpret_cast<const std::uint8_t*>(&name->sin_addr);
        return vrrp::IpAddress::from_octets(std::span{octets, sizeof name->sin_addr});
    }
    if (address->sa_family == AF_INET6) {
        const auto* name = reinterpret_cast<const sockaddr_in6*>(address);
        return vrrp::IpAddress::from_octets(std::span{name->sin6_addr.s6_addr});
    }
    return std::nullopt;
}

}  // namespace highbase::netlink
