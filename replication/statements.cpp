// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/statements.hpp"

#include <fmt/format.h>

namespace highbase::replication {
namespace {

// A hundred years. The server's own fallback to asynchronous replication would break the promise behind our
// back.
constexpr std::chrono::milliseconds kNoTimeout{3153600000000};  // a hundred years

// Each of them is said: what a replica was told before would stay. With a verified certificate the host, here
// an address, is compared with those in it, in both products. `word`: MASTER_SSL, SOURCE_SSL.
std::string tls_options(const Source& source, std::string_view word) {
    if (!source.tls) return fmt::format("{} = 0", word);
    return fmt::format("{0} = 1, {0}_CA = {1}, {0}_VERIFY_SERVER_CERT = {2}", word, quoted(source.tls_ca),
                       source.tls_ca.empty() ? 0 : 1);
}

std::string set_global(const std::string& assignments) {
    return "SET GLOBAL " + assignments;
}

}  // namespace

std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\')
            result += c;  // sql_mode NO_BACKSLASH_ESCAPES is taken off in each session
        result += c;
    }
    return result + "'";
}

Statements prepare_session() {
    return {"SET SESSION lock_wait_timeout = 1, sql_mode = ''"};
}

Statements bound_statements(const Dialect& dialect, std::chrono::milliseconds longest) {
    if (!dialect.is_mariadb()) return {fmt::format("SET SESSION max_execution_time = {}", longest.count())};
    return {fmt::format("SET SESSION max_statement_time = {}.{:03}", longest.count() / 1000,
                        longest.count() % 1000)};
}

Statements stop_receiver(const Dialect& dialect) {
    return {dialect.is_mariadb() ? "STOP SLAVE IO_THREAD" : "STOP REPLICA IO_THREAD FOR CHANNEL ''"};
}

Statements start_receiver(const Dialect& dialect) {
    return {dialect.is_mariadb() ? "START SLAVE IO_THREAD" : "START REPLICA IO_THREAD FOR CHANNEL ''"};
}

Statements stop_replica(const Dialect& dialect) {
    return {dialect.is_mariadb() ? "STOP SLAVE" : "STOP REPLICA FOR CHANNEL ''"};
}

Statements start_replica(const Dialect& dialect) {
    return {dialect.is_mariadb() ? "START SLAVE" : "START REPLICA FOR CHANNEL ''"};
}

Statements forget_source(const Dialect& dialect) {
    return {dialect.is_mariadb() ? "RESET SLAVE ALL" : "RESET REPLICA ALL FOR CHANNEL ''"};
}

Statements follow(const Dialect& dialect, const Source& source, bool demoted) {
    // A replica that lost its source tries again each second: the default of a minute is as long as an
    // outage.
    if (dialect.is_mariadb()) {
        return {
            fmt::format("CHANGE MASTER TO MASTER_HOST = {}, MASTER_PORT = {}, MASTER_USER = {}, "
                        "MASTER_PASSWORD = {}, {}, MASTER_CONNECT_RETRY = 1, "
                        "MASTER_HEARTBEAT_PERIOD = 0.2, MASTER_USE_GTID = slave_pos{}",
                        quoted(source.host), source.port, quoted(source.user), quoted(source.password),
                        tls_options(source, "MASTER_SSL"), demoted ? ", MASTER_DEMOTE_TO_SLAVE = 1" : "")};
    }
    // caching_sha2_password without TLS needs the server's public key.
    return {
        fmt::format("CHANGE REPLICATION SOURCE TO SOURCE_HOST = {}, SOURCE_PORT = {}, SOURCE_USER = {}, "
                    "SOURCE_PASSWORD = {}, {}, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0, "
                    "SOURCE_HEARTBEAT_PERIOD = 0.2, SOURCE_AUTO_POSITION = 1 FOR CHANNEL ''",
                    quoted(source.host), source.port, quoted(source.user), quoted(source.password),
                    tls_options(source, "SOURCE_SSL") + (source.tls ? "" : ", GET_SOURCE_PUBLIC_KEY = 1"))};
}

Statements open_for_writes(const Dialect& dialect) {
    if (dialect.is_mariadb()) return {set_global("read_only = OFF")};
    return {set_global("super_read_only = OFF"), set_global("read_only = OFF"),
            set_global("offline_mode = OFF")};
}

