// SPDX-License-Identifier: GPL-2.0-or-later
// What happens to a report on the log's own thread: rate limit, level, history, sink. Without a clock or a
// thread.
#pragma once

#include <cstdint>
#include <optional>

#include "daemon/log_history.hpp"
#include "daemon/log_rate.hpp"
#include "daemon/log_record.hpp"
#include "daemon/log_sink.hpp"

namespace highbase::daemon {

struct Instant {
    status::WallTime wall;
    vrrp::TimePoint at;
};

class LogPipeline {
public:
    LogPipeline(LogSink& sink, EventHistory& history, RateLimit limit)
        : sink_{sink}, history_{history}, limiter_{limit} {}

    // The history takes everything that comes here; the sink what is at least of `level`.
    void handle(const LogRecord& record, node::Level level);
    // `count` reports never came here, because the queue was full.
    void report_lost(std::uint64_t count, Instant now, node::Level level);
    // At next_deadline(): tells what the rate limit has suppressed.
    void tick(Instant now, node::Level level);
    [[nodiscard]] std::optional<vrrp::TimePoint> next_deadline() const { return limiter_.next_due(); }

private:
    void publish(status::WallTime time, node::Report report, node::Level level);

    LogSink& sink_;
    EventHistory& history_;
    RateLimiter limiter_;
};

}  // namespace highbase::daemon
