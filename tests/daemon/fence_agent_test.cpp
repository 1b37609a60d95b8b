// SPDX-License-Identifier: GPL-2.0-or-later
// What an agent is told, and what counts as its word. The agents are shell scripts.
#include "daemon/fence_agent.hpp"

#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/files.hpp"
#include "tests/run_until.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;

struct AgentBench {
    TemporaryDirectory directory;
    boost::asio::io_context io{1};
    std::vector<std::string> told;
    FenceAgent agent{io, "db", [this](const node::Report& report) { told.push_back(node::to_text(report)); }};
    std::optional<tl::expected<void, std::string>> result;

    node::FenceConfiguration settings(const std::string& script) const {
        node::FenceConfiguration fence;
        fence.agent = (directory / "agent").native();
        std::ofstream{fence.agent} << "#!/bin/sh\n" << script << "\n";
        REQUIRE(::chmod(fence.agent.c_str(), 0700) == 0);
        return fence;
    }
    std::string outcome(const node::FenceConfiguration& fence) {
        agent.fence(fence, [this](const auto& ended) { result = ended; });
        CHECK_FALSE(result);
        REQUIRE(tests::run_until(io, [this] { return result.has_value(); }));
        return *result ? "confirmed" : result->error();
    }
};

TEST_CASE("what an agent reads: the action, the options, and those that not everybody may read") {
    node::FenceConfiguration fence;
    CHECK(fence_input(fence) == "action=off\n");
    fence.action = node::FenceAction::reboot;
    fence.options = {"ip=192.0.2.9", "plug=1"};
    fence.secret_options = {"password=a b=c"};
    CHECK(fence_input(fence) == "action=reboot\nip=192.0.2.9\nplug=1\npassword=a b=c\n");
}

TEST_CASE("an agent that ends with 0 has confirmed; it was told on its standard input alone") {
    AgentBench bench;
    const std::string seen = (bench.directory / "seen").native();
    node::FenceConfiguration fence =
        bench.settings("(cat; echo \"$#\"; env | grep -c secret) > " + seen + "; true");
    fence.secret_options = {"password=secret"};
    CHECK(bench.outcome(fence) == "confirmed");
    CHECK(tests::contents(seen) == "action=off\npassword=secret\n0\n0\n");
    REQUIRE(bench.told.size() == 1);
    CHECK(bench.told[0].starts_with("db: the other box is switched off: " + fence.agent));
}

TEST_CASE("anything else is no confirmation, and its last words are told") {
    AgentBench bench;
    node::FenceConfiguration fence =
        bench.settings("echo on its way; echo 'first' >&2; echo 'no route' >&2; exit 1");
    CHECK(bench.outcome(fence) == fence.agent + ": exit status 1; it said: no route");
    CHECK(bench.told ==
          std::vector<std::string>{"db: " + fence.agent +
                                   " has not switched the other box off: exit status 1; it said: no route"});
    AgentBench hanging;
    fence = hanging.settings("sleep 60");
    fence.timeout = 200ms;
    CHECK(hanging.outcome(fence) == fence.agent + ": no end in time; it said: nothing");
    AgentBench missing;
    fence.agent = "/nonexistent/agent";
    CHECK(missing.outcome(fence).find("cannot be started") != std::string::npos);
}

TEST_CASE("one that is not needed any more is ended, and says nothing") {
    AgentBench bench;
    const std::string done = (bench.directory / "done").native();
    const node::FenceConfiguration fence =
        bench.settings("echo $$ > " + done + ".pid; sleep 60; touch " + done);
    bench.agent.fence(fence, [&](const auto& ended) { bench.result = ended; });
    REQUIRE(tests::run_until(bench.io, [&] { return tests::contents(done + ".pid").ends_with("\n"); }));
    bench.agent.cancel();
    const pid_t pid = std::stoi(tests::contents(done + ".pid"));
    REQUIRE(tests::run_until(bench.io, [&] { return ::kill(pid, 0) != 0; }));
    CHECK_FALSE(bench.result);
    CHECK(bench.told.empty());
}

}  // namespace
}  // namespace highbase::daemon
