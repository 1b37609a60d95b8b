// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/dialect.hpp"

#include "tests/catch.hpp"

using namespace highbase::replication;

TEST_CASE("servers tell their version, and what else they are") {
    CHECK(Dialect::of("9.7.4").value() == Dialect{Flavour::mysql, {9, 7, 4}});
    CHECK(Dialect::of("8.4.2-log").value() == Dialect{Flavour::mysql, {8, 4, 2}});
    CHECK(Dialect::of("8.4.0").value() == Dialect{Flavour::mysql, {8, 4, 0}});
    CHECK(Dialect::of("10.11.19-MariaDB-0+deb12u1-log").value() == Dialect{Flavour::mariadb, {10, 11, 19}});
    CHECK(Dialect::of("11.8.3-MariaDB").value() == Dialect{Flavour::mariadb, {11, 8, 3}});
    CHECK(Dialect::of("12.3.1-MariaDB").value() == Dialect{Flavour::mariadb, {12, 3, 1}});
    CHECK(Dialect::of("9.7.4")->to_string() == "MySQL 9.7.4");
    CHECK(Dialect::of("10.11.19-MariaDB")->to_string() == "MariaDB 10.11.19");
}

TEST_CASE("a version that was never tried is refused") {
    const std::string version =
        GENERATE("8.0.44", "8.3.0", "5.7.44-log", "10.0.0", "10.10.7-MariaDB", "10.6.22-MariaDB",
                 "13.0.1-MariaDB", "9", "", "MariaDB", "9.x.1", "99999999999999.1.1");
    CHECK(Dialect::of(version).error() == "the server's version is \"" + version +
                                              "\"; supported are MySQL 8.4 and 9, and MariaDB 10.11 to 12");
}
