// SPDX-License-Identifier: GPL-2.0-or-later
// What a failure of a database session says about the server.
#pragma once

#include "health/check_state.hpp"
#include "mysql/message.hpp"

namespace highbase::health {

// Everything that is no proof against the server is `unknown`.
inline Sample sample_of(mysql::FailureKind kind) {
    return mysql::is_against_server(kind) ? Sample::failed : Sample::unknown;
}

// Whether the attempt to connect found a box that answers, and nobody who listens there: the connection was
// refused, or the Unix socket is gone. By "(111)" or "(2)" at the end of the client library's message.
bool says_nobody_listens(const mysql::Failure& failure, const mysql::Endpoint& endpoint);

}  // namespace highbase::health
