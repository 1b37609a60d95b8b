// SPDX-License-Identifier: GPL-2.0-or-later
// Real processes, which are stopped, killed and replaced.
#include "health/process_checker.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/health/probe_bench.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::health {
namespace {

// A child that does nothing; with a path it listens there.
class Sleeper {
public:
    explicit Sleeper(const std::string& path = {}) {
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::prctl(PR_SET_NAME, "a) sleeper");
            if (!path.empty()) listen_on(path);
            ::close(ready[0]);
            ::close(ready[1]);
            while (true) ::pause();
        }
        ::close(ready[1]);
        char none = 0;
        CHECK(::read(ready[0], &none, 1) == 0);  // it is ready
        ::close(ready[0]);
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    ~Sleeper() { end(); }

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::string name() const { return "process " + std::to_string(pid_); }
    void signal(int number) const { ::kill(pid_, number); }
    void end() {
        if (pid_ == 0) return;
        signal(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    // SIGSTOP has arrived, or SIGCONT.
    void wait_for(int options) const { ::waitpid(pid_, nullptr, options); }

private:
    static void listen_on(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
        ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        ::listen(socket, 5);
    }
    pid_t pid_ = 0;
};

// Waits as for a disk, in state D: for a child of vfork(2), which ends by itself if this test does not end
// it.
class Blocked {
public:
    Blocked() {
        int told[2];
        REQUIRE(::pipe(told) == 0);
        pid_ = ::fork();
        if (pid_ == 0) wait_for_child(told[1]);
        ::close(told[1]);
        CHECK(::read(told[0], &child_, sizeof child_) == sizeof child_);
        ::close(told[0]);
    }
    Blocked(const Blocked&) = delete;
    Blocked& operator=(const Blocked&) = delete;
    ~Blocked() {
        go_on();
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    [[nodiscard]] pid_t pid() const { return pid_; }
    void go_on() {
        if (child_ > 0) ::kill(child_, SIGKILL);
        child_ = 0;
    }

private:
    [[noreturn]] static void wait_for_child(int told) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::vfork() == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::alarm(60);
            const pid_t own = ::getpid();
            (void)!::write(told, &own, sizeof own);
            while (true) ::pause();
        }
        while (true) ::pause();
    }

    pid_t pid_ = 0;
    pid_t child_ = 0;
};

struct PidFile {
    TemporaryDirectory directory;
    std::string path = directory / "server.pid";

