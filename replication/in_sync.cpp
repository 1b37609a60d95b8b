// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/in_sync.hpp"

namespace highbase::replication {
namespace {

// Receives at this moment, and acknowledges what it receives.
bool is_attached(const Channel& channel, const SemiSync& semi_sync) {
    return channel.receiver.running && !channel.receiver.connecting && channel.follows_gtids &&
           semi_sync.replica_enabled && semi_sync.replica_on;
}

}  // namespace

void InSync::note(vrrp::TimePoint now, const ServerView& view, const Primary& primary) {
    if (held_ && doubtful(now, view, primary)) held_.reset();
    const Channel* channel = view.only_channel_to(primary.host, primary.port);
    // Of one that has only just been started the uptime would not tell that it was started once more.
    const bool counts = view.uptime > 2 * kUptimeSlack;
    const bool proved = counts && channel != nullptr && primary.waits.value_or(false) && primary.executed &&
                        is_attached(*channel, view.semi_sync) && channel->received.covers(*primary.executed);
    if (held_ || proved) held_ = Held{now, view.uptime, channel->received};
}

void InSync::restore(vrrp::TimePoint now, const ServerView& view) {
    if (!view.channels.empty()) held_ = Held{now, view.uptime, view.channels.front().received};
}

bool InSync::doubtful(vrrp::TimePoint now, const ServerView& view, const Primary& primary) const {
    const Channel* channel = view.only_channel_to(primary.host, primary.port);
    if (channel == nullptr || !primary.waits.value_or(true)) return true;
    // Where nothing is received nothing needs to be acknowledged: so a broken off promotion leaves it.
    if (!view.semi_sync.replica_enabled && channel->receiver.running) return true;
    // Its uptime must have grown with ours. It counts whole seconds, of a wall clock that may be adjusted a
    // little.
    if (view.uptime + kUptimeSlack < held_->uptime + (now - held_->at)) return true;
    return !channel->received.covers(held_->received);
}

}  // namespace highbase::replication
