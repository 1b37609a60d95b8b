// SPDX-License-Identifier: GPL-2.0-or-later
// From the configuration of a database to sessions with it.
#pragma once

#include "mysql/message.hpp"
#include "mysql/session_machine.hpp"
#include "node/database_configuration.hpp"
#include "replication/table.hpp"

namespace highbase::daemon {

[[nodiscard]] mysql::Target target_of(const node::DatabaseConfiguration& database);
// The other box's server, with the same account.
[[nodiscard]] mysql::Target target_of_peer(const node::DatabaseConfiguration& database);
// With the account of replication in the place of hbvrrp's, where it is another one.
[[nodiscard]] mysql::Target as_replica(mysql::Target target, const node::DatabaseConfiguration& database);
[[nodiscard]] mysql::SessionSettings session_settings();
[[nodiscard]] replication::Table table_of(const mysql::Answer& answer);

}  // namespace highbase::daemon
