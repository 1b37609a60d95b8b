// SPDX-License-Identifier: GPL-2.0-or-later
// Where the other box's server reaches the own one: only that box's configuration says it for certain.
#pragma once

#include <optional>

#include "node/database_configuration.hpp"
#include "replication/preflight.hpp"

namespace highbase::daemon {

// Of a server behind a Unix socket or a loopback address: the address that the other server follows, where
// that is one of this host; else the one from which this host reaches the other server. An empty host: there
// is no way there.
[[nodiscard]] replication::ServerAddress own_address(const node::DatabaseConfiguration& database,
                                                     const replication::ServerSettings& own,
                                                     const std::optional<replication::ServerSettings>& peer);

}  // namespace highbase::daemon
