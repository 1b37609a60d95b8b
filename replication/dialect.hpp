// SPDX-License-Identifier: GPL-2.0-or-later
// Which server speaks: MySQL and MariaDB differ in the names of nearly everything that replication is about.
// Asked once for each connection.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "replication/position.hpp"

namespace highbase::replication {

struct Version {
    int major = 0;
    int minor = 0;
    int patch = 0;
    friend auto operator<=>(const Version&, const Version&) = default;
};

struct Dialect {
    Flavour flavour = Flavour::mysql;
    Version version;

    // From @@version: "9.7.4", "8.4.2-log", "10.11.14-MariaDB-0+deb12u2". The error names the version and
    // what is supported: MySQL 8.4 and 9, MariaDB 10.11 to 12.
    static tl::expected<Dialect, std::string> of(std::string_view version);

    [[nodiscard]] bool is_mariadb() const { return flavour == Flavour::mariadb; }
    // "MySQL 9.7.4"
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Dialect&, const Dialect&) = default;
};

}  // namespace highbase::replication
