// SPDX-License-Identifier: GPL-2.0-or-later
// Real programs: the shell, and what every system has.
#include "process/run.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>

#include "tests/catch.hpp"
#include "tests/files.hpp"
#include "tests/run_until.hpp"

namespace highbase::process {
namespace {

using namespace std::chrono_literals;
using tests::contents;

// Without a deadline that would end it for another reason than the one that is tested.
Command shell(const std::string& script) {
    return {.arguments = {"/bin/sh", "-c", script}, .deadline = 1h};
}

struct Runs {
    boost::asio::io_context io{1};
    Slots slots{2};
    std::optional<Outcome> outcome;
    std::optional<Run> run;

    void start(Command command) {
        outcome.reset();
        run.emplace(io, slots, std::move(command), [this](const Outcome& ended) { outcome = ended; });
        CHECK(!outcome);
    }
    template <typename Condition>
    bool run_until(Condition condition) {
        return tests::run_until(io, condition);
    }
    Outcome result(Command command) {
        start(std::move(command));
        REQUIRE(run_until([&] { return outcome.has_value(); }));
        return *outcome;
    }
};

Outcome result(Command command) {
    return Runs{}.result(std::move(command));
}

// A zombie that nobody has asked about yet has ended too. A process that ends between open and read fails
// the read (ESRCH): std::getline takes that as an empty line, where a bare stream buffer throws.
bool has_ended(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string stat;
    std::getline(file, stat);
    return stat.empty() || stat.find(") Z ") != std::string::npos;
}

TEST_CASE("a program's status, output and errors are kept apart") {
    const Outcome outcome = result(shell("echo one; echo two >&2; echo three; exit 7"));
    CHECK(outcome == Outcome{Exited{7}, "one\nthree\n", "two\n", false});
    CHECK_FALSE(has_succeeded(outcome));
    CHECK(has_succeeded(result(shell("exit 0"))));
}

TEST_CASE("it gets its arguments as they are") {
    Command command{.arguments = {"/usr/bin/printf", "<%s>", "a b", "", "$HOME", "\xff'\""}};
    CHECK(result(command).output == "<a b><><$HOME><\xff'\">");
}

TEST_CASE("it gets its environment, a path, and nothing of ours") {
    ::setenv("HIGHBASE_OURS", "1", 1);
    Command command{.arguments = {"/usr/bin/env"}, .environment = {"ONE=1 2", "TWO="}};
    CHECK(result(command).output ==
          "ONE=1 2\nTWO=\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
    command.environment = {"PATH=/x"};
    CHECK(result(command).output == "PATH=/x\n");
}

TEST_CASE("it reads what it is given, and then the end") {
    Command command = shell("wc -c; cat /dev/stdin | wc -c");
    CHECK(result(command).output == "0\n0\n");
    command = shell("cat");
    command.input = std::string(300'000, 'x') + "\n";
    command.longest_output = 1'000'000;
    CHECK(result(command).output == command.input);
    command.arguments = {"/bin/true"};  // which reads nothing of it
    CHECK(result(command).ending == Ending{Exited{0}});
}

TEST_CASE("of a long output the beginning is kept, and the program may end") {
    Command command = shell("head -c 1000000 /dev/zero | tr '\\0' x; echo late >&2; exit 3");
    command.longest_output = 1000;
    CHECK(result(command) == Outcome{Exited{3}, std::string(1000, 'x'), "late\n", true});
    command = shell("printf 12345; printf 123456 >&2");
    command.longest_output = 5;
    CHECK(result(command) == Outcome{Exited{0}, "12345", "12345", true});
    command.longest_output = 6;
    CHECK_FALSE(result(command).is_cut);
}

TEST_CASE("a program that is killed, and one that cannot be started, say so") {
    CHECK(result(shell("kill -9 $$")).ending == Ending{Signalled{9}});
    CHECK(result({.arguments = {"/nonexistent"}}).ending ==
          Ending{NotStarted{"/nonexistent: No such file or directory"}});
    CHECK(result({.arguments = {"/etc/passwd"}}).ending ==
          Ending{NotStarted{"/etc/passwd: Permission denied"}});
    CHECK(result({}).ending == Ending{NotStarted{"no program is named"}});
    CHECK(describe(Exited{2}) == "exit status 2");
    CHECK(describe(Signalled{15}) == "killed by signal 15");
    CHECK(describe(TimedOut{}) == "no end in time");
    CHECK(describe(NotStarted{"why"}) == "cannot be started: why");
}

TEST_CASE("at the deadline the whole group gets SIGTERM") {
    // The first process waits for the second one, which nobody but the group's signal ends.
    Command command = shell(
        "(trap 'echo second; exit 0' TERM; while :; do sleep 0.02; done) & "
        "trap 'wait; echo first; exit 0' TERM; wait");
    command.deadline = 200ms;
    command.grace = 20s;
    const auto begun = std::chrono::steady_clock::now();
    const Outcome outcome = result(command);
    const auto took = std::chrono::steady_clock::now() - begun;
    CHECK(outcome.ending == Ending{TimedOut{}});
    CHECK(outcome.output == "second\nfirst\n");
    CHECK(took >= 200ms);
    CHECK(took < 10s);
}

TEST_CASE("who ignores SIGTERM is killed after the grace, and its children with it") {
    Command command = shell("trap '' TERM; sleep 1000 & echo $!; while :; do sleep 1000; done");
    command.deadline = 100ms;
    command.grace = 200ms;
    const auto begun = std::chrono::steady_clock::now();
    Child child{command};
    child.tend();  // by itself, without a loop that helps
    CHECK(std::chrono::steady_clock::now() - begun >= 300ms);
    CHECK(child.outcome().ending == Ending{TimedOut{}});
    Runs runs;
    CHECK(runs.run_until([&] { return has_ended(std::stoi(child.outcome().output)); }));
    CHECK(result(command).ending == Ending{TimedOut{}});
}

TEST_CASE("who obeys SIGTERM leaves nobody behind who does not") {
    Command command = shell("(trap '' TERM; exec sleep 1000) & echo $!; trap 'exit 0' TERM; wait");
    command.deadline = 300ms;
    command.grace = 20s;
    const Outcome outcome = result(command);
    CHECK(outcome.ending == Ending{TimedOut{}});
    Runs runs;
    CHECK(runs.run_until([&] { return has_ended(std::stoi(outcome.output)); }));
}

TEST_CASE("what a program writes last is not lost") {
    // One write that fills most of a pipe, and the end.
    Command command{.arguments = {"/bin/dd", "if=/dev/zero", "bs=60000", "count=1", "status=none"}};
    for (int i = 0; i < 20; ++i) CHECK(result(command).output.size() == 60000);
}

TEST_CASE("what a program leaves behind is not waited for, and goes on") {
    Command command = shell("sleep 1000 & echo $!; exit 4");
    const Outcome outcome = result(command);
    CHECK(outcome.ending == Ending{Exited{4}});
    const int left = std::stoi(outcome.output);
    CHECK_FALSE(has_ended(left));
    CHECK(::kill(left, SIGKILL) == 0);
}

TEST_CASE("the end of a run is the end of its program") {
    Runs runs;
    const std::string file = "/tmp/process_test." + std::to_string(::getpid());
    runs.start(shell("echo $$ > " + file + "; sleep 1000 & wait"));
    REQUIRE(runs.run_until([&] { return contents(file).ends_with("\n"); }));
    runs.run.reset();
    CHECK(runs.run_until([&] { return has_ended(std::stoi(contents(file))); }));
    ::unlink(file.c_str());
    runs.start(shell("sleep 1000"));  // which has not begun yet
    runs.run.reset();
    CHECK(runs.run_until([&] { return runs.slots.taken() == 0; }));
    CHECK(!runs.outcome);
}

TEST_CASE("a run may be destroyed by what it tells") {
    Runs runs;
    bool told = false;
    runs.run.emplace(runs.io, runs.slots, shell("exit 0"), [&](const Outcome&) {
        runs.run.reset();
        told = true;
    });
    CHECK(runs.run_until([&] { return told; }));
}

TEST_CASE("no more programs than slots run at a time") {
    Runs one;
    Run first{one.io, one.slots, shell("sleep 1000"), [](const Outcome&) {}};
    {
        const Run second{one.io, one.slots, shell("sleep 1000"), [](const Outcome&) {}};
        CHECK(one.result(shell("exit 0")).ending == Ending{NotStarted{"earlier programs have not ended"}});
    }
    REQUIRE(one.run_until([&] { return one.slots.taken() == 1; }));
    CHECK(one.result(shell("exit 0")).ending == Ending{Exited{0}});
}

TEST_CASE("the loop goes on meanwhile") {
    Runs runs;
    runs.start(shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; yes | head -c 3000000; sleep 0.2"));
    auto longest = 0ns;
    auto before = std::chrono::steady_clock::now();
    while (!runs.outcome && before < std::chrono::steady_clock::now() + tests::kLongestWait) {
        runs.io.poll();
        const auto now = std::chrono::steady_clock::now();
        longest = std::max<std::chrono::nanoseconds>(longest, now - before);
        before = now;
        std::this_thread::sleep_for(1ms);
    }
    REQUIRE(runs.outcome);
    CHECK(longest < 150ms);  // the program takes more than 200
}

TEST_CASE("a program inherits nothing that is ours") {
    // Not close-on-exec, and in nobody's way.
    const int ours = ::fcntl(0, F_DUPFD, 50);
    REQUIRE(ours >= 50);
    ::signal(SIGHUP, SIG_IGN);
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    // Anybody may make himself a better victim, which programs do not inherit either.
    std::ofstream{"/proc/self/oom_score_adj"} << "1" << std::flush;
    // A shell cannot trap what was ignored when it began.
    const Outcome outcome =
        result(shell("pwd; trap 'echo hangup' HUP; kill -HUP $$; grep -E 'SigBlk|CapAmb' /proc/self/status; "
                     "ls /proc/$$/fd | tr '\\n' ' '; "
                     "set -- $(cat /proc/$$/stat); [ $1 = $5 ] && [ $1 = $6 ] && echo leader; "
                     "cat /proc/$$/oom_score_adj"));
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::signal(SIGHUP, SIG_DFL);
    ::close(ours);
    CHECK(outcome.output ==
          "/\nhangup\nSigBlk:\t0000000000000000\nCapAmb:\t0000000000000000\n0 1 2 leader\n0\n");
}

TEST_CASE("no zombie is left, and a foreign child is not touched") {
    const pid_t foreign = ::fork();
    if (foreign == 0) ::_exit(5);
    result(shell("exit 0"));
    int status = 0;
    CHECK(::waitpid(foreign, &status, 0) == foreign);
    CHECK(WEXITSTATUS(status) == 5);
    CHECK(::waitpid(-1, &status, 0) == -1);
    CHECK(errno == ECHILD);
}

}  // namespace
}  // namespace highbase::process
