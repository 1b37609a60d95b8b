// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/tcp_checker.hpp"

namespace highbase::health {
namespace {

// What this host lacks says nothing about the server.
bool is_ours(const boost::system::error_code& error) {
    return error == boost::asio::error::no_descriptors || error == boost::asio::error::no_memory ||
           error == boost::asio::error::no_buffer_space || error == boost::asio::error::access_denied ||
           error == boost::system::errc::address_not_available;
}

}  // namespace

void TcpChecker::start(std::function<void(Finding)> done) {
    cancel();
    const auto socket = std::make_shared<boost::asio::ip::tcp::socket>(io_);
    socket_ = socket;
    // The handler may already wait in the queue when the probe is cancelled: the socket's life is the
    // probe's.
    socket->async_connect(server_,
                          [this, probe = std::weak_ptr{socket}, done = std::move(done)](const auto& error) {
                              const auto connected = probe.lock();
                              if (!connected) return;
                              socket_.reset();
                              boost::system::error_code ignored;
                              // A reset instead of a farewell: checks must not leave the server thousands of
                              // connections in TIME_WAIT.
                              connected->set_option(boost::asio::socket_base::linger{true, 0}, ignored);
                              if (!error) return done({Sample::ok, ""});
                              done({is_ours(error) ? Sample::unknown : Sample::failed, error.message()});
                          });
}

void TcpChecker::cancel() {
    if (!socket_) return;
    boost::system::error_code ignored;
    socket_->close(ignored);
    socket_.reset();
}

}  // namespace highbase::health
