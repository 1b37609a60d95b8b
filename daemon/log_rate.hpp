// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps a fault that repeats from filling the log and pushing everything else out of the history.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/report.hpp"
#include "vrrp/time.hpp"

namespace highbase::daemon {

struct RateLimit {
    int burst = 20;  // at once, after a quiet time: all steps of a promotion, and a few more
    vrrp::Duration refill{std::chrono::seconds{5}};  // then one in each of these
};

class TokenBucket {
public:
    explicit TokenBucket(RateLimit limit) : limit_{limit} {}
    [[nodiscard]] bool take(vrrp::TimePoint now);
    // When take() will next answer true; in the past where it would now.
    [[nodiscard]] vrrp::TimePoint next_token() const { return full_at_ - (limit_.burst - 1) * limit_.refill; }
    [[nodiscard]] bool is_full(vrrp::TimePoint now) const { return full_at_ <= now; }

private:
    RateLimit limit_;
    vrrp::TimePoint full_at_{};  // when all tokens will be there, if none is taken any more
};

struct Suppressed {
    node::EventId id{};
    std::string router;  // its name; empty: of no router
    std::uint64_t count = 0;
    friend bool operator==(const Suppressed&, const Suppressed&) = default;
};

// One bucket for each event of each router: a router in trouble does not silence the others.
class RateLimiter {
public:
    explicit RateLimiter(RateLimit limit) : limit_{limit} {}

    // Whether it is to be written; otherwise it is counted.
    [[nodiscard]] bool admit(node::EventId id, const std::string& router, vrrp::TimePoint now);
    // What has been suppressed, of those that may be written again. Each is told once.
    [[nodiscard]] std::vector<Suppressed> take_due(vrrp::TimePoint now);
    // When take_due() will next have something to tell.
    [[nodiscard]] std::optional<vrrp::TimePoint> next_due() const;

private:
    struct Class {
        TokenBucket bucket;
        std::uint64_t suppressed = 0;
    };
    RateLimit limit_;
    std::map<std::pair<node::EventId, std::string>, Class> classes_;
};

}  // namespace highbase::daemon
