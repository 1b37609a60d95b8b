// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/witness_client.hpp"

#include <boost/asio/post.hpp>

#include "tests/catch.hpp"
#include "tests/run_until.hpp"
#include "tests/witness/fake_member.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using witness::FakeMember;

const witness::BeginTerm kFirst{"gw1", cluster::Epoch{7}, true};
const std::string kYes = R"(yes: {"version":1,"epoch":7,"owner":"gw1","in_sync":null})";

struct Bench {
    explicit Bench(const witness::Endpoint& endpoint) {
        witness::Configuration configuration;
        configuration.endpoints = {endpoint};
        client.emplace(io, configuration);
    }
    void ask(vrrp::Duration patience) {
        client->ask("db", kFirst, patience,
                    [this](const auto& answer) { answers.push_back(to_text(answer)); });
    }
    bool wait_for(std::size_t count) {
        return tests::run_until(io, [&] { return answers.size() >= count; });
    }

    boost::asio::io_context io;
    std::vector<std::string> answers;
    std::optional<WitnessClient> client;
};

std::string silence(std::string_view /*request*/) {
    return {};
}

TEST_CASE("the witness is asked beside the loop, and answers on it") {
    FakeMember member{witness::willing};
    Bench bench{member.endpoint()};
    bench.ask(20s);
    bench.ask(20s);
    CHECK(bench.answers.empty());
    REQUIRE(bench.wait_for(2));
    CHECK(bench.answers == std::vector<std::string>{kYes, kYes});
}

TEST_CASE("the loop goes on while the witness is silent, and is answered by the deadline") {
    FakeMember member{silence};
    Bench bench{member.endpoint()};
    const auto began = Clock::now();
    bench.ask(300ms);
    CHECK(Clock::now() - began < 100ms);
    REQUIRE(tests::run_until(bench.io, [&] { return member.requests() == 1; }));
    bool has_run = false;
    boost::asio::post(bench.io, [&] { has_run = bench.answers.empty(); });
    bench.io.restart();
    bench.io.run_one_for(200ms);
    CHECK(has_run);
    REQUIRE(bench.wait_for(1));
    CHECK(bench.answers[0].starts_with("unknown: unreachable: "));
    CHECK(Clock::now() - began < 2s);
}

TEST_CASE("its end does not wait for a request that hangs, and nobody is answered after it") {
    FakeMember member{silence};
    Bench bench{member.endpoint()};
    for (int i = 0; i < 5; ++i) bench.ask(60s);
    REQUIRE(tests::run_until(bench.io, [&] { return member.requests() == 1; }));
    const auto began = Clock::now();
    bench.client.reset();
    CHECK(Clock::now() - began < 1s);
    bench.io.restart();
    bench.io.poll();
    CHECK(bench.answers.empty());
}

TEST_CASE("questions that wait behind others have their own deadlines, and too many are not taken") {
    FakeMember member{silence};
    Bench bench{member.endpoint()};
    bench.ask(60s);
    for (int i = 0; i < 31; ++i) bench.ask(50ms);
    bench.ask(60s);
    REQUIRE(bench.wait_for(1));
    CHECK(bench.answers[0] == "unknown: stopped: earlier questions have not ended");
    REQUIRE(bench.wait_for(32));
    for (std::size_t i = 1; i < 32; ++i)
        CHECK(bench.answers[i] == "unknown: stopped: the thread that asks does not answer");
}

TEST_CASE("a member that refuses the connection") {
    Bench bench{witness::closed_endpoint()};
    bench.ask(100ms);
    REQUIRE(bench.wait_for(1));
    CHECK(bench.answers[0].starts_with("unknown: unreachable: http://127.0.0.1:"));
}

}  // namespace
}  // namespace highbase::daemon
