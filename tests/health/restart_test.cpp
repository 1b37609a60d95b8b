// SPDX-License-Identifier: GPL-2.0-or-later
// In virtual time: what is done about a service that goes down and comes back.
#include "health/restart.hpp"

#include <string>

#include "tests/catch.hpp"

namespace highbase::health {
namespace {

using namespace std::chrono_literals;

constexpr vrrp::TimePoint kStart{100h};

std::string text(const RestartAction& action) {
    if (std::holds_alternative<RunRestart>(action)) return "run";
    if (std::holds_alternative<StopRestart>(action)) return "stop";
    return std::get<TellService>(action).is_up ? "up" : "down";
}

// A machine, and a clock that only the test moves.
struct Story {
    RestartMachine machine;
    vrrp::TimePoint now = kStart;

    explicit Story(OnServiceDown policy = OnServiceDown::restart_then_failover) {
        machine.configure(policy, 5s);
    }
    std::string handle(const RestartEvent& event) {
        std::string result;
        for (const RestartAction& action : machine.handle(now, event))
            result += (result.empty() ? "" : " ") + text(action);
        return result;
    }
    std::string up() { return handle(ServiceChanged{true}); }
    std::string down() { return handle(ServiceChanged{false}); }
    std::string ended(bool succeeded) { return handle(RestartEnded{succeeded}); }
    std::string after(vrrp::Duration time) {
        now += time;
        return handle(RestartWake{});
    }
};

TEST_CASE("without a restart the service is told as it is") {
    Story story{OnServiceDown::failover};
    CHECK(story.up() == "up");
    CHECK(story.down() == "down");
    CHECK(story.down().empty());
    CHECK(story.up() == "up");
    CHECK(story.up().empty());
    CHECK(!story.machine.next_deadline());
}

TEST_CASE("a restart that helps in time is nobody's business") {
    Story story;
    CHECK(story.up() == "up");
    CHECK(story.down() == "run");
    CHECK(story.machine.next_deadline() == kStart + 5s);
    CHECK(story.after(1s).empty());
    CHECK(story.ended(true).empty());
    CHECK(story.after(3999ms).empty());
    CHECK(story.up().empty());
    CHECK(!story.machine.next_deadline());
    CHECK(story.after(1h).empty());
}

TEST_CASE("a restart that does not help in time ends, and the service is down") {
    Story story;
    story.up();
    CHECK(story.down() == "run");
    CHECK(story.down().empty());
    CHECK(story.after(4999ms).empty());
    CHECK(story.after(1ms) == "stop down");
    CHECK(!story.machine.next_deadline());
    CHECK(story.ended(false).empty());
    CHECK(story.after(1h).empty());
    CHECK(story.up() == "up");
}

TEST_CASE("a command that fails is not waited for") {
    Story story;
    story.up();
    CHECK(story.down() == "run");
    CHECK(story.after(1s).empty());
    CHECK(story.ended(false) == "down");
    CHECK(!story.machine.next_deadline());
}

TEST_CASE("a command that has succeeded is still held to its budget") {
    Story story;
    story.up();
    story.down();
    CHECK(story.ended(true).empty());
    CHECK(story.after(5s) == "stop down");
}

TEST_CASE("a service that was down from the beginning is not started") {
    Story story;
    CHECK(story.down() == "down");
    CHECK(story.up() == "up");
    CHECK(story.down() == "run");
}

TEST_CASE("a service that soon goes down again is not started again") {
    Story story;
    story.up();
    CHECK(story.down() == "run");
    story.now += 2s;
    CHECK(story.up().empty());
    story.now += 10min - 1ms;
    CHECK(story.down() == "down");
    CHECK(story.up() == "up");
    story.now += 9min;
    CHECK(story.down() == "down");  // in all more than ten minutes, but not in one piece
    CHECK(story.up() == "up");
    story.now += 10min;
    CHECK(story.down() == "run");
}

TEST_CASE("after a restart that did not help the pause holds too") {
    Story story;
    story.up();
    story.down();
    CHECK(story.after(5s) == "stop down");
    story.now += 1h;  // down all the time
    CHECK(story.up() == "up");
    story.now += 1min;
    CHECK(story.down() == "down");
}

TEST_CASE("a changed policy counts from the next time") {
    Story story{OnServiceDown::failover};
    story.up();
    story.machine.configure(OnServiceDown::restart_then_failover, 1s);
    CHECK(story.down() == "run");
    story.machine.configure(OnServiceDown::failover, 9s);
    CHECK(story.machine.next_deadline() == kStart + 1s);
    CHECK(story.after(1s) == "stop down");
    story.up();
    story.now += 1h;
    CHECK(story.down() == "down");
}

}  // namespace
}  // namespace highbase::health
