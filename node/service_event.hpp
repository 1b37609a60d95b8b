// SPDX-License-Identifier: GPL-2.0-or-later
// What a service is told, and what it wants done.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cluster/journal.hpp"
#include "cluster/peer_view.hpp"
#include "health/score.hpp"
#include "node/order.hpp"
#include "node/procedure.hpp"
#include "node/report.hpp"
#include "vrrp/endpoint.hpp"
#include "vrrp/timers.hpp"
#include "witness/question.hpp"

namespace highbase::node {

// ---- events

// A look at the own server that was begun at `asked`.
struct ServerSeen {
    replication::ServerView view;
    vrrp::TimePoint asked;
};
// It does not serve: proved, or by as many looks in a row as its thresholds say.
struct ServerDown {
    std::string reason;
};
// It cannot be asked, for a reason that says nothing against it.
struct ServerUnknown {
    std::string reason;
};
// The same of the peer's server, as this box sees it itself; told only where clients are forwarded.
struct PeerServerSeen {
    replication::ServerView view;
};
struct PeerServerDown {
    std::string reason;
};
struct PeerServerUnknown {
    std::string reason;
};
// The other checks of the virtual router.
struct ChecksJudged {
    bool up = true;
    std::uint8_t deduction = 0;  // from the score
    std::string reason;
    health::Anchor anchor = health::Anchor::none;
};
struct PeerTold {
    cluster::Standing standing = cluster::Standing::silent;
    std::string node;  // its name; empty: never heard
    // What it says of this service. Nothing, unless it is fresh and says something of it.
    std::optional<cluster::ServiceState> state;
    bool acknowledged = false;  // the word that this service says now
};
struct JournalRead {
    cluster::Journal journal;
};
// Nobody knows what this node did before: it must not be promoted.
struct JournalFailed {
    std::string reason;
};
// To the task AskWitness of that number.
struct WitnessAnswered {
    std::uint32_t number = 0;
    witness::Answer answer;
};
// The election: the addresses are to be acquired, and have been let go.
struct Won {};
struct Lost {};
// What the settings of the servers have against a takeover, where nothing may be lost. Empty: nothing.
struct PreflightDone {
    std::vector<std::string> errors;
};
// An operator wants the primary to be elsewhere.
struct SwitchoverAsked {
    std::string to;  // a node; empty: the other one
    bool dry_run = false;
};
// The daemon is to end, in an orderly way.
struct StopAsked {};
struct ServiceTimer {};
using ServiceEvent =
    std::variant<ServerSeen, ServerDown, ServerUnknown, PeerServerSeen, PeerServerDown, PeerServerUnknown,
                 ChecksJudged, PeerTold, JournalRead, JournalFailed, PreflightDone, WitnessAnswered, Won,
                 Lost, replication::TaskDone, replication::TaskFailed, SwitchoverAsked, OrderGiven, StopAsked,
                 ServiceTimer>;

// ---- actions, to be performed in order

// Whether this box may win the election.
struct Judge {
    bool eligible = false;
    friend bool operator==(const Judge&, const Judge&) = default;
};
struct Advertise {
    vrrp::Priority priority;
    friend bool operator==(const Advertise&, const Advertise&) = default;
};
// Take the election at once: the Active has named this box.
struct Succeed {
    friend bool operator==(const Succeed&, const Succeed&) = default;
};
// The addresses may be acquired now.
struct Serve {
    std::optional<vrrp::Endpoint> forward_to{};  // where clients are forwarded: to this server
    friend bool operator==(const Serve&, const Serve&) = default;
};
// The addresses stay, and until the next Serve nobody is served: who is connected is reset.
struct Pause {
    friend bool operator==(const Pause&, const Pause&) = default;
};
// Nothing can be served here, for some time.
struct Refuse {
    friend bool operator==(const Refuse&, const Refuse&) = default;
};
// The addresses go, and priority 0 is said.
struct Leave {
    friend bool operator==(const Leave&, const Leave&) = default;
};
struct SwitchoverEnded {
    bool done = false;                 // of a dry run: it is possible
    std::string successor;             // the node
    std::vector<std::string> reasons;  // why not
    std::vector<StepTime> steps;
    std::optional<vrrp::Duration> writes_stopped;
    friend bool operator==(const SwitchoverEnded&, const SwitchoverEnded&) = default;
};
// Answers StopAsked.
struct Stopped {
    friend bool operator==(const Stopped&, const Stopped&) = default;
};
using ServiceAction = std::variant<Judge, Advertise, Succeed, Serve, Pause, Refuse, Leave, SwitchoverEnded,
                                   OrderAnswer, Stopped, Task, Report>;
using ServiceActions = std::vector<ServiceAction>;

}  // namespace highbase::node
