// SPDX-License-Identifier: GPL-2.0-or-later
// Everything that a service knows when it decides: plain values. eligibility.hpp and duty.hpp decide on them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/database_configuration.hpp"
#include "node/service_event.hpp"
#include "replication/position.hpp"
#include "replication/server_view.hpp"
#include "witness/vote.hpp"

namespace highbase::node {

struct ServiceSettings {
    std::string name;  // of the virtual router or its sync group; the same on both boxes
    std::string node;  // this one
    std::string boot;  // /proc/sys/kernel/random/boot_id
    vrrp::Priority priority = vrrp::kPriorityDefault;     // as configured: decides between equals
    vrrp::Duration hold_down = std::chrono::seconds{10};  // after a promotion that failed
    bool has_checks = false;                              // beside the server itself
    std::optional<vrrp::Duration> witness{};  // how long a question to it may take; nothing: there is none
    bool forwards = false;                    // clients are led to the servers: either box reaches both
    DatabaseConfiguration database;
    friend bool operator==(const ServiceSettings&, const ServiceSettings&) = default;
};

enum class ServerState : std::uint8_t { unseen, up, down, unknown };

enum class Phase : std::uint8_t { idle, promoting, primary, demoting };

// What the third vote has said.
struct WitnessFacts {
    bool has_told = false;                    // since the start
    std::optional<witness::Record> record{};  // what it had then; nothing: none
    std::string trouble{};                    // why the last question was not answered; empty: it was
    std::string refusal{};             // why the last term was refused to this node; until the peer is heard
    std::optional<bool> peer_votes{};  // whether the peer asks it as well, when it was heard last
    bool replica_has_all = false;      // of a primary that waits: the replica may be named
    bool replica_is_missed = false;    // it is not heard, nothing is acknowledged, and that for solo_after
    friend bool operator==(const WitnessFacts&, const WitnessFacts&) = default;
};

// The peer's server, as this box sees it.
struct PeerServer {
    ServerState state = ServerState::unseen;
    std::string trouble;       // down, unknown: why
    bool is_writable = false;  // when it was seen last
    bool follows_own = false;  // the own server: the same
};

struct ServiceFacts {
    ServiceSettings settings;
    Phase phase = Phase::idle;

    std::optional<cluster::Journal> journal;  // as it is on disk
    std::string journal_failure;
    bool journal_is_unsure = false;  // another one was to be written, and nobody has said that it is

    ServerState server = ServerState::unseen;
    std::string server_trouble;                   // down, unknown: why
    std::optional<replication::ServerView> view;  // the last look
    vrrp::TimePoint looked{};                     // when it was begun
    bool view_is_current = false;                 // nothing has been done to the server since
    bool maybe_open = false;   // it was opened here, perhaps in an earlier life, and not seen read-only since
    bool opened_here = false;  // the same, in this life
    bool kill_is_due = false;  // it may be open, others may be served, and asking has not closed it
    std::string fence_trouble{};   // why asking has not
    bool threads_started = false;  // of the replica, in this life of the server and not by somebody else
    std::optional<replication::Position> errant_kept{};  // the history of which an excerpt was saved
    bool was_alone = false;                              // in the last term that was this node's
    bool road_closed = true;              // to the peer's server; an earlier life may have left it so
    std::optional<vrrp::Duration> drain;  // to apply what was received

    bool commits_wait = false;    // for the replica, some of them
    bool beat_is_due = false;     // of a primary: nobody has committed anything for a while
    bool is_stuck = false;        // commits have waited for the replica for a while, and none has succeeded
    std::string write_trouble{};  // why the last of them has failed

    bool is_crowded = false;  // hardly a client more can connect to the server

    ChecksJudged checks;
    PeerTold peer;
    PeerServer peer_server{};
    bool serves = false;            // clients are let in here; told only where they are forwarded
    bool forwards_to_peer = false;  // to the peer's server
    bool has_just_begun = true;     // the other box may not have been heard yet, and know more
    std::vector<std::string> preflight_errors{};  // of the last one

    std::string errant{};       // what this server wrote itself, and the last primary that told did not have
    bool in_sync = false;       // the memory of replication/in_sync.hpp
    bool held_down = false;     // after a promotion that failed, or a resignation
    std::string hold_reason{};  // which
    bool stopping = false;

    WitnessFacts witness{};

    // What operators have said (order.hpp).
    bool maintenance = false;       // this box changes no role by itself
    bool peer_maintenance = false;  // the peer said so of itself when it was heard last
    bool solo = false;              // commits shall wait for nobody
    bool promote = false;           // this server shall be the primary although the peer is not heard
    bool accept_loss = false;       // and although it may lack acknowledged transactions

    // What the primary said last, while it was heard; of a primary what its replica has received.
    std::optional<replication::Position> peer_committed{};
    std::optional<replication::Position> peer_received{};

    bool too_many_failovers = false;  // until hbctl ack
    bool release_is_due = false;      // of a replica that cannot receive: the primary waits in vain

    // ---- what follows from them at once

    [[nodiscard]] bool is_lossless() const { return settings.database.mode == Mode::lossless; }
    [[nodiscard]] bool peer_is_fresh() const {
        return peer.standing == cluster::Standing::fresh && peer.state.has_value();
    }
    // A server that answers and does not commit serves nobody. Where the commits wait for the replica it is
    // not the server's fault: the replica is missed, or the peer link says why.
    [[nodiscard]] bool cannot_commit() const { return !write_trouble.empty() && !commits_wait; }
    // Neither the other box nor anything else on the network is there: it may well serve by now.
    [[nodiscard]] bool is_cut_off() const {
        return !is_lossless() && peer.standing == cluster::Standing::silent &&
               checks.anchor == health::Anchor::silent;
    }
    // Its server takes writes, or is about to, or has just stopped to.
    [[nodiscard]] bool peer_writes() const {
        if (!peer_is_fresh()) return false;
        const cluster::Role role = peer.state->role;
        return role == cluster::Role::primary || role == cluster::Role::promoting ||
               role == cluster::Role::demoting;
    }
    // Its clients come in there.
    [[nodiscard]] bool peer_serves() const { return peer_is_fresh() && peer.state->serves; }
    // All that its server has committed, where it tells.
    [[nodiscard]] std::optional<replication::Position> peer_executed() const;
    // Of a primary: how many acknowledged transactions its replica has not received, as far as that has told:
    // what would be lost with this server. Nothing: the replica has told nothing.
    [[nodiscard]] std::optional<std::uint64_t> at_risk() const;
    // The only channel of the own server, where it leads to the peer's server; else null.
    [[nodiscard]] const replication::Channel* channel_to_peer() const;
};

// As it goes to the peer: left out where it is too long.
[[nodiscard]] cluster::Position in_message(const replication::Position& position);

}  // namespace highbase::node
