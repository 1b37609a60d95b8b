// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses as the calls of sockets take and give them.
#pragma once

#include <sys/socket.h>

#include <optional>

#include "vrrp/endpoint.hpp"

namespace highbase::netlink {

class SocketAddress {
public:
    explicit SocketAddress(const vrrp::Endpoint& endpoint);

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    [[nodiscard]] socklen_t size() const { return size_; }

private:
    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

// Nothing: it is null, or of another family than IPv4 and IPv6.
[[nodiscard]] std::optional<vrrp::IpAddress> ip_of(const sockaddr* address);

}  // namespace highbase::netlink
