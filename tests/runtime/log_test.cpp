// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log.hpp"

#include <thread>

#include "tests/catch.hpp"
#include "tests/runtime/recording_sink.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using node::EventId;
using node::Level;

// Never met in a test: a rate limit is tested with the pipeline.
constexpr RateLimit kUnlimited{1'000'000, 1ns};

node::Report numbered(int number) {
    return {EventId::service_manager_deaf, {{"error", std::to_string(number)}}};
}

std::string text(const std::string& line) {
    return line.substr(line.find(" HB"));
}

TEST_CASE("Reports wait for start(), and are in the sink after stop(), in order") {
    Recording recording;
    Log log{std::make_unique<RecordingSink>(recording), Level::info, kUnlimited};
    log.write(numbered(1));
    CHECK(recording.copy().empty());
    log.start();
    for (int i = 2; i <= 500; ++i) log.write(numbered(i));
    log.stop();

    const std::vector<std::string> lines = recording.copy();
    REQUIRE(lines.size() == 500);
    CHECK(text(lines[0]) == " HB0413 the service manager cannot be told how the daemon is: 1\n");
    CHECK(text(lines[499]) == " HB0413 the service manager cannot be told how the daemon is: 500\n");
    CHECK(log.history().after(0, 1000).events.size() == 500);
    CHECK(log.lost() == 0);

    // And again: what is written meanwhile is kept.
    log.write(numbered(501));
    log.start();
    log.stop();
    CHECK(recording.copy().size() == 501);
}

TEST_CASE("stop() is never overheard") {
    Recording recording;
    Log log{std::make_unique<RecordingSink>(recording), Level::info, kUnlimited};
    for (int i = 0; i < 2000; ++i) {
        log.start();
        log.write(numbered(i));
        log.stop();
    }
    CHECK(recording.copy().size() == 2000);
}

TEST_CASE("A report is written without stop() or another report") {
    Recording recording;
    Log log{std::make_unique<RecordingSink>(recording), Level::info, kUnlimited};
    log.start();
    log.write(numbered(1));
    std::unique_lock lock{recording.mutex};
    CHECK(recording.changed.wait_for(lock, 10s, [&] { return recording.lines.size() == 1; }));
}

TEST_CASE("A sink that is stuck loses reports, counts them, and never stops a writer") {
    Recording recording;
    recording.blocked = true;
    Log log{std::make_unique<RecordingSink>(recording), Level::info, kUnlimited};
    log.start();
    log.write(numbered(0));
    {
        std::unique_lock lock{recording.mutex};
        REQUIRE(recording.changed.wait_for(lock, 10s, [&] { return recording.lines.size() == 1; }));
    }
    // The log's thread waits in the sink; 1024 more have a place.
    for (int i = 1; i <= 1524; ++i) log.write(numbered(i));
    CHECK(log.lost() == 500);
    recording.set_blocked(false);
    log.stop();

    const std::vector<std::string> lines = recording.copy();
    REQUIRE(lines.size() == 1026);
    CHECK(text(lines[1024]) == " HB0413 the service manager cannot be told how the daemon is: 1024\n");
    CHECK(text(lines[1025]) ==
          " HB0401 500 reports were lost: they came faster than the log could take them\n");
}

TEST_CASE("Several threads write at once") {
    Recording recording;
    Log log{std::make_unique<RecordingSink>(recording), Level::info, kUnlimited};
    log.start();
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 4; ++i) {
            writers.emplace_back([&log] {
                for (int n = 0; n < 200; ++n) log.write(numbered(n));
            });
        }
    }
    log.stop();
    CHECK(recording.copy().size() + log.lost() == 800 + (log.lost() > 0 ? 1 : 0));
    CHECK(log.lost() == 0);
}

TEST_CASE("Debug reports go nowhere unless they are asked for; the level can change") {
    const node::Report debug{EventId::control_connected, {{"uid", "0"}, {"pid", "1"}}};
    const node::Report info{EventId::node_stopping, {{"node", "gw1"}}};
    Recording recording;
    Log log{std::make_unique<RecordingSink>(recording), Level::warning, kUnlimited};
    log.write(debug);
    log.write(info);
    log.start();
    log.stop();
    CHECK(recording.copy().empty());
    CHECK(log.history().after(0, 10).events.size() == 1);

    log.set_level(Level::debug);
    log.write(debug);
    log.start();
    log.stop();
    CHECK(recording.copy().size() == 1);
    CHECK(log.history().after(0, 10).events.size() == 2);
}

TEST_CASE("What the rate limit suppressed is told although nothing else happens") {
    Recording recording;
    Log log{std::make_unique<RecordingSink>(recording), Level::info, RateLimit{1, 20ms}};
    log.start();
    log.write(numbered(1));
    log.write(numbered(2));
    std::unique_lock lock{recording.mutex};
    // Of two in a row the second is suppressed, unless the machine slept between them.
    CHECK(recording.changed.wait_for(lock, 10s, [&] { return recording.lines.size() == 2; }));
}

}  // namespace
}  // namespace highbase::daemon
