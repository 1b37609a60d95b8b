// SPDX-License-Identifier: GPL-2.0-or-later
// From the checks of a virtual router to one verdict, with real servers on the loopback interface.
#include "daemon/health_monitor.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <optional>

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using Verdicts = std::vector<ServiceVerdict>;

constexpr auto kLongest = 20s;  // of a wait, on a busy machine

const ServiceVerdict kUp{"db", true, "", ""};
const ServiceVerdict kDown{"db", false, "two", "Connection refused"};

struct Server {
    boost::asio::io_context& io;
    std::optional<tcp::acceptor> acceptor{std::in_place, io, tcp::endpoint{tcp::v4(), 0}};
    tcp::endpoint address = acceptor->local_endpoint();

    void end() { acceptor.reset(); }
    void come_back() { acceptor.emplace(io, address); }
    [[nodiscard]] health::CheckConfiguration check(const std::string& name) const {
        health::CheckConfiguration check;
        check.name = name;
        check.server = {vrrp::IpAddress::v4(127, 0, 0, 1), address.port()};
        check.interval = 20ms;
        check.timeout = 10s;
        return check;
    }
};

struct Monitored {
    boost::asio::io_context io{1};
    Server one{io};
    Server two{io};
    Verdicts verdicts;
    HealthMonitor monitor{io, [this](const ServiceVerdict& verdict) { verdicts.push_back(verdict); }};

    void configure(std::vector<health::CheckConfiguration> checks) {
        node::RouterConfiguration router;
        router.name = "db";
        router.checks = std::move(checks);
        monitor.configure({"gw1", {router}});
    }
    bool run_until(std::size_t count) {
        const auto end = std::chrono::steady_clock::now() + kLongest;
        while (verdicts.size() < count && std::chrono::steady_clock::now() < end) io.run_one_until(end);
        return verdicts.size() >= count;
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

}  // namespace
}  // namespace highbase::daemon
