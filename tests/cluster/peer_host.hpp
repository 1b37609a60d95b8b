// SPDX-License-Identifier: GPL-2.0-or-later
// A link with its sockets and a real clock: what the daemon makes of them.
#pragma once

#include "cluster/peer_socket.hpp"  // before anything else of Asio

#include <chrono>
#include <string>
#include <vector>

#include "cluster/peer_link.hpp"

namespace highbase::tests {

class PeerHost {
public:
    PeerHost(const std::string& name, const cluster::PeerConfiguration& configuration, cluster::Seal seal)
        : socket_{io_, configuration, std::move(seal),
                  [this](std::size_t path, tl::expected<vrrp::Octets, cluster::Refusal> message) {
                      if (message) return handle(cluster::MessageReceived{path, *message});
                      handle(cluster::DatagramRefused{path, message.error()});
                  },
                  [this](std::size_t path, const netlink::Error& error) {
                      troubles_.push_back(std::to_string(path) + ": " + error.message);
                  }},
          link_{now(),
                configuration.timing,
                configuration.paths.size(),
                cluster::random_session(),
                {name, {}}} {}

    // Whatever is due; waits for the network up to `longest`.
    void step(std::chrono::milliseconds longest) {
        io_.restart();  // it stops where nothing is open yet
        io_.run_one_for(longest);
        io_.poll();
        if (now() >= link_.next_deadline()) handle(cluster::TimerExpired{});
    }
    [[nodiscard]] cluster::PeerView view() const { return link_.view(now()); }
    [[nodiscard]] std::vector<cluster::Standing> paths() const {
        std::vector<cluster::Standing> standings;
        for (const cluster::PathView& path : view().paths) standings.push_back(path.standing);
        return standings;
    }
    [[nodiscard]] const std::vector<std::string>& troubles() const { return troubles_; }
    [[nodiscard]] std::size_t sent() const { return sent_; }  // messages, on all paths
    cluster::PeerSocket& socket() { return socket_; }

private:
    static vrrp::TimePoint now() {
        return vrrp::TimePoint{std::chrono::steady_clock::now().time_since_epoch()};
    }
    void handle(const cluster::PeerEvent& event) {
        for (const cluster::PeerAction& action : link_.handle(now(), event)) {
            const auto* send = std::get_if<cluster::Send>(&action);
            if (send == nullptr) continue;
            ++sent_;
            socket_.send(send->path, send->octets);
        }
    }

    boost::asio::io_context io_{1};
    std::vector<std::string> troubles_;
    std::size_t sent_ = 0;
    cluster::PeerSocket socket_;
    cluster::PeerLink link_;
};

}  // namespace highbase::tests
