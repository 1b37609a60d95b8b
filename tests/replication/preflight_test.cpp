// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/preflight.hpp"

#include <functional>
#include <set>

#include "tests/catch.hpp"
#include "tests/replication/preflight_servers.hpp"

namespace highbase::replication {
namespace {

using tests::expectations;
using tests::good;
using tests::good_mysql;
using tests::good_peer;
using tests::good_source;
using enum FindingId;

constexpr auto kPrimary = ServerRole::primary;
constexpr auto kReplica = ServerRole::replica;
constexpr auto kUnknown = ServerRole::unknown;
constexpr auto kMysql = Flavour::mysql;
constexpr auto kMariadb = Flavour::mariadb;

using Spoil = std::function<void(ServerSettings&)>;

Spoil set(const char* variable, const char* value) {
    return [=](ServerSettings& settings) { settings.variables[variable] = value; };
}
Spoil unset(const char* variable) {
    return [=](ServerSettings& settings) { settings.variables.erase(variable); };
}
Spoil status(const char* variable, const char* value) {
    return [=](ServerSettings& settings) { settings.status[variable] = value; };
}
Spoil follows(const std::function<void(SourceSettings&)>& spoil) {
    return [=](ServerSettings& settings) {
        settings.sources->push_back(good_source());
        spoil(settings.sources->back());
    };
}
Spoil granted(const std::vector<std::string>& lines) {
    return [=](ServerSettings& settings) { settings.grants = Grants::parse(lines); };
}
Spoil account(const char* name, const char* privilege) {
    return [=](ServerSettings& settings) { settings.accounts.push_back({name, {privilege}}); };
}
Spoil replicates(const ReplicationAccount& account) {
    return [=](ServerSettings& settings) { settings.replication = account; };
}
Spoil event(bool enabled, bool disabled_here) {
    return [=](ServerSettings& settings) {
        settings.events.push_back({"app", "e`vent", enabled, disabled_here});
    };
}

// One thing wrong with a server, alone: what is found in mode lossless, and how bad it is in mode available.
struct Row {
    Flavour flavour;
    ServerRole role;
    Spoil spoil;
    FindingId id;
    Severity lossless;
    Severity available;
    std::string begins;  // of its text
    std::string remedy;
};

const auto kError = Severity::error;
const auto kWarning = Severity::warning;
const auto kNote = Severity::note;

const std::string kMariadbGrants =
    "GRANT SELECT, RELOAD, PROCESS, BINLOG MONITOR, EVENT, CONNECTION ADMIN, READ_ONLY ADMIN, REPLICATION "
    "SLAVE ADMIN, REPLICATION MASTER ADMIN, BINLOG ADMIN, SLAVE MONITOR ON *.* TO x";
const std::string kSchemaGrant = "GRANT ALL PRIVILEGES ON `highbase`.* TO x";
const std::string kMariadbFollow =
    "STOP SLAVE; CHANGE MASTER TO MASTER_HOST = '192.0.2.2', MASTER_PORT = 3306, MASTER_USE_GTID = "
    "slave_pos; START SLAVE;";
const std::string kMysqlFollow =
    "STOP REPLICA FOR CHANNEL ''; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '192.0.2.2', SOURCE_PORT = "
    "3306, SOURCE_AUTO_POSITION = 1 FOR CHANNEL ''; START REPLICA FOR CHANNEL '';";

std::vector<Row> rows_of_settings() {
    return {
        {kMariadb, kUnknown, set("server_id", "0"), server_id, kError, kError,
         "server_id is 0: ", "SET GLOBAL server_id = 1; and in my.cnf: server_id = 1"},
        {kMysql, kUnknown, set("log_bin", "OFF"), no_binary_log, kError, kError,
         "log_bin is OFF: ", "in my.cnf: log_bin"},
        {kMysql, kUnknown, set("log_replica_updates", "OFF"), no_log_of_replicated, kError, kError,
         "log_replica_updates is OFF: ", "in my.cnf: log_replica_updates = ON"},
        {kMariadb, kUnknown, set("log_slave_updates", "OFF"), no_log_of_replicated, kError, kError,
         "log_slave_updates is OFF: ", "in my.cnf: log_slave_updates = ON"},
        {kMysql, kUnknown, set("gtid_mode", "OFF_PERMISSIVE"), gtid_mode, kError, kError,
         "gtid_mode is OFF_PERMISSIVE: ",
         "SET PERSIST gtid_mode = ON_PERMISSIVE; SET PERSIST gtid_mode = ON;"},
        {kMysql, kUnknown, set("enforce_gtid_consistency", "WARN"), gtid_consistency, kError, kError,
         "enforce_gtid_consistency is WARN: ", "SET PERSIST enforce_gtid_consistency = ON;"},
        {kMariadb, kUnknown, set("gtid_strict_mode", "OFF"), gtid_strict_mode, kError, kWarning,
         "gtid_strict_mode is OFF: ",
         "SET GLOBAL gtid_strict_mode = ON; and in my.cnf: gtid_strict_mode = ON"},
        {kMysql, kUnknown, set("binlog_format", "MIXED"), binlog_format, kWarning, kWarning,
         "binlog_format is MIXED: ", "SET PERSIST binlog_format = ROW;"},
        {kMysql, kUnknown, set("sync_binlog", "0"), sync_binlog, kError, kWarning,
         "sync_binlog is 0: ", "SET PERSIST sync_binlog = 1;"},
        {kMariadb, kUnknown, set("sync_binlog", "1000"), sync_binlog, kError, kWarning,
         "sync_binlog is 1000: ", "SET GLOBAL sync_binlog = 1; and in my.cnf: sync_binlog = 1"},
        {kMysql, kUnknown, set("innodb_flush_log_at_trx_commit", "2"), commit_flush, kError, kWarning,
         "innodb_flush_log_at_trx_commit is 2: ", "SET PERSIST innodb_flush_log_at_trx_commit = 1;"},
        {kMariadb, kUnknown, set("innodb_flush_log_at_trx_commit", "2"), commit_flush, kError, kWarning,
         "innodb_flush_log_at_trx_commit is 2: ",
         "SET GLOBAL innodb_flush_log_at_trx_commit = 1; and in my.cnf: innodb_flush_log_at_trx_commit = 1"},
        {kMysql, kUnknown, set("sync_relay_log", "10000"), sync_relay_log, kError, kWarning,
         "sync_relay_log is 10000: ", "SET PERSIST sync_relay_log = 1;"},
        {kMysql, kUnknown, set("relay_log_recovery", "ON"), relay_log_recovery, kWarning, kWarning,
         "relay_log_recovery is ON: ", "in my.cnf: relay_log_recovery = OFF"},
        {kMariadb, kUnknown, set("relay_log_space_limit", "1024"), relay_log_space, kWarning, kWarning,
         "relay_log_space_limit is 1024: ", "in my.cnf: relay_log_space_limit = 0"},
        {kMysql, kUnknown, set("skip_replica_start", "OFF"), replica_starts_by_itself, kWarning, kWarning,
         "skip_replica_start is OFF: ", "in my.cnf: skip_replica_start = ON"},
        {kMysql, kUnknown, set("replica_net_timeout", "60"), replica_timeout, kWarning, kWarning,
         "replica_net_timeout is 60: ", "SET PERSIST replica_net_timeout = 2;"},
        {kMariadb, kUnknown, set("slave_net_timeout", "11"), replica_timeout, kWarning, kWarning,
         "slave_net_timeout is 11: ",
         "SET GLOBAL slave_net_timeout = 2; and in my.cnf: slave_net_timeout = 2"},
        {kMysql, kUnknown, set("binlog_expire_logs_seconds", "86399"), binlog_expiry, kWarning, kWarning,
         "binlog_expire_logs_seconds is 86399: ", "SET PERSIST binlog_expire_logs_seconds = 604800;"},
        {kMysql, kUnknown, set("skip_name_resolve", "OFF"), name_resolution, kNote, kNote,
         "skip_name_resolve is OFF: ", "in my.cnf: skip_name_resolve = ON"},
        {kMysql, kUnknown, set("replica_preserve_commit_order", "OFF"), commit_order, kError, kWarning,
         "replica_preserve_commit_order is OFF with several workers: ",
         "STOP REPLICA SQL_THREAD; SET PERSIST replica_preserve_commit_order = ON; START REPLICA "
         "SQL_THREAD;"},
        {kMariadb, kUnknown, set("binlog_storage_engine", "innodb"), binlog_engine, kError, kWarning,
         "binlog_storage_engine is innodb: ", ""},
        {kMysql, kUnknown, [](ServerSettings& settings) { settings.boots_writable = true; }, boots_writable,
         kWarning, kWarning, "this server starts writable: ", "in my.cnf: super_read_only = ON"},
        {kMariadb, kUnknown, [](ServerSettings& settings) { settings.boots_writable = true; }, boots_writable,
         kWarning, kWarning, "this server starts writable: ", "in my.cnf: read_only = ON"},
    };
}

std::vector<Row> rows_of_semi_sync() {
    return {
        {kMysql, kUnknown, unset("rpl_semi_sync_replica_enabled"), semi_sync_missing, kError, kWarning,
         "the server has not both plugins ",
         "INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so';"},
        {kMysql, kUnknown, unset("rpl_semi_sync_source_enabled"), semi_sync_missing, kError, kWarning,
         "the server has not both plugins ",
         "INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so';"},
        {kMysql, kUnknown, set("rpl_semi_sync_master_enabled", "ON"), semi_sync_old_plugin, kError, kWarning,
         "semi-synchronous replication is there by its older plugins ",
         "UNINSTALL PLUGIN rpl_semi_sync_master;"},
        {kMariadb, kUnknown, set("rpl_semi_sync_master_wait_point", "AFTER_COMMIT"), wait_point, kNote, kNote,
         "rpl_semi_sync_master_wait_point is AFTER_COMMIT: hbvrrp sets this", ""},
        {kMysql, kUnknown, set("rpl_semi_sync_source_wait_point", "AFTER_COMMIT"), wait_point, kNote, kNote,
         "rpl_semi_sync_source_wait_point is AFTER_COMMIT: hbvrrp sets this", ""},
        {kMariadb, kUnknown, set("rpl_semi_sync_master_timeout", "10000"), semi_sync_settings, kNote, kNote,
         "rpl_semi_sync_master_timeout is 10000: hbvrrp sets this", ""},
        {kMariadb, kUnknown, set("rpl_semi_sync_master_wait_no_slave", "OFF"), semi_sync_settings, kNote,
         kNote, "rpl_semi_sync_master_wait_no_slave is OFF: hbvrrp sets this", ""},
        {kMysql, kUnknown, set("rpl_semi_sync_source_wait_for_replica_count", "2"), semi_sync_settings, kNote,
         kNote, "rpl_semi_sync_source_wait_for_replica_count is 2: hbvrrp sets this", ""},
        {kMariadb, kUnknown, set("rpl_semi_sync_slave_kill_conn_timeout", "5"), kill_connection_timeout,
         kNote, kNote, "rpl_semi_sync_slave_kill_conn_timeout is 5: hbvrrp sets this", ""},
        {kMariadb, kPrimary, set("rpl_semi_sync_master_enabled", "OFF"), asynchronous, kNote, kNote,
         "rpl_semi_sync_master_enabled is OFF on the primary: hbvrrp sets this", ""},
        {kMysql, kPrimary, status("rpl_semi_sync_source_status", "OFF"), asynchronous, kError, kWarning,
         "the primary has fallen back to asynchronous replication: ", ""},
        {kMysql, kPrimary, status("rpl_semi_sync_source_clients", "0"), no_acknowledger, kWarning, kWarning,
         "no replica acknowledges ", ""},
        {kMariadb, kPrimary, status("rpl_semi_sync_master_clients", "2"), third_acknowledger, kError,
         kWarning, "2 replicas acknowledge what the primary writes: ", ""},
        {kMysql, kReplica,
         [](ServerSettings& settings) {
             settings.variables["super_read_only"] = "OFF";
             settings.sources->push_back(good_source());
         },
         replica_writable, kNote, kNote, "super_read_only is OFF on the replica: hbvrrp sets this", ""},
    };
}

std::vector<Row> rows_of_sources() {
    return {
        {kMysql, kReplica, [](ServerSettings& settings) { settings.sources.reset(); }, replication_unseen,
         kError, kError, "the server does not tell whom it follows: ", ""},
        {kMysql, kReplica, [](ServerSettings&) {}, not_a_replica, kNote, kNote,
         "it follows no source: hbvrrp sets this", ""},
        {kMariadb, kPrimary, follows([](auto& source) { source.channel = "a'b"; }), several_sources, kError,
         kError, "it follows other sources than the default one (a'b): ",
         "STOP SLAVE 'a''b'; RESET SLAVE 'a''b' ALL;"},
        {kMysql, kPrimary, follows([](auto& source) { source.channel = "other"; }), several_sources, kError,
         kError, "it follows other sources than the default one (other): ",
         "STOP REPLICA FOR CHANNEL 'other'; RESET REPLICA ALL FOR CHANNEL 'other';"},
        {kMariadb, kReplica, follows([](auto& source) { source.host = "192.0.2.100"; }),
         through_virtual_address, kError, kError,
         "it follows 192.0.2.100 port 3306, a virtual address: ", kMariadbFollow},
        {kMysql, kReplica, follows([](auto& source) { source.host = "2001:DB8:0::64"; }),
         through_virtual_address, kError, kError,
         "it follows 2001:DB8:0::64 port 3306, a virtual address: ", kMysqlFollow},
        {kMysql, kReplica, follows([](auto& source) { source.host = "db2.example"; }), source_by_name,
         kWarning, kWarning, "it follows db2.example port 3306, a name: ", kMysqlFollow},
        {kMysql, kReplica, follows([](auto& source) { source.host = "192.0.2.3"; }), other_source, kError,
         kError, "it follows 192.0.2.3 port 3306, and not 192.0.2.2 port 3306, ", kMysqlFollow},
        {kMariadb, kReplica, follows([](auto& source) { source.port = 3307; }), other_source, kError, kError,
         "it follows 192.0.2.2 port 3307, and not 192.0.2.2 port 3306, ", kMariadbFollow},
        {kMysql, kReplica, follows([](auto& source) { source.follows_gtids = false; }), not_by_gtid, kError,
         kError, "it follows its source by file and offset: ",
         "STOP REPLICA FOR CHANNEL ''; CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 1 FOR CHANNEL ''; "
         "START REPLICA FOR CHANNEL '';"},
        {kMariadb, kReplica, follows([](auto& source) { source.counts_own_writes = true; }),
         counts_own_writes, kWarning, kWarning, "it follows with MASTER_USE_GTID = current_pos: ",
         "STOP SLAVE; CHANGE MASTER TO MASTER_USE_GTID = slave_pos; START SLAVE;"},
        {kMariadb, kReplica, follows([](auto& source) { source.delay = std::chrono::seconds{3600}; }),
         delayed, kError, kError,
         "it lags 3600 s on purpose: ", "STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = 0; START SLAVE;"},
        {kMysql, kReplica, follows([](auto& source) { source.connect_retry = std::chrono::seconds{60}; }),
         connect_retry, kWarning, kWarning, "after a lost connection it waits 60 s ",
         "STOP REPLICA FOR CHANNEL ''; CHANGE REPLICATION SOURCE TO SOURCE_CONNECT_RETRY = 1 FOR CHANNEL ''; "
         "START REPLICA FOR CHANNEL '';"},
        {kMysql, kReplica, follows([](auto& source) { source.filters = {"Replicate_Do_DB = app"}; }),
         replication_filter, kError, kWarning,
         "it does not apply everything that it receives: Replicate_Do_DB = app",
         "STOP REPLICA SQL_THREAD FOR CHANNEL ''; CHANGE REPLICATION FILTER REPLICATE_DO_DB = (), "
         "REPLICATE_IGNORE_DB = (), REPLICATE_DO_TABLE = (), REPLICATE_IGNORE_TABLE = (), "
         "REPLICATE_WILD_DO_TABLE = (), REPLICATE_WILD_IGNORE_TABLE = () FOR CHANNEL ''; START REPLICA "
         "SQL_THREAD FOR CHANNEL '';"},
    };
}

std::vector<Row> rows_of_accounts() {
    return {
        {kMariadb, kUnknown,
         granted({"GRANT SELECT, RELOAD, PROCESS, BINLOG MONITOR, EVENT, CONNECTION ADMIN, REPLICATION SLAVE "
                  "ADMIN, BINLOG ADMIN, SLAVE MONITOR ON *.* TO x",
                  kSchemaGrant}),
         missing_grants, kError, kError,
         "'highbase'@'localhost' lacks READ_ONLY ADMIN, REPLICATION MASTER ADMIN: ",
         "GRANT READ_ONLY ADMIN, REPLICATION MASTER ADMIN ON *.* TO 'highbase'@'localhost';"},
        {kMariadb, kUnknown,
         granted({"GRANT SELECT, SUPER, READ_ONLY ADMIN, BINLOG MONITOR, PROCESS, EVENT ON *.* TO x",
                  kSchemaGrant}),
         missing_grants, kError, kError,
         "'highbase'@'localhost' lacks RELOAD: ", "GRANT RELOAD ON *.* TO 'highbase'@'localhost';"},
        {kMariadb, kUnknown,
         granted({kMariadbGrants, "GRANT CREATE, SELECT, INSERT, DELETE ON `highbase`.* TO x"}),
         missing_grants, kError, kError, "'highbase'@'localhost' may not write to the schema highbase: ",
         "GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON highbase.* TO 'highbase'@'localhost';"},
        {kMysql, kUnknown,
         granted({"GRANT SELECT, SUPER, PROCESS, RELOAD, EVENT ON *.* TO x", "GRANT SYSTEM_USER ON *.* TO x",
                  kSchemaGrant}),
         missing_grants, kError, kError, "'highbase'@'localhost' lacks REPLICATION CLIENT: ",
         "GRANT REPLICATION CLIENT ON *.* TO 'highbase'@'localhost';"},
        {kMariadb, kUnknown,
         granted({"GRANT SELECT, SUPER, BINLOG MONITOR, PROCESS, RELOAD, EVENT ON *.* TO x", kSchemaGrant}),
         missing_grants, kError, kError, "'highbase'@'localhost' lacks READ_ONLY ADMIN: ",
         "GRANT READ_ONLY ADMIN ON *.* TO 'highbase'@'localhost';"},
        {kMariadb, kUnknown, granted({kMariadbGrants, "GRANT INSERT, DELETE ON `highbase`.* TO x"}),
         missing_grants, kError, kError, "'highbase'@'localhost' may not write to the schema highbase: ",
         "GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON highbase.* TO 'highbase'@'localhost';"},
        {kMysql, kUnknown,
         granted(
             {"GRANT SELECT, RELOAD, REPLICATION CLIENT, EVENT ON *.* TO x",
              "GRANT CONNECTION_ADMIN,REPLICATION_SLAVE_ADMIN,SYSTEM_USER,SYSTEM_VARIABLES_ADMIN ON *.* TO x",
              kSchemaGrant}),
         useful_grants, kWarning, kWarning,
         "'highbase'@'localhost' lacks PROCESS: ", "GRANT PROCESS ON *.* TO 'highbase'@'localhost';"},
        {kMysql, kUnknown, replicates({"'replication'@'%'", Grants::parse({"GRANT USAGE ON *.* TO x"}), ""}),
         replication_account, kWarning, kWarning,
         "'replication'@'%' lacks REPLICATION SLAVE: nobody could follow this server",
         "GRANT REPLICATION SLAVE ON *.* TO 'replication'@'%';"},
        {kMariadb, kUnknown, replicates({"replication", {}, "error 1045: Access denied"}),
         replication_account, kWarning, kWarning,
         "replication cannot sign in from this box: error 1045: Access denied: nobody could follow ", ""},
        {kMysql, kUnknown,
         granted(
             {"GRANT RELOAD, PROCESS, REPLICATION CLIENT, EVENT, SHOW VIEW ON *.* TO x",
              "GRANT CONNECTION_ADMIN,REPLICATION_SLAVE_ADMIN,SYSTEM_USER,SYSTEM_VARIABLES_ADMIN ON *.* TO x",
              kSchemaGrant}),
         accounts_unseen, kNote, kNote, "'highbase'@'localhost' may not see what other accounts may do: ",
         "GRANT SELECT ON mysql.* TO 'highbase'@'localhost';"},
        {kMysql, kUnknown,
         granted(
             {"GRANT RELOAD, PROCESS, REPLICATION CLIENT, EVENT ON *.* TO x",
              "GRANT CONNECTION_ADMIN,REPLICATION_SLAVE_ADMIN,SYSTEM_USER,SYSTEM_VARIABLES_ADMIN ON *.* TO x",
              kSchemaGrant, "GRANT SELECT ON `mysql`.* TO x"}),
         tables_unseen, kNote, kNote, "'highbase'@'localhost' may not see which tables there are: ",
         "GRANT SHOW VIEW ON *.* TO 'highbase'@'localhost';"},
        {kMysql, kUnknown, [](ServerSettings& settings) { settings.tables_answered = false; }, tables_unseen,
         kNote, kNote, "the server has not listed its tables in time: ", ""},
        {kMysql, kUnknown, account("'app'@'%'", "SUPER"), privileged_account, kError, kWarning,
         "'app'@'%' has SUPER, and may sign in from other hosts: read_only does not keep it from writing",
         "REVOKE SUPER ON *.* FROM 'app'@'%';"},
        {kMariadb, kUnknown, account("'app'@'192.0.2.%'", "READ_ONLY ADMIN"), privileged_account, kError,
         kWarning, "'app'@'192.0.2.%' has READ_ONLY ADMIN, and may sign in from other hosts: read_only ",
         "REVOKE READ_ONLY ADMIN ON *.* FROM 'app'@'192.0.2.%';"},
        {kMariadb, kUnknown, account("'app'@'%'", "CONNECTION ADMIN"), privileged_account, kWarning, kWarning,
         "'app'@'%' has CONNECTION ADMIN, and may sign in from other hosts: it takes the connections ",
         "REVOKE CONNECTION ADMIN ON *.* FROM 'app'@'%';"},
        {kMysql, kUnknown,
         [](ServerSettings& settings) {
             settings.tables = {{"app", "t`1", "MyISAM"}, {"b", "u", "MEMORY"}};
         },
         other_engine, kWarning, kWarning, "tables without transactions: app.t`1 (MyISAM), b.u (MEMORY): ",
         "ALTER TABLE `app`.`t``1` ENGINE = InnoDB; ALTER TABLE `b`.`u` ENGINE = InnoDB;"},
        {kMariadb, kPrimary, event(true, false), events_stay_behind, kNote, kNote,
         "events run on the primary: `app`.`e``vent`: ", ""},
        {kMariadb, kPrimary, event(false, true), events_off, kWarning, kWarning,
         "events do not run on the primary: `app`.`e``vent`: ", "ALTER EVENT `app`.`e``vent` ENABLE;"},
        {kMariadb, kReplica,
         [](ServerSettings& settings) {
             event(true, false)(settings);
             settings.sources->push_back(good_source());
         },
         events_on_replica, kError, kWarning, "events run on the replica: `app`.`e``vent`: ",
         "SET SESSION sql_log_bin = 0; ALTER EVENT `app`.`e``vent` DISABLE ON SLAVE;"},
        {kMysql, kReplica,
         [](ServerSettings& settings) {
             event(true, false)(settings);
             settings.sources->push_back(good_source());
         },
         events_on_replica, kError, kWarning, "events run on the replica: `app`.`e``vent`: ",
         "SET SESSION sql_log_bin = 0; SET GLOBAL super_read_only = OFF; ALTER EVENT `app`.`e``vent` DISABLE "
         "ON REPLICA; SET GLOBAL super_read_only = ON;"},
    };
}

std::vector<Row> all_rows() {
    std::vector<Row> all;
    for (const auto& rows : {rows_of_settings(), rows_of_semi_sync(), rows_of_sources(), rows_of_accounts()})
        all.insert(all.end(), rows.begin(), rows.end());
    return all;
}

TEST_CASE("With two good servers nothing is found, whoever is the primary") {
    for (const Flavour flavour : {kMysql, kMariadb}) {
        for (const Promise promise : {Promise::lossless, Promise::available}) {
            CHECK(preflight(good(flavour), good_peer(flavour, kPrimary), expectations(kPrimary, promise))
                      .empty());
            CHECK(preflight(good(flavour), good_peer(flavour, kUnknown), expectations(kUnknown, promise))
                      .empty());
            ServerSettings replica = good(flavour);
            replica.sources->push_back(good_source());
            CHECK(preflight(replica, good_peer(flavour, kReplica), expectations(kReplica, promise)).empty());
        }
    }
}

TEST_CASE("Each thing that can be wrong with a server, alone") {
    for (const Row& row : all_rows()) {
        INFO(name(row.id) << " of " << name(row.flavour) << ": " << row.begins);
        ServerSettings server = good(row.flavour);
        row.spoil(server);
        const ServerSettings peer = good_peer(row.flavour, row.role);
        const auto lossless = preflight(server, peer, expectations(row.role));
        REQUIRE(lossless.size() == 1);
        CHECK(name(lossless[0].id) == name(row.id));
        CHECK(name(lossless[0].severity) == name(row.lossless));
        CHECK(lossless[0].server == FindingServer::own);
        CHECK(lossless[0].text.substr(0, row.begins.size()) == row.begins);
        CHECK(lossless[0].remedy.to_string() == row.remedy);
        const auto available = preflight(server, peer, expectations(row.role, Promise::available));
        REQUIRE(available.size() == 1);
        CHECK(available[0].id == row.id);
        CHECK(name(available[0].severity) == name(row.available));
    }
}

TEST_CASE("The same is found of the other server") {
    ServerSettings peer = good_peer(kMysql, kPrimary);
    peer.variables["sync_relay_log"] = "0";
    peer.sources->back().host = "192.0.2.100";
    const auto found = preflight(good_mysql(), peer, expectations(kPrimary));
    REQUIRE(found.size() == 2);
    CHECK(found[0].id == sync_relay_log);
    CHECK(found[1].id == through_virtual_address);
    CHECK(found[1].server == FindingServer::peer);
    CHECK(
        found[1].remedy.to_string() ==
        "STOP REPLICA FOR CHANNEL ''; CHANGE REPLICATION SOURCE TO SOURCE_HOST = '192.0.2.1', SOURCE_PORT = "
        "3306, SOURCE_AUTO_POSITION = 1 FOR CHANNEL ''; START REPLICA FOR CHANNEL '';");
}

TEST_CASE("Each name is another one, and each finding can be had") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kFindingIds; ++i) names.insert(name(static_cast<FindingId>(i)));
    CHECK(names.size() == kFindingIds);
    CHECK(name(different_domains) == "different_domains");
    CHECK(name(third_acknowledger) == "third_acknowledger");
    CHECK(name(missing_grants) == "missing_grants");
    for (const Row& row : all_rows()) names.erase(name(row.id));
    const Finding finding = replication::unsupported_version(FindingServer::peer, "no");
    CHECK(finding == Finding{FindingId::unsupported_version, kError, FindingServer::peer, "no", {}});
    CHECK(names == std::set<std::string_view>{"unsupported_version", "peer_unseen", "virtual_node_address",
                                              "different_products", "different_versions", "same_server_id",
                                              "same_server_uuid", "different_domains"});
}

}  // namespace
}  // namespace highbase::replication
