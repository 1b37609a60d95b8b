// SPDX-License-Identifier: GPL-2.0-or-later
// Against a real server, which is killed, stopped, frozen, full, and refuses.
#include "health/mysql_checker.hpp"

#include <csignal>
#include <fstream>
#include <string>

#include "tests/catch.hpp"
#include "tests/health/probe_bench.hpp"
#include "tests/mysql/database_server.hpp"

namespace highbase::health {
namespace {

using namespace std::chrono_literals;
using mysql::DatabaseServer;

MysqlOptions by_socket(const DatabaseServer& server) {
    MysqlOptions options;
    options.socket = std::get<mysql::UnixEndpoint>(server.by_socket().endpoint).path;
    options.user = server.by_socket().user;
    return options;
}

TEST_CASE("a server that is killed is down at once, and back when it is") {
    DatabaseServer server;
    ProbeBench bench{by_socket(server)};
    REQUIRE(bench.probe_until(Sample::ok));
    CHECK(text(bench.probe()) == "ok: ");
    server.kill();
    REQUIRE(bench.run_until([&] { return !bench.found.empty(); }));
    CHECK(bench.found[0].sample == Sample::failed);
    CHECK(bench.found[0].is_proof);
    CHECK(bench.found[0].reason.starts_with("unreachable: Can't connect to"));
    const Finding after = bench.probe();
    CHECK(after.sample == Sample::failed);
    CHECK_FALSE(after.is_proof);
    server.start();
    CHECK(bench.probe_until(Sample::ok));
    CHECK(bench.found.size() == 1);
}

TEST_CASE("a server that is stopped in an orderly way is down at once too") {
    DatabaseServer server;
    ProbeBench bench{by_socket(server)};
    REQUIRE(bench.probe_until(Sample::ok));
    server.stop();
    CHECK(bench.run_until([&] { return !bench.found.empty(); }));
}

TEST_CASE("a connection that somebody kills is no proof") {
    const DatabaseServer server{{}, "CREATE OR REPLACE USER checker@localhost IDENTIFIED BY '';"};
    MysqlOptions options = by_socket(server);
    options.user = "checker";
    ProbeBench bench{options};
    REQUIRE(bench.probe_until(Sample::ok));
    mysql::run_program({"mariadb", "--no-defaults", "--socket=" + options.socket, "--user=root",
                        "--execute=KILL USER checker@localhost"});
    CHECK(bench.probe_until(Sample::ok));
    bench.io.restart();
    bench.io.run_for(300ms);
    CHECK(bench.probe().sample == Sample::ok);
    CHECK(bench.found.empty());
}

TEST_CASE("a frozen server fails by the deadline") {
    const DatabaseServer server;
    ProbeBench bench{by_socket(server), 200ms};
    REQUIRE(bench.probe_until(Sample::ok));
    server.signal(SIGSTOP);
    CHECK(bench.probe().sample == Sample::failed);
    CHECK(bench.probe().sample == Sample::failed);
    server.signal(SIGCONT);
    CHECK(bench.probe_until(Sample::ok));
    CHECK(bench.found.empty());
}

TEST_CASE("a wrong password is not known, and is read again") {
    const DatabaseServer server{{}, "CREATE OR REPLACE USER checker@'%' IDENTIFIED BY 'right';"};
    const std::string file = server.file("password");
    std::ofstream{file} << "wrong\n";
    MysqlOptions options;
    const auto& tcp = std::get<mysql::TcpEndpoint>(server.by_tcp("checker", "").endpoint);
    options.server = {tcp.address, tcp.port};
    options.user = "checker";
    options.password_file = file;
    ProbeBench bench{options};
    const auto probe_for = [&](const std::string& beginning) {
        return bench.run_until([&] { return bench.probe().reason.starts_with(beginning); });
    };
    CHECK(probe_for("refused_credentials: "));
    CHECK(bench.probe().sample == Sample::unknown);
    std::ofstream{file} << "right\n";
    CHECK(bench.probe_until(Sample::ok));
    CHECK(bench.found.empty());
}

TEST_CASE("a server without room for one more is not known") {
    const DatabaseServer server{
        {}, "CREATE OR REPLACE USER checker@localhost IDENTIFIED BY '' WITH MAX_USER_CONNECTIONS 1;"};
    MysqlOptions options = by_socket(server);
    options.user = "checker";
    ProbeBench first{options};
    REQUIRE(first.probe_until(Sample::ok));
    ProbeBench second{options};
    const Finding finding = second.probe();
    CHECK(finding.sample == Sample::unknown);
    CHECK(finding.reason.starts_with("too_many_connections: "));
    CHECK(first.probe().sample == Sample::ok);
}

TEST_CASE("a password that cannot be read is not known") {
    MysqlOptions options;
    options.password_file = "/nonexistent";
    ProbeBench bench{options};
    CHECK(bench.run_until([&] { return text(bench.probe()) == "unknown: /nonexistent cannot be read"; }));
}

TEST_CASE("a server that was never there fails by samples, without proof") {
    MysqlOptions options;
    options.socket = "/nonexistent";
    ProbeBench bench{options};
    CHECK(bench.probe_until(Sample::failed));
    CHECK(bench.probe().sample == Sample::failed);
    CHECK(bench.found.empty());
}

}  // namespace
}  // namespace highbase::health
