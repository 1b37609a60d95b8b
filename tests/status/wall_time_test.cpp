// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/wall_time.hpp"

#include "tests/catch.hpp"

namespace highbase::status {
namespace {

using namespace std::chrono_literals;

WallTime at(std::chrono::year_month_day date, std::chrono::milliseconds time) {
    return std::chrono::sys_days{date} + time;
}

TEST_CASE("A wall time is ISO 8601 in UTC with milliseconds") {
    using std::chrono::year;
    CHECK(to_iso8601(WallTime{}) == "1970-01-01T00:00:00.000Z");
    CHECK(to_iso8601(at(year{2026} / 11 / 21, 10h + 11min + 12s + 123ms)) == "2026-11-21T10:11:12.123Z");
    CHECK(to_iso8601(at(year{2028} / 2 / 29, 23h + 59min + 59s + 999ms)) == "2028-02-29T23:59:59.999Z");
    // A clock that was never set.
    CHECK(to_iso8601(WallTime{-1ms}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("A duration in words shows its two largest units") {
    CHECK(to_words(0ms) == "0.0s");
    CHECK(to_words(349ms) == "0.3s");
    CHECK(to_words(59'999ms) == "59.9s");
    CHECK(to_words(60s) == "1min 0s");
    CHECK(to_words(59min + 59s + 999ms) == "59min 59s");
    CHECK(to_words(60min) == "1h 0min");
    CHECK(to_words(24h - 1s) == "23h 59min");
    CHECK(to_words(24h) == "1d 0h");
    CHECK(to_words(24h * 400 + 5h) == "400d 5h");
    CHECK(to_words(-5s) == "0.0s");
}

}  // namespace
}  // namespace highbase::status
