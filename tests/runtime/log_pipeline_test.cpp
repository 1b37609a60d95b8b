// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_pipeline.hpp"

#include "tests/catch.hpp"
#include "tests/runtime/recording_sink.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using node::EventId;
using node::Level;
using Lines = std::vector<std::string>;

struct Bench {
    Recording recording;
    RecordingSink sink{recording};
    EventHistory history;
    LogPipeline pipeline{sink, history, RateLimit{2, 5s}};

    void handle(const node::Report& report, std::chrono::milliseconds at, Level level = Level::info) {
        pipeline.handle(encode(report, status::WallTime{at}, vrrp::TimePoint{at}), level);
    }
    Lines take() { return std::exchange(recording.lines, {}); }
};

node::Report stopping() {
    return {EventId::node_stopping, {{"node", "gw1"}}};
}
node::Report resigned(const char* router) {
    return {EventId::resigned, {{"router", router}}};
}

TEST_CASE("A report becomes a line and an event of the history") {
    Bench bench;
    bench.handle(resigned("db"), 1500ms);
    CHECK(bench.take() == Lines{"1970-01-01T00:00:01.500Z warning HB0122 db: resigned\n"});
    const EventHistory::Page page = bench.history.after(0, 10);
    REQUIRE(page.events.size() == 1);
    CHECK(page.events[0] == status::Event{1, status::WallTime{1500ms}, resigned("db")});
}

TEST_CASE("The level filters the lines, not the history") {
    Bench bench;
    bench.handle(stopping(), 1s, Level::notice);
    CHECK(bench.take().empty());
    bench.handle(resigned("db"), 1s, Level::warning);
    CHECK(bench.take().size() == 1);
    CHECK(bench.history.after(0, 10).events.size() == 2);
}

TEST_CASE("A flood: the burst, then how many were suppressed, then one more") {
    Bench bench;
    for (int i = 0; i < 6; ++i) bench.handle(resigned("db"), 10s);
    CHECK(bench.take() == Lines{"1970-01-01T00:00:10.000Z warning HB0122 db: resigned\n",
                                "1970-01-01T00:00:10.000Z warning HB0122 db: resigned\n"});
    CHECK(bench.pipeline.next_deadline() == vrrp::TimePoint{15s});
    bench.handle(resigned("db"), 15s);
    CHECK(bench.take() ==
          Lines{"1970-01-01T00:00:15.000Z notice HB0400 4 more reports of HB0122 were suppressed\n",
                "1970-01-01T00:00:15.000Z warning HB0122 db: resigned\n"});
    CHECK_FALSE(bench.pipeline.next_deadline().has_value());
    // Nor does the history hold what was suppressed.
    CHECK(bench.history.after(0, 10).events.size() == 4);
    CHECK(bench.history.after(2, 1).events[0].report ==
          node::Report{EventId::log_suppressed, {{"count", "4"}, {"event", "HB0122"}, {"router", "db"}}});
}

TEST_CASE("The end of a flood is told by the deadline alone") {
    Bench bench;
    for (int i = 0; i < 3; ++i) bench.handle(stopping(), 10s);
    CHECK(bench.take().size() == 2);
    bench.pipeline.tick({status::WallTime{14s}, vrrp::TimePoint{14s}}, Level::info);
    CHECK(bench.take().empty());
    bench.pipeline.tick({status::WallTime{15s}, vrrp::TimePoint{15s}}, Level::info);
    CHECK(bench.take() ==
          Lines{"1970-01-01T00:00:15.000Z notice HB0400 1 more reports of HB0002 were suppressed\n"});
}

TEST_CASE("Another router's reports pass a flood") {
    Bench bench;
    for (int i = 0; i < 3; ++i) bench.handle(resigned("db"), 10s);
    bench.handle(resigned("web"), 10s);
    CHECK(bench.take().back() == "1970-01-01T00:00:10.000Z warning HB0122 web: resigned\n");
}

TEST_CASE("Lost reports are told with their number") {
    Bench bench;
    bench.pipeline.report_lost(7, {status::WallTime{1s}, vrrp::TimePoint{1s}}, Level::info);
    CHECK(bench.take() ==
          Lines{"1970-01-01T00:00:01.000Z warning HB0401 7 reports were lost: they came faster than "
                "the log could take them\n"});
}

}  // namespace
}  // namespace highbase::daemon
