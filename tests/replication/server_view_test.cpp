// SPDX-License-Identifier: GPL-2.0-or-later
// What real servers answered (MariaDB 10.11.19 and MySQL 9.7.4), cut to what is asked.
#include "replication/server_view.hpp"

#include "tests/replication/promotion_story.hpp"
#include "tests/replication/table_text.hpp"

using namespace highbase::replication;
using namespace highbase::tests;

namespace {

std::vector<Table> mariadb_replica() {
    return {table_of("Variable_name\tValue\n"
                     "gtid_binlog_state\t0-1-5\n"
                     "gtid_slave_pos\t0-1-5\n"
                     "max_connections\t151\n"
                     "read_only\tON\n"
                     "rpl_semi_sync_master_enabled\tOFF\n"
                     "rpl_semi_sync_master_timeout\t10000\n"
                     "rpl_semi_sync_master_trace_level\t32\n"
                     "rpl_semi_sync_master_wait_no_slave\tON\n"
                     "rpl_semi_sync_master_wait_point\tAFTER_COMMIT\n"
                     "rpl_semi_sync_slave_enabled\tON\n"
                     "server_id\t2\n"
                     "server_uid\tbIuOdXFpQTAmktCs4diKSxtlmeE=\n"),
            table_of("Variable_name\tValue\n"
                     "Max_used_connections\t12\n"
                     "Rpl_semi_sync_master_clients\t0\n"
                     "Rpl_semi_sync_master_no_tx\t17\n"
                     "Rpl_semi_sync_master_status\tOFF\n"
                     "Rpl_semi_sync_master_wait_sessions\t0\n"
                     "Rpl_semi_sync_slave_status\tON\n"
                     "Threads_connected\t4\n"
                     "Uptime\t365\n"),
            table_of("Connection_name\tMaster_Host\tMaster_Port\tSlave_IO_Running\tSlave_SQL_Running\t"
                     "Last_IO_Errno\tLast_IO_Error\tLast_SQL_Errno\tLast_SQL_Error\tMaster_Server_Id\t"
                     "Using_Gtid\tGtid_IO_Pos\tSQL_Delay\tGtid_Slave_Pos\n"
                     "\t127.0.0.1\t13301\tYes\tYes\t0\t\t0\t\t1\tSlave_Pos\t0-1-9\t0\t0-1-5\n")};
}

std::vector<Table> mysql_replica() {
    const std::string uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    return {table_of("Variable_name\tValue\n"
                     "gtid_executed\t" +
                     uuid +
                     ":1-5\n"
                     "max_connections\t100\n"
                     "offline_mode\tOFF\n"
                     "read_only\tON\n"
                     "rpl_semi_sync_replica_enabled\tON\n"
                     "server_id\t2\n"
                     "server_uuid\t4a6f2a67-5d87-11e6-a6bd-0800279b0b7a\n"
                     "super_read_only\tON\n"),
            table_of("Variable_name\tValue\n"
                     "Max_used_connections\t101\n"
                     "Rpl_semi_sync_replica_status\tON\n"
                     "Threads_connected\t95\n"
                     "Uptime\t12\n"),
            table_of("Source_Host\tSource_Port\tReplica_IO_Running\tReplica_SQL_Running\tLast_IO_Errno\t"
                     "Last_IO_Error\tLast_SQL_Errno\tLast_SQL_Error\tSource_Server_Id\tRetrieved_Gtid_Set\t"
                     "Executed_Gtid_Set\tAuto_Position\tSQL_Delay\tChannel_Name\n"
                     "192.0.2.1\t3306\tConnecting\tYes\t2003\tError connecting to source\t0\t\t1\t" +
                     uuid + ":3-9\t" + uuid + ":1-5\t1\t0\t\n")};
}

std::vector<Table> mysql_source() {
    std::vector<Table> answers = mysql_replica();
    const std::pair<const char*, const char*> variables[] = {{"enabled", "ON"},
                                                             {"timeout", "3153600000000"},
                                                             {"wait_for_replica_count", "1"},
                                                             {"wait_no_replica", "ON"},
                                                             {"wait_point", "AFTER_SYNC"}};
    for (const auto& [name, value] : variables)
        answers[0].rows.push_back({std::string{"rpl_semi_sync_source_"} + name, value});
    const std::pair<const char*, const char*> status[] = {
        {"clients", "1"}, {"no_tx", "0"}, {"status", "ON"}, {"wait_sessions", "0"}};
    for (const auto& [name, value] : status)
        answers[1].rows.push_back({std::string{"Rpl_semi_sync_source_"} + name, value});
    return answers;
}

// The answers with the value of one variable or column replaced; nothing: it is not there.
std::vector<Table> with(std::vector<Table> answers, std::size_t index, const std::string& name,
                        const std::optional<std::string>& value) {
    Table& table = answers.at(index);
    for (auto& row : table.rows) {
        if (row.at(0) == name) row.at(1) = value;
    }
    std::erase_if(table.rows, [&](const auto& row) { return row.at(0) == name && !value; });
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (table.columns[i] == name) table.rows.at(0).at(i) = value;
    }
    return answers;
}

}  // namespace

