// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "daemon/log_record.hpp"

namespace highbase::daemon {

// From many threads to one, without a lock (D. Vyukov's bounded queue). Each cell's ticket says whose turn it
// is: equal to a writer's position, the cell is free for it; one more, its record is there. Boost's lock-free
// queue is not used: its free list reads what another writer may be writing, which ThreadSanitizer rightly
// reports.
class LogQueue {
public:
    static constexpr std::size_t kCapacity = 1024;  // a power of two

    LogQueue() {
        for (std::size_t i = 0; i < kCapacity; ++i) cells_[i].ticket.store(i, std::memory_order_relaxed);
    }

    // From any thread. False: it is full. Never waits for another thread.
    bool push(const LogRecord& record) noexcept {
        std::size_t position = reserved_.load(std::memory_order_relaxed);
        while (true) {
            Cell& cell = cells_[position % kCapacity];
            const std::size_t ticket = cell.ticket.load(std::memory_order_acquire);
            if (ticket == position) {
                if (!reserved_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed))
                    continue;
                cell.record = record;
                cell.ticket.store(position + 1, std::memory_order_release);
                return true;
            }
            if (ticket < position) return false;  // still holds the record of one round before
            position = reserved_.load(std::memory_order_relaxed);
        }
    }

    // ---- from one thread
    // False: it is empty, or the next writer has not finished.
    bool pop(LogRecord& record) noexcept {
        Cell& cell = cells_[taken_ % kCapacity];
        if (cell.ticket.load(std::memory_order_acquire) != taken_ + 1) return false;
        record = cell.record;
        cell.ticket.store(taken_ + kCapacity, std::memory_order_release);
        ++taken_;
        return true;
    }
    // How many records have been taken, and for how many a writer has come; counted for ever.
    [[nodiscard]] std::size_t taken() const { return taken_; }
    [[nodiscard]] std::size_t reserved() const { return reserved_.load(std::memory_order_relaxed); }

private:
    struct Cell {
        std::atomic<std::size_t> ticket;
        LogRecord record;
    };
    std::array<Cell, kCapacity> cells_;
    std::atomic<std::size_t> reserved_{0};
    std::size_t taken_ = 0;
};

}  // namespace highbase::daemon
