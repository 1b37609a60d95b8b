// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the configuration file again on a thread of its own: a disk may hang, and the speaker must not.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <optional>

#include "daemon/config.hpp"
#include "daemon/worker_thread.hpp"

namespace highbase::daemon {

class Reloader {
public:
    // Throws std::system_error.
    explicit Reloader(std::filesystem::path file);
    Reloader(const Reloader&) = delete;
    Reloader& operator=(const Reloader&) = delete;
    ~Reloader();  // waits for a file that is being read

    // From any thread; `done` is called on the reloader's.
    void read(std::function<void(ParseResult)> done);

private:
    std::filesystem::path file_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::optional<WorkerThread> thread_;
};

}  // namespace highbase::daemon
