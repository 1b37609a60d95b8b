// SPDX-License-Identifier: GPL-2.0-or-later
// The driver, with workers that misbehave. What it decides is tested in session_machine_test.cpp.
#include "mysql/session.hpp"

#include <fcntl.h>
#include <signal.h>

#include <fstream>

#include "tests/catch.hpp"
#include "tests/mysql/session_bench.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::mysql {
namespace {

using namespace std::chrono_literals;

// A rogue worker of that name; see rogue_worker.cpp.
class Rogue {
public:
    explicit Rogue(const char* mode) : path_{directory_ / mode} {
        std::filesystem::create_symlink(HIGHBASE_ROGUE_WORKER, path_);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    TemporaryDirectory directory_;
    std::filesystem::path path_;
};

Target with_timeout(std::chrono::milliseconds timeout) {
    Target target;
    target.connect_timeout = timeout;
    return target;
}

TEST_CASE("statements come back in their order") {
    const Rogue rogue{"honest"};
    SessionBench bench;
    bench.open(rogue.path());
    std::vector<std::string> answers;
    for (const char* sql : {"a", "b", "c"}) {
        bench.session->query(sql, 20s, [&](auto result) { answers.push_back(*result->at(0, 0)); });
    }
    CHECK(answers.empty());  // never from within query()
    REQUIRE(bench.run_until([&] { return answers.size() == 3; }));
    CHECK(answers == std::vector<std::string>{"a", "b", "c"});
    CHECK(bench.opened == std::vector<Server>{{"rogue", 1, ""}});
}

TEST_CASE("an answer of any size up to the bound comes in many pieces") {
    const Rogue rogue{"honest"};
    SessionBench bench;
    bench.open(rogue.path());
    const std::string sql(1024 * 1024 - 64, 'x');
    CHECK(bench.ask(sql).value().at(0, 0) == sql);

    const Rogue stuttering{"stuttering"};
    bench.open(stuttering.path());
    CHECK(bench.ask("octet by octet").value().at(0, 0) == "octet by octet");
}

TEST_CASE("a worker starts with nothing of the daemon's") {
    // What must not be handed on: descriptors, a blocked and an ignored signal, an environment.
    ::setenv("HIGHBASE_TEST_SECRET", "x", 1);
    sigset_t set;
    sigset_t before;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &set, &before);
    const auto pipe_before = ::signal(SIGPIPE, SIG_IGN);
    const int inheritable = ::fcntl(2, F_DUPFD, 100);

    const Rogue rogue{"honest"};
    SessionBench bench;
    bench.open(rogue.path());
    const auto facts = bench.ask("facts");
    REQUIRE(facts);
    CHECK(facts->find(0, "environment") == "empty");
    CHECK(facts->find(0, "descriptors") == "0 1 2 3 ");
    CHECK(facts->find(0, "policy") == "other");
    CHECK(facts->find(0, "blocked") == "none");
    CHECK(facts->find(0, "pipe") == "default");
    CHECK(facts->find(0, "session") == "its own");
    CHECK(facts->find(0, "stdin") == "/dev/null");

