// SPDX-License-Identifier: GPL-2.0-or-later
// How often somebody else may delete, or add, our addresses before we stop to correct it.
#pragma once

#include <cstddef>
#include <deque>

#include "vrrp/time.hpp"

namespace highbase::node {

class AddressKeeper {
public:
    // More than this within the window, and another program owns the interface: fighting on would only flap.
    static constexpr std::size_t kMostCorrections = 10;
    static constexpr vrrp::Duration kWindow = std::chrono::seconds{10};

    // Counts one; false when it is one too many, and the count begins anew.
    bool may_correct(vrrp::TimePoint now) {
        while (!corrections_.empty() && now - corrections_.front() >= kWindow) corrections_.pop_front();
        corrections_.push_back(now);
        if (corrections_.size() <= kMostCorrections) return true;
        corrections_.clear();
        return false;
    }

private:
    std::deque<vrrp::TimePoint> corrections_;
};

}  // namespace highbase::node
