// SPDX-License-Identifier: GPL-2.0-or-later
// From the checks of a virtual router to one verdict, with real servers on the loopback interface.
#include "daemon/health_monitor.hpp"

#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <concepts>
#include <fstream>
#include <optional>

#include "tests/catch.hpp"
#include "tests/run_until.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using Verdicts = std::vector<ServiceVerdict>;

const ServiceVerdict kUp{"db", true, 0, "", ""};
const ServiceVerdict kDown{"db", false, 0, "two", "Connection refused"};

struct Server {
    boost::asio::io_context& io;
    std::optional<tcp::acceptor> acceptor{std::in_place, io, tcp::endpoint{tcp::v4(), 0}};
    tcp::endpoint address = acceptor->local_endpoint();

    void end() { acceptor.reset(); }
    void come_back() { acceptor.emplace(io, address); }
    [[nodiscard]] health::CheckConfiguration check(const std::string& name, std::uint8_t weight = 0) const {
        health::CheckConfiguration check;
        check.name = name;
        check.options = health::TcpOptions{{vrrp::IpAddress::v4(127, 0, 0, 1), address.port()}};
        check.interval = 20ms;
        check.timeout = 10s;
        check.weight = weight;
        return check;
    }
};

struct Monitored {
    boost::asio::io_context io{1};
    Server one{io};
    Server two{io};
    Verdicts verdicts;
    std::vector<RestartNotice> restarts;
    std::vector<CheckNotice> notices;
    HealthMonitor monitor{io,
                          {[this](const auto& verdict) { verdicts.push_back(verdict); },
                           [this](const auto& notice) { notices.push_back(notice); },
                           [this](const auto& notice) { restarts.push_back(notice); }}};
    health::RestartConfiguration restart;
    std::optional<node::DatabaseConfiguration> database;

    void configure(std::vector<health::CheckConfiguration> checks) {
        node::RouterConfiguration router;
        router.restart = restart;
        router.database = database;
        router.name = "db";
        router.checks = std::move(checks);
        monitor.configure({"gw1", {router}});
    }
    bool run_until(std::size_t count) {
        return run_until([&] { return verdicts.size() >= count; });
    }
    template <typename Condition>
    bool run_until(Condition condition) requires std::predicate<Condition> {
        return tests::run_until(io, condition);
    }
    // Several probes of each check.
    void run_on() { io.run_for(200ms); }
};

TEST_CASE("a service is up with the last of its checks and down with the first") {
    Monitored test;
    test.two.end();
    test.configure({test.one.check("one"), test.two.check("two")});
    REQUIRE(test.run_until(1));
    CHECK(test.verdicts == Verdicts{kDown});
    test.two.come_back();
    REQUIRE(test.run_until(2));
    CHECK(test.verdicts == Verdicts{kDown, kUp});
    test.two.end();
    REQUIRE(test.run_until(3));
    test.one.end();
    test.run_on();
    CHECK(test.verdicts == Verdicts{kDown, kUp, kDown});
}

TEST_CASE("a check that has not changed keeps its verdict") {
    Monitored test;
    test.configure({test.one.check("one")});
    REQUIRE(test.run_until(1));
    test.configure({test.one.check("one")});
    test.run_on();
    CHECK(test.verdicts == Verdicts{kUp});
}

TEST_CASE("a check that is added changes nothing before it has a verdict") {
    Monitored test;
    test.two.end();
    test.configure({test.one.check("one")});
    REQUIRE(test.run_until(1));
    test.configure({test.one.check("one"), test.two.check("two")});
    CHECK(test.verdicts == Verdicts{kUp});
    REQUIRE(test.run_until(2));
    CHECK(test.verdicts == Verdicts{kUp, kDown});
}

TEST_CASE("the removal of the check that is down brings the service up at once") {
    Monitored test;
    test.two.end();
    test.configure({test.one.check("one"), test.two.check("two")});
    REQUIRE(test.run_until(1));
    test.run_on();
    test.configure({test.one.check("one")});
    CHECK(test.verdicts == Verdicts{kDown, kUp});
}

TEST_CASE("without checks nothing is said, also by those that were under way") {
    Monitored test;
    test.configure({test.one.check("one")});
    test.configure({});
    test.run_on();
    CHECK(test.verdicts == Verdicts{});
}

TEST_CASE("a soft check lowers, and never ends") {
    Monitored test;
    test.two.end();
    test.configure({test.one.check("one"), test.two.check("two", 30)});
    REQUIRE(test.run_until(2));
    const ServiceVerdict lowered{"db", true, 30, "two", "Connection refused"};
    CHECK(test.verdicts.back() == lowered);
    test.two.come_back();
    REQUIRE(test.run_until([&] { return test.verdicts.back() == kUp; }));
    test.two.end();
    REQUIRE(test.run_until([&] { return test.verdicts.back() == lowered; }));
    test.one.end();
    REQUIRE(test.run_until([&] { return !test.verdicts.back().up; }));
    CHECK(test.verdicts.back() == ServiceVerdict{"db", false, 30, "one", "Connection refused"});
}

