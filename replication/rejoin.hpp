// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a server that was the primary may become the replica of the one that is it now, and what is said to
// it then. What it committed after the other had taken over was acknowledged to nobody where the pair was in
// sync, or to somebody where it was not: nobody but a person can tell whether it may be thrown away, so it
// is never thrown away here, and never hidden by empty transactions either.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "replication/server_view.hpp"
#include "replication/statements.hpp"

namespace highbase::replication {

enum class RejoinVerdict : std::uint8_t {
    follow,         // everything that it has is there: it may follow
    follows,        // it does already
    other_source,   // it follows another server, which somebody else has told it to
    errant,         // it has transactions that the primary has not
    other_flavour,  // MySQL and MariaDB cannot follow each other by GTID
};
[[nodiscard]] std::string_view name(RejoinVerdict verdict);

struct Rejoin {
    RejoinVerdict verdict{};
    std::string reason;     // for an operator; of `errant` the transactions, of `follow` and `follows` empty
    Statements statements;  // of `follow`: read-only first, so that no more can come to what must be compared
    friend bool operator==(const Rejoin&, const Rejoin&) = default;
};

// `primary`: its history, as its node tells it (ServerView::history).
[[nodiscard]] Rejoin plan_rejoin(const ServerView& own, const Source& source, const Position& primary);

}  // namespace highbase::replication
