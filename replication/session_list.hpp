// SPDX-License-Identifier: GPL-2.0-or-later
// Who is connected to a server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replication/table.hpp"

namespace highbase::replication {

// Not from information_schema: with MariaDB that needs a temporary table, for which a full disk has no room.
[[nodiscard]] std::string list_sessions();
// Of its result set: the others make it too long where there are thousands of sessions.
[[nodiscard]] std::vector<std::string> session_columns();

// From its answer: all that are no part of the server itself, of replication, or of account `own`; of that
// one only statements that hang.
[[nodiscard]] std::vector<std::uint64_t> clients(const Table& sessions, const std::string& own);
// Likewise: those whose commit waits for a replica's acknowledgement.
[[nodiscard]] std::vector<std::uint64_t> waiting_for_replica(const Table& sessions);

// Likewise, of MySQL: the coordinator of the threads that apply, where it has nothing more to read.
[[nodiscard]] std::vector<std::uint64_t> applier(const Table& sessions);

// What it was doing is rolled back. Errors: 1094, it is gone already; 1095, not allowed.
[[nodiscard]] std::string end_session(std::uint64_t id);

}  // namespace highbase::replication
