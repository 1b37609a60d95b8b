// SPDX-License-Identifier: GPL-2.0-or-later
// A copy of a program that calls itself mariadbd stands for the server: it listens on a Unix socket, and does
// nothing else.
#include "daemon/server_process.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/run_until.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;

int listener_on(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ::unlink(path.c_str());
    const auto* place = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(socket, place, sizeof address) != 0 || ::listen(socket, 5) != 0) ::_exit(1);
    return socket;
}

// A process that listens under a name of its own, until it is killed.
class Server {
public:
    explicit Server(const std::string& path, const char* name = "mariadbd") {
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::prctl(PR_SET_NAME, name);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            listener_on(path);
            (void)!::write(ready[1], "x", 1);
            while (true) ::pause();
        }
        ::close(ready[1]);
        char octet = 0;
        REQUIRE(::read(ready[0], &octet, 1) == 1);
        ::close(ready[0]);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() { end(); }

    [[nodiscard]] pid_t pid() const { return pid_; }
    void stop() const {
        ::kill(pid_, SIGSTOP);
        int status = 0;
        REQUIRE(::waitpid(pid_, &status, WUNTRACED) == pid_);
    }
    [[nodiscard]] bool lives() const {
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
        return info.si_pid == 0;
    }
    void end() {
        if (pid_ == 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

private:
    pid_t pid_ = 0;
};

struct ServerBench {
    TemporaryDirectory directory;
    std::string path = (directory / "socket").native();
    boost::asio::io_context io{1};
    std::vector<std::string> told;
    ServerProcess process{io, path, [this](const std::string& trouble) { told.push_back(trouble); }};

    // Whether it was looked for, and found or not.
    void see() {
        process.seen();
        tests::run_until(io, [this] { return !told.empty() || process.is_known(); });
    }
    ServerProcess::Killed kill() {
        std::optional<ServerProcess::Killed> result;
        process.kill(4s, [&](const ServerProcess::Killed& killed) { result = killed; });
        REQUIRE(tests::run_until(io, [&] { return result.has_value(); }));
        return *result;
    }
};

TEST_CASE("a server that is stopped is killed, and has ended when that is told") {
    for (const bool was_seen : {true, false}) {
        ServerBench bench;
        const Server server{bench.path};
        if (was_seen) bench.see();
        server.stop();
        const auto killed = bench.kill();
        CHECK(killed.pid == server.pid());
        CHECK(killed.trouble.empty());
        CHECK_FALSE(server.lives());
        CHECK(bench.told.empty());
    }
}

TEST_CASE("nobody is killed where nobody can be reached") {
    ServerBench bench;
    CHECK(bench.kill().pid == 0);  // no socket
    Server server{bench.path};
    bench.see();
    // It ends by itself: it listens no more, and has not ended yet.
    ::unlink(bench.path.c_str());
    const auto killed = bench.kill();
    CHECK(killed.pid == 0);
    CHECK(killed.trouble.empty());
    CHECK(server.lives());
    // Another one is in its place: that one was never open.
    server.end();
    const Server next{bench.path};
    CHECK(bench.kill().pid == 0);
    CHECK(next.lives());
}

TEST_CASE("the server that was started after another one is the one that is known") {
    ServerBench bench;
    Server first{bench.path};
    bench.see();
    first.end();
    const Server second{bench.path};
    bench.process.seen();
    REQUIRE(tests::run_until(bench.io, [&] { return bench.process.is_known(); }));
    second.stop();
    CHECK(bench.kill().pid == second.pid());
}

TEST_CASE("who is no database server is not killed, whatever it listens on") {
    ServerBench bench;
    const Server proxy{bench.path, "proxy"};
    bench.see();
    bench.process.seen();
    REQUIRE(bench.told.size() == 1);
    const std::string said = "process " + std::to_string(proxy.pid()) + " (proxy), which listens on " +
                             bench.path + ", is no database server";
    CHECK(bench.told.front() == said);
    CHECK(bench.kill().trouble == said);
    CHECK(proxy.lives());
}

TEST_CASE("a server is known by its name, or by its program behind a loader") {
    const auto line = [](const std::string& text) {
        std::string words = text;
        std::ranges::replace(words, ' ', '\0');
        return words + '\0';
    };
    CHECK(is_server_program("mysqld", ""));
    CHECK(is_server_program("mariadbd", line("python3 test")));
    CHECK(is_server_program("ld-linux-x86-64",
                            line("/lib64/ld-linux.so.2 --library-path /lib /usr/sbin/mysqld --x")));
    CHECK(is_server_program("memcheck", line("valgrind /usr/sbin/mariadbd")));
    CHECK_FALSE(is_server_program("mysqld_safe", line("/bin/sh /usr/bin/mysqld_safe")));
    CHECK_FALSE(is_server_program("proxysql", line("proxysql -c /etc/proxysql.cnf")));
    CHECK_FALSE(is_server_program("socat", line("socat a b c d e /usr/sbin/mysqld")));
    CHECK_FALSE(is_server_program("", ""));
}

}  // namespace
}  // namespace highbase::daemon
