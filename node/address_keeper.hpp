// SPDX-License-Identifier: GPL-2.0-or-later
// How often somebody else may delete our addresses before we stop putting them back.
#pragma once

#include <cstddef>
#include <deque>

#include "vrrp/time.hpp"

namespace highbase::node {

class AddressKeeper {
public:
    // More deletions than this within the window, and another program owns the interface: fighting on would
    // only flap.
    static constexpr std::size_t kMostLosses = 10;
    static constexpr vrrp::Duration kWindow = std::chrono::seconds{10};

    // Counts a loss; false when it is one too many, and the count begins anew.
    bool may_put_back(vrrp::TimePoint now) {
        while (!losses_.empty() && now - losses_.front() >= kWindow) losses_.pop_front();
        losses_.push_back(now);
        if (losses_.size() <= kMostLosses) return true;
        losses_.clear();
        return false;
    }

private:
    std::deque<vrrp::TimePoint> losses_;
};

}  // namespace highbase::node