    ::close(inheritable);
    ::signal(SIGPIPE, pipe_before);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("a worker that hangs in a statement is replaced at the deadline") {
    const Rogue rogue{"hanging"};
    SessionBench bench;
    bench.open(rogue.path());
    REQUIRE(bench.wait_open());
    const auto result = bench.ask("anything", 100ms);
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == FailureKind::deadline);
    CHECK(result.error().in_doubt);
    CHECK(bench.took >= 100ms);
    CHECK(bench.took < 5s);
    REQUIRE(bench.run_until([&] { return bench.lost.size() == 1; }));
    CHECK(bench.lost[0].kind == FailureKind::deadline);
}

TEST_CASE("a worker that crashes is this box's own trouble") {
    const Rogue rogue{"crashing"};
    SessionBench bench;
    bench.open(rogue.path());
    const auto result = bench.ask("anything");
    REQUIRE_FALSE(result);
    CHECK(result.error() ==
          Failure{FailureKind::local, 0, "", "the worker ended: killed by signal 11", true});
    CHECK(bench.ask("again").error().kind == FailureKind::local);
}

TEST_CASE("why a worker cannot be used is told") {
    const auto local = [](std::string message) {
        return Failure{FailureKind::local, 0, "", std::move(message), false};
    };
    CHECK(first_refusal("/nonexistent/worker", with_timeout(10s)) ==
          local("/nonexistent/worker cannot be started: No such file or directory"));
    CHECK(first_refusal("/dev/null", with_timeout(10s)) ==
          local("/dev/null cannot be started: Permission denied"));
    CHECK(first_refusal(Rogue{"exiting"}.path(), with_timeout(10s)) ==
          local("the worker ended: exit status 3"));
    CHECK(first_refusal(Rogue{"babbling"}.path(), with_timeout(10s)) ==
          local("the worker's words were refused: too_long"));
    CHECK(first_refusal(Rogue{"boasting"}.path(), with_timeout(10s)) ==
          local("the worker's words were refused: too_long"));
    CHECK(first_refusal(Rogue{"nonsense"}.path(), with_timeout(10s)) ==
          local("the worker's words were refused: unknown_type"));
    CHECK(first_refusal(Rogue{"older"}.path(), with_timeout(10s)) ==
          local("the worker is of another version (3, not 2): restart the daemon"));
    CHECK(first_refusal(Rogue{"silent"}.path(), with_timeout(100ms)) ==
          local("the worker has not started within 100 ms"));
    CHECK(first_refusal(Rogue{"stalling"}.path(), with_timeout(100ms)) ==
          Failure{FailureKind::deadline, 0, "", "no connection within 100 ms", false});
}

TEST_CASE("a connect request beyond the bounds is refused here") {
    SessionBench bench;
    const Rogue rogue{"honest"};
    Target target;
    target.password = std::string(2'000'000, 'x');
    bench.open(rogue.path(), target);
    REQUIRE(bench.run_until([&] { return !bench.refused.empty(); }));
    CHECK(bench.refused[0].message == "a request is longer than 1 MiB");
}

TEST_CASE("a worker that speaks out of turn is replaced") {
    const Rogue rogue{"repeating"};
    SessionBench bench;
    bench.open(rogue.path());
    CHECK(bench.ask("anything").error().message == "the worker spoke out of turn");
}

TEST_CASE("closing waits for nothing and calls nobody") {
    for (const char* mode : {"hanging", "silent", "stalling", "honest"}) {
        const Rogue rogue{mode};
        SessionBench bench;
        bench.open(rogue.path());
        bool is_called = false;
        bench.session->query("anything", 20s, [&](const auto&) { is_called = true; });
        bench.run_until([&] {
            return std::string{mode} == "silent" || !bench.opened.empty() || std::string{mode} == "stalling";
        });
        const auto begin = std::chrono::steady_clock::now();
        bench.session.reset();
        CHECK(std::chrono::steady_clock::now() - begin < 1s);
        CHECK(bench.run_until([] { return !has_children(); }));
        CHECK_FALSE(is_called);
    }
}

TEST_CASE("a session may be destroyed by what it calls") {
    const Rogue rogue{"honest"};
    SessionBench bench;
    bench.open(rogue.path());
    int calls = 0;
    for (int i = 0; i < 3; ++i) {
        bench.session->query("x", 20s, [&](const auto&) {
            ++calls;
            bench.session.reset();
        });
    }
    REQUIRE(bench.run_until([&] { return calls > 0; }));
    bench.io.restart();
    bench.io.run_for(50ms);
    CHECK(calls == 1);
}

TEST_CASE("a session that is destroyed by the first of two callbacks does not call the second") {
    const Rogue rogue{"exiting"};
    SessionBench bench;
    bench.open(rogue.path());
    int calls = 0;
    for (int i = 0; i < 2; ++i) {
        bench.session->query("x", 20s, [&](const auto&) {
            ++calls;
            bench.session.reset();
        });
    }
    REQUIRE(bench.run_until([&] { return calls > 0; }));
    bench.io.restart();
    bench.io.run_for(50ms);
    CHECK(calls == 1);
}

TEST_CASE("a worker that is given up before it has started is ended as well") {
    const Rogue rogue{"silent"};
    const WorkerCount count = std::make_shared<std::atomic<int>>(0);
    SessionBench bench;
    for (int i = 0; i < 20; ++i) {
        CHECK(WorkerProcess::start(rogue.path(), count).has_value());
        CHECK(bench.run_until([&] { return count->load() == 0; }));
    }
    CHECK_FALSE(has_children());
}

TEST_CASE("a request waits for the one before to be written") {
    const Rogue rogue{"crossing"};  // loses the connection while a long statement is on its way
    SessionBench bench;
    SessionSettings settings;
    settings.first_retry = 1ms;
    bench.open(rogue.path(), {}, settings);
    CHECK(kind_of(bench.ask(std::string(1'000'000, 'x'))) == "unreachable");
    CHECK(bench.run_until([&] { return bench.opened.size() == 2; }));
    CHECK(bench.ask("short").value().at(0, 0) == "short");
}

TEST_CASE("workers that ended leave nothing behind") {
    REQUIRE(SessionBench{}.run_until([] { return !has_children(); }));
    const std::size_t before = open_descriptor_count();
    for (const char* mode : {"exiting", "hanging", "crashing", "silent", "babbling", "honest"}) {
        const Rogue rogue{mode};
        SessionBench bench;
        SessionSettings settings;
        settings.first_retry = settings.longest_retry = 1ms;
        bench.open(rogue.path(), with_timeout(20ms), settings);
        for (int i = 0; i < 20; ++i) static_cast<void>(bench.ask("x", 5ms));
    }
    SessionBench bench;
    CHECK(bench.run_until([] { return !has_children(); }));
    CHECK(bench.run_until([&] { return open_descriptor_count() <= before + 2; }));  // epoll, timer of `bench`
}

TEST_CASE("workers that do not end are not joined by ever more") {
    const WorkerCount count = std::make_shared<std::atomic<int>>(kMostWorkers - 1);
    {
        const Rogue rogue{"silent"};
        const auto last = WorkerProcess::start(rogue.path(), count);
        CHECK(last.has_value());
        const auto refused = WorkerProcess::start(rogue.path(), count);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message == "earlier workers have been killed and do not end");
    }
    SessionBench bench;
    CHECK(bench.run_until([&] { return count->load() == kMostWorkers - 1; }));
}

TEST_CASE("the worker is sought beside the program, then where it is installed") {
    const auto beside = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "highbase-mysql";
    std::filesystem::remove(beside);
    CHECK(find_worker() == std::filesystem::path{HIGHBASE_LIBEXEC_DIR} / "highbase-mysql");
    std::filesystem::create_symlink(HIGHBASE_ROGUE_WORKER, beside);
    CHECK(find_worker() == beside);
    std::filesystem::remove(beside);
}

}  // namespace
}  // namespace highbase::mysql
