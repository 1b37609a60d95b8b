// SPDX-License-Identifier: GPL-2.0-or-later
// A server and the checks beside it go down and come up, with a real command that restarts them.
#include "daemon/joint_restart.hpp"

#include <fmt/format.h>

#include "tests/catch.hpp"
#include "tests/run_until.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

struct Restarted {
    boost::asio::io_context io{1};
    process::Slots slots{2};
    Words told;
    JointRestart restart{
        io, slots, "db",
        JointRestart::Observers{
            [this](const node::ServiceEvent& event) {
                if (const auto* down = std::get_if<node::ServerDown>(&event)) {
                    told.push_back("server down: " + down->reason);
                } else if (const auto* unknown = std::get_if<node::ServerUnknown>(&event)) {
                    told.push_back("server unknown: " + unknown->reason);
                } else {
                    told.emplace_back("server seen");
                }
            },
            [this](const ServiceVerdict& verdict) {
                told.push_back(verdict.up ? fmt::format("checks up, {} off", verdict.deduction)
                                          : "checks down: " + verdict.reason);
            },
            [this](const RestartNotice& notice) {
                told.push_back(notice.outcome ? "restart ended" : "restart for " + notice.check);
            }}};

    Restarted(health::OnServiceDown policy, const std::vector<std::string>& command) {
        configure(policy, command);
        restart.server(seen());
        restart.checks({"db", true, 0, "", ""});
        told.clear();
    }
    void configure(health::OnServiceDown policy, const std::vector<std::string>& command) {
        restart.configure({policy, command, 1h});
    }
    static node::ServiceEvent seen() { return node::ServerSeen{}; }
    void server_down() { restart.server(node::ServerDown{"gone"}); }
    void checks_down() { restart.checks({"db", false, 0, "web", "refused"}); }
    Words take() { return std::exchange(told, {}); }
    bool run_until(std::size_t count) {
        return tests::run_until(io, [&] { return told.size() >= count; });
    }
};

constexpr auto kFirst = health::OnServiceDown::restart_then_failover;
constexpr auto kAtOnce = health::OnServiceDown::failover;
const Words kLong{"/bin/sleep", "1000"};

TEST_CASE("a restart for a check that stops the server is the only one") {
    Restarted test{kFirst, kLong};
    test.checks_down();
    CHECK(test.take() == Words{"restart for web"});
    test.server_down();
    CHECK(test.take() == Words{"server unknown: it is being restarted: gone"});
    test.restart.server(Restarted::seen());
    CHECK(test.take() == Words{"server seen"});
    test.restart.checks({"db", true, 0, "", ""});
    CHECK(test.take() == Words{});  // that they were down was never told
    CHECK(test.slots.taken() == 1);
}

TEST_CASE("a restart for the server covers its checks") {
    Restarted test{kFirst, kLong};
    test.server_down();
    CHECK(test.take() == Words{"restart for mysql", "server unknown: it is being restarted: gone"});
    test.checks_down();
    test.restart.server(Restarted::seen());
    CHECK(test.take() == Words{"server seen"});
    test.restart.checks({"db", true, 20, "disk", "full"});
    CHECK(test.take() == Words{"checks up, 20 off"});
}

TEST_CASE("a restart that fails tells of whatever is down, and of the rest at once") {
    Restarted test{kFirst, {"/bin/false"}};
    test.checks_down();
    REQUIRE(test.run_until(3));
    CHECK(test.take() == Words{"restart for web", "restart ended", "checks down: refused"});
    test.server_down();
    CHECK(test.take() == Words{"server down: gone"});
    test.restart.server(node::ServerUnknown{"full"});
    test.server_down();
    CHECK(test.take() == Words{"server unknown: full", "server down: gone"});
    test.restart.checks({"db", true, 0, "", ""});
    CHECK(test.take() == Words{"checks up, 0 off"});
}

TEST_CASE("a restart that fails may leave both down") {
    Restarted test{kFirst, {"/bin/false"}};
    test.server_down();
    test.checks_down();
    REQUIRE(test.run_until(5));
    CHECK(test.take() == Words{"restart for mysql", "server unknown: it is being restarted: gone",
                               "restart ended", "server down: gone", "checks down: refused"});
}

TEST_CASE("without a restart each is told at once, and only what is down") {
    Restarted test{kAtOnce, {}};
    test.checks_down();
    CHECK(test.take() == Words{"checks down: refused"});
    test.server_down();
    CHECK(test.take() == Words{"server down: gone"});
}

TEST_CASE("checks that are down before the server is known are told, and restart nothing") {
    boost::asio::io_context io{1};
    const process::Slots slots{2};
    Words told;
    JointRestart restart{
        io, slots, "db",
        JointRestart::Observers{[](const auto&) {},
                                [&](const ServiceVerdict& one) { told.push_back(one.check); },
                                [&](const auto&) { told.emplace_back("restart"); }}};
    restart.configure({kFirst, kLong, 1h});
    restart.checks({"db", false, 0, "web", "refused"});
    CHECK(told == Words{"web"});
}

TEST_CASE("checks that were taken out of the configuration hold nothing down") {
    Restarted test{kAtOnce, {}};
    test.checks_down();
    test.configure(kFirst, kLong);
    test.restart.forget_checks();
    test.take();
    test.server_down();
    CHECK(test.take() == Words{"restart for mysql", "server unknown: it is being restarted: gone"});
}

}  // namespace
}  // namespace highbase::daemon
