// SPDX-License-Identifier: GPL-2.0-or-later
// How a server is set up: what does not change by itself, and what preflight.hpp judges. Asked rarely; the
// state of a server is server_view.hpp's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "replication/dialect.hpp"
#include "replication/grants.hpp"
#include "replication/table.hpp"

namespace highbase::replication {

// A connection to a source.
struct SourceSettings {
    std::string channel;  // its name; empty: the default one
    std::string host;
    std::uint16_t port = 0;
    bool follows_gtids = false;
    bool counts_own_writes = false;  // MariaDB's MASTER_USE_GTID = current_pos
    std::chrono::seconds delay{0};
    std::chrono::seconds connect_retry{0};
    std::vector<std::string> filters;  // "Replicate_Do_DB = app"; none but those that are set
    friend bool operator==(const SourceSettings&, const SourceSettings&) = default;
};

// With a privilege that passes by what keeps others from writing.
struct PrivilegedAccount {
    std::string name;  // 'app'@'%'
    std::vector<std::string> privileges;
    friend bool operator==(const PrivilegedAccount&, const PrivilegedAccount&) = default;
};

struct OtherTable {  // whose engine knows no transactions
    std::string schema;
    std::string name;
    std::string engine;
    friend bool operator==(const OtherTable&, const OtherTable&) = default;
};

struct ScheduledEvent {
    std::string schema;
    std::string name;
    bool enabled = false;
    bool disabled_here = false;  // because it came by replication
    friend bool operator==(const ScheduledEvent&, const ScheduledEvent&) = default;
};

// The account that replicas sign in with.
struct ReplicationAccount {
    std::string name;     // 'replication'@'192.0.2.%'; as it is configured where it could not sign in
    Grants grants;        // none where it could not
    std::string trouble;  // why it could not; empty: it could
    friend bool operator==(const ReplicationAccount&, const ReplicationAccount&) = default;
};

struct ServerSettings {
    Dialect dialect;
    std::string account;                                 // that has asked: 'highbase'@'localhost'
    Grants grants;                                       // of it
    std::map<std::string, std::string> variables;        // global, by their names in lower case
    std::map<std::string, std::string> status;           // of semi-synchronous replication, likewise
    std::optional<std::vector<SourceSettings>> sources;  // nothing: the account may not see it
    std::optional<ReplicationAccount> replication;       // nothing: it was not tried
    // Only what the account may see; preflight.cpp says what that takes.
    std::vector<PrivilegedAccount> accounts;
    std::vector<OtherTable> tables;
    std::vector<ScheduledEvent> events;
    bool tables_answered = true;
    bool boots_writable = false;  // for certain; false where the server does not tell

    [[nodiscard]] std::optional<std::string> variable(std::string_view name) const;
    friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

// What is asked, in this order, in one session; the answers go to read_settings() in the same order. The
// third to last may take seconds on a server with very many tables.
inline constexpr std::size_t kNeededAnswers =
    5;  // the first: without what follows most is found all the same
[[nodiscard]] std::vector<std::string> preflight_statements(const Dialect& dialect);
// A statement that was refused, or took too long, has an empty table for an answer: an account without a
// privilege is what is to be found out. Only variables and grants must be there; the error says which is not.
[[nodiscard]] tl::expected<ServerSettings, std::string> read_settings(const Dialect& dialect,
                                                                      const std::vector<Table>& answers);

// The same for an account of which nothing else is to be known, in a session of its own.
[[nodiscard]] std::vector<std::string> account_statements();
[[nodiscard]] ReplicationAccount read_account(const std::vector<Table>& answers);

}  // namespace highbase::replication
