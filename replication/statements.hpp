// SPDX-License-Identifier: GPL-2.0-or-later
// What is said to a server, in its own dialect. Plain texts: whoever wants to know what a promotion does to a
// server reads them here, and in the timeline that shows the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "replication/dialect.hpp"
#include "replication/position.hpp"

namespace highbase::replication {

using Statements = std::vector<std::string>;

// How a replica reaches its source. Never the virtual address: after a takeover a replica would follow
// itself.
struct Source {
    std::string host;  // an address, not a name: nothing in a failover may wait for a resolver
    std::uint16_t port = 3306;
    std::string user{};
    std::string password{};
    bool tls = false;
    std::string tls_ca{};  // with tls: a file on the replica's host to verify with; empty: whoever answers
    friend bool operator==(const Source&, const Source&) = default;
};

// Each session first: nothing waits long for a lock, and the client's clock decides about the rest.
[[nodiscard]] Statements prepare_session();
// What is read in this session afterwards, the server ends by itself after so long.
[[nodiscard]] Statements bound_statements(const Dialect& dialect, std::chrono::milliseconds longest);

// ---- a replica
// The applier goes on. To be said only after the road to a dead source is closed: MariaDB connects to it once
// more.
[[nodiscard]] Statements stop_receiver(const Dialect& dialect);
[[nodiscard]] Statements start_receiver(const Dialect& dialect);
// Both threads; once the relay log is empty. MariaDB throws the relay log away when both are started again
// (MDEV-4698).
[[nodiscard]] Statements stop_replica(const Dialect& dialect);
[[nodiscard]] Statements start_replica(const Dialect& dialect);
[[nodiscard]] Statements forget_source(const Dialect& dialect);
// With both threads stopped. MariaDB: follows from gtid_slave_pos; `demoted`: what this server wrote itself
// as a primary counts as applied.
[[nodiscard]] Statements follow(const Dialect& dialect, const Source& source, bool demoted);

// ---- writes
[[nodiscard]] Statements open_for_writes(const Dialect& dialect);
// May wait for a session that waits for an acknowledgement of its commit (MySQL bug #96644).
[[nodiscard]] Statements close_for_writes(const Dialect& dialect);
// MySQL: nobody but administrators is connected, or comes in, until open_for_writes() or let_clients_in().
// MariaDB has no such thing: nothing.
[[nodiscard]] Statements keep_clients_out(const Dialect& dialect);
[[nodiscard]] Statements let_clients_in(const Dialect& dialect);
// No commit is under way, and none begins, until the session lets them go or ends. Waits up to
// lock_wait_timeout.
[[nodiscard]] Statements hold_commits(const Dialect& dialect);
[[nodiscard]] Statements let_commits_go(const Dialect& dialect);

// ---- semi-synchronous replication
// As the source of one replica: without a timeout that anybody will live to see, and before the commit is
// visible.
[[nodiscard]] Statements semi_sync_source(const Dialect& dialect, bool enabled);
// The same, but after `wait` a commit goes on without the replica, and so do all that follow until the
// replica has caught up.
[[nodiscard]] Statements semi_sync_source(const Dialect& dialect, std::chrono::milliseconds wait);
[[nodiscard]] Statements semi_sync_replica(const Dialect& dialect, bool enabled);

// ---- the term of a writer
// The proof that the server takes writes, and the record of who has allowed them. Fails where the tables are
// missing.
[[nodiscard]] Statements record_epoch(std::uint64_t epoch, const std::string& node);
// The tables of this file, where they are missing: that takes longer than one who waits has.
[[nodiscard]] Statements create_tables();
// A commit of no meaning, where nobody else commits: whether the server still can.
[[nodiscard]] Statements heartbeat(const std::string& node);
// One row: epoch, node; none where no term was ever recorded. May fail with "no such table".
[[nodiscard]] std::string read_epoch();

// A literal of SQL: 'it''s'.
[[nodiscard]] std::string quoted(const std::string& text);

}  // namespace highbase::replication
