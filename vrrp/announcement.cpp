// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/announcement.hpp"

namespace highbase::vrrp {

std::optional<TimePoint> AnnouncementSchedule::next() const {
    if (policy_ == AnnouncePolicy::none) return std::nullopt;
    if (sent_ < kAnnouncementBurst.size()) return burst_start_ + kAnnouncementBurst.at(sent_);
    if (policy_ == AnnouncePolicy::refresh) return last_ + kAnnouncementRefresh;
    return std::nullopt;
}

bool AnnouncementSchedule::take_due(TimePoint now) {
    const std::optional<TimePoint> due = next();
    if (!due || now < *due) return false;
    while (sent_ < kAnnouncementBurst.size() && burst_start_ + kAnnouncementBurst.at(sent_) <= now) ++sent_;
    last_ = now;
    return true;
}

void AnnouncementSchedule::contend(TimePoint now) {
    if (now - burst_start_ >= std::chrono::seconds{1}) restart(now);
}

void AnnouncementSchedule::restart(TimePoint now) {
    burst_start_ = now;
    sent_ = 0;
}

}  // namespace highbase::vrrp
