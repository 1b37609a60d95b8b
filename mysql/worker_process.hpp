// SPDX-License-Identifier: GPL-2.0-or-later
// A worker process, from its start to its end, without ever waiting for either: to start a program waits for
// the disk it is on, and a killed process can linger in the kernel. A thread for each worker starts it, lives
// as long as it does (which is what PR_SET_PDEATHSIG is about), and leaves no zombie; SIGCHLD and the other
// children of this process are not touched.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "netlink/descriptor.hpp"
#include "netlink/result.hpp"

namespace highbase::mysql {

inline constexpr int kWorkerChannel = 3;  // the worker's descriptor of the socket between the two

// Counts the workers of one owner that have not ended yet, those that were killed and linger with the others.
using WorkerCount = std::shared_ptr<std::atomic<int>>;
inline constexpr int kMostWorkers = 4;  // of one owner

class WorkerProcess {
public:
    // Returns at once; whether `program` could be started shows on the socket: its end, and ending().
    // The program gets no argument, no environment, no descriptor but 2 and kWorkerChannel (0 and 1:
    // /dev/null), no blocked or ignored signal, a session of its own and SCHED_OTHER.
    static netlink::Result<WorkerProcess> start(const std::filesystem::path& program,
                                                const WorkerCount& count);

    WorkerProcess(WorkerProcess&&) noexcept = default;
    WorkerProcess& operator=(WorkerProcess&&) = delete;
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;
    ~WorkerProcess();  // SIGKILL, without waiting

    // This side of the socket, once.
    netlink::Descriptor take_socket() { return std::move(socket_); }
    // For the operator: "exit status 1", "killed by signal 9", "cannot be started: No such file or
    // directory". To be asked when the socket has come to its end.
    [[nodiscard]] std::string ending() const;

private:
    struct Child;
    WorkerProcess(std::shared_ptr<Child> child, netlink::Descriptor socket);

    std::shared_ptr<Child> child_;
    netlink::Descriptor socket_;
};

// Beside the running program, as in a build tree, or where it is installed.
std::filesystem::path find_worker();

}  // namespace highbase::mysql