TEST_CASE("a server whose clock was set back to before its start has an uptime all the same") {
    std::vector<Table> answers = mysql_replica();
    for (auto& row : answers[1].rows) {
        if (row[0] == "Uptime") row[1] = "18446744073709548033";
    }
    CHECK(read_view(kMysql, answers).value().uptime == std::chrono::seconds{-3583});
}

TEST_CASE("a MariaDB replica is read") {
    const ServerView view = read_view(kMariadb, mariadb_replica()).value();
    CHECK(view.server_id == 2);
    CHECK(view.uuid == "bIuOdXFpQTAmktCs4diKSxtlmeE=");
    CHECK(view.uptime == 365s);
    CHECK(view.read_only);
    CHECK_FALSE(view.super_read_only);
    CHECK_FALSE(view.is_writable());
    CHECK(view.applied.to_string() == "0-1-5");
    REQUIRE(view.channels.size() == 1);
    const Channel& channel = view.channels.front();
    CHECK(channel.source_host == "127.0.0.1");
    CHECK(channel.source_port == 13301);
    CHECK(channel.source_server_id == 1);
    CHECK(channel.follows_gtids);
    CHECK(channel.receiver == ReplicaThread{true, false, 0, ""});
    CHECK(channel.applier == ReplicaThread{true, false, 0, ""});
    CHECK(channel.received.to_string() == "0-1-9");
    CHECK(view.semi_sync.source_available);
    CHECK_FALSE(view.semi_sync.source_enabled);
    CHECK_FALSE(view.semi_sync.waits_after_sync);
    CHECK(view.semi_sync.timeout == 10s);
    CHECK(view.semi_sync.replica_enabled);
    CHECK(view.semi_sync.replica_on);
}

TEST_CASE("how many connections are taken is read in both dialects, and is not needed") {
    const ServerView mariadb_view = read_view(kMariadb, mariadb_replica()).value();
    CHECK(mariadb_view.connections == 4);
    CHECK(mariadb_view.max_connections == 151);
    CHECK(mariadb_view.most_connections == 12);
    CHECK_FALSE(mariadb_view.has_taken(95));
    const ServerView view = read_view(kMysql, mysql_replica()).value();
    CHECK(view.connections == 95);
    CHECK(view.max_connections == 100);
    CHECK(view.most_connections == 101);
    CHECK(view.has_taken(95));
    CHECK_FALSE(view.has_taken(96));
    auto answers = with(mysql_replica(), 1, "Threads_connected", "94");
    CHECK_FALSE(read_view(kMysql, answers)->has_taken(95));
    answers = with(with(answers, 1, "Threads_connected", std::nullopt), 0, "max_connections", std::nullopt);
    CHECK_FALSE(read_view(kMysql, answers)->has_taken(0));
    for (const auto& dialect : {kMariadb, kMysql}) {
        CHECK_THAT(view_statements(dialect)[0], Catch::Matchers::Contains("'max_connections'"));
        CHECK_THAT(view_statements(dialect)[1], Catch::Matchers::Contains("'Threads_connected'"));
    }
}

TEST_CASE("an offline MySQL server takes writes from administrators") {
    auto answers = with(mysql_replica(), 0, "offline_mode", "ON");
    CHECK_FALSE(read_view(kMysql, answers)->is_writable());
    answers = with(with(answers, 0, "read_only", "OFF"), 0, "super_read_only", "OFF");
    CHECK(read_view(kMysql, answers)->is_writable());
    CHECK_FALSE(read_view(kMysql, answers)->serves_writers());
}

