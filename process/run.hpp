// SPDX-License-Identifier: GPL-2.0-or-later
// One program run beside an event loop, which never waits for it: not for its start, which reads a disk, not
// for its output, not for the end of one that cannot be killed.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "process/child.hpp"
#include "process/command.hpp"
#include "process/detached_task.hpp"
#include "process/slots.hpp"

namespace highbase::process {

class Run {
public:
    using Done = std::function<void(const Outcome&)>;

    // Begins at once. `done` is called once, on the thread of `io` (which outlives the run), never from
    // within here; it may destroy the run. At the latest shortly after deadline and grace, also where the
    // program hangs in the kernel and keeps its slot. A program that ends is done with: what it started may
    // go on, and is not waited for. NotStarted also when no slot is free.
    Run(boost::asio::io_context& io, const Slots& slots, Command command, Done done);
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run();  // SIGKILL to the whole process group, unless the program has ended; `done` is not called

private:
    void begin(boost::asio::io_context& io, Slot slot);
    void finish(const Outcome& outcome);

    std::shared_ptr<Child> child_;
    Done done_;
    std::unique_ptr<DetachedTask> task_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for handlers in a queue
    boost::asio::steady_timer last_;
};

}  // namespace highbase::process
