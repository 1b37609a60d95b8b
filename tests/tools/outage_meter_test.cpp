// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/tools/outage_meter.hpp"

#include "tests/catch.hpp"

namespace highbase::tests {
namespace {

using namespace std::chrono_literals;

constexpr Mac kOne{2, 0, 0, 0, 0, 1};
constexpr Mac kOther{2, 0, 0, 0, 0, 2};

}  // namespace

TEST_CASE("answers in time are no outage") {
    OutageMeter meter(5ms);
    CHECK(meter.answered(1ms, 0, kOne).other_owner);
    CHECK_FALSE(meter.answered(2ms, 1, kOne).ended);
    CHECK_FALSE(meter.answered(7ms, 2, kOne).ended);
    CHECK_FALSE(meter.silence(12ms));
    CHECK_FALSE(meter.finish(12ms));
    CHECK(meter.longest() == 5ms);
    CHECK(meter.answers() == 3);
}

TEST_CASE("an outage is noticed once and ended by the next answer") {
    OutageMeter meter(5ms);
    meter.answered(10ms, 0, kOne);
    CHECK_FALSE(meter.silence(15ms));
    CHECK(meter.silence(16ms) == 10ms);
    CHECK_FALSE(meter.silence(17ms));

    const OutageMeter::Answer answer = meter.answered(310ms, 300, kOther);
    REQUIRE(answer.ended);
    CHECK(answer.ended->start == 10ms);
    CHECK(answer.ended->end == 310ms);
    CHECK(answer.other_owner);
    CHECK(meter.longest() == 300ms);

    CHECK(meter.silence(316ms) == 310ms);
}

TEST_CASE("without a first answer there is no outage") {
    OutageMeter meter(5ms);
    CHECK_FALSE(meter.silence(1s));
    CHECK_FALSE(meter.finish(2s));
    CHECK(meter.longest() == 0ms);
}

TEST_CASE("a silence that lasts until the end counts") {
    OutageMeter meter(5ms);
    meter.answered(10ms, 0, kOne);
    CHECK(meter.finish(60ms));
    CHECK(meter.longest() == 50ms);
}

TEST_CASE("a second answer to one probe is a duplicate") {
    OutageMeter meter(5ms);
    CHECK_FALSE(meter.answered(10ms, 0, kOne).duplicate);
    CHECK(meter.answered(10ms, 0, kOther).duplicate);
    CHECK_FALSE(meter.answered(11ms, 4096, kOne).duplicate);
    CHECK(meter.answers() == 2);
    CHECK(meter.duplicates() == 1);
}

TEST_CASE("an answer stamped earlier than the one before moves nothing back") {
    OutageMeter meter(5ms);
    meter.answered(20ms, 0, kOne);
    CHECK_FALSE(meter.answered(19ms, 1, kOne).ended);
    CHECK(meter.answered(26ms, 2, kOne).ended->length() == 6ms);
}

}  // namespace highbase::tests
