// SPDX-License-Identifier: GPL-2.0-or-later
// Sessions with a real server: what works, what is refused, what breaks.
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "mysql/session.hpp"
#include "tests/catch.hpp"
#include "tests/mysql/database_server.hpp"
#include "tests/mysql/session_bench.hpp"

namespace highbase::mysql {
namespace {

using namespace std::chrono_literals;

const std::string kUsers =
    "CREATE OR REPLACE USER highbase@'127.0.0.1' IDENTIFIED BY 'secret';\n"
    "GRANT SELECT ON *.* TO highbase@'127.0.0.1';\n";

std::string status_of(pid_t pid, const std::string& key) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(key + ":")) return line.substr(line.find_first_not_of(" \t", key.size() + 1));
    }
    return "";
}

// The workers of a process.
std::vector<pid_t> workers(pid_t parent = ::getpid()) {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
        const pid_t pid = std::atoi(entry.path().filename().c_str());
        if (pid > 0 && status_of(pid, "PPid") == std::to_string(parent) &&
            status_of(pid, "Name") == "highbase-mysql" && status_of(pid, "State")[0] != 'Z') {
            found.push_back(pid);
        }
    }
    return found;
}

TEST_CASE("by the Unix socket and by TCP") {
    DatabaseServer server{{}, kUsers};
    for (const Target& target : {server.by_socket(), server.by_tcp("highbase", "secret")}) {
        SessionBench bench;
        bench.open(HIGHBASE_WORKER, target);
        const auto answer =
            bench.ask("SELECT 1 AS one, NULL AS nothing, 'a\\0b' AS text, CONNECTION_ID() AS id");
        REQUIRE(answer);
        CHECK(answer->columns == std::vector<std::string>{"one", "nothing", "text", "id"});
        CHECK(answer->row_count() == 1);
        CHECK(answer->at(0, 0) == "1");
        CHECK(answer->at(0, 1) == std::nullopt);
        CHECK(answer->at(0, 2) == std::string{"a\0b", 3});
        REQUIRE(bench.opened.size() == 1);
        CHECK(answer->at(0, 3) == std::to_string(bench.opened[0].connection_id));
        CHECK(bench.opened[0].version.find("MariaDB") != std::string::npos);
        CHECK(bench.opened[0].version.substr(0, 3) == "10.");
        CHECK(bench.opened[0].cipher.empty());
        CHECK(bench.ask("SELECT @@character_set_client").value().at(0, 0) == "utf8mb4");
    }
}

TEST_CASE("statements without a result set, with warnings, and procedures with several") {
    DatabaseServer server;
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_socket());
    REQUIRE(bench.ask("CREATE DATABASE test"));
    REQUIRE(bench.ask("CREATE TABLE test.t (id INT PRIMARY KEY)"));
    CHECK(bench.ask("INSERT INTO test.t VALUES (1), (2), (3)") ==
          Answer{.columns = {}, .values = {}, .affected = 3, .warnings = 0});
    CHECK(bench.ask("SELECT * FROM test.t WHERE id > 5") ==
          Answer{.columns = {"id"}, .values = {}, .affected = 0, .warnings = 0});
    CHECK(bench.ask("SELECT 1/0 AS x").value().warnings == 1);
    CHECK(bench.ask("DROP TABLE IF EXISTS test.none").value().warnings == 1);
    REQUIRE(bench.ask("CREATE PROCEDURE test.p() BEGIN SELECT 1 AS a; SELECT 2 AS b; END"));
    const auto called = bench.ask("CALL test.p()");
    if (called) CHECK(called->at(0, 0) == "1");
    CHECK(bench.ask("SELECT 3").value().at(0, 0) == "3");
    CHECK(bench.ask("SELECT 1; SELECT 2").error().code == 1064);  // one statement is one statement
    CHECK(bench.opened.size() == 1);
}

