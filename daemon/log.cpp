// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log.hpp"

#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/clock.hpp"

namespace highbase::daemon {
namespace {

// Milliseconds for poll: -1 is for ever; rounded up, so that the deadline has come when poll returns.
int poll_timeout(std::optional<vrrp::TimePoint> deadline) {
    if (!deadline) return -1;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*deadline - boottime_now());
    return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 60'000));
}

Instant now() {
    return {wall_now(), boottime_now()};
}

}  // namespace

Log::Log(std::unique_ptr<LogSink> sink, node::Level level, RateLimit limit)
    : sink_{std::move(sink)},
      pipeline_{*sink_, history_, limit},
      queue_{std::make_unique<LogQueue>()},
      level_{level} {}

void Log::write(const node::Report& report) noexcept {
    const node::Level level = node::describe(report.id).level;
    if (level < std::min(level_.load(std::memory_order_relaxed), node::Level::info)) return;
    if (!queue_->push(encode(report, wall_now(), boottime_now()))) {
        lost_.fetch_add(1, std::memory_order_relaxed);
    }
    wake_up_.notify();
}

void Log::start() {
    stopping_ = false;
    thread_.emplace("hb-log", [this] { run(); });
}

void Log::stop() {
    if (!thread_) return;
    stopping_ = true;
    wake_up_.notify();
    thread_.reset();
}

void Log::run() {
    while (true) {
        wake_up_.acknowledge();
        const bool last = stopping_;  // after the wake-up that it came with has been taken
        drain();
        if (last) return drain_to(queue_->reserved());
        pollfd wake{.fd = wake_up_.descriptor(), .events = POLLIN, .revents = 0};
        ::poll(&wake, 1, poll_timeout(pipeline_.next_deadline()));
    }
}

// Where a writer was interrupted in the middle of its record, those after it wait for its end.
void Log::drain_to(std::size_t position) {
    while (queue_->taken() < position) {
        ::sched_yield();
        drain();
    }
}

void Log::drain() {
    const node::Level level = level_.load(std::memory_order_relaxed);
    LogRecord record;
    while (queue_->pop(record)) pipeline_.handle(record, level);
    // After what had found a place in the queue, so that the loss is told where it happened.
    const std::uint64_t lost = lost_.load(std::memory_order_relaxed);
    if (lost != lost_told_) pipeline_.report_lost(lost - std::exchange(lost_told_, lost), now(), level);
    pipeline_.tick(now(), level);
}

}  // namespace highbase::daemon
