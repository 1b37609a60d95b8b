// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/drain.hpp"

#include <algorithm>

namespace highbase::replication {
namespace {

// A pace is measured over at least one look, and over not much more than this.
constexpr vrrp::Duration kWindow = std::chrono::seconds{2};
constexpr double kLongest = 1e18;  // ns: a Duration holds nine times that

}  // namespace

void DrainEstimate::note(vrrp::TimePoint now, const ServerView& view) {
    left_.reset();
    if (view.channels.size() != 1) return since_.reset();
    const auto behind = view.applied.transactions_behind(view.channels.front().received);
    if (!behind) return since_.reset();
    if (!since_ || *behind == 0) since_ = Sample{now, view.applied};
    if (*behind == 0) {
        left_ = vrrp::Duration::zero();
        return;
    }
    const vrrp::Duration elapsed = now - since_->at;
    const auto progress = since_->applied.transactions_behind(view.applied).value_or(0);
    if (progress > 0 && elapsed > vrrp::Duration::zero()) {
        const double each = static_cast<double>(elapsed.count()) / static_cast<double>(progress);
        const double left = std::min(each * static_cast<double>(*behind), kLongest);
        left_ = vrrp::Duration{static_cast<vrrp::Duration::rep>(left)};
    }
    if (elapsed >= kWindow) since_ = Sample{now, view.applied};
}

}  // namespace highbase::replication
