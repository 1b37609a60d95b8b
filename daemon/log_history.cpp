// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_history.hpp"

#include <algorithm>
#include <utility>

namespace highbase::daemon {

status::Event EventHistory::append(status::WallTime time, node::Report report) {
    status::Event event{.sequence = 0, .time = time, .report = std::move(report)};
    {
        const std::lock_guard lock{mutex_};
        event.sequence = ++last_;
        if (events_.size() == kCapacity) events_.pop_front();
        events_.push_back(event);
    }
    const std::lock_guard lock{listener_mutex_};
    if (listener_) listener_();
    return event;
}

EventHistory::Page EventHistory::after(std::uint64_t since, std::size_t limit) const {
    const std::lock_guard lock{mutex_};
    Page page{.events = {}, .lost = 0, .last = std::min(since, last_)};
    const std::uint64_t oldest = last_ - events_.size() + 1;
    if (page.last + 1 < oldest) page.lost = oldest - page.last - 1;
    const std::uint64_t first = std::max(page.last + 1, oldest);
    for (std::uint64_t i = first; i <= last_ && page.events.size() < limit; ++i) {
        page.events.push_back(events_[i - oldest]);
    }
    page.last = page.events.empty() ? page.last : page.events.back().sequence;
    return page;
}

void EventHistory::set_listener(std::function<void()> listener) {
    const std::lock_guard lock{listener_mutex_};
    listener_ = std::move(listener);
}

}  // namespace highbase::daemon
