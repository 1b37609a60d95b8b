// SPDX-License-Identifier: GPL-2.0-or-later
// What an account may do, as SHOW GRANTS tells it: the same language in MySQL and MariaDB, with other names
// for the same privileges.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace highbase::replication {

class Grants {
public:
    // Lines of SHOW GRANTS, those of the roles in force among them. What is not understood grants nothing.
    static Grants parse(const std::vector<std::string>& lines);

    // ON *.*; `privilege` in upper case and by its newer name: "REPLICA MONITOR", not "SLAVE MONITOR".
    [[nodiscard]] bool everywhere(std::string_view privilege) const;
    // On every table of the schema, by a grant on *.*, on the schema or on a pattern that fits it.
    [[nodiscard]] bool in_schema(std::string_view privilege, std::string_view schema) const;

    friend bool operator==(const Grants&, const Grants&) = default;

private:
    struct OfSchema {
        std::string pattern;  // as of LIKE
        std::set<std::string> privileges;
        friend bool operator==(const OfSchema&, const OfSchema&) = default;
    };

    void take(std::string_view line);

    std::set<std::string> everywhere_;
    std::vector<OfSchema> granted_;
    std::vector<OfSchema> revoked_;  // MySQL's partial revokes
};

}  // namespace highbase::replication
