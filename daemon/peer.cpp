// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/peer.hpp"

#include <boost/asio/post.hpp>
#include <stdexcept>

#include "daemon/clock.hpp"

namespace highbase::daemon {
namespace {

cluster::Key key_of(const std::string& file) {
    auto key = cluster::read_key_file(file);
    if (!key) throw std::runtime_error{key.error()};
    return *key;
}

cluster::Seal seal_of(const cluster::PeerConfiguration& configuration) {
    const cluster::Key key = key_of(configuration.key_file);
    if (configuration.old_key_file.empty()) return cluster::Seal{key};
    return cluster::Seal{key, key_of(configuration.old_key_file)};
}

}  // namespace

Peer::Peer(boost::asio::io_context& io, const cluster::PeerConfiguration& configuration,
           cluster::NodeState own, Heard heard, Trouble trouble)
    : io_{io},
      own_{std::move(own)},
      heard_{std::move(heard)},
      link_{boottime_now(), configuration.timing, configuration.paths.size(), cluster::random_session(),
            own_},
      timer_{io, [this] { handle(cluster::TimerExpired{}); }},
      socket_{io, configuration, seal_of(configuration),
              [this](std::size_t path, tl::expected<vrrp::Octets, cluster::Refusal> message) {
                  if (message) return handle(cluster::MessageReceived{path, *message});
                  handle(cluster::DatagramRefused{path, message.error()});
              },
              std::move(trouble)} {
    handle(cluster::TimerExpired{});
    tell();
}

void Peer::say(const cluster::NodeState& own) {
    own_ = own;
    handle(cluster::StateChanged{own});
}

void Peer::say_clients(std::vector<vrrp::Connection> own) {
    handle(cluster::ClientsChanged{std::move(own)});
}

cluster::PeerView Peer::view() const {
    return link_.view(boottime_now());
}

void Peer::handle(const cluster::PeerEvent& event) {
    for (const cluster::PeerAction& action : link_.handle(boottime_now(), event)) {
        if (const auto* send = std::get_if<cluster::Send>(&action)) {
            socket_.send(send->path, send->octets);
        } else {
            tell();
        }
    }
    timer_.expire_at(link_.next_deadline());
}

// Several changes are told at once, as what they come to.
void Peer::tell() {
    if (std::exchange(tells_, true)) return;
    boost::asio::post(io_, [this, alive = std::weak_ptr{alive_}] {
        if (alive.expired()) return;
        tells_ = false;
        const cluster::PeerView peer = view();
        node::PeerHeard heard{peer.standing, peer.last, {}};
        for (const cluster::ServiceState& service : own_.services) {
            if (link_.is_acknowledged(service.name)) heard.acknowledged.push_back(service.name);
        }
        heard_(heard);
    });
}

}  // namespace highbase::daemon
