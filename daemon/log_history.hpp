// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "status/event.hpp"

namespace highbase::daemon {

// The latest events, for `hbctl events`. Written by the log's thread and read by the control server's: a lock
// that the speaker never takes.
class EventHistory {
public:
    static constexpr std::size_t kCapacity = 1000;

    // Numbers the event and answers it.
    status::Event append(status::WallTime time, node::Report report);

    struct Page {
        std::vector<status::Event> events;
        std::uint64_t lost = 0;  // events after `since` that are no longer here
        std::uint64_t last = 0;  // the sequence number to continue from: of the last one on the page
    };
    // The oldest events with a sequence number greater than `since`, at most `limit`.
    [[nodiscard]] Page after(std::uint64_t since, std::size_t limit) const;

    // Called after each append, on the appending thread. Nothing: nobody listens. After it returns, the
    // listener before is not called any more.
    void set_listener(std::function<void()> listener);

private:
    mutable std::mutex mutex_;
    std::deque<status::Event> events_;
    std::uint64_t last_ = 0;
    std::mutex listener_mutex_;
    std::function<void()> listener_;
};

}  // namespace highbase::daemon
