// SPDX-License-Identifier: GPL-2.0-or-later
// The other box, as the node hears it and is heard by it: a peer link and its sockets.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <vector>

#include "cluster/peer_link.hpp"
#include "cluster/peer_socket.hpp"
#include "daemon/deadline_timer.hpp"
#include "node/action.hpp"
#include "node/event.hpp"

namespace highbase::daemon {

class Peer {
public:
    // Whenever something about it has changed; never from within say().
    using Heard = std::function<void(const node::PeerHeard&)>;
    using Trouble = cluster::PeerSocket::Trouble;

    // `io` outlives it. Speaks at once, with `own`. Throws std::runtime_error with a text for the operator
    // where a key cannot be read.
    Peer(boost::asio::io_context& io, const cluster::PeerConfiguration& configuration, cluster::NodeState own,
         Heard heard, Trouble trouble);
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() = default;

    void say(const cluster::NodeState& own);
    void say_clients(std::vector<vrrp::Connection> own);
    // Of the other box, as far as it has told.
    [[nodiscard]] std::vector<vrrp::Connection> clients() const { return link_.peer_clients(); }
    [[nodiscard]] cluster::PeerView view() const;

private:
    void handle(const cluster::PeerEvent& event);
    void tell();

    boost::asio::io_context& io_;
    cluster::NodeState own_;
    Heard heard_;
    cluster::PeerLink link_;
    DeadlineTimer timer_;
    bool tells_ = false;                                                      // it will, from the event loop
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for handlers in a queue
    cluster::PeerSocket socket_;
};

}  // namespace highbase::daemon
