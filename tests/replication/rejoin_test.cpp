// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/rejoin.hpp"

#include "tests/replication/promotion_story.hpp"

using namespace highbase::replication;
using namespace highbase::tests;

namespace {

const Source kNewPrimary{"192.0.2.2", 3306, "repl", "secret", false};

// The old primary after its restart: it follows nobody.
ServerView returned(const std::string& history) {
    ServerView view;
    view.dialect = kMariadb;
    view.server_id = 1;
    view.history = mariadb_at(history);
    view.semi_sync.source_available = view.semi_sync.replica_available = true;
    return view;
}

}  // namespace

TEST_CASE("an old primary without a transaction of its own becomes the replica") {
    // As MariaDB 10.11.19 told it: killed at 0-1-6, the other promoted there and three transactions ahead.
    const Rejoin rejoin = plan_rejoin(returned("0-1-6"), kNewPrimary, mariadb_at("0-1-6,0-2-9"));
    CHECK(rejoin.verdict == RejoinVerdict::follow);
    CHECK(rejoin.reason.empty());
    CHECK(rejoin.statements ==
          Statements{"SET GLOBAL read_only = ON", "SET GLOBAL rpl_semi_sync_master_enabled = OFF",
                     "CHANGE MASTER TO MASTER_HOST = '192.0.2.2', MASTER_PORT = 3306, MASTER_USER = 'repl', "
                     "MASTER_PASSWORD = 'secret', MASTER_SSL = 0, MASTER_CONNECT_RETRY = 1, "
                     "MASTER_HEARTBEAT_PERIOD = 0.2, MASTER_USE_GTID = slave_pos, MASTER_DEMOTE_TO_SLAVE = 1",
                     "SET GLOBAL rpl_semi_sync_slave_kill_conn_timeout = 1",
                     "SET GLOBAL rpl_semi_sync_slave_enabled = ON", "START SLAVE"});
}

TEST_CASE("one with transactions that the primary has not stays as it is, and says which") {
    const Rejoin rejoin = plan_rejoin(returned("0-1-7"), kNewPrimary, mariadb_at("0-1-6,0-2-9"));
    CHECK(rejoin.verdict == RejoinVerdict::errant);
    CHECK_THAT(rejoin.reason, Catch::Matchers::Contains("0-1-7"));
    CHECK(rejoin.statements.empty());
}

TEST_CASE("MySQL: the same by GTID sets") {
    const std::string uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    const std::string other = "4a6f2a67-5d87-11e6-a6bd-0800279b0b7a";
    const auto at = [](const std::string& text) { return Position::parse(Flavour::mysql, text).value(); };
    ServerView view;
    view.dialect = kMysql;
    view.semi_sync.source_available = view.semi_sync.replica_available = true;
    view.history = at(uuid + ":1-6");
    const Rejoin rejoin = plan_rejoin(view, kNewPrimary, at(uuid + ":1-6," + other + ":1-3"));
    CHECK(rejoin.verdict == RejoinVerdict::follow);
    REQUIRE(rejoin.statements.size() == 5);
    CHECK(rejoin.statements.front() == "SET GLOBAL super_read_only = ON");
    CHECK(rejoin.statements.back() == "START REPLICA FOR CHANNEL ''");

    // Without the plug-ins their variables are unknown (error 1193).
    view.semi_sync = {};
    CHECK(plan_rejoin(view, kNewPrimary, at(uuid + ":1-6")).statements.size() == 3);

    view.history = at(uuid + ":1-7");
    CHECK(plan_rejoin(view, kNewPrimary, at(uuid + ":1-6")) ==
          Rejoin{RejoinVerdict::errant, uuid + ":7", {}});
}

TEST_CASE(
    "one that follows the primary already needs nothing; one that follows somebody else is left alone") {
    ServerView view = replica("0-1-6", "0-1-6");
    CHECK(plan_rejoin(view, {"192.0.2.1", 3306, "repl", "secret", false}, mariadb_at("0-1-6")) ==
          Rejoin{RejoinVerdict::follows, "", {}});
    CHECK(plan_rejoin(view, kNewPrimary, mariadb_at("0-1-6")) ==
          Rejoin{RejoinVerdict::other_source, "it follows 192.0.2.1 port 3306", {}});
    CHECK(plan_rejoin(view, {"192.0.2.1", 3307, "repl", "secret", false}, mariadb_at("0-1-6")).verdict ==
          RejoinVerdict::other_source);
    view.channels.push_back(view.channels.front());
    CHECK(plan_rejoin(view, {"192.0.2.1", 3306, "repl", "secret", false}, mariadb_at("0-1-6")).verdict ==
          RejoinVerdict::other_source);
}

TEST_CASE("MySQL does not follow MariaDB") {
    const auto mysql = Position::parse(Flavour::mysql, "").value();
    CHECK(plan_rejoin(returned("0-1-6"), kNewPrimary, mysql) ==
          Rejoin{RejoinVerdict::other_flavour, "this is MariaDB 10.11.14, the primary is MySQL", {}});
}
