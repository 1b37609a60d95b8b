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
//  - it has another source, or none, or does not acknowledge any more;
//  - it has less than it had: somebody threw the relay log away.
#pragma once

#include <optional>

#include "replication/server_view.hpp"
#include "vrrp/time.hpp"

namespace highbase::replication {

// What the primary says of itself, when it is heard.
struct PrimaryWord {
    std::uint32_t server_id = 0;
    bool waits = false;  // for exactly one replica's acknowledgement of each commit
};

class InSync {
public:
    // One look at the own server, with what the primary says at that time; nothing: it is silent.
    void note(vrrp::TimePoint now, const ServerView& view, const std::optional<PrimaryWord>& primary);
    [[nodiscard]] bool holds() const { return held_.has_value(); }

private:
    struct Held {
        std::string source_host;
        std::uint16_t source_port = 0;
        vrrp::TimePoint at{};
        std::chrono::seconds uptime{0};  // at that time
        Position received;
    };
    [[nodiscard]] static bool is_attached(const ServerView& view);
    [[nodiscard]] bool doubtful(vrrp::TimePoint now, const ServerView& view,
                                const std::optional<PrimaryWord>& primary) const;

    std::optional<Held> held_;
};

}  // namespace highbase::replication
