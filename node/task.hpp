// SPDX-License-Identifier: GPL-2.0-or-later
// What a service wants done, one task at a time; answered with replication::TaskDone or TaskFailed.
#pragma once

#include <cstdint>
#include <variant>

#include "cluster/journal.hpp"
#include "replication/task.hpp"
#include "vrrp/time.hpp"

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
// From the peer's server: whoever was connected through another box has lost it, and may not know.
struct EvictPeerClients {
    friend bool operator==(const EvictPeerClients&, const EvictPeerClients&) = default;
};
using Deed =
    std::variant<replication::RunHooks, replication::CloseRoad, replication::OpenRoad, replication::Execute,
                 replication::Look, replication::EvictClients, replication::EndWaits, replication::EndApplier,
                 WriteJournal, SaveErrant, EvictPeerClients>;

struct Task {
    std::uint32_t number = 0;   // used once by a service
    vrrp::Duration patience{};  // nobody waits longer for the answer
    cluster::Epoch epoch{};     // the term that it is about, for hooks
    Deed deed;
    friend bool operator==(const Task&, const Task&) = default;
};

}  // namespace highbase::node
