// SPDX-License-Identifier: GPL-2.0-or-later
// Real sockets on the loopback interface, and a checker that never answers.
#include "health/check_runner.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <string>
#include <vector>

#include "health/tcp_checker.hpp"
#include "tests/catch.hpp"
#include "tests/run_until.hpp"

namespace highbase::health {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

// A connection on this host takes far less, and a test that fails far more.
constexpr Timing kRelaxed{20ms, 10s};

struct Change {
    Verdict verdict;
    std::string reason;
    friend bool operator==(const Change&, const Change&) = default;
};
using Changes = std::vector<Change>;

tcp::endpoint loopback(unsigned short port = 0) {
    return {boost::asio::ip::address_v4::loopback(), port};
}

// Nobody listens there: it was somebody's own just now.
tcp::endpoint closed_port(boost::asio::io_context& io) {
    return tcp::acceptor{io, loopback()}.local_endpoint();
}

struct Watched {
    boost::asio::io_context io{1};
    Changes changes;
    CheckStatus last;
    std::optional<CheckRunner> runner;

    void start(std::unique_ptr<Checker> checker, Thresholds thresholds, Timing timing) {
        runner.emplace(io, std::move(checker), thresholds, timing, [this](const CheckStatus& status) {
            changes.push_back({status.verdict, status.reason});
            last = status;
        });
        runner->start();
    }
    void start(const tcp::endpoint& server, Timing timing = kRelaxed) {
        const auto address = vrrp::IpAddress::v4(127, 0, 0, 1);
        start(make_checker({io, timing.timeout}, TcpOptions{{address, server.port()}}), {2, 3}, timing);
    }
    template <typename Condition>
    bool run_until(Condition condition) {
        return tests::run_until(io, condition);
    }
    bool run_until_changes(std::size_t count) {
        return run_until([&] { return changes.size() >= count; });
    }
};

// Does what it is told, and never more.
class SilentChecker final : public Checker {
public:
    struct Seen {
        int starts = 0;
        int cancels = 0;
        std::function<void(Finding)> done;
        std::function<void(Finding)> found;
    };
    explicit SilentChecker(Seen& seen) : seen_{seen} {}
    void start(std::function<void(Finding)> done) override {
        ++seen_.starts;
        seen_.done = std::move(done);
    }
    void cancel() override { ++seen_.cancels; }
    void watch(std::function<void(Finding)> found) override { seen_.found = std::move(found); }

private:
    Seen& seen_;
};

TEST_CASE("a server that accepts is up, one that ends goes down, and comes up again") {
    Watched watched;
    std::optional<tcp::acceptor> server{std::in_place, watched.io, loopback()};
    const tcp::endpoint address = server->local_endpoint();
    watched.start(address);
    REQUIRE(watched.run_until_changes(1));
    CHECK(watched.changes == Changes{{Verdict::up, ""}});
    server.reset();
    REQUIRE(watched.run_until_changes(2));
    CHECK(watched.changes.back() == Change{Verdict::down, "Connection refused"});
    server.emplace(watched.io, address);
    REQUIRE(watched.run_until_changes(3));
    CHECK(watched.changes.back() == Change{Verdict::up, ""});
    CHECK(watched.runner->verdict() == Verdict::up);
}

TEST_CASE("a server that was never there is down") {
    Watched watched;
    watched.start(closed_port(watched.io));
    REQUIRE(watched.run_until_changes(1));
    CHECK(watched.changes == Changes{{Verdict::down, "Connection refused"}});
}

TEST_CASE("a server whose backlog is full does not answer in time") {
    Watched watched;
    tcp::acceptor server{watched.io, tcp::v4()};
    server.bind(loopback());
    server.listen(0);  // which accepts nobody: one connection fits, the next is left without an answer
    std::vector<tcp::socket> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.emplace_back(watched.io);
        waiting.back().async_connect(server.local_endpoint(), [](const auto&) {});
    }
    watched.io.poll();
    watched.start(server.local_endpoint(), {30ms, 20ms});
    REQUIRE(watched.run_until_changes(1));
    CHECK(watched.changes == Changes{{Verdict::down, "no answer in time"}});
}

TEST_CASE("a probe without an answer has failed at its deadline, and is cancelled") {
    Watched watched;
    SilentChecker::Seen seen;
    const auto begun = std::chrono::steady_clock::now();
    watched.start(std::make_unique<SilentChecker>(seen), {2, 3}, {30ms, 20ms});
    REQUIRE(watched.run_until_changes(1));
    CHECK(watched.changes == Changes{{Verdict::down, "no answer in time"}});
    // The third probe begins after two intervals.
    CHECK(std::chrono::steady_clock::now() - begun >= 80ms);
    CHECK(seen.starts == 3);
    CHECK(seen.cancels == 3);
}

TEST_CASE("an answer that comes after the deadline does not count") {
    Watched watched;
    SilentChecker::Seen seen;
    watched.start(std::make_unique<SilentChecker>(seen), {1, 1}, {10s, 10ms});
    REQUIRE(watched.run_until_changes(1));
    seen.done({Sample::ok, ""});
    CHECK(watched.changes == Changes{{Verdict::down, "no answer in time"}});
}

