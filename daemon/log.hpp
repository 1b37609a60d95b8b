// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's log. Any thread, the speaker first of all, hands a report over without waiting; a thread of
// the log's own does what may wait.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "daemon/log_pipeline.hpp"
#include "daemon/log_queue.hpp"
#include "daemon/wake_up.hpp"
#include "daemon/worker_thread.hpp"

namespace highbase::daemon {

class Log {
public:
    // Throws std::system_error.
    Log(std::unique_ptr<LogSink> sink, node::Level level, RateLimit limit = {});
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log() { stop(); }

    // From any thread; takes no lock, allocates nothing, never waits. While the queue is full reports are
    // counted and the count is reported afterwards. Reports below both the level and `info` go nowhere.
    void write(const node::Report& report) noexcept;

    // Until start() reports wait in the queue: the thread must not exist before the process has given up its
    // privileges, or it would keep them. Throws std::system_error.
    void start();
    // What was written before is in the sink when this returns. Then reports wait again.
    void stop();

    void set_level(node::Level level) { level_.store(level, std::memory_order_relaxed); }
    [[nodiscard]] EventHistory& history() { return history_; }
    // Reports lost so far because the queue was full.
    [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

private:
    void run();
    void drain();
    void drain_to(std::size_t position);

    std::unique_ptr<LogSink> sink_;
    EventHistory history_;
    LogPipeline pipeline_;
    std::unique_ptr<LogQueue> queue_;  // more than a stack should hold
    WakeUp wake_up_;
    std::atomic<node::Level> level_;
    std::atomic<std::uint64_t> lost_{0};
    std::uint64_t lost_told_ = 0;
    std::atomic<bool> stopping_{false};
    std::optional<WorkerThread> thread_;
};

}  // namespace highbase::daemon
