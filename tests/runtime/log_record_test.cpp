// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_record.hpp"

#include <string>

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using node::EventId;
using node::Report;

Report round_trip(const Report& report) {
    return decode(encode(report, {}, {}));
}

TEST_CASE("A report comes out of a record as it went in") {
    const Report report{EventId::became_active, {{"router", "db"}, {"priority", "150"}, {"cause", ""}}};
    const LogRecord record = encode(report, status::WallTime{5ms}, vrrp::TimePoint{7ns});
    CHECK(record.wall == status::WallTime{5ms});
    CHECK(record.at == vrrp::TimePoint{7ns});
    CHECK(decode(record) == report);
    CHECK(round_trip({EventId::node_stopping, {}}) == Report{EventId::node_stopping, {}});
}

TEST_CASE("A value that has no room is cut, and says so") {
    // "error" NUL takes 6 of the 992 octets, the NUL at the end one.
    const std::string fits(985, 'x');
    CHECK(round_trip({EventId::send_failed, {{"error", fits}}}).fields.at(0).value == fits);
    const std::string cut = round_trip({EventId::send_failed, {{"error", fits + "y"}}}).fields.at(0).value;
    CHECK(cut == std::string(982, 'x') + "...");
}

TEST_CASE("Fields that have no room at all are left out") {
    const Report report{EventId::send_failed, {{"a", std::string(980, 'x')}, {"interface", "eth0"}}};
    const Report result = round_trip(report);
    REQUIRE(result.fields.size() == 1);
    CHECK(result.fields[0] == report.fields[0]);
}

TEST_CASE("A value of any length next to the limit stays readable") {
    for (std::size_t size = 970; size < 1010; ++size) {
        const Report result =
            round_trip({EventId::send_failed, {{"e", std::string(size, 'x')}, {"f", "1234567890"}}});
        REQUIRE_FALSE(result.fields.empty());
        CHECK(result.fields[0].value.size() <= 989);
        if (result.fields.size() == 2) CHECK(result.fields[1].name == "f");
    }
}

}  // namespace
}  // namespace highbase::daemon
