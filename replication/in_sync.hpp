// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a replica has received every transaction that was acknowledged to a client. While both sides are
// there they know; when the primary has fallen silent the replica must remember. That memory is what a
// promotion in mode "lossless" rests on, so it ends with the first doubt.
//
// A primary that waits for this replica's acknowledgement (semi-synchronous, wait point AFTER_SYNC, no
// timeout) cannot acknowledge anything that is not here, connected or not, until it has said that it goes on
// alone. So silence and a lost connection end nothing. What ends it:
//  - the primary says that it does not wait for this replica;
//  - the server was restarted: MariaDB begins with an empty relay log, MySQL may (relay_log_recovery);
//  - it has another source, or none, or receives and does not acknowledge any more;
//  - it has less than it had: somebody threw the relay log away.
#pragma once

#include <optional>

#include "replication/server_view.hpp"
#include "vrrp/time.hpp"

namespace highbase::replication {

// The other server of the pair, as this node is configured to reach it, and what its node says of it.
struct Primary {
    std::string host;
    std::uint16_t port = 0;
    // It waits for exactly one replica's acknowledgement of each commit. Nothing: it is silent.
    std::optional<bool> waits;
    // What it had committed when it said so. All of that must be here at the beginning: it may have been
    // acknowledged before the primary began to wait.
    std::optional<Position> executed{};
};

class InSync {
public:
    // One look at the own server.
    void note(vrrp::TimePoint now, const ServerView& view, const Primary& primary);
    // As it was known in an earlier life of this node, and the server is still the same: somebody else has
    // seen to that. The next note() may doubt it.
    void restore(vrrp::TimePoint now, const ServerView& view);
    void forget() { held_.reset(); }
    [[nodiscard]] bool holds() const { return held_.has_value(); }

private:
    struct Held {
        vrrp::TimePoint at{};
        std::chrono::seconds uptime{0};  // at that time
        Position received;
    };
    [[nodiscard]] bool doubtful(vrrp::TimePoint now, const ServerView& view, const Primary& primary) const;

    std::optional<Held> held_;
};

}  // namespace highbase::replication
