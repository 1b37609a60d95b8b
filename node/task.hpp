// SPDX-License-Identifier: GPL-2.0-or-later
// What a service wants done, one task at a time; answered with replication::TaskDone or TaskFailed, and a
// question to the witness with WitnessAnswered.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "cluster/journal.hpp"
#include "replication/task.hpp"
#include "vrrp/time.hpp"
#include "witness/rules.hpp"

namespace highbase::node {

// On disk before it is answered.
struct WriteJournal {
    cluster::Journal journal;
    friend bool operator==(const WriteJournal&, const WriteJournal&) = default;
};
// An excerpt of the binary log, for an operator: what the primary does not have.
struct SaveErrant {
    replication::ServerView own;
    replication::Position primary;
    bool acknowledged = false;  // this server wrote alone: its clients may have been told that it is done
    friend bool operator==(const SaveErrant&, const SaveErrant&) = default;
};
// The process of a local server ends: it was to be closed, and does not answer, or cannot. Done once it has
// ended, or where nobody can reach a server there.
struct KillServer {
    std::string reason;  // for an operator
    friend bool operator==(const KillServer&, const KillServer&) = default;
};
struct AskWitness {
    witness::Want want;
    bool needs_yes = true;  // else what follows is done as well where nobody answers: but never after a no
    friend bool operator==(const AskWitness&, const AskWitness&) = default;
};
// From the peer's server: whoever was connected through another box has lost it, and may not know.
struct EvictPeerClients {
    friend bool operator==(const EvictPeerClients&, const EvictPeerClients&) = default;
};
using Deed =
    std::variant<replication::RunHooks, replication::CloseRoad, replication::OpenRoad, replication::Execute,
                 replication::Look, replication::EvictClients, replication::EndWaits, replication::EndApplier,
                 replication::FencePeer, WriteJournal, SaveErrant, KillServer, AskWitness, EvictPeerClients>;

struct Task {
    std::uint32_t number = 0;   // used once by a service
    vrrp::Duration patience{};  // nobody waits longer for the answer
    cluster::Epoch epoch{};     // the term that it is about, for hooks
    Deed deed;
    friend bool operator==(const Task&, const Task&) = default;
};

}  // namespace highbase::node
