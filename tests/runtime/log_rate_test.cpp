// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_rate.hpp"

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using node::EventId;

constexpr RateLimit kThreeThenOneInFiveSeconds{3, 5s};

vrrp::TimePoint at(vrrp::Duration since_boot) {
    return vrrp::TimePoint{since_boot};
}

TEST_CASE("A bucket gives its burst at once, then one for each refill") {
    TokenBucket bucket{kThreeThenOneInFiveSeconds};
    CHECK(bucket.take(at(100s)));
    CHECK(bucket.take(at(100s)));
    CHECK(bucket.take(at(100s)));
    CHECK_FALSE(bucket.take(at(100s)));
    CHECK(bucket.next_token() == at(105s));
    CHECK_FALSE(bucket.take(at(105s - 1ns)));
    CHECK(bucket.take(at(105s)));
    CHECK_FALSE(bucket.take(at(105s)));
    CHECK(bucket.next_token() == at(110s));
    CHECK_FALSE(bucket.is_full(at(120s - 1ns)));
    CHECK(bucket.is_full(at(120s)));
}

TEST_CASE("A quiet bucket fills up to its burst, and not beyond") {
    TokenBucket bucket{kThreeThenOneInFiveSeconds};
    for (int i = 0; i < 3; ++i) CHECK(bucket.take(at(1s)));
    // Two of three have come back.
    CHECK(bucket.take(at(11s)));
    CHECK(bucket.take(at(11s)));
    CHECK_FALSE(bucket.take(at(11s)));
    for (int i = 0; i < 3; ++i) CHECK(bucket.take(at(1000s)));
    CHECK_FALSE(bucket.take(at(1000s)));
}

TEST_CASE("The daemon's own limit: twenty at once, then one in five seconds") {
    TokenBucket bucket{RateLimit{}};
    for (int i = 0; i < 20; ++i) CHECK(bucket.take(at(50s)));
    CHECK_FALSE(bucket.take(at(54'999ms)));
    CHECK(bucket.take(at(55s)));
}

TEST_CASE("What is suppressed is counted, and told once when the class may speak again") {
    RateLimiter limiter{kThreeThenOneInFiveSeconds};
    for (int i = 0; i < 3; ++i) CHECK(limiter.admit(EventId::send_failed, "db", at(10s)));
    CHECK_FALSE(limiter.next_due().has_value());
    CHECK_FALSE(limiter.admit(EventId::send_failed, "db", at(11s)));
    CHECK_FALSE(limiter.admit(EventId::send_failed, "db", at(12s)));
    CHECK(limiter.next_due() == at(15s));
    CHECK(limiter.take_due(at(15s - 1ns)).empty());
    CHECK(limiter.take_due(at(15s)) == std::vector<Suppressed>{{EventId::send_failed, "db", 2}});
    CHECK(limiter.take_due(at(15s)).empty());
    CHECK_FALSE(limiter.next_due().has_value());
    CHECK(limiter.admit(EventId::send_failed, "db", at(15s)));
}

TEST_CASE("Routers and events have classes of their own") {
    RateLimiter limiter{{1, 5s}};
    CHECK(limiter.admit(EventId::send_failed, "db", at(10s)));
    CHECK_FALSE(limiter.admit(EventId::send_failed, "db", at(10s)));
    CHECK(limiter.admit(EventId::send_failed, "web", at(12s)));
    CHECK(limiter.admit(EventId::send_failed, "", at(12s)));
    CHECK(limiter.admit(EventId::became_active, "db", at(10s)));
    CHECK_FALSE(limiter.admit(EventId::send_failed, "web", at(12s)));
    // The earliest of both.
    CHECK(limiter.next_due() == at(15s));
    CHECK(limiter.take_due(at(17s)) ==
          std::vector<Suppressed>{{EventId::send_failed, "db", 1}, {EventId::send_failed, "web", 1}});
}

}  // namespace
}  // namespace highbase::daemon
