// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/server_settings.hpp"

#include "tests/catch.hpp"
#include "tests/replication/table_text.hpp"

namespace highbase::replication {
namespace {

using tests::table_of;

const Dialect kMysql = *Dialect::of("9.7.4");
const Dialect kMariadb = *Dialect::of("10.11.14-MariaDB");

std::vector<Table> mariadb_answers() {
    return {
        table_of("Variable_name\tValue\nserver_id\t1\nlog_bin\tON\nread_only\tON\nSync_Binlog\t1"),
        table_of("Variable_name\tValue\nRpl_semi_sync_master_clients\t2"),
        table_of("Connection_name\tMaster_Host\tMaster_Port\tConnect_Retry\tUsing_Gtid\tSQL_Delay\t"
                 "Replicate_Do_DB\tReplicate_Wild_Ignore_Table\n"
                 "\t192.0.2.2\t3307\t60\tSlave_Pos\t5\tapp\t\n"
                 "other\tdb.example\t3306\t1\tCurrent_Pos\t0\t\ta.%\n"
                 "third\tdb.example\t3306\t1\tNo\t0\t\t"),
        table_of("CURRENT_USER()\nhighbase@localhost"),
        table_of("Grants for highbase@localhost\nGRANT PROCESS ON *.* TO `highbase`@`localhost`"),
        table_of("GRANTEE\tPRIVILEGE_TYPE\n'app'@'%'\tSUPER\n'b'@'%'\tSUPER\n'app'@'%'\tREAD_ONLY ADMIN"),
        table_of("TABLE_SCHEMA\tTABLE_NAME\tENGINE\napp\tt\tMyISAM"),
        table_of("EVENT_SCHEMA\tEVENT_NAME\tSTATUS\napp\te\tENABLED\napp\tf\tSLAVESIDE_DISABLED\napp\tg\t"
                 "DISABLED\napp\th\tREPLICA_SIDE_DISABLED"),
        table_of("ORIGIN\nCONFIG"),
    };
}

TEST_CASE("What a MariaDB server says") {
    const auto settings = read_settings(kMariadb, mariadb_answers());
    REQUIRE(settings);
    CHECK(settings->dialect == kMariadb);
    CHECK(settings->account == "'highbase'@'localhost'");
    CHECK(settings->grants.everywhere("PROCESS"));
    CHECK(settings->variable("sync_binlog") == "1");
    CHECK(settings->variable("gtid_mode") == std::nullopt);
    CHECK(settings->status.at("rpl_semi_sync_master_clients") == "2");
    using std::chrono::seconds;
    CHECK(settings->sources ==
          std::vector<SourceSettings>{
              {"", "192.0.2.2", 3307, true, false, seconds{5}, seconds{60}, {"Replicate_Do_DB = app"}},
              {"other",
               "db.example",
               3306,
               true,
               true,
               seconds{0},
               seconds{1},
               {"Replicate_Wild_Ignore_Table = a.%"}},
              {"third", "db.example", 3306, false, false, seconds{0}, seconds{1}, {}}});
    CHECK(settings->accounts == std::vector<PrivilegedAccount>{{"'app'@'%'", {"READ_ONLY ADMIN", "SUPER"}},
                                                               {"'b'@'%'", {"SUPER"}}});
    CHECK(settings->tables == std::vector<OtherTable>{{"app", "t", "MyISAM"}});
    CHECK(settings->tables_answered);
    CHECK(settings->events == std::vector<ScheduledEvent>{{"app", "e", true, false},
                                                          {"app", "f", false, true},
                                                          {"app", "g", false, false},
                                                          {"app", "h", false, true}});
    CHECK_FALSE(settings->boots_writable);
}

TEST_CASE("What a MySQL server says in other words") {
    auto answers = mariadb_answers();
    answers[2] = table_of(
        "Channel_Name\tSource_Host\tSource_Port\tConnect_Retry\tAuto_Position\tSQL_Delay\tReplicate_Do_"
        "Table\n"
        "\t192.0.2.2\t3306\t1\t1\t0\tapp.t\nother\t192.0.2.3\t3306\t1\t0\t0\t");
    const auto settings = read_settings(kMysql, answers);
    REQUIRE(settings);
    using std::chrono::seconds;
    CHECK(settings->sources ==
          std::vector<SourceSettings>{
              {"", "192.0.2.2", 3306, true, false, seconds{0}, seconds{1}, {"Replicate_Do_Table = app.t"}},
              {"other", "192.0.2.3", 3306, false, false, seconds{0}, seconds{1}, {}}});
}

TEST_CASE("A server starts writable if that is certain") {
    auto answers = mariadb_answers();
    const auto boots_writable = [&](const char* read_only, const char* origin) {
        answers[0] =
            table_of(std::string{"Variable_name\tValue\nserver_id\t1\nlog_bin\tON\nread_only\t"} + read_only);
        answers[8] = table_of(origin);
        return read_settings(kMariadb, answers)->boots_writable;
    };
    CHECK(boots_writable("OFF", "ORIGIN\nCOMPILE-TIME"));
    CHECK(boots_writable("OFF", "ORIGIN\nCOMPILED\nEXPLICIT"));
    CHECK_FALSE(boots_writable("OFF", "ORIGIN\nSQL"));
    CHECK_FALSE(boots_writable("OFF", "ORIGIN\nCOMPILED\nDYNAMIC"));
    CHECK_FALSE(boots_writable("ON", "ORIGIN\nCONFIG"));
    CHECK_FALSE(boots_writable("NO_LOCK_NO_ADMIN", "ORIGIN\nCONFIG"));
    CHECK_FALSE(boots_writable("OFF", "ORIGIN"));
}

TEST_CASE("What was refused is not known; what must be known is told") {
    auto answers = mariadb_answers();
    for (const std::size_t refused : {1, 2, 3, 5, 6, 7, 8}) answers[refused] = Table{};
    const auto settings = read_settings(kMariadb, answers);
    REQUIRE(settings);
    CHECK(settings->sources == std::nullopt);
    CHECK(settings->accounts.empty());
    CHECK_FALSE(settings->tables_answered);
    CHECK_FALSE(settings->boots_writable);

    answers[2] = table_of("Connection_name\tMaster_Host");
    CHECK(read_settings(kMariadb, answers)->sources == std::vector<SourceSettings>{});
    answers[4] = Table{};
    CHECK(read_settings(kMariadb, answers).error() == "the server does not tell the grants");
    answers[0] = table_of("Variable_name\tValue\nserver_id\t1\nread_only\tON");
    CHECK(read_settings(kMariadb, answers).error() == "the server does not tell log_bin");
    answers.pop_back();
    CHECK(read_settings(kMariadb, answers).error() == "the server has not answered all that was asked");
    CHECK(preflight_statements(kMariadb).size() == 9);
    CHECK(preflight_statements(kMysql).size() == 9);
}

}  // namespace
}  // namespace highbase::replication
