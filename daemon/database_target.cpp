// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/database_target.hpp"

#include "replication/statements.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;

mysql::TlsMode tls_mode(node::DatabaseTls tls) {
    switch (tls) {
        case node::DatabaseTls::off: return mysql::TlsMode::off;
        case node::DatabaseTls::required: return mysql::TlsMode::required;
        case node::DatabaseTls::verify: return mysql::TlsMode::verify;
    }
    return mysql::TlsMode::off;
}

mysql::Target at(const node::DatabaseConfiguration& database, const vrrp::Endpoint& endpoint) {
    mysql::Target target;
    target.endpoint = mysql::TcpEndpoint{endpoint.address, endpoint.port};
    target.tls.mode = tls_mode(database.tls);
    target.tls.ca = database.tls_ca;
    return target;
}

mysql::Target with_account(mysql::Target target, const node::DatabaseConfiguration& database) {
    target.user = database.user;
    target.password = database.password;
    target.connect_timeout = 1s;
    target.first_statements = replication::prepare_session();
    return target;
}

}  // namespace

mysql::Target target_of(const node::DatabaseConfiguration& database) {
    if (const auto* endpoint = std::get_if<vrrp::Endpoint>(&database.server))
        return with_account(at(database, *endpoint), database);
    mysql::Target target;
    target.endpoint = mysql::UnixEndpoint{std::get<std::string>(database.server)};
    return with_account(std::move(target), database);
}

mysql::Target target_of_peer(const node::DatabaseConfiguration& database) {
    return with_account(at(database, database.peer_server), database);
}

mysql::Target as_replica(mysql::Target target, const node::DatabaseConfiguration& database) {
    if (database.replication_user.empty()) return target;
    target.user = database.replication_user;
    target.password = database.replication_password;
    return target;
}

// A server that has just ended is asked again soon: that nobody listens any more is the proof of it.
mysql::SessionSettings session_settings() {
    mysql::SessionSettings settings;
    settings.connect_timeout = 1s;
    settings.first_retry = 2ms;
    settings.longest_retry = 200ms;
    return settings;
}

replication::Table table_of(const mysql::Answer& answer) {
    replication::Table table;
    table.columns = answer.columns;
    for (std::size_t row = 0; row < answer.row_count(); ++row) {
        auto& values = table.rows.emplace_back();
        for (std::size_t column = 0; column < answer.columns.size(); ++column)
            values.push_back(answer.at(row, column));
    }
    return table;
}

}  // namespace highbase::daemon
