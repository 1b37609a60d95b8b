// SPDX-License-Identifier: GPL-2.0-or-later
// What the parts of preflight() share: one server under one expectation, and the list of findings.
#pragma once

#include <utility>

#include "replication/preflight.hpp"

namespace highbase::replication {

// How bad it is, apart from the mode.
enum class Gravity : std::uint8_t {
    broken,   // an error in any mode: replication or a takeover fails
    promise,  // an error in mode lossless, a warning otherwise
    caution,
    note,
};

struct Preflight {
    const ServerSettings& settings;
    FindingServer server{};
    ServerRole role{};
    ServerAddress source;  // whom it follows as a replica
    const Expectations& expectations;
    std::vector<Finding>& findings;

    [[nodiscard]] bool mariadb() const { return settings.dialect.is_mariadb(); }
    void add(FindingId id, Gravity gravity, std::string text, Remedy remedy = {}) const;
};

// Now and after the next start.
[[nodiscard]] Remedy set_variable(const Dialect& dialect, const std::string& name, const std::string& value);
// A name of SQL: `a``b`.
[[nodiscard]] std::string identifier(std::string_view name);
// "a, b and 3 more": the first ten.
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

[[nodiscard]] bool is_virtual(const std::string& host, const Expectations& expectations);

void check_variables(const Preflight& preflight);
void check_semi_sync(const Preflight& preflight);
void check_sources(const Preflight& preflight);
void check_grants(const Preflight& preflight);
void check_replication_account(const Preflight& preflight);
void check_accounts(const Preflight& preflight);
void check_tables(const Preflight& preflight);
void check_events(const Preflight& preflight);
void check_pair(const ServerSettings& own, const std::optional<ServerSettings>& peer,
                const Expectations& expectations, std::vector<Finding>& findings);

}  // namespace highbase::replication
