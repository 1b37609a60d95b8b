// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/statements.hpp"

#include "tests/replication/promotion_story.hpp"

using namespace highbase::replication;
using highbase::tests::kMariadb;
using highbase::tests::kMysql;

TEST_CASE("text that is quoted cannot end its literal") {
    CHECK(quoted("") == "''");
    CHECK(quoted("plain") == "'plain'");
    CHECK(quoted("it's") == "'it''s'");
    CHECK(quoted("back\\slash'") == "'back\\\\slash'''");
    CHECK(quoted("'; DROP TABLE t; --") == "'''; DROP TABLE t; --'");
}

TEST_CASE("sessions take quoted text as it is meant, and wait for no lock") {
    CHECK(prepare_session() == Statements{"SET SESSION lock_wait_timeout = 1, sql_mode = ''"});
}

TEST_CASE("the server itself ends what takes too long to read") {
    using std::chrono::milliseconds;
    CHECK(bound_statements(kMariadb, milliseconds{10'020}) ==
          Statements{"SET SESSION max_statement_time = 10.020"});
    CHECK(bound_statements(kMysql, milliseconds{10'020}) ==
          Statements{"SET SESSION max_execution_time = 10020"});
}

TEST_CASE("a replica follows by GTID, at an address, and tries again each second") {
    const Source source{"192.0.2.1", 3306, "repl", "it's", false};
    CHECK(follow(kMariadb, source, false) ==
          Statements{"CHANGE MASTER TO MASTER_HOST = '192.0.2.1', MASTER_PORT = 3306, MASTER_USER = 'repl', "
                     "MASTER_PASSWORD = 'it''s', MASTER_SSL = 0, MASTER_CONNECT_RETRY = 1, "
                     "MASTER_HEARTBEAT_PERIOD = 0.2, MASTER_USE_GTID = slave_pos"});
    CHECK_THAT(follow(kMariadb, source, true).front(),
               Catch::Matchers::EndsWith("MASTER_USE_GTID = slave_pos, MASTER_DEMOTE_TO_SLAVE = 1"));
    CHECK(follow(kMysql, source, true) ==
          Statements{
              "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '192.0.2.1', SOURCE_PORT = 3306, SOURCE_USER = "
              "'repl', SOURCE_PASSWORD = 'it''s', SOURCE_SSL = 0, GET_SOURCE_PUBLIC_KEY = 1, "
              "SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 0, SOURCE_HEARTBEAT_PERIOD = 0.2, "
              "SOURCE_AUTO_POSITION = 1 FOR CHANNEL ''"});
    Source tls = source;
    tls.tls = true;
    CHECK_THAT(follow(kMysql, tls, false).front(),
               Catch::Matchers::Contains("'it''s', SOURCE_SSL = 1, SOURCE_SSL_CA = '', "
                                         "SOURCE_SSL_VERIFY_SERVER_CERT = 0, SOURCE_CONNECT_RETRY"));
    CHECK_THAT(follow(kMariadb, tls, false).front(),
               Catch::Matchers::Contains("'it''s', MASTER_SSL = 1, MASTER_SSL_CA = '', "
                                         "MASTER_SSL_VERIFY_SERVER_CERT = 0, MASTER_CONNECT_RETRY"));
    tls.tls_ca = "/etc/it's.pem";
    CHECK_THAT(follow(kMysql, tls, false).front(),
               Catch::Matchers::Contains("SOURCE_SSL = 1, SOURCE_SSL_CA = '/etc/it''s.pem', "
                                         "SOURCE_SSL_VERIFY_SERVER_CERT = 1, SOURCE_CONNECT_RETRY"));
    CHECK_THAT(follow(kMariadb, tls, false).front(),
               Catch::Matchers::Contains("MASTER_SSL = 1, MASTER_SSL_CA = '/etc/it''s.pem', "
                                         "MASTER_SSL_VERIFY_SERVER_CERT = 1, MASTER_CONNECT_RETRY"));
}

TEST_CASE("writes are closed for administrators too, where the server can") {
    CHECK(keep_clients_out(kMysql) == Statements{"SET GLOBAL offline_mode = ON"});
    CHECK(let_clients_in(kMysql) == Statements{"SET GLOBAL offline_mode = OFF"});
    CHECK(keep_clients_out(kMariadb).empty());
    CHECK(let_clients_in(kMariadb).empty());
    CHECK(close_for_writes(kMysql) == Statements{"SET GLOBAL super_read_only = ON"});
    CHECK(close_for_writes(kMariadb) == Statements{"SET GLOBAL read_only = ON"});
    CHECK(close_for_writes({Flavour::mariadb, {11, 8, 3}}) == Statements{"SET GLOBAL read_only = ON"});
    CHECK(close_for_writes({Flavour::mariadb, {12, 0, 0}}) ==
          Statements{"SET GLOBAL read_only = NO_LOCK_NO_ADMIN"});
}

TEST_CASE(
    "semi-synchronous as a source: before the commit is seen, without a timeout, and set before it is on") {
    CHECK(semi_sync_source(kMariadb, true) ==
          Statements{"SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC', "
                     "rpl_semi_sync_master_wait_no_slave = ON, rpl_semi_sync_master_timeout = 3153600000000",
                     "SET GLOBAL rpl_semi_sync_master_enabled = ON"});
    CHECK(semi_sync_source(kMysql, true) ==
          Statements{
              "SET GLOBAL rpl_semi_sync_source_wait_point = 'AFTER_SYNC', "
              "rpl_semi_sync_source_wait_no_replica = ON, rpl_semi_sync_source_wait_for_replica_count = 1, "
              "rpl_semi_sync_source_timeout = 3153600000000",
              "SET GLOBAL rpl_semi_sync_source_enabled = ON"});
}

TEST_CASE("a heartbeat commits one row, whoever beats") {
    CHECK(
        heartbeat("n'1") ==
        Statements{"INSERT INTO highbase.heartbeat (id, node, beats) VALUES (1, 'n''1', 1) ON DUPLICATE KEY "
                   "UPDATE node = 'n''1', beats = beats + 1"});
}
