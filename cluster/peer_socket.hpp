// SPDX-License-Identifier: GPL-2.0-or-later
// The datagrams of a PeerLink, sealed and over UDP: one socket for each path. Runs on one thread and never
// waits. What it receives becomes MessageReceived or DatagramRefused, what Send holds goes to send().
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <tl/expected.hpp>
#include <vector>

#include "cluster/peer_configuration.hpp"
#include "cluster/seal.hpp"
#include "netlink/result.hpp"
#include "vrrp/octets.hpp"

namespace highbase::cluster {

class PeerSocket {
public:
    // The octets live only during the call. It may call send(), and must not end the socket.
    using Received = std::function<void(std::size_t path, tl::expected<vrrp::Octets, Refusal>)>;
    // A path that does not work: each error once, until ten messages in a row have gone out without any.
    // Called from within send(), too.
    using Trouble = std::function<void(std::size_t path, const netlink::Error&)>;

    // `io` outlives the socket. Nothing is opened yet: a path is opened when something is sent on it, and,
    // where that fails, tried again with the next message.
    PeerSocket(boost::asio::io_context& io, const PeerConfiguration& configuration, Seal seal,
               Received received, Trouble trouble);
    PeerSocket(const PeerSocket&) = delete;
    PeerSocket& operator=(const PeerSocket&) = delete;
    ~PeerSocket();

    // A message that cannot be sent just now is lost, as if on the way.
    void send(std::size_t path, vrrp::Octets message);
    // Other keys, from the next datagram on.
    void replace_seal(Seal seal) { seal_ = std::move(seal); }
    [[nodiscard]] std::uint64_t error_count(std::size_t path) const { return paths_.at(path).errors; }

private:
    using Socket = boost::asio::ip::udp::socket;

    struct Path {
        PathConfiguration configuration;
        std::shared_ptr<Socket> socket;  // null: not open
        std::set<int> told;              // errno values
        std::size_t sent_in_a_row = 0;   // without an error
        std::uint64_t errors = 0;
    };

    bool open(std::size_t path);
    void close(Path& path);
    void wait(std::size_t path);
    void receive(std::size_t path, Socket& socket);
    void fail(std::size_t path, const char* what, const boost::system::error_code& error);

    boost::asio::io_context& io_;
    std::uint16_t port_;
    std::vector<Path> paths_;
    Seal seal_;
    Received received_;
    Trouble trouble_;
};

}  // namespace highbase::cluster
