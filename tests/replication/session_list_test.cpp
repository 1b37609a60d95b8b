// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/session_list.hpp"

#include "tests/catch.hpp"

using namespace highbase::replication;

namespace {

// As SHOW PROCESSLIST answers, as far as it matters.
Table sessions() {
    Table table;
    table.columns = {"Id", "User", "Host", "db", "Command", "Time", "State", "Info"};
    const auto add = [&](const char* id, const char* user, const char* command, const char* state,
                         const char* time = "0") {
        table.rows.push_back({id, user, "localhost", std::nullopt, command, time, state, std::nullopt});
    };
    add("1", "system user", "Daemon", "InnoDB purge coordinator");
    add("5", "event_scheduler", "Daemon", "Waiting on empty queue");
    add("8", "replication", "Binlog Dump", "Has sent all binlog");
    add("9", "replication", "Binlog Dump GTID", "Source has sent all binlog");
    add("10", "highbase", "Query", "starting");
    add("11", "app", "Sleep", "");
    add("12", "app", "Query", "Waiting for semi-sync ACK from the other");
    add("13", "unauthenticated user", "Connect", "login");
    add("14", "system user", "Connect", "Waiting for the source to send event");
    add("17", "system user", "Query", "Replica has read all relay log; waiting for more updates");
    add("18", "system user", "Query", "Waiting for an event from Coordinator");
    add("15", "highbase", "Query", "Waiting for semi-sync ACK from replica");
    add("18446744073709551615", "root", "Sleep", "");
    add("", "app", "Sleep", "");
    add("20", "highbase", "Query", "Waiting for someone to free space", "2");
    add("21", "highbase", "Sleep", "", "2");
    add("22", "highbase", "Query", "starting", "1");
    table.rows.push_back({"16", "app", "localhost", std::nullopt, "Sleep", "1", std::nullopt, std::nullopt});
    return table;
}

using Ids = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("clients are all but replication, the server itself, and the own account") {
    CHECK(clients(sessions(), "highbase") == Ids{11, 12, 13, 18446744073709551615U, 20, 16});
    CHECK(clients(sessions(), "app") == Ids{10, 13, 15, 18446744073709551615U, 20, 21, 22});
    CHECK(clients(Table{}, "highbase") == Ids{});
    CHECK(end_session(4711) == "KILL 4711");
}

TEST_CASE("the thread that applies, and neither its workers nor the one that receives") {
    CHECK(applier(sessions()) == Ids{17});
}

TEST_CASE("who waits for a replica says so, also the own account") {
    CHECK(waiting_for_replica(sessions()) == Ids{12, 15});
}
