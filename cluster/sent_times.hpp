// SPDX-License-Identifier: GPL-2.0-or-later
// When our latest messages were sent. An answer that echoes a number was made after it: so both sides know
// how old an answer can be at most, without a common clock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>

#include "cluster/peer_message.hpp"
#include "vrrp/time.hpp"

namespace highbase::cluster {

class SentTimes {
public:
    // Numbers and times only grow. What was sent before `oldest` is forgotten.
    void add(MessageNumber number, vrrp::TimePoint now, vrrp::TimePoint oldest) {
        sent_.push_back({number, now});
        while (sent_.front().time < oldest || sent_.size() > kMost) sent_.pop_front();
    }
    // Nothing: too long ago, or never.
    [[nodiscard]] std::optional<vrrp::TimePoint> find(MessageNumber number) const {
        const auto found = std::ranges::lower_bound(sent_, number, {}, &Sent::number);
        if (found == sent_.end() || found->number != number) return std::nullopt;
        return found->time;
    }

private:
    struct Sent {
        MessageNumber number{};
        vrrp::TimePoint time;
    };
    static constexpr std::size_t kMost = 1024;

    std::deque<Sent> sent_;
};

}  // namespace highbase::cluster