TEST_CASE("what the server refuses comes back as its kind, and the connection stands") {
    DatabaseServer server{{"--read-only=1"},
                          kUsers +
                              "CREATE DATABASE IF NOT EXISTS test;\nCREATE OR REPLACE TABLE test.t (a INT);\n"
                              "GRANT INSERT ON test.* TO highbase@'127.0.0.1';\n"};
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_tcp("highbase", "secret"));
    const auto refused = bench.ask("INSERT INTO test.t VALUES (1)");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == FailureKind::read_only);
    CHECK(refused.error().code == 1290);
    CHECK(refused.error().sql_state == "HY000");
    CHECK(refused.error().message.find("--read-only") != std::string::npos);
    CHECK_FALSE(refused.error().in_doubt);
    CHECK(kind_of(bench.ask("SELEKT 1")) == "statement");
    CHECK(kind_of(bench.ask("SELECT @@no_such_variable")) == "statement");
    CHECK(kind_of(bench.ask("SET GLOBAL read_only = 0")) == "missing_privilege");
    CHECK(kind_of(bench.ask("STOP REPLICA")) == "missing_privilege");
    CHECK(bench.opened.size() == 1);
    CHECK(bench.lost.empty());

    SessionBench root;
    root.open(HIGHBASE_WORKER, server.by_socket());
    CHECK(kind_of(root.ask("START REPLICA")) == "replication");
    CHECK(kind_of(root.ask("SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(10)")) == "killed");
}

TEST_CASE("a lock that is not granted") {
    DatabaseServer server{{},
                          "CREATE DATABASE IF NOT EXISTS test;\nCREATE OR REPLACE TABLE test.t (a INT);\n"};
    SessionBench holder;
    holder.open(HIGHBASE_WORKER, server.by_socket());
    REQUIRE(holder.ask("LOCK TABLES test.t WRITE"));
    SessionBench bench;
    Target target = server.by_socket();
    target.first_statements = {"SET SESSION lock_wait_timeout = 1", "SET SESSION sql_log_bin = 0"};
    bench.open(HIGHBASE_WORKER, target);
    CHECK(bench.ask("SELECT @@lock_wait_timeout, @@sql_log_bin").value().values ==
          std::vector<Value>{"1", "0"});
    CHECK(kind_of(bench.ask("INSERT INTO test.t VALUES (1)")) == "lock_wait");
}

TEST_CASE("a first statement that fails keeps the connection from standing") {
    DatabaseServer server;
    Target target = server.by_socket();
    target.first_statements = {"SET SESSION lock_wait_timeout = 1", "SET SESSION no_such_variable = 1"};
    const Failure failure = first_refusal(HIGHBASE_WORKER, target);
    CHECK(failure.code == 1193);
    CHECK(failure.kind == FailureKind::statement);
}

TEST_CASE("wrong credentials are unknown to a check, and are not tried often") {
    DatabaseServer server{{}, kUsers};
    const Failure failure = first_refusal(HIGHBASE_WORKER, server.by_tcp("highbase", "wrong"));
    CHECK(failure.kind == FailureKind::refused_credentials);
    CHECK(failure.code == 1045);
    CHECK(failure.sql_state == "28000");
    CHECK(first_refusal(HIGHBASE_WORKER, server.by_tcp("nobody", "")).kind ==
          FailureKind::refused_credentials);

    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_tcp("highbase", "wrong"));
    CHECK(kind_of(bench.ask("SELECT 1")) == "refused_credentials");
    CHECK(kind_of(bench.ask("SELECT 1", 100ms)) == "refused_credentials");
}

TEST_CASE("too many connections") {
    DatabaseServer server{{"--max-connections=10", "--extra-max-connections=1"},
                          kUsers + "ALTER USER highbase@'127.0.0.1' WITH MAX_USER_CONNECTIONS 2;\n"};
    SessionBench first;
    SessionBench second;
    first.open(HIGHBASE_WORKER, server.by_tcp("highbase", "secret"));
    second.open(HIGHBASE_WORKER, server.by_tcp("highbase", "secret"));
    REQUIRE(first.wait_open());
    REQUIRE(second.wait_open());
    const Failure of_user = first_refusal(HIGHBASE_WORKER, server.by_tcp("highbase", "secret"));
    CHECK(of_user.code == 1226);
    CHECK(of_user.kind == FailureKind::too_many_connections);

    std::vector<std::unique_ptr<SessionBench>> others;
    while (others.size() < 9) {  // root has one more than the others
        others.push_back(std::make_unique<SessionBench>());
        others.back()->open(HIGHBASE_WORKER, server.by_socket());
        REQUIRE(others.back()->wait_open());
    }
    const Failure of_server = first_refusal(HIGHBASE_WORKER, server.by_socket());
    CHECK(of_server.code == 1040);
    CHECK(of_server.kind == FailureKind::too_many_connections);
}

