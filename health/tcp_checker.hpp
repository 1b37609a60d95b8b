// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a server accepts TCP connections. It says nothing about what the server would answer.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>

#include "health/checker.hpp"

namespace highbase::health {

class TcpChecker final : public Checker {
public:
    // `io` outlives the checker, and its thread is the one that uses it.
    TcpChecker(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& server)
        : io_{io}, server_{server} {}
    TcpChecker(const TcpChecker&) = delete;
    TcpChecker& operator=(const TcpChecker&) = delete;
    ~TcpChecker() override { cancel(); }

    // Refused, reset or unreachable: `failed`. No descriptor or no port left on this host: `unknown`.
    void start(std::function<void(Finding)> done) override;
    void cancel() override;

private:
    boost::asio::io_context& io_;
    boost::asio::ip::tcp::endpoint server_;
    std::shared_ptr<boost::asio::ip::tcp::socket> socket_;  // of the probe that is under way
};

}  // namespace highbase::health
