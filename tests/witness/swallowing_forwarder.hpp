// SPDX-License-Identifier: GPL-2.0-or-later
// Stands between a client and a server on the loopback interface, knows a transaction when it sees one, and
// does to it what a network may do. On a thread of its own.
#pragma once

#include <utility>  // before Asio, which needs it

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

namespace highbase::witness {

class SwallowingForwarder {
public:
    enum class Fault {
        answer,   // comes from the server, and is not forwarded: the connection is cut
        request,  // is not forwarded: the connection is cut
        silence,  // is not forwarded, and the connection stays
    };
    // For the first `faults` transactions. `after` is called, on the forwarder's thread, when each of them
    // has been dealt with, and before the connection is cut.
    SwallowingForwarder(
        std::uint16_t server_port, Fault fault, int faults, std::function<void()> after = [] {})
        : server_{boost::asio::ip::address_v4::loopback(), server_port},
          fault_{fault},
          left_{faults},
          after_{std::move(after)},
          thread_{[this] {
              accept();
              io_.run();
          }} {}
    SwallowingForwarder(const SwallowingForwarder&) = delete;
    SwallowingForwarder& operator=(const SwallowingForwarder&) = delete;
    ~SwallowingForwarder() {
        io_.stop();
        thread_.join();
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int faults() const { return done_; }

private:
    using Tcp = boost::asio::ip::tcp;
    struct Connection {
        Tcp::socket client;
        Tcp::socket server;
        std::array<char, 8192> from_client{};
        std::array<char, 8192> from_server{};
        bool swallows = false;
    };
    using Shared = std::shared_ptr<Connection>;

    void accept() {
        acceptor_.async_accept([this](const auto& error, Tcp::socket client) {
            if (error) return;
            auto connection = std::make_shared<Connection>(Connection{std::move(client), Tcp::socket{io_}});
            boost::system::error_code refused;
            connection->server.connect(server_, refused);
            if (!refused) {
                read_client(connection);
                read_server(connection);
                all_.push_back(connection);
            }
            accept();
        });
    }
    void read_client(const Shared& connection) {
        const auto take = [this, connection](const auto& error, std::size_t size) {
            if (error) return cut(*connection);
            const std::string_view said{connection->from_client.data(), size};
            const bool is_faulty = said.find("POST /v3/kv/txn") != said.npos && left_ > 0;
            if (is_faulty) --left_;
            if (is_faulty && fault_ == Fault::silence) return dealt_with();
            if (is_faulty && fault_ == Fault::request) {
                dealt_with();
                return cut(*connection);
            }
            connection->swallows = connection->swallows || is_faulty;
            boost::system::error_code ignored;
            boost::asio::write(connection->server, boost::asio::buffer(said), ignored);
            read_client(connection);
        };
        connection->client.async_read_some(boost::asio::buffer(connection->from_client), take);
    }
    void read_server(const Shared& connection) {
        const auto take = [this, connection](const auto& error, std::size_t size) {
            if (error) return cut(*connection);
            if (connection->swallows) {
                dealt_with();
                return cut(*connection);
            }
            boost::system::error_code ignored;
            boost::asio::write(connection->client, boost::asio::buffer(connection->from_server, size),
                               ignored);
            read_server(connection);
        };
        connection->server.async_read_some(boost::asio::buffer(connection->from_server), take);
    }
    void dealt_with() {
        after_();
        ++done_;
    }
    static void cut(Connection& connection) {
        boost::system::error_code ignored;
        connection.client.close(ignored);
        connection.server.close(ignored);
    }

    boost::asio::io_context io_;
    Tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
    std::uint16_t port_ = acceptor_.local_endpoint().port();
    Tcp::endpoint server_;
    Fault fault_;
    int left_;
    std::function<void()> after_;
    std::vector<Shared> all_;
    std::atomic<int> done_ = 0;
    std::thread thread_;
};

}  // namespace highbase::witness
