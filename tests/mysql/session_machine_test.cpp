// SPDX-License-Identifier: GPL-2.0-or-later
// A session as a story: what happens, at which millisecond, and every action that follows.
#include "mysql/session_machine.hpp"

#include <string>
#include <type_traits>
#include <vector>

#include "mysql/wire.hpp"
#include "tests/catch.hpp"

namespace highbase::mysql {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

std::string describe(const Failure& failure) {
    return std::string{name(failure.kind)} + " " + std::to_string(failure.code) + " '" + failure.message +
           "'" + (failure.in_doubt ? " in doubt" : "");
}

std::string describe(const SessionAction& action) {
    if (std::holds_alternative<StartWorker>(action)) return "start";
    if (std::holds_alternative<StopWorker>(action)) return "stop";
    if (const auto* one = std::get_if<SendConnect>(&action)) return "connect " + std::to_string(one->number);
    if (const auto* one = std::get_if<SendQuery>(&action)) {
        return "query " + std::to_string(one->number) + " " + one->sql;
    }
    if (const auto* one = std::get_if<TellOpened>(&action)) return "opened " + one->server.version;
    if (const auto* one = std::get_if<TellLost>(&action)) return "lost " + describe(one->failure);
    if (const auto* one = std::get_if<TellRefused>(&action)) return "refused " + describe(one->failure);
    const auto& finish = std::get<Finish>(action);
    const std::string what = "finish " + std::to_string(static_cast<std::uint64_t>(finish.id)) + " ";
    return what + (finish.result ? finish.result->values.at(0).value() : describe(finish.result.error()));
}

vrrp::TimePoint at(std::chrono::milliseconds time) {
    return vrrp::TimePoint{time};
}

constexpr SessionSettings kSettings{.connect_timeout = 3000ms,
                                    .first_retry = 50ms,
                                    .longest_retry = 150ms,
                                    .longest_refused_retry = 10000ms,
                                    .queue = 3};
const Failure kGone{FailureKind::unreachable, 2013, "HY000", "gone", false};
const Failure kRefused{FailureKind::unreachable, 2002, "HY000", "connect", false};
const Failure kWrong{FailureKind::refused_credentials, 1045, "28000", "denied", false};
const Failure kSyntax{FailureKind::statement, 1064, "42000", "syntax", false};
const Server kServer{"10.11", 5, ""};
const Answer kOne{.columns = {"1"}, .values = {"one"}, .affected = 0, .warnings = 0};

class Story {
public:
    Lines start(std::chrono::milliseconds time = 0ms) { return describe_all(machine.start(at(time))); }
    Lines ask(std::chrono::milliseconds time, std::uint64_t id, std::chrono::milliseconds patience,
              std::string sql = "S") {
        return handle(time, QueryAsked{QueryId{id}, std::move(sql), patience});
    }
    Lines say(std::chrono::milliseconds time, Reply reply) {
        return handle(time, WorkerSpoke{std::move(reply)});
    }
    Lines gone(std::chrono::milliseconds time) { return handle(time, WorkerGone{"killed by signal 9"}); }
    Lines wake(std::chrono::milliseconds time) { return handle(time, Wake{}); }
    std::optional<std::chrono::milliseconds> next() const {
        const auto deadline = machine.next_deadline();
        if (!deadline) return std::nullopt;
        return std::chrono::duration_cast<std::chrono::milliseconds>(deadline->time_since_epoch());
    }

