// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include "netlink/result.hpp"
#include "process/command.hpp"

namespace highbase::process {

// Descriptors of this process that become 0, 1 and 2 of the program. A negative one: /dev/null.
struct Streams {
    int input = -1;
    int output = -1;
    int error = -1;
};

// Starts the program and waits until it is under way, which takes as long as the disk it is on. Nothing of
// this process is handed on but its user, its permitted capabilities and its limits: the program has a
// session and a process group of its own, whose number is its own, "/" as its directory, no other descriptor,
// no blocked or ignored signal, SCHED_OTHER, no ambient capability and no protection from the killer of those
// who take too much memory. To be called on a thread that is used for nothing else.
netlink::Result<pid_t> spawn(const Command& command, const Streams& streams);

}  // namespace highbase::process
