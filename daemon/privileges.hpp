// SPDX-License-Identifier: GPL-2.0-or-later
// What the process asks of the system when it starts, and what it gives back. In this order, before any other
// thread exists: enter_realtime() (or not), then give_up_capabilities(), because capabilities belong to
// threads and new threads inherit them.
#pragma once

#include <vector>

#include "netlink/result.hpp"
#include "node/report.hpp"

namespace highbase::daemon {

inline constexpr int kRealtimePriority =
    50;  // of 1 to 99: below the kernel's own threads for interrupts at 50 and more

struct RealtimeOutcome {
    bool memory_locked = false;
    bool priority_raised = false;
    std::vector<node::Report> reports;  // what could not be had, and why
};

// Locks the memory of the process, present and future, and gives the calling thread (the speaker) SCHED_FIFO
// and exact timers. Threads that it starts later have no real-time priority. What the system refuses is no
// reason not to run.
RealtimeOutcome enter_realtime();

// Whether CAP_KILL, by which processes of other users can be signalled, can be kept.
bool may_kill();

// Keeps CAP_NET_ADMIN and CAP_NET_RAW, CAP_IPC_LOCK where `memory_locked` exceeds RLIMIT_MEMLOCK, and
// CAP_KILL if `kills`; nothing can be gained again, not by executing a program either. An error means that
// the daemon must not run: it lacks what it needs (EPERM), or would keep what it must not have.
netlink::Result<void> give_up_capabilities(bool memory_locked, bool kills = false);

}  // namespace highbase::daemon