TEST_CASE("a server that is frozen in the middle of a statement") {
    DatabaseServer server;
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_socket());
    REQUIRE(bench.ask("SELECT 1"));
    server.signal(SIGSTOP);
    CHECK(kind_of(bench.ask("SELECT 1", 200ms)) == "deadline");
    CHECK(bench.took >= 200ms);
    CHECK(bench.took < 2s);
    std::cout << "a deadline of 200 ms was answered after " << bench.took / 1us << " us\n";
    REQUIRE(bench.run_until([&] { return bench.lost.size() == 1; }));
    // The next one waits for a greeting that does not come.
    CHECK(kind_of(bench.ask("SELECT 1", 200ms)) == "deadline");
    CHECK(bench.took < 2s);
    CHECK(bench.opened.size() == 1);
    server.signal(SIGCONT);
    CHECK(bench.ask("SELECT 2").value().at(0, 0) == "2");
    CHECK(bench.opened.size() == 2);
}

TEST_CASE("a server that is frozen before it greets") {
    DatabaseServer server{{}, kUsers};
    for (Target target : {server.by_socket(), server.by_tcp("highbase", "secret")}) {
        server.signal(SIGSTOP);
        target.connect_timeout = 300ms;
        SessionBench bench;
        const auto begin = std::chrono::steady_clock::now();
        bench.open(HIGHBASE_WORKER, target);
        REQUIRE(bench.run_until([&] { return !bench.refused.empty(); }));
        CHECK(std::chrono::steady_clock::now() - begin < 3s);
        CHECK(bench.refused[0].message == "no connection within 300 ms");
        CHECK(is_against_server(bench.refused[0].kind));
        server.signal(SIGCONT);
        REQUIRE(bench.run_until([&] { return !bench.opened.empty(); }));
        CHECK(bench.ask("SELECT 1").has_value());
    }
}

TEST_CASE("a server that is killed is missed at once, and found again") {
    DatabaseServer server{{}, kUsers};
    for (const Target& target : {server.by_socket(), server.by_tcp("highbase", "secret")}) {
        SessionBench bench;
        bench.open(HIGHBASE_WORKER, target);
        REQUIRE(bench.ask("SELECT 1"));
        const auto begin = std::chrono::steady_clock::now();
        server.kill();
        REQUIRE(bench.run_until([&] { return !bench.lost.empty(); }));
        const auto noticed = std::chrono::steady_clock::now() - begin;
        std::cout << "the kill was noticed after " << noticed / 1us << " us\n";
        CHECK(noticed < 2s);
        CHECK(bench.lost[0].kind == FailureKind::unreachable);
        CHECK(kind_of(bench.ask("SELECT 1")) == "unreachable");
        CHECK(bench.took < 2s);
        server.start();
        CHECK(bench.run_until([&] { return bench.opened.size() == 2; }));
        CHECK(bench.ask("SELECT 1").has_value());
    }
}

TEST_CASE("a server that is killed under a statement") {
    DatabaseServer server;
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_socket());
    REQUIRE(bench.ask("SELECT 1"));
    std::optional<SessionBench::Result> result;
    bench.session->query("SELECT SLEEP(100)", 20s, [&](auto got) { result = std::move(got); });
    SessionBench other;
    other.open(HIGHBASE_WORKER, server.by_socket());
    REQUIRE(other.run_until([&] {
        return other
                   .ask("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'")
                   .value()
                   .at(0, 0) == "1";
    }));
    server.kill();
    REQUIRE(bench.run_until([&] { return result.has_value(); }));
    CHECK(kind_of(*result) == "unreachable");
    CHECK(result->error().in_doubt);
}

