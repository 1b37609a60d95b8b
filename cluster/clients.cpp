// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/clients.hpp"

#include <algorithm>

namespace highbase::cluster {
namespace {

// Messages in which each client has had its turn, even where only a few fit: who is not named in so many has
// gone.
constexpr std::uint64_t kRemembered = 128;

}  // namespace

void OwnClients::replace(std::vector<vrrp::Connection> clients) {
    clients_ = std::move(clients);
    clients_.resize(std::min(clients_.size(), kMostClients));
    if (next_ >= clients_.size()) next_ = 0;
}

std::vector<vrrp::Connection> OwnClients::turn() const {
    std::vector<vrrp::Connection> turn;
    for (std::size_t i = 0; i < std::min(clients_.size(), kMostClientsInMessage); ++i)
        turn.push_back(clients_[(next_ + i) % clients_.size()]);
    return turn;
}

void OwnClients::told(std::size_t count) {
    if (!clients_.empty()) next_ = (next_ + count) % clients_.size();
}

void PeerClients::hear(MessageNumber number, const std::vector<vrrp::Connection>& clients) {
    for (const vrrp::Connection& client : clients) {
        if (heard_.size() < kMostClients || heard_.contains(client)) heard_[client] = number;
    }
    std::erase_if(heard_, [number](const auto& entry) {
        return static_cast<std::uint64_t>(number) - static_cast<std::uint64_t>(entry.second) >= kRemembered;
    });
}

std::vector<vrrp::Connection> PeerClients::all() const {
    std::vector<vrrp::Connection> all;
    for (const auto& [client, number] : heard_) all.push_back(client);
    return all;
}

}  // namespace highbase::cluster
