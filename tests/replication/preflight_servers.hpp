// SPDX-License-Identifier: GPL-2.0-or-later
// Two servers with nothing wrong, of each product, to be spoilt by a test.
#pragma once

#include "replication/preflight.hpp"

namespace highbase::tests {

inline replication::SourceSettings good_source() {
    return {"", "192.0.2.2", 3306, true, false, std::chrono::seconds{0}, std::chrono::seconds{1}, {}};
}

inline replication::ServerSettings good_mariadb() {
    using namespace replication;
    ServerSettings settings;
    settings.dialect = *Dialect::of("10.11.14-MariaDB");
    settings.account = "'highbase'@'localhost'";
    settings.grants = Grants::parse(
        {"GRANT SELECT, RELOAD, PROCESS, BINLOG MONITOR, EVENT, CONNECTION ADMIN, READ_ONLY ADMIN, "
         "REPLICATION SLAVE ADMIN, REPLICATION MASTER ADMIN, BINLOG ADMIN, SLAVE MONITOR ON *.* TO x",
         "GRANT ALL PRIVILEGES ON `highbase`.* TO x"});
    settings.variables = {{"server_id", "1"},
                          {"log_bin", "ON"},
                          {"log_slave_updates", "ON"},
                          {"gtid_strict_mode", "ON"},
                          {"gtid_domain_id", "0"},
                          {"sync_binlog", "1"},
                          {"innodb_flush_log_at_trx_commit", "1"},
                          {"binlog_format", "ROW"},
                          {"sync_relay_log", "1"},
                          {"relay_log_recovery", "OFF"},
                          {"relay_log_space_limit", "0"},
                          {"read_only", "ON"},
                          {"slave_net_timeout", "2"},
                          {"event_scheduler", "ON"},
                          {"binlog_expire_logs_seconds", "864000"},
                          {"skip_name_resolve", "ON"},
                          {"rpl_semi_sync_master_enabled", "ON"},
                          {"rpl_semi_sync_master_timeout", "3153600000000"},
                          {"rpl_semi_sync_master_wait_no_slave", "ON"},
                          {"rpl_semi_sync_master_wait_point", "AFTER_SYNC"},
                          {"rpl_semi_sync_slave_enabled", "ON"},
                          {"rpl_semi_sync_slave_kill_conn_timeout", "1"}};
    settings.status = {{"rpl_semi_sync_master_status", "ON"}, {"rpl_semi_sync_master_clients", "1"}};
    settings.sources.emplace();
    return settings;
}

inline replication::ServerSettings good_mysql() {
    using namespace replication;
    ServerSettings settings;
    settings.dialect = *Dialect::of("9.7.4");
    settings.account = "'highbase'@'localhost'";
    settings.grants = Grants::parse(
        {"GRANT SELECT, RELOAD, PROCESS, REPLICATION CLIENT, EVENT ON *.* TO x",
         "GRANT CONNECTION_ADMIN,REPLICATION_SLAVE_ADMIN,SYSTEM_USER,SYSTEM_VARIABLES_ADMIN ON *.* TO x",
         "GRANT ALL PRIVILEGES ON `highbase`.* TO x"});
    settings.variables = {{"server_id", "1"},
                          {"server_uuid", "91a2216f-e5d4-11f1-b1b9-02fc00000001"},
                          {"log_bin", "ON"},
                          {"log_replica_updates", "ON"},
                          {"gtid_mode", "ON"},
                          {"enforce_gtid_consistency", "ON"},
                          {"sync_binlog", "1"},
                          {"innodb_flush_log_at_trx_commit", "1"},
                          {"binlog_format", "ROW"},
                          {"sync_relay_log", "1"},
                          {"relay_log_recovery", "OFF"},
                          {"relay_log_space_limit", "0"},
                          {"read_only", "ON"},
                          {"super_read_only", "ON"},
                          {"skip_replica_start", "ON"},
                          {"replica_net_timeout", "2"},
                          {"replica_parallel_workers", "4"},
                          {"replica_preserve_commit_order", "ON"},
                          {"event_scheduler", "ON"},
                          {"binlog_expire_logs_seconds", "2592000"},
                          {"binlog_expire_logs_auto_purge", "ON"},
                          {"skip_name_resolve", "ON"},
                          {"rpl_semi_sync_source_enabled", "ON"},
                          {"rpl_semi_sync_source_timeout", "3153600000000"},
                          {"rpl_semi_sync_source_wait_for_replica_count", "1"},
                          {"rpl_semi_sync_source_wait_no_replica", "ON"},
                          {"rpl_semi_sync_source_wait_point", "AFTER_SYNC"},
                          {"rpl_semi_sync_replica_enabled", "ON"}};
    settings.status = {{"rpl_semi_sync_source_status", "ON"}, {"rpl_semi_sync_source_clients", "1"}};
    settings.sources.emplace();
    return settings;
}

inline replication::ServerSettings good(replication::Flavour flavour) {
    return flavour == replication::Flavour::mariadb ? good_mariadb() : good_mysql();
}

inline replication::ServerSettings good_peer(replication::Flavour flavour) {
    replication::ServerSettings peer = good(flavour);
    peer.variables["server_id"] = "2";
    if (flavour == replication::Flavour::mysql)
        peer.variables["server_uuid"] = "91a2216f-e5d4-11f1-b1b9-02fc00000002";
    return peer;
}

// The other server, in the role that is left for it.
inline replication::ServerSettings good_peer(replication::Flavour flavour, replication::ServerRole role) {
    replication::ServerSettings peer = good_peer(flavour);
    if (role != replication::ServerRole::primary) return peer;
    peer.sources->push_back(good_source());
    peer.sources->back().host = "192.0.2.1";
    return peer;
}

// Of server 192.0.2.1; the other one is 192.0.2.2, the virtual address 192.0.2.100.
inline replication::Expectations expectations(replication::ServerRole role,
                                              replication::Promise promise = replication::Promise::lossless) {
    return {promise, {"192.0.2.100", "2001:db8::64"}, {"192.0.2.1", 3306}, {"192.0.2.2", 3306}, role};
}

}  // namespace highbase::tests
