// SPDX-License-Identifier: GPL-2.0-or-later
// A pair of gateways: the addresses and the term are not always on the same box (forwarding.hpp).
#include <algorithm>
#include <utility>

#include "node/forwarding.hpp"
#include "node/service.hpp"

namespace highbase::node {
namespace {

using namespace std::chrono_literals;

constexpr vrrp::Duration kEviction = 1s;

}  // namespace

// ---- the peer's server

void Service::on(const PeerServerSeen& e) {
    PeerServer& server = facts_.peer_server;
    const auto* own = std::get_if<vrrp::Endpoint>(&facts_.settings.database.server);
    if (server.state != ServerState::up) tell(EventId::peer_server_reached);
    server.state = ServerState::up;
    server.trouble.clear();
    server.is_writable = e.view.serves_writers();
    server.follows_own =
        own != nullptr && e.view.only_channel_to(own->address.to_string(), own->port) != nullptr;
}

void Service::on(const PeerServerDown& e) {
    peer_server_lost(ServerState::down, e.reason);
}

void Service::on(const PeerServerUnknown& e) {
    peer_server_lost(ServerState::unknown, e.reason);
}

void Service::peer_server_lost(ServerState state, const std::string& reason) {
    if (facts_.peer_server.state != state) tell(EventId::peer_server_lost, {{"reason", reason}});
    facts_.peer_server.state = state;
    facts_.peer_server.trouble = reason;
}

// ---- who lets clients in

bool Service::may_take_addresses() const {
    if (may_forward_to_peer(facts_)) return true;
    if (may_have_kept_term(facts_)) return false;
    if (is_kept_from_addresses(facts_))
        return judgement_.is_eligible() && facts_.peer.standing != cluster::Standing::one_way &&
               !facts_.peer_serves();
    // What this box has it does not let go before it is known what comes next.
    const bool has_them = facts_.serves && facts_.phase == Phase::idle;
    return has_them || (judgement_.is_eligible() && !is_vetoed(facts_));
}

// Those who came in by another box have lost their connections, and the server may not know: what they have
// locked would keep the others waiting.
void Service::begin_to_serve() {
    drop_job();
    opening_ = true;
    const bool to_peer = facts_.phase == Phase::idle;
    const Deed evict = to_peer ? Deed{EvictPeerClients{}} : Deed{replication::EvictClients{}};
    begin_job(std::nullopt, {{"evict_clients", evict, kEviction, true}});
}

void Service::serve() {
    opening_ = false;
    if (!facts_.settings.forwards) {
        out_.emplace_back(Serve{});
        return;
    }
    const DatabaseConfiguration& database = facts_.settings.database;
    facts_.serves = true;
    facts_.forwards_to_peer = facts_.phase == Phase::idle;
    const auto* own = std::get_if<vrrp::Endpoint>(&database.server);
    const vrrp::Endpoint to = facts_.forwards_to_peer || own == nullptr ? database.peer_server : *own;
    tell(EventId::forwarding, {{"server", to.to_string()}});
    out_.emplace_back(Serve{to});
}

void Service::no_longer_serves() {
    if (std::exchange(opening_, false)) drop_job();
    facts_.serves = facts_.forwards_to_peer = false;
    lost_since_.reset();
}

// ---- what follows from what is known

void Service::see_to_forwarding() {
    if (!facts_.settings.forwards || facts_.stopping) return;
    if (!begun_) begun_ = now_;
    facts_.has_just_begun = now_ < *begun_ + kFirstWord;
    if (has_kept_term(facts_)) keep_term();
    if (facts_.phase == Phase::idle && (facts_.serves || opening_)) follow_primary();
}

// The daemon, or its box, was away, and nothing has become of the term meanwhile.
void Service::keep_term() {
    drop_job();
    facts_.phase = Phase::primary;
    primary_since_ = now_;
    in_sync_.forget();
    facts_.in_sync = false;
    floor_.reset();
    told_useless_ = false;
    committed_ = now_;
    tell(EventId::term_kept, {{"epoch", std::to_string(static_cast<std::uint64_t>(facts_.journal->epoch))}});
    if (has_won_) begin_to_serve();
}

// Clients are led to the peer's server, or are about to be. When that is not the primary any more, the own
// one becomes it, if it may; else the other box has the addresses, if it serves better.
void Service::follow_primary() {
    if (may_forward_to_peer(facts_)) return lost_since_.reset();
    if (judge(facts_).is_eligible() && !is_vetoed(facts_)) return begin_promotion();
    if (!lost_since_) {
        lost_since_ = now_;
        tell(EventId::nothing_to_forward_to, {{"reason", facts_.peer_server.trouble}});
    }
    const bool peer_can =
        facts_.peer_is_fresh() && (facts_.peer_writes() || facts_.peer.state->is_eligible());
    if (!peer_can || now_ < *lost_since_ + kNextWord) return;
    tell(EventId::takeover_refused,
         {{"reason", "the other box serves better"}, {"remedy", "nothing need be done"}});
    no_longer_serves();
    has_won_ = false;
    out_.emplace_back(Refuse{});
}

}  // namespace highbase::node