TEST_CASE("a server that stops, and a connection that somebody kills") {
    DatabaseServer server;
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_socket());
    REQUIRE(bench.ask("SELECT 1"));
    SessionBench other;
    other.open(HIGHBASE_WORKER, server.by_socket());
    REQUIRE(other.ask("KILL " + std::to_string(bench.opened[0].connection_id)));
    REQUIRE(bench.run_until([&] { return bench.lost.size() == 1 && bench.opened.size() == 2; }));
    REQUIRE(bench.ask("SELECT 1"));
    server.stop();
    REQUIRE(bench.run_until([&] { return bench.lost.size() == 2; }));
}

TEST_CASE("answers beyond the bounds are refused, and the session goes on") {
    DatabaseServer server{{"--max-allowed-packet=64M"}};
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_socket());
    CHECK(bench.ask("SELECT REPEAT('x', 1000000)").value().at(0, 0)->size() == 1000000);
    CHECK(bench.ask("SELECT seq FROM mysql.seq_1_to_65536").value().row_count() == 65536);
    const std::vector<std::string> too_large = {
        "SELECT REPEAT('x', 1048576)",           // with its name too long
        "SELECT REPEAT('x', 3000000)",           //
        "SELECT REPEAT('x', 60000000)",          //
        "SELECT seq FROM mysql.seq_1_to_65537",  // one value too many
        "SELECT REPEAT('x', 1000) FROM mysql.seq_1_to_100000000",
        "SELECT 1 AS a, 2 AS b FROM mysql.seq_1_to_100000000",
    };
    for (std::size_t i = 0; i < too_large.size(); ++i) {
        const std::string& sql = too_large[i];
        INFO(sql);
        CHECK(kind_of(bench.ask(sql)) == "too_large");
        CHECK(bench.ask("SELECT 1").value().at(0, 0) == "1");
        CHECK(bench.lost.size() == i + 1);  // the rest was not read: the connection is of no more use
    }
    CHECK(kind_of(bench.ask("SELECT '" + std::string(1024 * 1024, 'x') + "'")) == "too_large");
}

TEST_CASE("columns that are not wanted count for nothing") {
    DatabaseServer server;
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_socket());
    const std::string wide =
        "SELECT seq AS Id, REPEAT('x', 1000) AS Info, 7 AS State, NULL AS Progress "
        "FROM mysql.seq_1_to_20000";
    std::optional<SessionBench::Result> result;
    bench.session->query(wide, 20s, [&](SessionBench::Result got) { result = std::move(got); },
                         {"State", "Id", "None"});
    REQUIRE(bench.run_until([&] { return result.has_value(); }));
    REQUIRE(*result);
    CHECK((*result)->columns == std::vector<std::string>{"Id", "State"});
    REQUIRE((*result)->row_count() == 20000);
    CHECK((*result)->at(19999, 0) == "20000");
    CHECK((*result)->at(19999, 1) == "7");
    // What is not named by any is an answer without columns.
    result.reset();
    bench.session->query("SELECT 1 AS a", 20s, [&](SessionBench::Result got) { result = std::move(got); },
                         {"b"});
    REQUIRE(bench.run_until([&] { return result.has_value(); }));
    CHECK((*result)->columns.empty());
    CHECK(kind_of(bench.ask(wide)) == "too_large");
}

TEST_CASE("no file of this box is sent to a server that asks for it") {
    DatabaseServer server{{"--local-infile=1"},
                          "CREATE DATABASE IF NOT EXISTS test;\nCREATE OR REPLACE TABLE test.t (a TEXT);\n"};
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_socket());
    CHECK_FALSE(bench.ask("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE test.t").has_value());
    REQUIRE(bench.wait_open());  // libmysqlclient breaks the connection off
    CHECK(bench.ask("SELECT COUNT(*) FROM test.t").value().at(0, 0) == "0");
}

TEST_CASE("an account that is known by the user of the process") {
    const std::string user = ::getpwuid(::geteuid())->pw_name;
    DatabaseServer server{{},
                          "CREATE OR REPLACE USER '" + user + "'@localhost IDENTIFIED VIA unix_socket;\n"};
    Target target = server.by_socket();
    target.user = user;
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, target);
    CHECK(bench.ask("SELECT CURRENT_USER()").value().at(0, 0) == user + "@localhost");
}

