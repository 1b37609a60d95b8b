// SPDX-License-Identifier: GPL-2.0-or-later
// The sentinel: a process that does nothing but outlive the speaker's. When that dies without having ended in
// order (SIGKILL, an abort, no memory left), the sentinel does what its will says, within a millisecond or
// two, and ends as it has ended, so that the service manager starts both anew.
//
// It is the parent and so what the service manager calls the main process: signals for the daemon come here
// and are handed on. SIGABRT, which the watchdog of systemd sends, says that the speaker hangs: its will is
// done at once.
#pragma once

#include <sys/types.h>

#include <memory>
#include <variant>

#include "daemon/will_memory.hpp"
#include "netlink/descriptor.hpp"

namespace highbase::daemon {

// What the speaker's process has of it.
struct Sentinel {
    std::shared_ptr<WillMemory> will;
    netlink::Descriptor end;  // readable once the sentinel has died: nobody does the will any more
    pid_t process = 0;
};

// How the speaker's process has ended: as waitpid(2) has it.
enum class WaitStatus : int {};

// Forks. Returns twice: in the child, the speaker's process, the sentinel at once; in the parent how that has
// ended, when it has and its will is done. Before any other thread exists. Throws std::runtime_error or
// std::system_error where the system does not give what is needed; there is one process then.
std::variant<Sentinel, WaitStatus> divide(bool realtime);

// Ends this process as the other one has ended: with the same exit code, or by the same signal.
[[noreturn]] void end_like(WaitStatus status);

}  // namespace highbase::daemon
