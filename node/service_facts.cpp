// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/service_facts.hpp"

#include <utility>

namespace highbase::node {

cluster::Position in_message(const replication::Position& position) {
    std::string text = position.to_string();
    if (text.size() > cluster::kLongestPosition) return {"", true};
    return {std::move(text), false};
}

std::optional<replication::Position> ServiceFacts::peer_executed() const {
    if (!peer_is_fresh() || !view || peer.state->executed.omitted) return std::nullopt;
    auto position = replication::Position::parse(view->history.flavour(), peer.state->executed.text);
    return position ? std::optional{*std::move(position)} : std::nullopt;
}

std::optional<std::uint64_t> ServiceFacts::at_risk() const {
    const bool primary = phase == Phase::primary || phase == Phase::demoting;
    if (!primary || !view) return std::nullopt;
    if (view->semi_sync.source_on) return 0;  // each of them has waited for the replica
    if (!peer_received) return std::nullopt;
    return peer_received->transactions_behind(view->history);
}

const replication::Channel* ServiceFacts::channel_to_peer() const {
    const vrrp::Endpoint& other = settings.database.peer_server;
    return view ? view->only_channel_to(other.address.to_string(), other.port) : nullptr;
}

}  // namespace highbase::node