    void write(const std::string& content) const { std::ofstream{path} << content << std::flush; }
    void write(const Sleeper& sleeper) const { write(std::to_string(sleeper.pid()) + "\n"); }
    [[nodiscard]] ProcessOptions options() const {
        ProcessOptions options;
        options.pid_file = path;
        return options;
    }
};

// It will be, but on a busy machine it may still run when it is first looked at.
bool is_asleep(ProbeBench& bench) {
    return bench.run_until([&] { return text(bench.probe()) == "ok:  | state=S"; });
}

TEST_CASE("a process is found by its pid file, and its end is noticed by itself") {
    const PidFile file;
    Sleeper sleeper;
    file.write(sleeper);
    ProbeBench bench{file.options()};
    CHECK(is_asleep(bench));
    CHECK(is_asleep(bench));
    const std::string name = sleeper.name();
    sleeper.end();
    REQUIRE(bench.run_until([&] { return !bench.found.empty(); }));
    CHECK(text(bench.found[0]) == "failed!: " + name + " has ended");
    CHECK(text(bench.probe()) == "failed: " + name + ": No such process");
    const Sleeper next;
    file.write(next);
    CHECK(is_asleep(bench));
    CHECK(bench.found.size() == 1);
}

TEST_CASE("a process is found by its socket") {
    const TemporaryDirectory directory;
    const std::string path = directory / "server.sock";
    ProcessOptions options;
    options.socket = path;
    ProbeBench bench{options};
    CHECK(text(bench.probe()) == "failed: " + path + ": No such file or directory");
    Sleeper sleeper{path};
    CHECK(is_asleep(bench));
    sleeper.end();
    REQUIRE(bench.run_until([&] { return !bench.found.empty(); }));
    CHECK(text(bench.probe()) == "failed: " + path + ": Connection refused");
}

TEST_CASE("a process that is stopped has failed, and goes on when it does") {
    const PidFile file;
    const Sleeper sleeper;
    file.write(sleeper);
    ProbeBench bench{file.options()};
    CHECK(bench.probe().sample == Sample::ok);
    sleeper.signal(SIGSTOP);
    sleeper.wait_for(WUNTRACED);
    CHECK(text(bench.probe()) == "failed: " + sleeper.name() + " is stopped | state=T");
    sleeper.signal(SIGCONT);
    sleeper.wait_for(WCONTINUED);
    CHECK(bench.probe().sample == Sample::ok);
    CHECK(bench.found.empty());
}

TEST_CASE("a process that waits for its disk is well for a while, and then it has failed") {
    const PidFile file;
    Blocked blocked;
    file.write(std::to_string(blocked.pid()) + "\n");
    ProcessOptions options = file.options();
    options.max_blocked = std::chrono::hours{1};
    ProbeBench patient{options};
    Finding finding;
    REQUIRE(patient.run_until([&] {
        finding = patient.probe();
        return finding.measure == "state=D";
    }));
    CHECK(finding.sample == Sample::ok);
    options.max_blocked = std::chrono::milliseconds{10};
    ProbeBench bench{options};
    CHECK(text(bench.probe()) == "ok:  | state=D");  // since when is not known yet
    REQUIRE(bench.probe_until(Sample::failed));
    CHECK_THAT(text(bench.probe()),
               Catch::Matchers::StartsWith("failed: process " + std::to_string(blocked.pid()) +
                                           " has been blocked for "));
    CHECK(patient.probe().sample == Sample::ok);
    blocked.go_on();
    REQUIRE(bench.probe_until(Sample::ok));
    CHECK(bench.probe().measure != "state=D");
    CHECK(bench.found.empty());
}

TEST_CASE("a zombie has ended") {
    const PidFile file;
    const Sleeper sleeper;
    file.write(sleeper);
    ProbeBench bench{file.options()};
    CHECK(bench.probe().sample == Sample::ok);
    sleeper.signal(SIGKILL);  // and nobody asks how it ended
    REQUIRE(bench.run_until([&] { return !bench.found.empty(); }));
    CHECK(text(bench.found[0]) == "failed!: " + sleeper.name() + " has ended");
    CHECK(text(bench.probe()) == "failed!: " + sleeper.name() + " has ended");
}

TEST_CASE("a number that has passed to somebody else is told by the name") {
    const PidFile file;
    const Sleeper sleeper;
    file.write(sleeper);
    ProcessOptions options = file.options();
    options.command = "mariadbd";
    CHECK(text(ProbeBench{options}.probe()) ==
          "failed: " + sleeper.name() + " is a) sleeper, not mariadbd | state=S");
    options.command = "a) sleeper";
    CHECK(ProbeBench{options}.probe().sample == Sample::ok);
}

TEST_CASE("what cannot be asked is not known") {
    const PidFile file;
    ProbeBench bench{file.options()};
    CHECK(text(bench.probe()) == "failed: " + file.path + ": No such file or directory");
    for (const char* content : {"", "abc", "0"}) {
        file.write(content);
        CHECK(text(bench.probe()) == "unknown: " + file.path + " holds no process number");
    }
    ProcessOptions options;
    options.pid_file = "/proc/self/mem/nothing";
    CHECK(text(ProbeBench{options}.probe()) == "unknown: /proc/self/mem/nothing: Not a directory");
    options.pid_file.clear();
    options.socket = std::string(200, '/');
    CHECK(text(ProbeBench{options}.probe()) == "unknown: " + options.socket + " is too long");
}

TEST_CASE("a checker may end while its process does") {
    const PidFile file;
    Sleeper sleeper;
    file.write(sleeper);
    ProbeBench bench{file.options()};
    CHECK(bench.probe().sample == Sample::ok);
    sleeper.end();
    bench.checker.reset();
    bench.io.restart();
    bench.io.run_for(std::chrono::milliseconds{20});
    CHECK(bench.found.empty());
}

}  // namespace
}  // namespace highbase::health