Statements hold_commits(const Dialect& dialect) {
    if (dialect.is_mariadb()) return {"BACKUP STAGE START", "BACKUP STAGE BLOCK_COMMIT"};
    return {"FLUSH TABLES WITH READ LOCK"};
}

Statements let_commits_go(const Dialect& dialect) {
    return {dialect.is_mariadb() ? "BACKUP STAGE END" : "UNLOCK TABLES"};
}

Statements close_for_writes(const Dialect& dialect) {
    if (!dialect.is_mariadb()) return {set_global("super_read_only = ON")};
    // From 12.0 administrators are kept out as well.
    const bool admins_too = dialect.version >= Version{12, 0, 0};
    return {set_global(admins_too ? "read_only = NO_LOCK_NO_ADMIN" : "read_only = ON")};
}

Statements keep_clients_out(const Dialect& dialect) {
    if (dialect.is_mariadb()) return {};
    return {set_global("offline_mode = ON")};
}

Statements let_clients_in(const Dialect& dialect) {
    if (dialect.is_mariadb()) return {};
    return {set_global("offline_mode = OFF")};
}

Statements semi_sync_source(const Dialect& dialect, bool enabled) {
    if (enabled) return semi_sync_source(dialect, kNoTimeout);
    const char* product = dialect.is_mariadb() ? "master" : "source";
    return {set_global(fmt::format("rpl_semi_sync_{}_enabled = OFF", product))};
}

Statements semi_sync_source(const Dialect& dialect, std::chrono::milliseconds wait) {
    if (dialect.is_mariadb())
        return {set_global(fmt::format("rpl_semi_sync_master_wait_point = 'AFTER_SYNC', "
                                       "rpl_semi_sync_master_wait_no_slave = ON, "
                                       "rpl_semi_sync_master_timeout = {}",
                                       wait.count())),
                set_global("rpl_semi_sync_master_enabled = ON")};
    return {set_global(fmt::format("rpl_semi_sync_source_wait_point = 'AFTER_SYNC', "
                                   "rpl_semi_sync_source_wait_no_replica = ON, "
                                   "rpl_semi_sync_source_wait_for_replica_count = 1, "
                                   "rpl_semi_sync_source_timeout = {}",
                                   wait.count())),
            set_global("rpl_semi_sync_source_enabled = ON")};
}

Statements semi_sync_replica(const Dialect& dialect, bool enabled) {
    const char* state = enabled ? "ON" : "OFF";
    if (!dialect.is_mariadb()) return {set_global(fmt::format("rpl_semi_sync_replica_enabled = {}", state))};
    // The default of 5 s is what STOP SLAVE waits for a dead source; 0 would be for ever.
    return {set_global("rpl_semi_sync_slave_kill_conn_timeout = 1"),
            set_global(fmt::format("rpl_semi_sync_slave_enabled = {}", state))};
}

Statements record_epoch(std::uint64_t epoch, const std::string& node) {
    return {fmt::format("REPLACE INTO highbase.epoch (epoch, node) VALUES ({}, {})", epoch, quoted(node))};
}

Statements create_tables() {
    return {"CREATE DATABASE IF NOT EXISTS highbase",
            "CREATE TABLE IF NOT EXISTS highbase.epoch (epoch BIGINT UNSIGNED NOT NULL PRIMARY KEY, "
            "node VARCHAR(255) NOT NULL, began TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)) "
            "ENGINE = InnoDB DEFAULT CHARSET = utf8mb4",
            "CREATE TABLE IF NOT EXISTS highbase.heartbeat (id TINYINT NOT NULL PRIMARY KEY, "
            "node VARCHAR(255) NOT NULL, beats BIGINT UNSIGNED NOT NULL, at TIMESTAMP(3) NOT NULL DEFAULT "
            "CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4"};
}

Statements heartbeat(const std::string& node) {
    return {
        fmt::format("INSERT INTO highbase.heartbeat (id, node, beats) VALUES (1, {0}, 1) "
                    "ON DUPLICATE KEY UPDATE node = {0}, beats = beats + 1",
                    quoted(node))};
}

std::string read_epoch() {
    return "SELECT epoch, node FROM highbase.epoch ORDER BY epoch DESC LIMIT 1";
}

}  // namespace highbase::replication
