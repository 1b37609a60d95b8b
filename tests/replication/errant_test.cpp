// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/errant.hpp"

#include "tests/catch.hpp"
#include "tests/replication/table_text.hpp"

namespace highbase::replication {
namespace {

const std::string kA = "aaaaaaaa-0000-0000-0000-000000000001";
const std::string kB = "bbbbbbbb-0000-0000-0000-000000000002";
const Dialect kMysql = *Dialect::of("9.7.4");
const Dialect kMariadb = *Dialect::of("10.11.14-MariaDB");
using Words = std::vector<std::string>;

Position mysql(const std::string& text) {
    return *Position::parse(Flavour::mysql, text);
}
Position mariadb(const std::string& text) {
    return *Position::parse(Flavour::mariadb, text);
}

std::string after(const std::string& own, const std::string& primary) {
    const auto errant = errant_transactions(mariadb(own), mariadb(primary));
    REQUIRE(errant);
    return errant->after.value_or("nothing");
}

TEST_CASE("Errant transactions of MySQL are named exactly") {
    CHECK(errant_transactions(mysql(kA + ":1-10"), mysql(kA + ":1-7," + kB + ":1-3")) ==
          Errant{kA + ":8-10", std::nullopt, {}});
    CHECK(errant_transactions(mysql(kA + ":1-7"), mysql(kA + ":1-7," + kB + ":1-3")) == std::nullopt);
    CHECK(errant_transactions(mysql(kA + ":1-7"), mariadb("0-1-7")) == std::nullopt);
}

TEST_CASE("Of MariaDB the place where both sides part is found") {
    CHECK(errant_transactions(mariadb("0-1-107"), mariadb("0-1-105,0-2-110"))->gtids ==
          "0-1-107 (server 1 ends with 0-1-105 there)");
    CHECK(errant_transactions(mariadb("0-1-107,0-3-108,0-2-90"), mariadb("0-1-105,0-2-110"))->servers ==
          std::vector<std::uint32_t>{1, 3});
    CHECK(after("0-1-107", "0-1-105,0-2-110") == "0-1-105");
    // The successor has written just as much.
    CHECK(after("0-1-107", "0-1-105,0-2-107") == "0-1-105");
    // A new term of this server that began with an errant one: what the other wrote before is read again, and
    // left out by its server.
    CHECK(after("0-1-101,0-2-100", "0-1-90,0-2-120") == "0-1-90");
    // It followed the other although it had diverged.
    CHECK(after("0-1-107,0-2-109", "0-1-105,0-2-110") == "0-1-105");
    // Terms of both before.
    CHECK(after("0-1-107,0-2-90", "0-1-105,0-2-110") == "0-1-105");
    CHECK(after("0-1-50,0-2-90,0-3-95", "0-1-50,0-2-90") == "0-2-90");
    // The first transaction of this server at all, and the other one's before.
    CHECK(after("0-1-91,0-2-90", "0-2-90") == "0-2-90");
    CHECK(after("0-1-91,0-2-90", "0-2-120") == "0-2-90");
    // Nothing in common: from the beginning.
    CHECK(after("0-1-3", "") == "nothing");
    CHECK(after("0-1-3", "0-2-1") == "nothing");
    CHECK(errant_transactions(mariadb("0-1-105"), mariadb("0-1-105,0-2-110")) == std::nullopt);
}

TEST_CASE("Domains in which nothing is missing are not read") {
    CHECK(after("0-1-107,5-1-9,5-2-30", "0-1-105,0-2-110,5-1-9,5-2-31") == "0-1-105,5-2-30");
    CHECK(after("0-1-7,1-1-5,2-1-2", "0-1-7,1-1-4") == "0-1-7,1-1-4");
}

TEST_CASE("Who was told") {
    CHECK(acknowledged({true, false, true}) == Acknowledged::to_nobody);
    CHECK(acknowledged({true, false, false}) == Acknowledged::perhaps);
    CHECK(acknowledged({true, true, true}) == Acknowledged::yes);
    CHECK(acknowledged({true, true, false}) == Acknowledged::yes);
    // It was no primary: somebody wrote to the server itself.
    CHECK(acknowledged({false, false, true}) == Acknowledged::yes);
    CHECK(name(Acknowledged::to_nobody) == "to_nobody");
    CHECK(name(Acknowledged::perhaps) == "perhaps");
    CHECK(name(Acknowledged::yes) == "yes");
}

TEST_CASE("The command that saves them") {
    LogReader reader{"/run/mysqld/mysqld.sock", {}, "replication", "/run/highbase/options"};
    CHECK(excerpt_command(kMariadb, {"0-1-107 (why)", "0-1-105", {1, 3}}, reader, "binlog.000001",
                          "/var/e.sql") ==
          Words{"mariadb-binlog", "--defaults-extra-file=/run/highbase/options", "--read-from-remote-server",
                "--user=replication", "--protocol=socket", "--socket=/run/mysqld/mysqld.sock",
                "--start-position=0-1-105", "--do-server-ids=1,3", "--verbose", "--to-last-log",
                "--result-file=/var/e.sql", "binlog.000001"});
    CHECK(excerpt_command(kMariadb, {"0-1-107 (why)", std::nullopt, {1}}, reader, "binlog.000001",
                          "/var/e.sql") ==
          Words{"mariadb-binlog", "--defaults-extra-file=/run/highbase/options", "--read-from-remote-server",
                "--user=replication", "--protocol=socket", "--socket=/run/mysqld/mysqld.sock",
                "--do-server-ids=1", "--verbose", "--to-last-log", "--result-file=/var/e.sql",
                "binlog.000001"});
    reader.socket = "";
    reader.address = {"192.0.2.1", 3307};
    CHECK(excerpt_command(kMysql, {kA + ":8-10", std::nullopt, {}}, reader, "binlog.000009", "/var/e.sql") ==
          Words{"mysqlbinlog", "--defaults-extra-file=/run/highbase/options", "--read-from-remote-server",
                "--user=replication", "--protocol=tcp", "--host=192.0.2.1", "--port=3307",
                "--include-gtids=" + kA + ":8-10", "--verbose", "--to-last-log", "--result-file=/var/e.sql",
                "binlog.000009"});
    CHECK(excerpt_command(kMysql, {std::string(100'000, '1'), std::nullopt, {}}, reader, "b", "e") ==
          std::nullopt);
    CHECK(excerpt_name("db", 7) == "errant-db-7.sql");
}

TEST_CASE("A password in an option file") {
    CHECK(client_options("plain #;'") == "[client]\npassword=\"plain #;'\"\n");
    CHECK(client_options("a\"b\\c\nd") == "[client]\npassword=\"a\\\"b\\\\c\\nd\"\n");
}

TEST_CASE("The binary log from which on they are to be found") {
    const Errant errant{kA + ":8-10", std::nullopt, {}};
    const auto head = [](const std::string& gtids) {
        return tests::table_of(
            "Log_name\tPos\tEvent_type\tServer_id\tEnd_log_pos\tInfo\n"
            "b.1\t4\tFormat_desc\t1\t127\tServer ver: 9.7.4\n"
            "b.1\t127\tPrevious_gtids\t1\t198\t" +
            gtids);
    };
    CHECK(log_head_statement("b'1") == "SHOW BINLOG EVENTS IN 'b''1' LIMIT 3");
    CHECK(begins_before(errant, head(kA + ":1-7")));
    CHECK(begins_before(errant, head("")));
    CHECK_FALSE(begins_before(errant, head(kA + ":1-8")));
    CHECK_FALSE(begins_before(errant, head("nonsense")));
    CHECK_FALSE(begins_before(errant, tests::table_of("Event_type\tInfo\nFormat_desc\tx")));
}

TEST_CASE("Words of a shell") {
    CHECK(shell_line({"mariadb-binlog", "--user=a", "it's", "", "a b"}) ==
          R"(mariadb-binlog --user=a 'it'\''s' '' 'a b')");
}

TEST_CASE("What an operator can do with MySQL") {
    const ErrantStory story{kMysql,
                            {kA + ":8-10", std::nullopt, {}},
                            Acknowledged::to_nobody,
                            {"192.0.2.2", 3306},
                            "/var/lib/highbase/errant-db-7.sql",
                            "",
                            {},
                            "/var/lib/mysql/"};
    const Words lines = errant_advice(story);
    CHECK(lines[0] ==
          "This server has transactions that the primary (192.0.2.2 port 3306) has not: " + kA + ":8-10");
    CHECK(lines[1].starts_with("Nobody was told that they are committed: "));
    CHECK(lines[2].starts_with("They are saved in /var/lib/highbase/errant-db-7.sql: "));
    CHECK(lines[5] == "    mysql --host=192.0.2.2 --port=3306 < /var/lib/highbase/errant-db-7.sql");
    Words commands;
    for (const std::string& line : lines) {
        if (line.starts_with("    ")) commands.push_back(line.substr(4));
    }
    CHECK(Words{commands.begin() + 1, commands.end()} ==
          Words{"INSTALL PLUGIN clone SONAME 'mysql_clone.so';", "SET GLOBAL super_read_only = OFF;",
                "INSTALL PLUGIN clone SONAME 'mysql_clone.so';",
                "SET GLOBAL clone_valid_donor_list = '192.0.2.2:3306';",
                "CLONE INSTANCE FROM 'ACCOUNT'@'192.0.2.2':3306 IDENTIFIED BY 'PASSWORD';"});
}

TEST_CASE("What an operator can do with MariaDB, where nothing could be saved") {
    const ErrantStory story{kMariadb,
                            {"0-1-107 (why)", "0-1-105", {1}},
                            Acknowledged::yes,
                            {"192.0.2.2", 3306},
                            "/var/lib/highbase/errant-db-7.sql",
                            "there is no program mariadb-binlog",
                            {"mariadb-binlog", "b 1"},
                            "/var/lib/mysql/"};
    CHECK(errant_advice(story) ==
          Words{"This server has transactions that the primary (192.0.2.2 port 3306) has not: 0-1-107 (why)",
                "Somebody was told that they are committed: they were written while no other server had to "
                "receive them. What is thrown away is lost for those who were told.",
                "They are not saved: there is no program mariadb-binlog.",
                "To save them:", "    mariadb-binlog 'b 1'",
                "To keep some of them, write the rows that are wanted on the primary.",
                "To throw them away, fill this server anew from the primary, in a shell on this host; the "
                "account of ssh must be able to run mariadb-backup there:",
                "    systemctl stop hbvrrp mariadb",
                "    mv /var/lib/mysql /var/lib/mysql.errant && mkdir /var/lib/mysql",
                "    ssh 192.0.2.2 mariadb-backup --backup --stream=mbstream | mbstream -x -C /var/lib/mysql",
                "    mariadb-backup --prepare --target-dir=/var/lib/mysql",
                "    chown -R --reference=/var/lib/mysql.errant /var/lib/mysql",
                "    systemctl start mariadb",
                "    position=$(tail -q -n 1 /var/lib/mysql/*backup_binlog_info | cut -f 3) && mariadb -e "
                "\"SET GLOBAL gtid_slave_pos = '${position:?not found: do not go on}'\" && systemctl start "
                "hbvrrp",
                "It then follows the primary by itself. Remove /var/lib/mysql.errant when nobody misses "
                "anything."});
    ErrantStory unknown = story;
    unknown.acknowledged = Acknowledged::perhaps;
    unknown.command.clear();
    const Words lines = errant_advice(unknown);
    CHECK(lines[1].starts_with("Whether somebody was told that they are committed is not known."));
    CHECK(lines[3].starts_with("To keep some of them"));
}

}  // namespace
}  // namespace highbase::replication
