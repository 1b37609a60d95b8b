// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a MySQL or MariaDB server answers a statement, on one connection that is kept.
#pragma once

#include "health/option.hpp"

namespace highbase::health {

struct MysqlOptions {
    static constexpr std::string_view kType = "mysql";
    static constexpr std::string_view kHelp =
        "A MySQL or MariaDB server answers `SELECT 1` on a connection that is kept. What is no proof against "
        "the server (a wrong password, too many connections, trouble with TLS, a blocked host) is not known, "
        "and moves nothing. When the connection breaks and nobody listens any more the check is down at "
        "once, "
        "whatever `fall` says.";

    std::string socket = "/run/mysqld/mysqld.sock";
    vrrp::Endpoint server;  // port 0: by the socket
    std::string user = "highbase";
    std::string password_file;
    std::string tls_ca;

    static std::vector<Option<MysqlOptions>> options() {
        using This = MysqlOptions;
        return {{{.name = "socket",
                  .example = "\"/run/mysqld/mysqld.sock\"",
                  .help = "The Unix socket of a server on this box.",
                  .doc = "Not used with `server`."},
                 Path<This>{&This::socket}},
                {{.name = "server",
                  .example = "\"127.0.0.1:3306\"",
                  .help = "Address and port of the server, to ask by TCP instead.",
                  .doc = "IPv6 in brackets. A name is refused: a failover must not wait for somebody who "
                         "resolves it."},
                 Server<This>{&This::server}},
                {{.name = "user",
                  .example = "\"highbase\"",
                  .help = "The account to log in with. It needs no privilege."},
                 Word<This>{&This::user, 80}},
                {{.name = "password_file",
                  .example = "\"/etc/highbase/mysql.password\"",
                  .help = "A file whose first line is the password.",
                  .doc = "With \"\" there is none, as for an account that the socket authenticates. The file "
                         "is read again when the server refuses what it held."},
                 Path<This>{&This::password_file}},
                {{.name = "tls_ca",
                  .example = "\"/etc/highbase/mysql-ca.pem\"",
                  .help = "Certificates (PEM) of who signs the server's.",
                  .doc = "With it the connection uses TLS, and a server that does not, or that cannot prove "
                         "its address, is not spoken to. With \"\" there is no TLS."},
                 Path<This>{&This::tls_ca}}};
    }
    [[nodiscard]] static std::string default_name() { return "mysql"; }
    [[nodiscard]] std::string target() const { return server.port != 0 ? server.to_string() : socket; }
    [[nodiscard]] std::string mistake() const {
        return target().empty() ? "a check of type \"mysql\" needs a socket or a server" : "";
    }
    friend bool operator==(const MysqlOptions&, const MysqlOptions&) = default;
};

std::unique_ptr<Checker> make_checker(const CheckContext& context, const MysqlOptions& options);

}  // namespace highbase::health
