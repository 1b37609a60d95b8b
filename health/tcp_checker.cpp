// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/tcp_checker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "health/checker.hpp"

namespace highbase::health {
namespace {

// What this host lacks says nothing about the server.
bool is_ours(const boost::system::error_code& error) {
    return error == boost::asio::error::no_descriptors || error == boost::asio::error::no_memory ||
           error == boost::asio::error::no_buffer_space || error == boost::asio::error::access_denied ||
           error == boost::system::errc::address_not_available;
}

class TcpChecker final : public Checker {
public:
    TcpChecker(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& server)
        : io_{io}, server_{server} {}
    TcpChecker(const TcpChecker&) = delete;
    TcpChecker& operator=(const TcpChecker&) = delete;
    ~TcpChecker() override { abandon(); }

    void start(std::function<void(Finding)> done) override;
    void cancel() override { abandon(); }

private:
    void abandon();

    boost::asio::io_context& io_;
    boost::asio::ip::tcp::endpoint server_;
    std::shared_ptr<boost::asio::ip::tcp::socket> socket_;  // of the probe that is under way
};

void TcpChecker::start(std::function<void(Finding)> done) {
    abandon();
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
                              if (!error) return done({.sample = Sample::ok});
                              done({is_ours(error) ? Sample::unknown : Sample::failed, error.message()});
                          });
}

void TcpChecker::abandon() {
    if (!socket_) return;
    boost::system::error_code ignored;
    socket_->close(ignored);
    socket_.reset();
}

}  // namespace

std::unique_ptr<Checker> make_checker(const CheckContext& context, const TcpOptions& options) {
    const auto address = boost::asio::ip::make_address(options.server.address.to_string());
    return std::make_unique<TcpChecker>(context.io,
                                        boost::asio::ip::tcp::endpoint{address, options.server.port});
}

}  // namespace highbase::health
