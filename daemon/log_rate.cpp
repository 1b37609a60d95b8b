// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_rate.hpp"

#include <algorithm>

namespace highbase::daemon {

bool TokenBucket::take(vrrp::TimePoint now) {
    if (now < next_token()) return false;
    full_at_ = std::max(full_at_, now) + limit_.refill;
    return true;
}

bool RateLimiter::admit(node::EventId id, const std::string& router, vrrp::TimePoint now) {
    Class& entry = classes_.try_emplace({id, router}, Class{TokenBucket{limit_}}).first->second;
    if (entry.bucket.take(now)) return true;
    ++entry.suppressed;
    return false;
}

std::vector<Suppressed> RateLimiter::take_due(vrrp::TimePoint now) {
    std::vector<Suppressed> result;
    for (auto& [key, entry] : classes_) {
        if (entry.suppressed == 0 || now < entry.bucket.next_token()) continue;
        result.push_back({key.first, key.second, std::exchange(entry.suppressed, 0)});
    }
    std::erase_if(classes_, [now](const auto& item) {
        return item.second.suppressed == 0 && item.second.bucket.is_full(now);
    });
    return result;
}

std::optional<vrrp::TimePoint> RateLimiter::next_due() const {
    std::optional<vrrp::TimePoint> result;
    for (const auto& [key, entry] : classes_) {
        if (entry.suppressed == 0) continue;
        const vrrp::TimePoint due = entry.bucket.next_token();
        result = result ? std::min(*result, due) : due;
    }
    return result;
}

}  // namespace highbase::daemon
