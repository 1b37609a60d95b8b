// SPDX-License-Identifier: GPL-2.0-or-later
// A replica in sync, a primary that is alone, and what they hear of each other.
#pragma once

#include "cluster/peer_view.hpp"
#include "node/service_snapshot.hpp"
#include "tests/status/example_status.hpp"

namespace highbase::status {

inline replication::Position example_position(const char* text) {
    return *replication::Position::parse(replication::Flavour::mariadb, text);
}

inline cluster::ServiceState example_state(cluster::Role role) {
    cluster::ServiceState state;
    state.name = "db";
    state.role = role;
    state.epoch = cluster::Epoch{7};
    state.score = vrrp::Priority{103};
    state.eligibility = cluster::Eligibility::eligible;
    state.in_sync = true;
    return state;
}

inline node::ServiceSnapshot example_replica() {
    using namespace std::chrono_literals;
    node::ServiceSnapshot service;
    service.said = example_state(cluster::Role::replica);
    service.said.drain = 3ms;
    node::ServiceFacts& facts = service.facts;
    facts.journal = cluster::Journal{cluster::Epoch{7}};
    facts.server = node::ServerState::up;
    facts.looked = example_now() - 40ms;
    facts.view.emplace();
    replication::ServerView& view = *facts.view;
    view.dialect = {replication::Flavour::mariadb, {10, 11, 14}};
    view.server_id = 2;
    view.uuid = "the-uuid";
    view.uptime = 3600s;
    view.read_only = true;
    view.connections = 17;
    view.most_connections = 99;
    view.max_connections = 151;
    view.history = example_position("0-1-105");
    view.semi_sync.replica_enabled = true;
    view.semi_sync.replica_on = true;
    replication::Channel channel;
    channel.source_host = "192.0.2.1";
    channel.source_port = 3307;
    channel.received = example_position("0-1-107");
    channel.receiver.running = true;
    channel.applier.running = true;
    view.channels.push_back(channel);
    return service;
}

inline node::ServiceSnapshot example_primary() {
    using namespace std::chrono_literals;
    node::ServiceSnapshot service = example_replica();
    service.said = example_state(cluster::Role::primary);
    service.said.score = vrrp::Priority{203};
    service.said.in_sync = false;
    node::ServiceFacts& facts = service.facts;
    facts.journal->alone = true;
    facts.view->read_only = false;
    facts.view->channels.clear();
    facts.view->semi_sync = {};
    facts.view->semi_sync.source_enabled = true;
    facts.view->semi_sync.clients = 1;
    facts.view->semi_sync.waiting_sessions = 4;
    facts.view->semi_sync.unacknowledged = 9;
    facts.phase = node::Phase::primary;
    facts.peer_received = example_position("0-1-100");
    service.last_transition = node::Transition{
        "promotion", cluster::Epoch{7}, example_now() - 125min, 74'200us, true, "", {{"open", 2ms}}};
    return service;
}

inline cluster::PeerView example_peer() {
    using namespace std::chrono_literals;
    cluster::PeerView peer;
    peer.standing = cluster::Standing::fresh;
    peer.last = cluster::NodeState{"gw2", {example_state(cluster::Role::primary)}};
    peer.age = 42'500us;
    peer.paths.push_back({cluster::Standing::fresh, 42'500us, 310us, {}});
    peer.paths.push_back({cluster::Standing::silent, std::nullopt, std::nullopt, {}});
    peer.clients = 12;
    return peer;
}

}  // namespace highbase::status