TEST_CASE("a service with soft checks only is up at once") {
    Monitored test;
    test.configure({test.one.check("one", 30)});
    CHECK(test.verdicts == Verdicts{kUp});
}

TEST_CASE("every check tells of itself") {
    Monitored test;
    test.two.end();
    test.configure({test.one.check("one"), test.two.check("two", 30)});
    REQUIRE(test.run_until([&] { return test.notices.size() == 2; }));
    const std::vector<status::CheckFacts> now = test.monitor.checks();
    REQUIRE(now.size() == 2);
    CHECK(now[0] == status::CheckFacts{"db", "one", {.verdict = health::Verdict::up}, now[0].age});
    REQUIRE(now[0].age.has_value());
    CHECK(*now[0].age >= 0s);
    CHECK(*now[0].age <= tests::kLongestWait);
    CHECK(now[1].status.verdict == health::Verdict::down);
    CHECK(now[1].status.failure == "Connection refused");
}

TEST_CASE("a check that has not answered yet has no age") {
    Monitored test;
    test.configure({test.one.check("one")});
    REQUIRE(test.monitor.checks().size() == 1);
    CHECK(test.monitor.checks()[0] == status::CheckFacts{"db", "one", {}, std::nullopt});
}

TEST_CASE("a service that a restart brings back is never told to be down") {
    Monitored test;
    const std::string file = "/tmp/health_monitor_test." + std::to_string(::getpid());
    test.restart = {health::OnServiceDown::restart_then_failover,
                    {"/bin/sh", "-c", "echo $HIGHBASE_ROUTER $HIGHBASE_CHECK > " + file},
                    20s};
    test.configure({test.one.check("one")});
    REQUIRE(test.run_until(1));
    test.one.end();
    REQUIRE(test.run_until([&] { return test.restarts.size() == 2; }));
    CHECK(test.restarts[0] == RestartNotice{"db", std::nullopt, "one", "Connection refused"});
    CHECK(test.restarts[1].outcome == process::Outcome{process::Exited{0}, "", "", false});
    std::string text;
    std::getline(std::ifstream{file}, text);
    ::unlink(file.c_str());
    CHECK(text == "db one");
    test.one.come_back();
    REQUIRE(test.run_until([&] { return test.monitor.checks()[0].status.verdict == health::Verdict::up; }));
    test.run_on();
    CHECK(test.verdicts == Verdicts{kUp});
    test.one.end();  // too soon for another one
    REQUIRE(test.run_until(2));
    CHECK(test.verdicts.back() == ServiceVerdict{"db", false, 0, "one", "Connection refused"});
    CHECK(test.restarts.size() == 2);
}

TEST_CASE("a restart that fails, or is too late, is a failover") {
    const auto command =
        GENERATE(std::vector<std::string>{"/bin/false"}, std::vector<std::string>{"/nonexistent"},
                 std::vector<std::string>{"/bin/sleep", "1000"});
    Monitored test;
    test.restart = {health::OnServiceDown::restart_then_failover, command, 200ms};
    test.configure({test.one.check("one")});
    REQUIRE(test.run_until(1));
    test.one.end();
    REQUIRE(test.run_until(2));
    CHECK(test.verdicts.back() == ServiceVerdict{"db", false, 0, "one", "Connection refused"});
    test.one.come_back();
    REQUIRE(test.run_until(3));
    CHECK(test.verdicts.back() == kUp);
}

TEST_CASE("with a database behind the router nothing is restarted, and all is told at once") {
    Monitored test;
    test.restart = {health::OnServiceDown::restart_then_failover, {"/bin/sleep", "1000"}, 1h};
    test.database.emplace();
    test.configure({test.one.check("one")});
    REQUIRE(test.run_until(1));
    test.one.end();
    REQUIRE(test.run_until(2));
    CHECK(test.verdicts == Verdicts{kUp, ServiceVerdict{"db", false, 0, "one", "Connection refused"}});
    CHECK(test.restarts.empty());
}

TEST_CASE("a router that goes away during its restart takes the command with it") {
    Monitored test;
    test.restart = {health::OnServiceDown::restart_then_failover, {"/bin/sleep", "1000"}, 1h};
    test.configure({test.one.check("one")});
    REQUIRE(test.run_until(1));
    test.one.end();
    REQUIRE(test.run_until([&] { return test.restarts.size() == 1; }));
    test.configure({});
    test.run_on();
    CHECK(test.verdicts == Verdicts{kUp});
}

}  // namespace
}  // namespace highbase::daemon
