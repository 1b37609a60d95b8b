// SPDX-License-Identifier: GPL-2.0-or-later
// Who is connected to the addresses of a box, as its peer knows them when it takes over: a client of a host
// that has died waits for an answer until somebody tells it (vrrp/tickle.hpp). They are told a few in each
// message, in turn, and forgotten when they are not told again.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "cluster/peer_message.hpp"
#include "vrrp/connection.hpp"

namespace highbase::cluster {

// More are neither told nor remembered: they find out when their own patience ends.
inline constexpr std::size_t kMostClients = 1024;

class OwnClients {
public:
    void replace(std::vector<vrrp::Connection> clients);
    // Whose turn it is, at most kMostClientsInMessage.
    [[nodiscard]] std::vector<vrrp::Connection> turn() const;
    // So many of them were told.
    void told(std::size_t count);

private:
    std::vector<vrrp::Connection> clients_;
    std::size_t next_ = 0;
};

class PeerClients {
public:
    // Each message of a session with a greater number than the one before.
    void hear(MessageNumber number, const std::vector<vrrp::Connection>& clients);
    void clear() { heard_.clear(); }
    [[nodiscard]] std::vector<vrrp::Connection> all() const;
    [[nodiscard]] std::size_t size() const { return heard_.size(); }

private:
    std::map<vrrp::Connection, MessageNumber> heard_;  // and in which message last
};

}  // namespace highbase::cluster
