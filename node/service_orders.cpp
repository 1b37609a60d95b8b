// SPDX-License-Identifier: GPL-2.0-or-later
// What operators order, and what a box allows the other one without being asked.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "node/service.hpp"

namespace highbase::node {
namespace {

using namespace std::chrono_literals;
using cluster::Role;

// An order to promote that has not led to a takeover by then was given in another world.
constexpr vrrp::Duration kOrder = 60s;

std::string meaning(Order order, const ServiceFacts& facts) {
    const std::string& named = facts.peer.node;
    const std::string peer = named.empty() ? "the other box" : named;
    switch (order) {
        case Order::solo:
            return fmt::format(
                "commits wait for nobody from now on: {} must not be promoted before it is in sync again",
                peer);
        case Order::promote:
            return fmt::format("this server becomes the primary: {} must be off, or its server closed", peer);
        case Order::promote_with_loss:
            return fmt::format(
                "this server becomes the primary: what only the server of {} has is lost, and {} must be "
                "off, "
                "or its server closed",
                peer, peer);
        case Order::maintenance_on:
            return facts.phase == Phase::primary
                       ? "this box keeps its role whatever happens to its server, until hbctl maintenance off"
                       : "this box does not take over, and is not waited for, until hbctl maintenance off";
        case Order::maintenance_off: return "this box acts by itself again";
        case Order::acknowledge_failovers: return "takeovers are counted anew";
    }
    return {};
}

}  // namespace

std::string_view name(Order order) {
    switch (order) {
        case Order::solo: return "solo";
        case Order::promote: return "promote";
        case Order::promote_with_loss: return "promote --accept-loss";
        case Order::maintenance_on: return "maintenance on";
        case Order::maintenance_off: return "maintenance off";
        case Order::acknowledge_failovers: return "ack";
    }
    return "unknown";
}

void Service::on(const OrderGiven& e) {
    OrderAnswer answer{false, meaning(e.order, facts_), against(e.order, facts_)};
    if (stop_) answer.reasons.emplace_back("the daemon stops");
    answer.done = answer.reasons.empty();
    const bool carry_out = answer.done && !e.dry_run;
    out_.emplace_back(std::move(answer));
    if (!carry_out) return;
    tell(EventId::order_given, {{"order", std::string{name(e.order)}}});
    switch (e.order) {
        case Order::solo: facts_.solo = true; return;
        case Order::promote:
        case Order::promote_with_loss:
            facts_.promote = true;
            facts_.accept_loss = e.order == Order::promote_with_loss;
            order_until_ = now_ + kOrder;
            return;
        case Order::maintenance_on:
        case Order::maintenance_off: facts_.maintenance = e.order == Order::maintenance_on; return;
        case Order::acknowledge_failovers:
            failovers_.clear();
            facts_.too_many_failovers = false;
            return;
    }
}

// What was ordered of a world that is another one now.
void Service::forget_orders() {
    if (facts_.phase != Phase::primary || !facts_.journal || facts_.journal->alone) facts_.solo = false;
    if (facts_.phase == Phase::idle && now_ < order_until_ && !facts_.peer_is_fresh()) return;
    facts_.promote = facts_.accept_loss = false;
}

// A takeover that nobody has planned.
void Service::note_failover() {
    const DatabaseConfiguration& database = facts_.settings.database;
    std::erase_if(failovers_, [&](vrrp::TimePoint at) { return now_ - at > database.failover_window; });
    failovers_.push_back(now_);
    if (static_cast<std::int64_t>(failovers_.size()) < database.max_failovers) return;
    facts_.too_many_failovers = true;
    const auto window = std::chrono::duration_cast<std::chrono::seconds>(database.failover_window);
    tell(EventId::too_many_failovers,
         {{"count", std::to_string(failovers_.size())}, {"window", fmt::format("{} s", window.count())}});
}

// The primary waits for this server, and this box knows that it waits in vain. Once the journal says that
// there will be no promotion here before the server is in sync again, the primary may go on alone. Only the
// own server counts: what is wrong with the primary's is not for this box to say.
void Service::see_to_release() {
    const bool waited_for = facts_.phase == Phase::idle && facts_.is_lossless() && facts_.peer_is_fresh() &&
                            facts_.peer.state->role == Role::primary && facts_.peer.state->in_sync;
    const bool in_vain = facts_.server == ServerState::down || facts_.maintenance;
    if (!waited_for || !in_vain) missed_since_.reset();
    if (waited_for && in_vain && !missed_since_) missed_since_ = now_;
    facts_.release_is_due = missed_since_ && now_ >= *missed_since_ + release_patience();

    const bool said = std::holds_alternative<cluster::Release>(word_);
    const bool written = facts_.journal && facts_.journal->released && !facts_.journal_is_unsure;
    if (facts_.release_is_due && written && !said) {
        word_ = cluster::Release{facts_.journal->epoch};
        facts_.peer.acknowledged = false;
        tell(EventId::released,
             {{"reason", facts_.maintenance ? "this box is in maintenance"
                                            : "the server is down: " + facts_.server_trouble}});
    }
    // It receives again, and can be waited for.
    const replication::Channel* channel = facts_.channel_to_peer();
    const bool receives = facts_.server == ServerState::up && channel != nullptr &&
                          channel->receiver.running && !channel->receiver.connecting;
    if (!said || stop_ || facts_.maintenance || !receives) return;
    word_ = {};
    withdrawn_ = true;
    facts_.peer.acknowledged = false;
}

// A server that is only restarted is waited for.
vrrp::Duration Service::release_patience() const {
    return facts_.maintenance ? vrrp::Duration::zero() : facts_.settings.database.solo_after;
}

}  // namespace highbase::node
