// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/in_sync.hpp"

namespace highbase::replication {
namespace {

constexpr std::chrono::seconds kUptimeSlack{2};

}  // namespace

void InSync::note(vrrp::TimePoint now, const ServerView& view, const std::optional<PrimaryWord>& primary) {
    if (held_ && doubtful(now, view, primary)) held_.reset();
    if (held_) {
        held_->at = now;
        held_->uptime = view.uptime;
        held_->received = view.channels.front().received;
        return;
    }
    if (!primary || !primary->waits || !is_attached(view)) return;
    const Channel& channel = view.channels.front();
    if (channel.source_server_id != primary->server_id) return;
    held_ = Held{channel.source_host, channel.source_port, now, view.uptime, channel.received};
}

// Receives at this moment, and acknowledges what it receives.
bool InSync::is_attached(const ServerView& view) {
    if (view.channels.size() != 1) return false;
    const Channel& channel = view.channels.front();
    return channel.receiver.running && !channel.receiver.connecting && channel.follows_gtids &&
           view.semi_sync.replica_enabled && view.semi_sync.replica_on;
}

bool InSync::doubtful(vrrp::TimePoint now, const ServerView& view,
                      const std::optional<PrimaryWord>& primary) const {
    if (view.channels.size() != 1 || !view.semi_sync.replica_enabled) return true;
    const Channel& channel = view.channels.front();
    if (channel.source_host != held_->source_host || channel.source_port != held_->source_port) return true;
    // Its uptime must have grown with ours. It counts whole seconds, of a wall clock that may be adjusted a
    // little.
    if (view.uptime + kUptimeSlack < held_->uptime + (now - held_->at)) return true;
    if (!channel.received.covers(held_->received)) return true;
    return primary && !primary->waits;
}

}  // namespace highbase::replication
