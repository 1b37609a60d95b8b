// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a server accepts TCP connections. It says nothing about what the server would answer.
#pragma once

#include "health/option.hpp"

namespace highbase::health {

struct TcpOptions {
    static constexpr std::string_view kType = "tcp";
    static constexpr std::string_view kHelp =
        "A server accepts a TCP connection, which is closed at once. It says nothing about what the server "
        "would answer.";

    vrrp::Endpoint server;

    static std::vector<Option<TcpOptions>> options() {
        return {{{.name = "server",
                  .required = true,
                  .example = "\"127.0.0.1:3306\"",
                  .help = "Address and port of the server on this box.",
                  .doc = "IPv6 in brackets: \"[::1]:3306\". A name is refused: a failover must not wait for "
                         "somebody who resolves it. For MySQL write the loopback address: elsewhere it "
                         "counts connections that say nothing as errors, and after max_connect_errors of "
                         "them it lets nobody in from that host."},
                 Server<TcpOptions>{&TcpOptions::server}}};
    }
    [[nodiscard]] std::string default_name() const { return "tcp-" + std::to_string(server.port); }
    [[nodiscard]] std::string target() const { return server.to_string(); }
    [[nodiscard]] static std::string mistake() { return {}; }
    friend bool operator==(const TcpOptions&, const TcpOptions&) = default;
};

// Refused, reset or unreachable: `failed`. No descriptor or no port left on this host: `unknown`.
std::unique_ptr<Checker> make_checker(const CheckContext& context, const TcpOptions& options);

}  // namespace highbase::health
