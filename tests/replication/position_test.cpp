// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/position.hpp"

#include <string>

#include "tests/catch.hpp"
#include "tests/replication/gtid_text.hpp"

using namespace highbase::replication;
using highbase::tests::expanded;

namespace {

Position mysql(std::string_view text) {
    return Position::parse(Flavour::mysql, expanded(text)).value();
}
Position mariadb(std::string_view text) {
    return Position::parse(Flavour::mariadb, text).value();
}

}  // namespace

TEST_CASE("a position is read and printed as its flavour does") {
    CHECK(mysql("V:1,|U:2:1").to_string() == expanded("U:1-2,V:1"));
    CHECK(mysql("U:1").flavour() == Flavour::mysql);
    CHECK(mariadb("5-2-7,0-1-100").to_string() == "0-1-100,5-2-7");
    CHECK(mariadb("0-1-100").flavour() == Flavour::mariadb);
    CHECK(Position::parse(Flavour::mysql, "0-1-100").error() == GtidError{GtidFault::uuid, 0});
    CHECK(Position::parse(Flavour::mariadb, expanded("U:1")).error() == GtidError{GtidFault::hyphen, 1});
    CHECK(name(Flavour::mysql) == "MySQL");
    CHECK(name(Flavour::mariadb) == "MariaDB");
}

TEST_CASE("positions are equal if flavour and value are") {
    CHECK(mysql("U:1-2") == mysql("U:2:1"));
    CHECK(mysql("U:1-2") != mysql("U:1-3"));
    CHECK(mariadb("0-1-2,1-1-1") == mariadb("1-1-1,0-1-2"));
    CHECK(mariadb("0-1-2") != mariadb("0-2-2"));
    CHECK(mysql("") != mariadb(""));
    CHECK(mysql("").empty());
    CHECK(mariadb("").empty());
    CHECK_FALSE(mysql("U:1").empty());
    CHECK_FALSE(mariadb("0-1-1").empty());
}

TEST_CASE("a drain on MySQL: until what was received has been executed") {
    const Position received = mysql("U:1-120:app:1-4,|V:7");
    const Position before = mysql("U:1-100:app:1-3,V:7");
    CHECK_FALSE(before.covers(received));
    CHECK(received.missing_from(before) == expanded("U:101-120:app:4"));
    CHECK(received.errant_against(before) == expanded("U:101-120:app:4"));
    CHECK(before.transactions_behind(received) == 21U);

    const Position after = mysql("U:1-120:app:1-4,V:1-7,00000000-0000-0000-0000-000000000001:1-9");
    CHECK(after.covers(received));
    CHECK(received.missing_from(after).empty());
    CHECK(received.errant_against(after).empty());
    CHECK(after.transactions_behind(received) == 0U);
    CHECK(received.transactions_behind(after) == 15U);
}

TEST_CASE("a drain on MariaDB: until gtid_slave_pos has reached Gtid_IO_Pos") {
    const Position received = mariadb("0-1-120,5-2-7");
    const Position before = mariadb("0-1-100");
    CHECK_FALSE(before.covers(received));
    CHECK(received.missing_from(before) ==
          "0-1-120 (last there: 0-1-100), 5-2-7 (nothing of domain 5 there)");
    CHECK(before.transactions_behind(received) == 27U);

    const Position after = mariadb("0-1-120,5-2-7,6-1-1");
    CHECK(after.covers(received));
    CHECK(received.missing_from(after).empty());
    CHECK(after.transactions_behind(received) == 0U);
}

TEST_CASE("a MariaDB server that returns") {
    const Position primary = mariadb("0-1-6,0-2-8");
    CHECK(mariadb("0-1-7").missing_from(primary) == "0-1-7 (server 1 ends with 0-1-6 there)");
    CHECK(mariadb("0-1-7").errant_against(primary) == "0-1-7 (server 1 ends with 0-1-6 there)");
    CHECK(primary.transactions_behind(mariadb("0-1-7")) == 1U);
    CHECK(primary.transactions_behind(mariadb("0-1-7,0-3-8,0-2-10,1-1-1")) == 5U);
    CHECK_FALSE(primary.covers(mariadb("0-1-7")));

    CHECK(mariadb("0-1-6").errant_against(primary).empty());
    // most likely errant, but not certain; and most likely not errant
    CHECK(mariadb("0-3-5").missing_from(primary).empty());
    CHECK(mariadb("0-3-5").errant_against(primary) == "0-3-5 (server 3 is not known there)");
    CHECK(primary.covers(mariadb("0-3-5")));
    CHECK(primary.transactions_behind(mariadb("0-3-5")) == 0U);
    CHECK(mariadb("0-3-5,0-2-8").errant_against(primary).empty());
}

TEST_CASE("a distance that no number holds is the highest number") {
    CHECK(mariadb("").transactions_behind(mariadb("0-1-18446744073709551615,1-1-1")) ==
          18'446'744'073'709'551'615U);
    CHECK(mariadb("").transactions_behind(mariadb("0-1-18446744073709551614,1-1-1")) ==
          18'446'744'073'709'551'615U);
    CHECK(mariadb("1-2-2").transactions_behind(mariadb("0-1-18446744073709551615,1-1-2")) ==
          18'446'744'073'709'551'615U);
}

TEST_CASE("positions of different flavours have nothing in common") {
    const Position set = mysql("U:1");
    const Position position = mariadb("0-1-100");
    CHECK_FALSE(set.covers(position));
    CHECK_FALSE(position.covers(set));
    CHECK_FALSE(set.covers(mariadb("")));
    CHECK_FALSE(position.covers(mysql("")));
    CHECK(set.missing_from(position) == "a position of MySQL cannot be compared with one of MariaDB");
    CHECK(position.missing_from(set) == "a position of MariaDB cannot be compared with one of MySQL");
    CHECK(position.errant_against(set) == "a position of MariaDB cannot be compared with one of MySQL");
    CHECK(mysql("").errant_against(mariadb("")) ==
          "a position of MySQL cannot be compared with one of MariaDB");
    CHECK(set.transactions_behind(position) == std::nullopt);
    CHECK(position.transactions_behind(set) == std::nullopt);
}

TEST_CASE("a replica ahead of what its source has told is at fault only for what it wrote itself") {
    const std::string own = "22222222-2222-2222-2222-222222222222";
    const std::string source = "11111111-1111-1111-1111-111111111111";
    const Origin origin{own, 2};
    const auto mysql = [&](const std::string& text) { return Position::parse(Flavour::mysql, text).value(); };
    const auto mariadb = [&](const std::string& text) {
        return Position::parse(Flavour::mariadb, text).value();
    };
    CHECK(mysql(source + ":1-105").errant_against(mysql(source + ":1-100"), origin).empty());
    CHECK(mysql(source + ":1-105," + own + ":1-3").errant_against(mysql(source + ":1-100"), origin) ==
          own + ":1-3");
    CHECK(mysql(own + ":1-3").errant_against(mysql(own + ":1-3"), origin).empty());
    CHECK(mysql(own + ":1-3").errant_against(mysql(own + ":1-3"), {"no uuid", 2}).empty());
    CHECK(mariadb("0-1-105").errant_against(mariadb("0-1-100"), origin).empty());
    CHECK(mariadb("0-1-100,0-2-101").errant_against(mariadb("0-1-100"), origin).starts_with("0-2-101"));
    CHECK(mariadb("0-1-100,0-3-101").errant_against(mariadb("0-1-100"), origin).empty());
    CHECK_FALSE(mysql(own + ":1").errant_against(mariadb("0-1-1"), origin).empty());
}
