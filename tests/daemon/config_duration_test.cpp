// SPDX-License-Identifier: GPL-2.0-or-later
#include <rapidcheck.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "daemon/duration.hpp"
#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

std::int64_t nanoseconds(std::string_view text) {
    INFO(text);
    const auto duration = parse_duration(text);
    REQUIRE(duration);
    return duration->count();
}

std::string complaint_of(std::string_view text) {
    INFO(text);
    const auto duration = parse_duration(text);
    REQUIRE_FALSE(duration);
    return duration.error();
}

TEST_CASE("a duration is one number and its unit, read exactly") {
    CHECK(nanoseconds("100ms") == 100'000'000);
    CHECK(nanoseconds("1.5s") == 1'500'000'000);
    CHECK(nanoseconds("2m") == 120'000'000'000);
    CHECK(nanoseconds("500us") == 500'000);
    CHECK(nanoseconds("7ns") == 7);
    CHECK(nanoseconds("24h") == 86'400'000'000'000);
    CHECK(nanoseconds("40.95s") == 40'950'000'000);
    CHECK(nanoseconds("0s") == 0);
    CHECK(nanoseconds("007ms") == 7'000'000);
    CHECK(nanoseconds("1.50s") == 1'500'000'000);
    CHECK(nanoseconds("0.000000001s") == 1);
    CHECK(nanoseconds("1.000000000000000000000000s") == 1'000'000'000);
    CHECK(nanoseconds("0.00000000005h") == 180);
    CHECK(nanoseconds("0.000000000005h") == 18);
    CHECK(nanoseconds("1.25m") == 75'000'000'000);
}

TEST_CASE("the longest duration is that of 64 bits") {
    CHECK(nanoseconds("9223372036854775807ns") == std::numeric_limits<std::int64_t>::max());
    CHECK(nanoseconds("9223372036.854775807s") == std::numeric_limits<std::int64_t>::max());
    CHECK(complaint_of("9223372036854775808ns") ==
          "\"9223372036854775808ns\" is too long: the longest is 292 years");
    CHECK(complaint_of("9223372036.854775808s") ==
          "\"9223372036.854775808s\" is too long: the longest is 292 years");
    CHECK(complaint_of("2562048h") == "\"2562048h\" is too long: the longest is 292 years");
    // Numbers whose product would come out small again if it were computed modulo 2^64.
    CHECK(complaint_of("18446744073709551617ns") ==
          "\"18446744073709551617ns\" is too long: the longest is 292 years");
    CHECK(complaint_of("5124095576030431h") == "\"5124095576030431h\" is too long: the longest is 292 years");
    CHECK(complaint_of("99999999999999999999999999999999s") ==
          "\"99999999999999999999999999999999s\" is too long: the longest is 292 years");
}

TEST_CASE("what is not a duration is refused with what to write") {
    const std::string form =
        " is not a duration: write one number and its unit (h, m, s, ms, us or ns), such as \"1.5s\"";
    for (const std::string text : {"",     "s",      "-1s", "+1s",     ".5s",      "1.s",  "1 s",
                                   " 1s",  "1s ",    "1S",  "1min",    "1m30s",    "1e3s", "0x10s",
                                   "1,5s", "1.5.5s", "1d",  "\u00b5s", "1\u00b5s", "one",  "123456789012"}) {
        CHECK(complaint_of(text) == "\"" + text + "\"" + form);
    }
    CHECK(complaint_of("100") ==
          "\"100\" has no unit: write \"100s\" for seconds or \"100ms\" for milliseconds");
    CHECK(complaint_of("1.5") ==
          "\"1.5\" has no unit: write \"1.5s\" for seconds or \"1.5ms\" for milliseconds");
    CHECK(complaint_of("1.5ns") == "\"1.5ns\" is not a whole number of nanoseconds: use fewer decimals");
    CHECK(complaint_of("0.0000000001s") ==
          "\"0.0000000001s\" is not a whole number of nanoseconds: use fewer decimals");
    CHECK(complaint_of("0.0000000000000001h") ==
          "\"0.0000000000000001h\" is not a whole number of nanoseconds: use fewer decimals");
}

TEST_CASE("a duration is written in the shortest exact form") {
    using vrrp::Duration;
    CHECK(to_text(Duration{0}) == "0s");
    CHECK(to_text(Duration{1}) == "1ns");
    CHECK(to_text(Duration{1'000}) == "1us");
    CHECK(to_text(Duration{10'000'000}) == "10ms");
    CHECK(to_text(Duration{100'000'000}) == "100ms");
    CHECK(to_text(Duration{1'500'000'000}) == "1.5s");
    CHECK(to_text(Duration{40'950'000'000}) == "40.95s");
    CHECK(to_text(Duration{90'000'000'000}) == "90s");
    CHECK(to_text(Duration{120'000'000'000}) == "2m");
    CHECK(to_text(Duration{100'000'000'000}) == "100s");
    CHECK(to_text(Duration{5'400'000'000'000}) == "90m");
    CHECK(to_text(Duration{9'000'000'000'000}) == "2.5h");
    CHECK(to_text(Duration{1'234'567}) == "1234567ns");
    CHECK(to_text(Duration{360'938'000}) == "360938us");
    CHECK(to_text(Duration::max()) == "9223372036.854775807s");
    CHECK(to_text(Duration{-1'500'000'000}) == "-1.5s");
    CHECK(to_text(Duration::min()) == "-9223372036.854775808s");
}

TEST_CASE("every duration is read back as it was written") {
    CHECK(rc::check([] {
        // Durations of all magnitudes, round ones and others.
        const auto unit =
            *rc::gen::element<std::int64_t>(1, 1'000, 10'000'000, 1'000'000'000, 60'000'000'000);
        const auto count =
            *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max() / unit);
        const auto shift = *rc::gen::inRange(0, 63);
        const vrrp::Duration duration{(count >> shift) * unit};
        const auto read = parse_duration(to_text(duration));
        RC_ASSERT(read.has_value());
        RC_ASSERT(*read == duration);
    }));
}

}  // namespace
}  // namespace highbase::daemon