TEST_CASE("a MySQL replica is read; what was retrieved before a restart counts") {
    const ServerView view = read_view(kMysql, mysql_replica()).value();
    CHECK(view.super_read_only);
    CHECK_FALSE(view.semi_sync.source_available);
    CHECK(view.semi_sync.replica_on);
    REQUIRE(view.channels.size() == 1);
    CHECK(view.channels[0].receiver == ReplicaThread{true, true, 2003, "Error connecting to source"});
    CHECK(view.channels[0].follows_gtids);
    CHECK(view.channels[0].received.to_string() == "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-9");
    CHECK(view.applied.to_string() == "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5");
    CHECK(view.history == view.applied);
}

TEST_CASE("a MariaDB receiver that has only just started has received what is applied") {
    const auto answers = with(mariadb_replica(), 2, "Gtid_IO_Pos", "");
    CHECK(read_view(kMariadb, answers)->channels[0].received.to_string() == "0-1-5");
}

TEST_CASE("what MariaDB wrote itself belongs to its history, and not to what it has applied") {
    const auto answers = with(mariadb_replica(), 0, "gtid_binlog_state", "0-1-5,0-2-6");
    const ServerView view = read_view(kMariadb, answers).value();
    CHECK(view.applied.to_string() == "0-1-5");
    CHECK(view.history.to_string() == "0-1-5,0-2-6");
}

TEST_CASE("MariaDB 12 keeps administrators out") {
    const auto answers = with(mariadb_replica(), 0, "read_only", "NO_LOCK_NO_ADMIN");
    CHECK(read_view(kMariadb, answers)->super_read_only);
    CHECK_FALSE(read_view(kMariadb, with(mariadb_replica(), 0, "read_only", "NO_LOCK"))->super_read_only);
    CHECK(read_view(kMariadb, with(mariadb_replica(), 0, "read_only", "OFF"))->is_writable());
}

TEST_CASE("a server that follows nobody has no channel") {
    std::vector<Table> answers = mariadb_replica();
    answers[2] = {};
    CHECK(read_view(kMariadb, answers)->channels.empty());
}

TEST_CASE("an answer that lacks something, or makes no sense, is told") {
    const auto [index, name, value, error] =
        GENERATE(table<std::size_t, std::string, std::optional<std::string>, std::string>({
            {0, "server_id", std::nullopt, "the server does not tell server_id"},
            {0, "server_id", "two", "server_id is \"two\", which is no number"},
            {0, "gtid_slave_pos", std::nullopt, "the server does not tell gtid_slave_pos"},
            {1, "Uptime", std::nullopt, "the server does not tell Uptime"},
            {2, "Master_Host", std::nullopt, "the replica's status has no Source_Host"},
            {2, "Master_Port", "99999", "Source_Port is \"99999\", which is no number"},
            {2, "Gtid_IO_Pos", std::nullopt, "the replica's status has no Gtid_IO_Pos"},
        }));
    CHECK(read_view(kMariadb, with(mariadb_replica(), index, name, value)).error() == error);
}

TEST_CASE("a position that cannot be read is told with its name") {
    const auto answers = with(mariadb_replica(), 0, "gtid_slave_pos", "0-1");
    CHECK_THAT(read_view(kMariadb, answers).error(),
               Catch::Matchers::StartsWith("gtid_slave_pos: after 3 octets"));
}

TEST_CASE("a source waits for ever only with all of its settings") {
    const auto waits = [](const std::vector<Table>& answers) {
        return read_view(kMysql, answers).value().semi_sync.waits_for_ever();
    };
    CHECK(waits(mysql_source()));
    const std::pair<const char*, const char*> others[] = {{"enabled", "OFF"},
                                                          {"timeout", "86399999"},
                                                          {"wait_for_replica_count", "2"},
                                                          {"wait_no_replica", "OFF"},
                                                          {"wait_point", "AFTER_COMMIT"}};
    for (const auto& [name, value] : others) {
        CAPTURE(name);
        CHECK_FALSE(waits(with(mysql_source(), 0, std::string{"rpl_semi_sync_source_"} + name, value)));
    }
}

TEST_CASE("fewer answers than questions are no view") {
    std::vector<Table> answers = mariadb_replica();
    answers.pop_back();
    CHECK(read_view(kMariadb, answers).error() == "the server has not answered all that was asked");
}