TEST_CASE("of two answers to one probe the first counts") {
    Watched watched;
    SilentChecker::Seen seen;
    watched.start(std::make_unique<SilentChecker>(seen), {1, 1}, kRelaxed);
    seen.done({Sample::ok, ""});
    seen.done({Sample::failed, "late"});
    CHECK(watched.changes == Changes{{Verdict::up, ""}});
}

TEST_CASE("a probe that could not ask moves nothing") {
    Watched watched;
    SilentChecker::Seen seen;
    watched.start(std::make_unique<SilentChecker>(seen), {1, 1}, kRelaxed);
    seen.done({Sample::unknown, "no descriptors"});
    REQUIRE(watched.run_until([&] { return seen.starts == 2; }));
    CHECK(watched.changes == Changes{});
    CHECK(watched.runner->verdict() == Verdict::pending);
}

TEST_CASE("a proof moves the verdict at once, found by a probe or between two") {
    Watched watched;
    SilentChecker::Seen seen;
    watched.start(std::make_unique<SilentChecker>(seen), {1, 3}, kRelaxed);
    seen.done({.sample = Sample::ok});
    seen.found({Sample::failed, "it has ended", "", true});
    CHECK(watched.changes == Changes{{Verdict::up, ""}, {Verdict::down, "it has ended"}});
    REQUIRE(watched.run_until([&] { return seen.starts == 2; }));
    seen.done({.sample = Sample::ok});
    REQUIRE(watched.run_until([&] { return seen.starts == 3; }));
    seen.done({Sample::failed, "it has ended again", "", true});
    CHECK(watched.changes.back() == Change{Verdict::down, "it has ended again"});
}

TEST_CASE("what is found between two probes without proof is a sample") {
    Watched watched;
    SilentChecker::Seen seen;
    watched.start(std::make_unique<SilentChecker>(seen), {1, 2}, kRelaxed);
    seen.found({Sample::failed, "one"});
    CHECK(watched.changes.empty());
    seen.found({Sample::unknown, "x", "", true});  // a proof of nothing
    CHECK(watched.changes.empty());
    seen.found({Sample::failed, "two"});
    CHECK(watched.changes == Changes{{Verdict::down, "two"}});
}

TEST_CASE("a warning, and its end, are told and move nothing") {
    Watched watched;
    SilentChecker::Seen seen;
    watched.start(std::make_unique<SilentChecker>(seen), {1, 1}, kRelaxed);
    seen.found({.sample = Sample::ok});
    seen.found({Sample::ok, "slow", "time=3s"});
    CHECK(watched.last == CheckStatus{Verdict::up, false, true, "slow", "", "time=3s"});
    seen.found({Sample::ok, "slower", "time=4s"});
    seen.found({.sample = Sample::ok});
    CHECK(watched.changes == Changes{{Verdict::up, ""}, {Verdict::up, "slow"}, {Verdict::up, ""}});
    seen.found({.sample = Sample::failed, .reason = "gone"});
    seen.found({.sample = Sample::unknown, .reason = "password"});
    CHECK(watched.runner->status() == CheckStatus{Verdict::down, false, false, "password", "gone", ""});
}

TEST_CASE("after ten samples that are not known a verdict is stale, and stands") {
    Watched watched;
    SilentChecker::Seen seen;
    watched.start(std::make_unique<SilentChecker>(seen), {1, 1}, kRelaxed);
    seen.found({.sample = Sample::ok});
    for (int i = 0; i < 9; ++i) seen.found({Sample::unknown, "password"});
    CHECK(watched.changes.size() == 1);
    seen.found({Sample::unknown, "password"});
    CHECK(watched.last == CheckStatus{Verdict::up, true, false, "password", "", ""});
    seen.found({Sample::unknown, "password"});
    CHECK(watched.changes.size() == 2);
    seen.found({.sample = Sample::ok});
    CHECK(watched.last == CheckStatus{Verdict::up, false, false, "", "", ""});
}

// Under AddressSanitizer these find what a handler touches after the end.
TEST_CASE("a runner may end while its probe is under way") {
    Watched watched;
    const tcp::acceptor server{watched.io, loopback()};
    watched.start(server.local_endpoint());
    watched.runner.reset();
    while (watched.io.run_one() > 0) {}
    CHECK(watched.changes == Changes{});
}

TEST_CASE("a runner may end while the handlers of its probe and its timers wait in the queue") {
    Watched watched;
    boost::asio::io_context& io = watched.io;
    const tcp::endpoint server = closed_port(io);
    watched.start(server, {2ms, 1ms});
    bool ended = false;
    // Runs first; the others become ready while it waits, and run after it.
    boost::asio::post(io, [&] {
        const auto until = std::chrono::steady_clock::now() + 20ms;
        while (std::chrono::steady_clock::now() < until) {}
        boost::asio::post(io, [&] {
            watched.runner.reset();
            ended = true;
        });
    });
    while (io.run_one() > 0) {}
    CHECK(ended);
}

}  // namespace
}  // namespace highbase::health
