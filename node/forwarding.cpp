// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/forwarding.hpp"

namespace highbase::node {
namespace {

using cluster::Role;
using cluster::Standing;
using cluster::Term;

bool is_open_in_own_term(const ServiceFacts& facts) {
    const bool seen = facts.view && facts.server == ServerState::up && facts.view_is_current;
    return facts.settings.forwards && facts.phase == Phase::idle && !facts.stopping && seen &&
           facts.view->serves_writers() && !facts.opened_here && facts.journal &&
           facts.journal->term == Term::held;
}

// What the peer says of its own server, where that leaves no doubt.
enum class Word { yes, no, nothing };

Word word_of(const ServiceFacts& facts) {
    if (facts.peer.standing == Standing::silent) return Word::nothing;
    // It may be about to serve, and what it said last is old.
    if (!facts.peer_is_fresh()) return Word::no;
    const cluster::ServiceState& peer = *facts.peer.state;
    // It lets clients in itself, or makes way for this box's server.
    if (peer.serves || std::holds_alternative<cluster::Resign>(peer.word)) return Word::no;
    switch (peer.role) {
        case Role::primary: return Word::yes;
        // The clients are out, and soon there is another primary: who has the addresses keeps them so long.
        case Role::demoting: return facts.serves ? Word::yes : Word::no;
        case Role::promoting: return Word::no;
        case Role::none:
        case Role::replica: break;
    }
    return Word::nothing;
}

}  // namespace

bool may_forward_to_peer(const ServiceFacts& facts) {
    if (!facts.settings.forwards || facts.phase != Phase::idle || facts.stopping || facts.promote)
        return false;
    if (!facts.journal || facts.journal->term != Term::none || facts.journal->epoch == cluster::Epoch{0})
        return false;
    if (!facts.checks.up || (facts.maintenance && !facts.serves)) return false;
    const PeerServer& server = facts.peer_server;
    // Where clients are there already, only what is known against the server counts.
    const bool reached =
        server.state == ServerState::up || (server.state == ServerState::unknown && facts.forwards_to_peer);
    const Word word = word_of(facts);
    return reached && word != Word::no && (word == Word::yes || server.is_writable);
}

bool is_kept_from_addresses(const ServiceFacts& facts) {
    return facts.settings.forwards && facts.phase == Phase::primary && !facts.serves;
}

// The peer has written down that the term is this box's. Or it is silent, and cannot have begun one: it has
// let this server go on alone; or its server, the only one that it could promote, follows this one.
bool has_kept_term(const ServiceFacts& facts) {
    if (!is_open_in_own_term(facts)) return false;
    if (facts.peer.standing == Standing::silent) {
        const PeerServer& server = facts.peer_server;
        if (facts.journal->alone && facts.is_lossless()) return true;
        return server.state == ServerState::up && server.follows_own && !server.is_writable;
    }
    if (!facts.peer_is_fresh() || facts.peer_writes()) return false;
    const cluster::ServiceState& peer = *facts.peer.state;
    return peer.epoch < facts.journal->epoch || (peer.epoch == facts.journal->epoch && peer.foreign_term);
}

bool may_have_kept_term(const ServiceFacts& facts) {
    return is_open_in_own_term(facts) && facts.has_just_begun && !facts.peer_is_fresh();
}

}  // namespace highbase::node
