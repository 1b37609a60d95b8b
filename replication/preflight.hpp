// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with the servers of a pair before anything has happened: settings that would lose what was
// acknowledged, or would not let a takeover or a return succeed. Each finding comes with what mends it.
//
// What hbvrrp sets by itself when a server gets its role is told as a note.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replication/server_settings.hpp"
#include "replication/statements.hpp"

namespace highbase::replication {

enum class FindingId : std::uint8_t {
    // ---- the server
    unsupported_version,
    server_id,
    no_binary_log,
    no_log_of_replicated,
    gtid_mode,
    gtid_consistency,
    gtid_strict_mode,
    binlog_format,
    sync_binlog,
    commit_flush,
    sync_relay_log,
    relay_log_recovery,
    relay_log_space,
    replica_starts_by_itself,
    replica_timeout,
    binlog_expiry,
    name_resolution,
    commit_order,
    binlog_engine,
    boots_writable,
    replica_writable,
    // ---- semi-synchronous replication
    semi_sync_missing,
    semi_sync_old_plugin,
    wait_point,
    semi_sync_settings,
    kill_connection_timeout,
    asynchronous,
    no_acknowledger,
    third_acknowledger,
    // ---- how it follows the other server
    replication_unseen,
    not_a_replica,
    several_sources,
    through_virtual_address,
    source_by_name,
    other_source,
    not_by_gtid,
    counts_own_writes,
    delayed,
    connect_retry,
    replication_filter,
    // ---- accounts, tables, events
    missing_grants,
    useful_grants,
    replication_account,
    accounts_unseen,
    privileged_account,
    tables_unseen,
    other_engine,
    events_on_replica,
    events_off,
    events_stay_behind,
    // ---- the two together
    peer_unseen,
    virtual_node_address,
    different_products,
    different_versions,
    same_server_id,
    same_server_uuid,
    different_domains,
};
inline constexpr std::size_t kFindingIds = static_cast<std::size_t>(FindingId::different_domains) + 1;
[[nodiscard]] std::string_view name(FindingId id);  // as in the list above

enum class Severity : std::uint8_t {
    error,    // the promise of the mode, or the next takeover, fails
    warning,  // it will hurt some day
    note,     // nothing has to be done
};
[[nodiscard]] std::string_view name(Severity severity);

enum class FindingServer : std::uint8_t { own, peer, pair };
[[nodiscard]] std::string_view name(FindingServer server);

// What an operator does about it; either part may be empty.
struct Remedy {
    Statements statements;  // in one session, on the server; of a replica those of accounts and tables on the
                            // primary, from where they come to it
    std::string option;     // a line of my.cnf: where there are no statements, in force with the next start
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Remedy&, const Remedy&) = default;
};

struct Finding {
    FindingId id{};
    Severity severity{};
    FindingServer server{};
    std::string text;  // what is, and what comes of it
    Remedy remedy;
    friend bool operator==(const Finding&, const Finding&) = default;
};

enum class Promise : std::uint8_t {
    lossless,   // nothing acknowledged is lost
    available,  // somebody takes writes, whatever it costs
};
enum class ServerRole : std::uint8_t { unknown, primary, replica };

// How a server is reached by the replica on the other one.
struct ServerAddress {
    std::string host;
    std::uint16_t port = 3306;
};

struct Expectations {
    Promise promise = Promise::lossless;
    std::vector<std::string> virtual_addresses;  // without the length of their prefix
    ServerAddress own;
    ServerAddress peer;
    ServerRole role = ServerRole::unknown;  // of the own server; the other one has the other role
};

// The worst first. `peer`: nothing where it cannot be asked.
[[nodiscard]] std::vector<Finding> preflight(const ServerSettings& own,
                                             const std::optional<ServerSettings>& peer,
                                             const Expectations& expectations);
// Of a server that has no dialect; `why` is the error of Dialect::of().
[[nodiscard]] Finding unsupported_version(FindingServer server, const std::string& why);

}  // namespace highbase::replication
