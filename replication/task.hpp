// SPDX-License-Identifier: GPL-2.0-or-later
// What is done to a server, or around it, one task at a time. The machines say what, a driver does it and
// answers each task once, with its number: TaskDone or TaskFailed. Who has waited long enough does not wait
// for the answer; a late one is ignored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "replication/server_view.hpp"
#include "replication/statements.hpp"

namespace highbase::replication {

// Programs of the operator: those before a transition may veto it, those after are told.
enum class HookPoint : std::uint8_t {
    before_promote,
    after_promote,
    before_demote,
    after_demote,
    before_rejoin,
    after_rejoin,
};
inline constexpr std::size_t kHookPoints = 6;
[[nodiscard]] std::string_view name(HookPoint point);  // "before-promote" and so on

struct RunHooks {
    HookPoint point{};
    friend bool operator==(const RunHooks&, const RunHooks&) = default;
};
// No packet to that server's port leaves this host any more.
struct CloseRoad {
    std::string host;
    std::uint16_t port = 0;
    friend bool operator==(const CloseRoad&, const CloseRoad&) = default;
};
struct OpenRoad {
    friend bool operator==(const OpenRoad&, const OpenRoad&) = default;
};
// One after the other; the first that fails ends it. `hold` is said before, and may fail; `release` is said
// afterwards, whatever has failed, and also where nobody waits for the answer any more.
struct Execute {
    Statements statements;
    Statements hold{};
    Statements release{};
    friend bool operator==(const Execute&, const Execute&) = default;
};
// Answered with a view.
struct Look {
    friend bool operator==(const Look&, const Look&) = default;
};
// Ends every client's session: not those of replication, of the server itself, and of this node.
struct EvictClients {
    friend bool operator==(const EvictClients&, const EvictClients&) = default;
};
// Ends the sessions that wait for a replica's acknowledgement. MariaDB then commits what they have written;
// to be said only where the replica has received it.
struct EndWaits {
    friend bool operator==(const EndWaits&, const EndWaits&) = default;
};

// MySQL: ends the thread that applies, wherever it is. One that has half of a transaction before it would be
// waited for by STOP REPLICA for a minute.
struct EndApplier {
    friend bool operator==(const EndApplier&, const EndApplier&) = default;
};

// Done once the agent that the operator has named has switched the other box off.
struct FencePeer {
    friend bool operator==(const FencePeer&, const FencePeer&) = default;
};

struct TaskDone {
    std::uint32_t number = 0;
    std::optional<ServerView> view;  // of Look
};
struct TaskFailed {
    std::uint32_t number = 0;
    std::string reason;
    bool against_server = false;  // it did not answer, or cannot write; else it is not its fault
    bool held_up = false;         // by a lock that somebody holds
};

}  // namespace highbase::replication