    // Started at 0 ms, ready at 10 ms, connected at 20 ms with the request number 1.
    void connect() {
        REQUIRE(start() == Lines{"start"});
        REQUIRE(say(10ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
        REQUIRE(say(20ms, Connected{1, kServer}) == Lines{"opened 10.11"});
    }
    // The same, and one statement (number 2) has been answered at 30 ms.
    void prove() {
        connect();
        REQUIRE(ask(25ms, 1, 100ms) == Lines{"query 2 S"});
        REQUIRE(say(30ms, Answered{2, kOne}) == Lines{"finish 1 one"});
    }

    SessionMachine machine{kSettings};

private:
    static Lines describe_all(const SessionActions& actions) {
        Lines lines;
        for (const SessionAction& action : actions) lines.push_back(describe(action));
        return lines;
    }
    Lines handle(std::chrono::milliseconds time, const SessionEvent& event) {
        return describe_all(machine.handle(at(time), event));
    }
};

TEST_CASE("a session starts its worker, connects and asks one statement after the other") {
    Story story;
    CHECK(story.start() == Lines{"start"});
    CHECK(story.next() == 3000ms);
    CHECK(story.ask(1ms, 1, 500ms, "A") == Lines{});
    CHECK(story.next() == 501ms);
    CHECK(story.say(10ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
    CHECK_FALSE(story.machine.is_connected());
    CHECK(story.say(20ms, Connected{1, kServer}) == Lines{"opened 10.11", "query 2 A"});
    CHECK(story.machine.is_connected());
    CHECK(story.ask(21ms, 2, 100ms, "B") == Lines{});
    CHECK(story.next() == 121ms);
    CHECK(story.say(22ms, Answered{2, kOne}) == Lines{"finish 1 one", "query 3 B"});
    CHECK(story.say(23ms, Failed{3, kSyntax, true}) == Lines{"finish 2 statement 1064 'syntax'"});
    CHECK(story.next() == std::nullopt);
    CHECK(story.ask(30ms, 3, 100ms, "C") == Lines{"query 4 C"});
}

TEST_CASE("a deadline is answered first, and the worker replaced") {
    Story story;
    story.prove();
    CHECK(story.ask(100ms, 2, 150ms) == Lines{"query 3 S"});
    CHECK(story.next() == 250ms);
    CHECK(story.wake(249ms) == Lines{});
    CHECK(story.wake(250ms) == Lines{"finish 2 deadline 0 'no answer in time' in doubt", "stop",
                                     "lost deadline 0 'no answer in time'", "start"});
    CHECK(story.next() == 3250ms);
    CHECK(story.say(260ms, Ready{kProtocol, "library"}) == Lines{"connect 4"});
    CHECK(story.say(261ms, Answered{3, kOne}) == Lines{});  // of a statement given up long ago
    CHECK(story.say(270ms, Connected{4, kServer}) == Lines{"opened 10.11"});
}

TEST_CASE("who waits behind a statement that takes too long learns nothing about the server") {
    Story story;
    story.prove();
    CHECK(story.ask(100ms, 2, 1000ms) == Lines{"query 3 S"});
    CHECK(story.ask(100ms, 3, 150ms) == Lines{});
    CHECK(story.ask(100ms, 4, 1000ms) == Lines{});
    CHECK(story.next() == 250ms);
    CHECK(story.wake(250ms) == Lines{"finish 3 busy 0 'waited behind another statement for too long'"});
    CHECK(story.next() == 1100ms);
    // First what says something about the server: who asks for several things at once looks at one failure.
    CHECK(story.wake(1100ms) == Lines{"finish 2 deadline 0 'no answer in time' in doubt", "stop",
                                      "lost deadline 0 'no answer in time'", "start",
                                      "finish 4 busy 0 'waited behind another statement for too long'"});
}

TEST_CASE("who waits longer than the one before gets the next connection") {
    Story story;
    story.prove();
    CHECK(story.ask(100ms, 2, 100ms, "A") == Lines{"query 3 A"});
    CHECK(story.ask(100ms, 3, 500ms, "B") == Lines{});
    CHECK(story.wake(200ms).back() == "start");
    CHECK(story.say(210ms, Ready{kProtocol, "library"}) == Lines{"connect 4"});
    CHECK(story.say(220ms, Connected{4, kServer}) == Lines{"opened 10.11", "query 5 B"});
}

TEST_CASE("a worker that only tries to connect is left alone until the connect timeout") {
    Story story;
    CHECK(story.start() == Lines{"start"});
    CHECK(story.say(10ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
    CHECK(story.ask(100ms, 1, 150ms) == Lines{});
    CHECK(story.wake(250ms) == Lines{"finish 1 deadline 0 'no connection in time'"});
    CHECK(story.next() == 3010ms);
    CHECK(story.ask(2900ms, 2, 150ms) == Lines{});
    CHECK(story.wake(3010ms) == Lines{"stop", "refused deadline 0 'no connection within 3000 ms'",
                                      "finish 2 deadline 0 'no connection within 3000 ms'"});
    // While it waits for the next attempt the reason is the answer.
    CHECK(story.ask(3020ms, 3, 150ms) == Lines{"finish 3 deadline 0 'no connection within 3000 ms'"});
    CHECK(story.next() == 3060ms);
    CHECK(story.wake(3060ms) == Lines{"start"});
}

TEST_CASE("a server that thaws while a worker tries is there at once") {
    Story story;
    CHECK(story.start() == Lines{"start"});
    CHECK(story.say(10ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
    CHECK(story.say(2999ms, Connected{1, kServer}) == Lines{"opened 10.11"});
    CHECK(story.next() == std::nullopt);
    CHECK(story.wake(3010ms) == Lines{});
}

TEST_CASE("a refused attempt is repeated with growing waits, by the same worker") {
    Story story;
    CHECK(story.start() == Lines{"start"});
    CHECK(story.say(0ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
    const Lines refused{"refused unreachable 2002 'connect'"};
    CHECK(story.say(1ms, Failed{1, kRefused, false}) == refused);
    CHECK(story.next() == 51ms);
    CHECK(story.wake(50ms) == Lines{});
    CHECK(story.wake(51ms) == Lines{"connect 2"});
    CHECK(story.say(52ms, Failed{2, kRefused, false}) == refused);
    CHECK(story.next() == 152ms);
    CHECK(story.wake(152ms) == Lines{"connect 3"});
    CHECK(story.say(153ms, Failed{3, kRefused, false}) == refused);
    CHECK(story.next() == 303ms);  // 150 ms, not 200 ms
    CHECK(story.wake(303ms) == Lines{"connect 4"});
    CHECK(story.say(304ms, Failed{4, kRefused, false}) == refused);
    CHECK(story.next() == 454ms);
    CHECK(story.wake(454ms) == Lines{"connect 5"});
    CHECK(story.say(455ms, Connected{5, kServer}) == Lines{"opened 10.11"});
}

TEST_CASE("a connection that has answered makes the waits short again") {
    Story story;
    CHECK(story.start() == Lines{"start"});
    CHECK(story.say(0ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
    CHECK(story.say(0ms, Failed{1, kRefused, false}).size() == 1);
    CHECK(story.wake(50ms) == Lines{"connect 2"});
    CHECK(story.say(50ms, Connected{2, kServer}) == Lines{"opened 10.11"});
    CHECK(story.ask(60ms, 1, 100ms) == Lines{"query 3 S"});
    CHECK(story.say(61ms, Failed{3, kSyntax, true}) == Lines{"finish 1 statement 1064 'syntax'"});
    CHECK(story.say(100ms, Lost{kGone}) == Lines{"lost unreachable 2013 'gone'", "connect 4"});
    CHECK(story.say(100ms, Failed{4, kRefused, false}).size() == 1);
    CHECK(story.next() == 150ms);  // 50 ms again
}

TEST_CASE("a server that knows what it refuses is asked more and more rarely") {
    Story story;
    CHECK(story.start() == Lines{"start"});
    CHECK(story.say(0ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
    std::vector<std::chrono::milliseconds> waits;
    auto now = 0ms;
    for (std::uint32_t number = 1; number <= 10; ++number) {
        CHECK(story.say(now, Failed{number, kWrong, false}) ==
              Lines{"refused refused_credentials 1045 'denied'"});
        CHECK(story.ask(now, number, 100ms) ==
              Lines{"finish " + std::to_string(number) + " refused_credentials 1045 'denied'"});
        waits.push_back(story.next().value() - now);
        now = story.next().value();
        CHECK(story.wake(now) == Lines{"connect " + std::to_string(number + 1)});
    }
    CHECK(waits == std::vector<std::chrono::milliseconds>{50ms, 100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms,
                                                          6400ms, 10000ms, 10000ms});
    // When it then only does not answer, the shorter bound holds again.
    CHECK(story.say(now, Failed{11, kRefused, false}).size() == 1);
    CHECK(story.next().value() - now == 150ms);
}

TEST_CASE("all who wait hear why a connection was refused") {
    Story story;
    CHECK(story.start() == Lines{"start"});
    CHECK(story.ask(0ms, 1, 500ms) == Lines{});
    CHECK(story.ask(0ms, 2, 500ms) == Lines{});
    CHECK(story.say(0ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
    CHECK(story.say(1ms, Failed{1, kWrong, false}) == Lines{"refused refused_credentials 1045 'denied'",
                                                            "finish 1 refused_credentials 1045 'denied'",
                                                            "finish 2 refused_credentials 1045 'denied'"});
}

TEST_CASE("a connection that is lost idle is sought at once") {
    Story story;
    story.prove();
    CHECK(story.say(500ms, Lost{kGone}) == Lines{"lost unreachable 2013 'gone'", "connect 3"});
    CHECK(story.ask(501ms, 2, 100ms) == Lines{});
    CHECK(story.say(502ms, Failed{3, kRefused, false}) ==
          Lines{"refused unreachable 2002 'connect'", "finish 2 unreachable 2002 'connect'"});
    CHECK(story.next() == 552ms);
}

TEST_CASE("a connection that never answered is not sought at once") {
    Story story;
    story.connect();
    CHECK(story.say(30ms, Lost{kGone}) == Lines{"lost unreachable 2013 'gone'"});
    CHECK(story.ask(31ms, 1, 100ms) == Lines{"finish 1 unreachable 2013 'gone'"});
    CHECK(story.wake(80ms) == Lines{"connect 2"});
    CHECK(story.say(81ms, Connected{2, kServer}) == Lines{"opened 10.11"});
    CHECK(story.say(82ms, Lost{kGone}) == Lines{"lost unreachable 2013 'gone'"});
    CHECK(story.next() == 182ms);  // 100 ms: not a new beginning
}

TEST_CASE("a statement under way when the connection breaks may have been carried out") {
    Story story;
    story.prove();
    CHECK(story.ask(100ms, 2, 100ms, "A") == Lines{"query 3 A"});
    CHECK(story.ask(100ms, 3, 100ms, "B") == Lines{});
    CHECK(story.say(110ms, Failed{3, kGone, false}) ==
          Lines{"finish 2 unreachable 2013 'gone' in doubt", "lost unreachable 2013 'gone'", "connect 4"});
    CHECK(story.say(120ms, Connected{4, kServer}) == Lines{"opened 10.11", "query 5 B"});
}

TEST_CASE("a statement that crosses the loss was not carried out") {
    Story story;
    story.prove();
    CHECK(story.ask(100ms, 2, 100ms) == Lines{"query 3 S"});
    CHECK(story.say(101ms, Lost{kGone}) ==
          Lines{"finish 2 unreachable 2013 'gone'", "lost unreachable 2013 'gone'", "connect 4"});
    CHECK(story.say(102ms, Failed{3, kGone, false}) == Lines{});  // the worker's answer to the statement
    CHECK(story.say(103ms, Connected{4, kServer}) == Lines{"opened 10.11"});
}

TEST_CASE("an answer too large for the link was computed all the same") {
    Story story;
    story.prove();
    CHECK(story.ask(100ms, 2, 100ms) == Lines{"query 3 S"});
    CHECK(story.say(101ms, Failed{3, {FailureKind::too_large, 0, "", "long", true}, true}) ==
          Lines{"finish 2 too_large 0 'long' in doubt"});
}

TEST_CASE("a worker that dies is this box's own trouble") {
    const std::string why = "local 0 'killed by signal 9'";
    SECTION("while a statement is under way") {
        Story story;
        story.prove();
        CHECK(story.ask(100ms, 2, 100ms) == Lines{"query 3 S"});
        CHECK(story.gone(101ms) == Lines{"finish 2 " + why + " in doubt", "stop", "lost " + why, "start"});
    }
    SECTION("while it connects") {
        Story story;
        CHECK(story.start() == Lines{"start"});
        CHECK(story.ask(1ms, 1, 100ms) == Lines{});
        CHECK(story.gone(2ms) == Lines{"stop", "refused " + why, "finish 1 " + why});
        CHECK(story.next() == 52ms);
        CHECK(story.wake(52ms) == Lines{"start"});
    }
    SECTION("while it waits") {
        Story story;
        CHECK(story.start() == Lines{"start"});
        CHECK(story.say(0ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
        CHECK(story.say(0ms, Failed{1, kRefused, false}).size() == 1);
        CHECK(story.gone(10ms) == Lines{"stop"});
        CHECK(story.wake(50ms) == Lines{"start"});
    }
}

TEST_CASE("a worker that does not start in time is no proof against the server") {
    Story story;
    CHECK(story.start() == Lines{"start"});
    CHECK(story.ask(0ms, 1, 100ms) == Lines{});
    CHECK(story.wake(100ms) == Lines{"finish 1 local 0 'the worker has not started in time'"});
    CHECK(story.wake(3000ms) == Lines{"stop", "refused local 0 'the worker has not started within 3000 ms'"});
    CHECK(story.wake(3050ms) == Lines{"start"});
}

TEST_CASE("a worker of another version is not spoken with") {
    Story story;
    CHECK(story.start() == Lines{"start"});
    CHECK(story.say(1ms, Ready{7, "library"}) ==
          Lines{"stop", "refused local 0 'the worker is of another version (7, not 2): restart the daemon'"});
}

TEST_CASE("a worker that speaks out of turn is replaced") {
    const std::string why = "local 0 'the worker spoke out of turn'";
    SECTION("ready twice") {
        Story story;
        story.prove();
        CHECK(story.say(50ms, Ready{kProtocol, "library"}) == Lines{"stop", "lost " + why, "start"});
    }
    SECTION("connected twice") {
        Story story;
        story.connect();
        CHECK(story.say(50ms, Connected{1, kServer}) == Lines{"stop", "lost " + why});
    }
    SECTION("an answer to a connect") {
        Story story;
        CHECK(story.start() == Lines{"start"});
        CHECK(story.say(1ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
        CHECK(story.say(2ms, Answered{1, kOne}) == Lines{"stop", "refused " + why});
    }
    SECTION("an answer twice") {
        Story story;
        story.prove();
        CHECK(story.say(50ms, Answered{2, kOne}) == Lines{"stop", "lost " + why, "start"});
    }
    SECTION("lost what it did not have") {
        Story story;
        CHECK(story.start() == Lines{"start"});
        CHECK(story.say(1ms, Lost{kGone}) == Lines{"stop", "refused " + why});
    }
}

TEST_CASE("the queue is bounded, and so is a statement") {
    Story story;
    story.connect();
    CHECK(story.ask(30ms, 1, 100ms) == Lines{"query 2 S"});
    CHECK(story.ask(30ms, 2, 100ms) == Lines{});
    CHECK(story.ask(30ms, 3, 100ms) == Lines{});
    CHECK(story.ask(30ms, 4, 100ms) == Lines{"finish 4 busy 0 'too many statements wait already'"});
    CHECK(story.say(31ms, Answered{2, kOne}) == Lines{"finish 1 one", "query 3 S"});
    CHECK(story.ask(32ms, 5, 100ms) == Lines{});

    Story other;
    other.connect();
    const std::string longest(1024 * 1024 - 64, 'x');
    CHECK(other.ask(30ms, 1, 100ms, longest + "x") ==
          Lines{"finish 1 too_large 0 'the statement is longer than 1 MiB'"});
    CHECK(other.ask(30ms, 2, 100ms, longest).size() == 1);
    const std::vector<std::string> columns{"1234567", "12"};  // 17 octets with their lengths
    CHECK(other.machine.handle(at(40ms), QueryAsked{QueryId{3}, longest.substr(16), 100ms, columns}).size() ==
          1);
    CHECK(other.machine.handle(at(40ms), QueryAsked{QueryId{4}, longest.substr(17), 100ms, columns}).empty());
    CHECK(encode(Request{Query{2, longest}}).has_value());
}

TEST_CASE("a wake-up that comes late does all that is due") {
    Story story;
    CHECK(story.start() == Lines{"start"});
    CHECK(story.say(0ms, Ready{kProtocol, "library"}) == Lines{"connect 1"});
    CHECK(story.ask(0ms, 1, 100ms) == Lines{});
    CHECK(story.ask(0ms, 2, 5000ms) == Lines{});
    CHECK(story.wake(4000ms) == Lines{"finish 1 deadline 0 'no connection in time'", "stop",
                                      "refused deadline 0 'no connection within 3000 ms'",
                                      "finish 2 deadline 0 'no connection within 3000 ms'"});
    CHECK(story.next() == 4050ms);
}

}  // namespace
}  // namespace highbase::mysql
