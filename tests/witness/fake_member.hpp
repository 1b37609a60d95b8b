// SPDX-License-Identifier: GPL-2.0-or-later
// Something on the loopback interface that answers a request as a test wants, on a thread of its own.
#pragma once

#include <utility>  // before Asio, which needs it

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "witness/configuration.hpp"

namespace highbase::witness {

inline std::string http(std::string_view status, std::string_view body, std::string_view header = "") {
    return "HTTP/1.1 " + std::string{status} + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string{header} + "\r\n" + std::string{body};
}

class FakeMember {
public:
    // What is sent, as it is; nothing: it is silent.
    using Answer = std::function<std::string(std::string_view request)>;

    explicit FakeMember(Answer answer)
        : answer_{std::move(answer)}, thread_{[this] {
              accept();
              io_.run();
          }} {}
    FakeMember(const FakeMember&) = delete;
    FakeMember& operator=(const FakeMember&) = delete;
    ~FakeMember() {
        io_.stop();
        thread_.join();
    }

    [[nodiscard]] Endpoint endpoint() const { return {false, "127.0.0.1", port_}; }
    [[nodiscard]] int requests() const { return requests_; }

private:
    using Tcp = boost::asio::ip::tcp;
    struct Connection {
        Tcp::socket socket;
        std::array<char, 8192> request{};
    };

    void accept() {
        acceptor_.async_accept([this](const auto& error, Tcp::socket socket) {
            if (error) return;
            all_.push_back(std::make_unique<Connection>(Connection{std::move(socket)}));
            read(*all_.back());
            accept();
        });
    }
    void read(Connection& connection) {
        connection.socket.async_read_some(
            boost::asio::buffer(connection.request),
            [this, &connection](const auto& error, std::size_t size) {
                if (error) return;
                ++requests_;
                boost::system::error_code ignored;
                boost::asio::write(connection.socket,
                                   boost::asio::buffer(answer_({connection.request.data(), size})), ignored);
                read(connection);
            });
    }

    boost::asio::io_context io_;
    Tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
    std::uint16_t port_ = acceptor_.local_endpoint().port();
    Answer answer_;
    std::vector<std::unique_ptr<Connection>> all_;
    std::atomic<int> requests_ = 0;
    std::thread thread_;
};

// A port that refuses connections: it was free a moment ago.
inline Endpoint closed_endpoint() {
    boost::asio::io_context io;
    const boost::asio::ip::tcp::acceptor acceptor{io, {boost::asio::ip::address_v4::loopback(), 0}};
    return {false, "127.0.0.1", acceptor.local_endpoint().port()};
}

// An etcd that has no key yet, and takes whatever is written.
inline std::string willing(std::string_view request) {
    const std::string header = R"({"header":{"revision":"1"})";
    const bool is_swap = request.starts_with("POST /v3/kv/txn HTTP/1.1\r\n");
    if (!is_swap && !request.starts_with("POST /v3/kv/range HTTP/1.1\r\n")) return http("404 Not Found", "");
    return http("200 OK",
                header + (is_swap ? R"(,"succeeded":true,"responses":[{"response_put":{}}]})" : "}"));
}

}  // namespace highbase::witness
