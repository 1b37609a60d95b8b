// SPDX-License-Identifier: GPL-2.0-or-later
// One program from its start to its end, as a call that waits: for a thread of its own. SIGCHLD and the other
// children of this process are not touched.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "netlink/descriptor.hpp"
#include "process/command.hpp"

namespace highbase::process {

class Child {
public:
    explicit Child(Command command) : command_{std::move(command)} {}

    // Starts the program and returns when it has ended and left no zombie. Once.
    void tend();
    // From any thread, at any time: SIGKILL to the process group, now or as soon as it exists.
    void kill();
    // From any thread. TimedOut while it has not ended.
    [[nodiscard]] Outcome outcome() const;

private:
    struct Reader {
        netlink::Descriptor pipe;
        std::string* text;  // where it goes: a member of outcome_
    };

    bool start(Reader& output, Reader& error);
    void watch(Reader& output, Reader& error);
    void read(Reader& reader);
    void drain(Reader& reader);
    void reap();
    void end(Ending ending);
    void signal_group(int signal);

    const Command command_;
    const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    netlink::Descriptor pidfd_;  // the tending thread's alone

    mutable std::mutex mutex_;  // of what follows; never held while anything can wait
    // While it is not reaped: so long its number, and that of its group, are nobody else's.
    std::optional<pid_t> pid_;
    bool is_killed_ = false;
    bool is_late_ = false;
    Outcome outcome_{TimedOut{}, {}, {}, false};
};

}  // namespace highbase::process
