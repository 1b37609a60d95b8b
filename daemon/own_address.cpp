// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/own_address.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <charconv>
#include <string>

namespace highbase::daemon {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;

// Nothing is sent by a UDP socket that is only bound, or only connected.
bool is_local(boost::asio::io_context& io, const std::string& host) {
    error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    if (error) return false;
    const udp::endpoint any_port{address, 0};
    udp::socket socket{io};
    socket.open(any_port.protocol(), error);
    if (!error) socket.bind(any_port, error);
    return !error;
}

std::string local_address_towards(boost::asio::io_context& io, const vrrp::Endpoint& peer) {
    error_code error;
    const auto address = boost::asio::ip::make_address(peer.address.to_string(), error);
    const udp::endpoint there{address, peer.port};
    udp::socket socket{io};
    if (!error) socket.open(there.protocol(), error);
    if (!error) socket.connect(there, error);
    if (error) return "";
    const udp::endpoint here = socket.local_endpoint(error);
    return error ? std::string{} : here.address().to_string();
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
    boost::asio::io_context io;
    const std::uint16_t port = port_of(own);
    if (peer && peer->sources) {
        for (const replication::SourceSettings& source : *peer->sources) {
            if (source.port == port && is_local(io, source.host)) return {source.host, port};
        }
    }
    return {local_address_towards(io, database.peer_server), port};
}

}  // namespace highbase::daemon
