// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/peer_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>

namespace highbase::cluster {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;

// Datagrams taken from one path before somebody else has a turn. A forged one costs 6 us: a flood delays
// nobody by more than 0.1 ms.
constexpr std::size_t kDatagramsATurn = 16;

// Messages in a row. Where nobody listens every other one seems to go out.
constexpr std::size_t kForgetErrorsAfter = 10;

boost::asio::ip::address to_asio(const vrrp::IpAddress& address) {
    if (address.is_ipv4()) {
        boost::asio::ip::address_v4::bytes_type octets{};
        std::ranges::copy(address.octets(), octets.begin());
        return boost::asio::ip::address_v4{octets};
    }
    boost::asio::ip::address_v6::bytes_type octets{};
    std::ranges::copy(address.octets(), octets.begin());
    return boost::asio::ip::address_v6{octets};
}

std::string text_of(const PathConfiguration& path) {
    const bool v4 = path.address.is_ipv4();
    return fmt::format("{}{}{}:{}", v4 ? "" : "[", path.address.to_string(), v4 ? "" : "]", path.port);
}

// Of another datagram, which has been answered that nobody listens; the one at hand was not sent or received.
bool is_an_echo(const error_code& error) {
    return error == boost::asio::error::connection_refused;
}

// The datagram is lost, the socket is as good as before.
bool is_passing(const error_code& error) {
    return is_an_echo(error) || error == boost::asio::error::would_block ||
           error == boost::asio::error::no_buffer_space || error == boost::asio::error::message_size ||
           error == boost::asio::error::no_memory || error == boost::asio::error::no_permission;
}

// Paths without an address of their own share the wildcard address and the port; connecting tells their
// datagrams apart.
void share_port(udp::socket& socket, error_code& error) {
    const int on = 1;
    if (::setsockopt(socket.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
        error.assign(errno, boost::system::system_category());
}

}  // namespace

PeerSocket::PeerSocket(boost::asio::io_context& io, const PeerConfiguration& configuration, Seal seal,
                       Received received, Trouble trouble)
    : io_{io},
      port_{configuration.port},
      seal_{std::move(seal)},
      received_{std::move(received)},
      trouble_{std::move(trouble)} {
    for (const PathConfiguration& path : configuration.paths) paths_.push_back({path, nullptr, {}, 0, 0});
}

PeerSocket::~PeerSocket() {
    for (Path& path : paths_) close(path);
}

void PeerSocket::send(std::size_t index, vrrp::Octets message) {
    Path& path = paths_.at(index);
    if (!path.socket && !open(index)) return;
    const vrrp::OctetString datagram = seal_.seal(message);
    error_code error;
    path.socket->send(boost::asio::buffer(datagram), 0, error);
    if (is_an_echo(error)) {
        fail(index, "send to", error);
        path.socket->send(boost::asio::buffer(datagram), 0, error);
    }
    if (error) {
        fail(index, "send to", error);
        if (!is_passing(error)) close(path);
    } else if (++path.sent_in_a_row == kForgetErrorsAfter) {
        path.told.clear();
    }
}

bool PeerSocket::open(std::size_t index) {
    Path& path = paths_[index];
    const udp::endpoint remote{to_asio(path.configuration.address), path.configuration.port};
    const auto any = [&] { return udp::endpoint{remote.protocol(), port_}; };
    const udp::endpoint local =
        path.configuration.local ? udp::endpoint{to_asio(*path.configuration.local), port_} : any();
    auto socket = std::make_shared<Socket>(io_);
    error_code error;
    socket->open(remote.protocol(), error);
    if (!error && !path.configuration.address.is_ipv4())
        socket->set_option(boost::asio::ip::v6_only{true}, error);
    if (!error && paths_.size() > 1) share_port(*socket, error);
    if (!error) socket->non_blocking(true, error);
    if (!error) socket->bind(local, error);
    // The kernel then passes only what comes from there, and tells when nobody listens there.
    if (!error) socket->connect(remote, error);
    if (error) {
        fail(index, "open the way to", error);
        return false;
    }
    path.socket = std::move(socket);
    wait(index);
    return true;
}

void PeerSocket::close(Path& path) {
    if (!path.socket) return;
    error_code ignored;
    path.socket->close(ignored);
    path.socket.reset();
}

// A handler may already wait in the queue when its socket is closed, or when this object ends: it does
// nothing without the socket that it was made for.
void PeerSocket::wait(std::size_t index) {
    const std::shared_ptr<Socket>& socket = paths_[index].socket;
    socket->async_wait(Socket::wait_read, [this, index, made_for = std::weak_ptr{socket}](const auto& error) {
        const std::shared_ptr<Socket> kept = made_for.lock();
        if (error || !kept) return;
        receive(index, *kept);
        if (paths_[index].socket == kept) wait(index);
    });
}

void PeerSocket::receive(std::size_t index, Socket& socket) {
    Path& path = paths_[index];
    std::array<std::uint8_t, kLargestDatagram + 1> buffer{};  // one more, to see what is too long
    for (std::size_t taken = 0; taken < kDatagramsATurn && path.socket.get() == &socket; ++taken) {
        error_code error;
        const std::size_t size = socket.receive(boost::asio::buffer(buffer), 0, error);
        if (error == boost::asio::error::would_block) return;
        if (error) {
            fail(index, "receive from", error);
            if (!is_passing(error)) close(path);
            continue;
        }
        received_(index, seal_.open(vrrp::Octets{buffer}.first(size)));
    }
}

void PeerSocket::fail(std::size_t index, const char* what, const error_code& error) {
    Path& path = paths_[index];
    ++path.errors;
    path.sent_in_a_row = 0;
    if (!path.told.insert(error.value()).second) return;
    trouble_(index, {error.value(), fmt::format("peer link: {} {}: {}", what, text_of(path.configuration),
                                                error.message())});
}

}  // namespace highbase::cluster
