// SPDX-License-Identifier: GPL-2.0-or-later
// The lines are those of MariaDB 10.11 and MySQL 9.7.
#include "replication/grants.hpp"

#include "tests/catch.hpp"

namespace highbase::replication {
namespace {

TEST_CASE("Privileges of MariaDB, with what else stands in its lines") {
    const Grants grants = Grants::parse(
        {"GRANT `operator` TO `highbase`@`localhost`",
         "GRANT RELOAD, PROCESS, BINLOG MONITOR, READ_ONLY ADMIN, REPLICATION SLAVE ADMIN, SLAVE MONITOR ON "
         "*.* TO `highbase`@`localhost` IDENTIFIED BY PASSWORD '*A0 ON *.* TO DD'",
         "GRANT ALL PRIVILEGES ON `highbase`.* TO `highbase`@`localhost`",
         "GRANT BINLOG REPLAY ON *.* TO `operator`",
         "SET DEFAULT ROLE `operator` FOR `highbase`@`localhost`"});
    for (const char* const privilege : {"RELOAD", "PROCESS", "REPLICATION CLIENT", "READ_ONLY ADMIN",
                                        "REPLICATION SLAVE ADMIN", "REPLICA MONITOR", "BINLOG REPLAY"}) {
        INFO(privilege);
        CHECK(grants.everywhere(privilege));
    }
    CHECK_FALSE(grants.everywhere("MONITOR"));
    CHECK_FALSE(grants.everywhere("READ_ONLY"));
    CHECK_FALSE(grants.everywhere("SUPER"));
    CHECK(grants.in_schema("INSERT", "highbase"));
    CHECK_FALSE(grants.in_schema("INSERT", "highbase2"));
    CHECK_FALSE(grants.everywhere("INSERT"));
}

TEST_CASE("Privileges of MySQL, static and dynamic ones") {
    const Grants grants =
        Grants::parse({"GRANT SELECT, RELOAD, SUPER ON *.* TO `root`@`localhost` WITH GRANT OPTION",
                       "GRANT BACKUP_ADMIN,CONNECTION_ADMIN ON *.* TO `root`@`localhost` WITH GRANT OPTION",
                       "GRANT PROXY ON ``@`` TO `root`@`localhost` WITH GRANT OPTION",
                       "REVOKE SELECT ON `mysql`.* FROM `root`@`localhost`"});
    CHECK(grants.everywhere("CONNECTION_ADMIN"));
    CHECK(grants.everywhere("SUPER"));
    CHECK_FALSE(grants.everywhere("PROXY"));
    CHECK(grants.in_schema("SELECT", "app"));
    CHECK_FALSE(grants.in_schema("SELECT", "mysql"));
    CHECK(grants.in_schema("SUPER", "mysql"));
}

TEST_CASE("All privileges are each of them") {
    const Grants grants =
        Grants::parse({"GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"});
    CHECK(grants.everywhere("READ_ONLY ADMIN"));
    CHECK(grants.in_schema("CREATE", "highbase"));
}

TEST_CASE("A part of a schema is not the schema") {
    const Grants grants =
        Grants::parse({"GRANT USAGE ON *.* TO `a`@`%`", "GRANT INSERT ON `highbase`.`epoch` TO `a`@`%`",
                       "GRANT SELECT (`a`, `b`), DELETE ON `highbase`.* TO `a`@`%`",
                       "GRANT EXECUTE ON PROCEDURE `highbase`.`p` TO `a`@`%`"});
    CHECK_FALSE(grants.in_schema("INSERT", "highbase"));
    CHECK_FALSE(grants.in_schema("SELECT", "highbase"));
    CHECK_FALSE(grants.in_schema("EXECUTE", "highbase"));
    CHECK(grants.in_schema("DELETE", "highbase"));
}

TEST_CASE("Schemas by a pattern") {
    const auto fits = [](const std::string& pattern, const char* schema) {
        return Grants::parse({"GRANT CREATE ON `" + pattern + "`.* TO `a`@`%`"}).in_schema("CREATE", schema);
    };
    CHECK(fits("high%", "highbase"));
    CHECK(fits("%", "highbase"));
    CHECK(fits("h_ghbase", "highbase"));
    CHECK(fits(R"(high\_base)", "high_base"));
    CHECK(fits("a``b", "a`b"));
    CHECK(fits("h%b%e", "highbase"));
    CHECK(fits("%%highbase%%", "highbase"));
    CHECK(fits("%a%e", "highbasease"));
    CHECK(fits(R"(h%\%)", "high%"));
    CHECK_FALSE(fits("h%x%e", "highbase"));
    CHECK_FALSE(fits("%bas", "highbase"));
    CHECK_FALSE(fits("", "highbase"));
    CHECK_FALSE(fits(std::string(60, '%') + "x", "highbase"));
    CHECK_FALSE(fits(R"(high\_base)", "highXbase"));
    CHECK_FALSE(fits("high", "highbase"));
    CHECK_FALSE(fits("highbase_", "highbase"));
    CHECK_FALSE(fits(R"(high\%)", "highbase"));
}

TEST_CASE("Names with quotes, and lines that make no sense") {
    const Grants grants = Grants::parse({"GRANT SELECT ON `a ON *.* TO b`.* TO `x`@`%`", "GRANT", "GRANT ",
                                         "GRANT SUPER ON *.*", "GRANT SUPER", "", "REVOKE SUPER ON *.* FROM",
                                         "GRANT ( ON *.* TO `a`@`%`", "GRANT `SUPER ON *.* TO `a`@`%`"});
    CHECK(grants.in_schema("SELECT", "a ON *.* TO b"));
    CHECK_FALSE(grants.everywhere("SUPER"));
    CHECK_FALSE(grants.everywhere("SELECT"));
    CHECK(Grants::parse({"GRANT Binlog Monitor ON *.* TO a"}).everywhere("REPLICATION CLIENT"));
}

}  // namespace
}  // namespace highbase::replication
