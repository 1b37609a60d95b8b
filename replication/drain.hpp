// SPDX-License-Identifier: GPL-2.0-or-later
// How long a replica would need to apply what it has received: known before it matters, because that is how
// long a promotion would take.
#pragma once

#include <optional>

#include "replication/server_view.hpp"
#include "vrrp/time.hpp"

namespace highbase::replication {

class DrainEstimate {
public:
    // One look at the own server.
    void note(vrrp::TimePoint now, const ServerView& view);
    // From the pace of the last seconds. Zero: everything is applied. Nothing: it is not known, because there
    // is no replica, or because its applier makes no progress.
    [[nodiscard]] std::optional<vrrp::Duration> left() const { return left_; }

private:
    struct Sample {
        vrrp::TimePoint at{};
        Position applied;
    };
    std::optional<Sample> since_;  // what the pace is measured from
    std::optional<vrrp::Duration> left_;
};

}  // namespace highbase::replication