TEST_CASE("a worker is confined") {
    DatabaseServer server;
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_socket());
    REQUIRE(bench.wait_open());
    REQUIRE(workers().size() == 1);
    const pid_t worker = workers()[0];
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
        INFO(set);
        CHECK(status_of(worker, set) == "0000000000000000");
    }
    CHECK(status_of(worker, "NoNewPrivs") == "1");
    CHECK(status_of(worker, "VmLck") == "0 kB");
    const std::string place = "/proc/" + std::to_string(worker) + "/";
    const auto first_line = [&](const char* name) {
        std::ifstream file{place + name};
        std::string line;
        std::getline(file, line);
        return line;
    };
    CHECK(first_line("oom_score_adj") == "0");
    CHECK(first_line("cmdline") == std::string{"highbase-mysql\0", 15});
    CHECK(first_line("environ").empty());
    if (::geteuid() != 0)
        CHECK(::access((place + "environ").c_str(), R_OK) != 0);  // not of the same user either
    // A service manager's word to the whole unit.
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::kill(worker, number);
    CHECK(bench.ask("SELECT 1").has_value());
    CHECK(bench.opened.size() == 1);
}

TEST_CASE("a worker does not outlive the daemon, whatever it hangs in") {
    DatabaseServer server;
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_socket());
    REQUIRE(bench.wait_open());
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        SessionBench hanging;
        hanging.open(HIGHBASE_WORKER, server.by_socket());
        static_cast<void>(hanging.ask("SELECT SLEEP(100)", 100s));
        ::_exit(0);
    }
    const auto sleepers = [&] {
        return bench
            .ask("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'")
            .value()
            .at(0, 0);
    };
    REQUIRE(bench.run_until([&] { return sleepers() == "1"; }));
    REQUIRE(workers(daemon).size() == 1);
    const pid_t worker = workers(daemon)[0];
    ::kill(daemon, SIGKILL);
    ::waitpid(daemon, nullptr, 0);
    // A zombie, until init has waited for it.
    CHECK(bench.run_until(
        [&] { return status_of(worker, "State").find_first_not_of("Z (zombie)") == std::string::npos; }));
}

TEST_CASE("a worker that is killed from outside is replaced") {
    DatabaseServer server;
    SessionBench bench;
    bench.open(HIGHBASE_WORKER, server.by_socket());
    REQUIRE(bench.ask("SELECT 1"));
    REQUIRE(workers().size() == 1);
    ::kill(workers()[0], SIGKILL);
    REQUIRE(bench.run_until([&] { return !bench.lost.empty(); }));
    CHECK(bench.lost[0] == Failure{FailureKind::local, 0, "", "the worker ended: killed by signal 9", false});
    CHECK(bench.ask("SELECT 1").has_value());
    CHECK(bench.opened.size() == 2);
}

TEST_CASE("a thousand statements") {
    DatabaseServer server{{}, kUsers};
    for (const Target& target : {server.by_socket(), server.by_tcp("highbase", "secret")}) {
        SessionBench bench;
        bench.open(HIGHBASE_WORKER, target);
        REQUIRE(bench.wait_open());
        std::vector<std::chrono::nanoseconds> times;
        for (int i = 0; i < 1000; ++i) {
            REQUIRE(bench.ask("SELECT 1").has_value());
            times.push_back(bench.took);
        }
        std::ranges::sort(times);
        std::cout << "one statement: median " << times[500] / 1us << " us, p99 " << times[990] / 1us
                  << " us, max " << times[999] / 1us << " us\n";
        CHECK(bench.opened.size() == 1);
    }
}

TEST_CASE("nothing is left of sessions and workers") {
    DatabaseServer server;
    REQUIRE(workers().empty());
    const std::size_t before = open_descriptor_count();
    for (int i = 0; i < 20; ++i) {
        SessionBench bench;
        bench.open(HIGHBASE_WORKER, server.by_socket());
        if (i % 3 == 0) REQUIRE(bench.ask("SELECT 1"));
        if (i % 3 == 1) static_cast<void>(bench.ask("SELECT SLEEP(10)", 5ms));
    }
    SessionBench bench;
    CHECK(bench.run_until([] { return workers().empty(); }));
    CHECK(bench.run_until([&] { return open_descriptor_count() <= before + 2; }));  // epoll, timer of `bench`
}

}  // namespace
}  // namespace highbase::mysql
