// SPDX-License-Identifier: GPL-2.0-or-later
// hbctl from its arguments to its exit code, against a real control server and against ones that misbehave.
#include "ctl/run.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <thread>

#include "cluster/key.hpp"
#include "status/switchover.hpp"
#include "tests/catch.hpp"
#include "tests/runtime/control_bench.hpp"

namespace highbase::ctl {
namespace {

using namespace std::chrono_literals;
using daemon::ControlBench;
using netlink::Descriptor;

struct Result {
    ExitCode code{};
    std::string out;
    std::string err;
    friend bool operator==(const Result&, const Result&) = default;
};

struct Options {
    bool terminal = false;
    bool colour = false;
    std::function<void()> on_out = [] {};  // after each piece of output
    std::chrono::milliseconds patience = 10s;
};

Result hbctl(const std::filesystem::path& socket, std::vector<std::string> arguments,
             const Options& options = {}) {
    arguments.insert(arguments.begin(), {"--control-socket", socket.native()});
    Result result;
    const Output output{
        .out =
            [&](std::string_view text) {
                result.out += text;
                options.on_out();
            },
        .err = [&](std::string_view text) { result.err += text; },
        .terminal = options.terminal,
        .colour = options.colour,
    };
    result.code = run(arguments, output, options.patience);
    return result;
}

// Answers one client's first request with these octets and closes the connection; `silent`: keeps it open.
class OddDaemon {
public:
    explicit OddDaemon(std::string answer, bool silent = false)
        : answer_{std::move(answer)}, silent_{silent}, thread_{[this] { serve(); }} {}
    [[nodiscard]] std::filesystem::path path() const { return directory_ / "s"; }

private:
    void serve() {
        pollfd state{socket_.descriptor(), POLLIN, 0};
        ::poll(&state, 1, 10'000);
        const Descriptor client{::accept(socket_.descriptor(), nullptr, nullptr)};
        std::array<char, 1024> request{};
        ::recv(client.get(), request.data(), request.size(), 0);
        ::send(client.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
        // Ends when the client does.
        if (silent_) ::recv(client.get(), request.data(), request.size(), 0);
    }

    TemporaryDirectory directory_;
    daemon::ControlSocket socket_ = std::move(*daemon::ControlSocket::listen(path(), ""));
    std::string answer_;
    bool silent_;
    std::jthread thread_;
};

TEST_CASE("status: a table, or JSON") {
    ControlBench bench;
    const Result text = hbctl(bench.path(), {"status"});
    CHECK(text.code == ExitCode::done);
    CHECK(text.out.starts_with("gw1: hbvrrp 0.1.0, pid 4711, running for 3d 3h, real-time\n\nROUTER "));
    CHECK(text.err.empty());

    const Result json = hbctl(bench.path(), {"status", "--json"});
    CHECK(json.code == ExitCode::done);
    CHECK(json.out.starts_with("{\n  \"version\": 1,\n  \"time\": \"2026-11-21T10:11:12.123Z\",\n"));
    CHECK(json.out.ends_with("\n}\n"));
}

TEST_CASE("status: colours only where they are wanted") {
    ControlBench bench;
    CHECK(hbctl(bench.path(), {"status"}).out.find('\033') == std::string::npos);
    CHECK(hbctl(bench.path(), {"status"}, {.terminal = true, .colour = true}).out.find("\033[1;32mActive") !=
          std::string::npos);
    CHECK(hbctl(bench.path(), {"status"}, {.terminal = true}).out.find('\033') == std::string::npos);
}

TEST_CASE("status: a speaker that is silent is the answer no") {
    daemon::ControlLimits limits;
    limits.speaker = 10ms;
    ControlBench bench{limits, false};
    CHECK(hbctl(bench.path(), {"status"}) ==
          Result{ExitCode::no, "", "hbctl: the daemon's speaker does not answer\n"});
}

TEST_CASE("No daemon is an exit code of its own, with the place where it was looked for") {
    const TemporaryDirectory directory;
    const std::filesystem::path path = directory / "s";
    const std::string remedy =
        "is hbvrrp running? (systemctl status hbvrrp; --control-socket names another place)\n";
    const std::string before = "hbctl: " + path.native() + ": ";
    for (const char* const verb : {"status", "watch", "events", "reload", "doctor", "switchover"}) {
        CHECK(hbctl(path, {verb}) ==
              Result{ExitCode::unreachable, "", before + "No such file or directory; " + remedy});
    }
    {
        auto socket = daemon::ControlSocket::listen(path, "");
        REQUIRE(socket.has_value());
        ::shutdown(socket->descriptor(), SHUT_RDWR);
        CHECK(hbctl(path, {"status"}) ==
              Result{ExitCode::unreachable, "", before + "Connection refused; " + remedy});
    }
    CHECK(hbctl(std::string(108, 'x'), {"status"}).err ==
          "hbctl: " + std::string(108, 'x') +
              ": File name too long; a socket's path has 1 to 107 characters\n");
}

TEST_CASE("A daemon that does not answer, or leaves, is not reachable") {
    const OddDaemon stuck{"", true};
    CHECK(hbctl(stuck.path(), {"status"}, {.patience = 20ms}) ==
          Result{ExitCode::unreachable, "",
                 "hbctl: " + stuck.path().native() + ": no answer; hbvrrp is running but stuck\n"});
    const OddDaemon leaving{"{\"version\":1,\"ok\":tr"};
    CHECK(hbctl(leaving.path(), {"status"}) ==
          Result{ExitCode::unreachable, "",
                 "hbctl: " + leaving.path().native() +
                     ": the daemon closed the connection; did it stop? (hbctl status)\n"});
}

TEST_CASE("A daemon of another version says so") {
    const OddDaemon newer{
        "{\"version\":2,\"ok\":false,\"error\":{\"code\":\"unsupported_version\",\"message\":\"this daemon "
        "speaks version "
        "2 of the control protocol\"}}\n"};
    CHECK(hbctl(newer.path(), {"status"}) ==
          Result{ExitCode::no, "",
                 "hbctl: this daemon speaks version 2 of the control protocol; this hbctl, " HIGHBASE_VERSION
                 ", speaks version 1: use "
                 "the hbctl that came with the daemon\n"});
    const OddDaemon odd{"{\"version\":2,\"ok\":true,\"result\":{}}\n"};
    CHECK(hbctl(odd.path(), {"status"}).code == ExitCode::no);
    const OddDaemon other{"220 mail.example ESMTP\n"};
    CHECK(hbctl(other.path(), {"status"}) ==
          Result{ExitCode::no, "", "hbctl: the answer is not a JSON object\n"});
    const OddDaemon terse{"{\"version\":1,\"ok\":false}\n"};
    CHECK(hbctl(terse.path(), {"status"}) == Result{ExitCode::no, "", "hbctl: no reason given\n"});
    const OddDaemon hostile{"{\"version\":1,\"ok\":false,\"error\":{\"message\":\"\\u001b[2J\"}}\n"};
    CHECK(hbctl(hostile.path(), {"status"}).err == "hbctl: ?[2J\n");
}

TEST_CASE("watch: one table after the other until the daemon stops, in place on a terminal") {
    ControlBench bench;
    int shown = 0;
    Options options;
    options.on_out = [&] {
        if (++shown == 2) bench.stop();
    };
    SECTION("not on a terminal") {
        const Result result = hbctl(bench.path(), {"watch", "--interval", "100ms"}, options);
        CHECK(result.code == ExitCode::unreachable);
        CHECK(result.err.ends_with("the daemon closed the connection; did it stop? (hbctl status)\n"));
        CHECK(result.out.find('\033') == std::string::npos);
        CHECK(result.out.find("\n\ngw1: hbvrrp") != std::string::npos);
    }
    SECTION("on a terminal") {
        options.terminal = true;
        const Result result = hbctl(bench.path(), {"watch", "--interval", "100ms"}, options);
        CHECK(result.out.starts_with(
            "\033[Hgw1: hbvrrp 0.1.0, pid 4711, running for 3d 3h, real-time\033[K\n\033[K\nROUTER"));
        CHECK(result.out.ends_with("\033[K\n\033[J"));
    }
    SECTION("as JSON") {
        options.terminal = true;
        const Result result = hbctl(bench.path(), {"watch", "--json", "--interval", "100ms"}, options);
        CHECK(result.out.starts_with("{\"version\":1,"));
        CHECK(std::ranges::count(result.out, '\n') == 2);
    }
    CHECK(shown == 2);
}

TEST_CASE("events: as lines, as JSON, from a number on") {
    ControlBench bench;
    CHECK(hbctl(bench.path(), {"events"}) == Result{ExitCode::done, "", ""});
    bench.append(7);
    bench.append(8);
    const std::string text = " reports were lost: they came faster than the log could take them\n";
    CHECK(hbctl(bench.path(), {"events"}) ==
          Result{ExitCode::done,
                 "    1  2026-11-21T10:11:12.123Z  warning   HB0401  7" + text +
                     "    2  2026-11-21T10:11:12.123Z  warning   HB0401  8" + text,
                 ""});
    CHECK(hbctl(bench.path(), {"events", "--since", "1"}).out ==
          "    2  2026-11-21T10:11:12.123Z  warning   HB0401  8" + text);
    const Result json = hbctl(bench.path(), {"events", "--json", "--since", "1"});
    CHECK(json.out.starts_with("{\"sequence\":2,\"time\":"));
    CHECK(json.out.ends_with("\"fields\":{\"count\":\"8\"}}\n"));
}

TEST_CASE("events: what is no longer kept is told") {
    ControlBench bench;
    for (int i = 1; i <= 1002; ++i) bench.append(i);
    const Result result = hbctl(bench.path(), {"events", "--since", "1"});
    CHECK(result.err == "hbctl: 1 older events are no longer kept\n");
    CHECK(result.out.starts_with("    3  "));
    CHECK(std::ranges::count(result.out, '\n') == 1000);
}

TEST_CASE("events --follow: until the daemon stops, with more patience than any") {
    ControlBench bench;
    bench.append(1);
    int shown = 0;
    Options options;
    options.patience = 1ms;
    std::jthread later;
    options.on_out = [&] {
        if (++shown == 3) return bench.stop();
        // Long after a patience that ends would have ended.
        later = std::jthread{[&bench, number = shown + 1] {
            std::this_thread::sleep_for(30ms);
            bench.append(number);
        }};
    };
    const Result result = hbctl(bench.path(), {"events", "--follow"}, options);
    CHECK(result.code == ExitCode::unreachable);
    CHECK(std::ranges::count(result.out, '\n') == 3);
}

TEST_CASE("reload: applied or refused") {
    ControlBench bench;
    CHECK(hbctl(bench.path(), {"reload"}) == Result{ExitCode::done, "applied\n", ""});
    CHECK(hbctl(bench.path(), {"reload", "--json"}) ==
          Result{ExitCode::done, "{\n  \"message\": \"applied\"\n}\n", ""});
    bench.reload = [](const auto& done) {
        done(tl::make_unexpected(std::string{"line 3: priority\nline 4: vrid"}));
    };
    CHECK(hbctl(bench.path(), {"reload"}) ==
          Result{ExitCode::no, "", "hbctl: line 3: priority\nline 4: vrid\n"});
}

TEST_CASE("doctor: an error is the exit code 1, anything less is not") {
    ControlBench bench;
    CHECK(hbctl(bench.path(), {"doctor"}) ==
          Result{ExitCode::no, "", "hbctl: no virtual router has a database\n"});
    status::DoctorRequest asked;
    status::Json finding{{"id", "sync_binlog"},
                         {"severity", "warning"},
                         {"server", "peer"},
                         {"text", "sync_binlog is 0"},
                         {"remedy", "SET PERSIST sync_binlog = 1;"}};
    bench.doctor = [&](const status::DoctorRequest& request, const daemon::ControlDone& done) {
        asked = request;
        done(status::Json{{"service", "db"}, {"findings", {finding}}});
    };
    CHECK(hbctl(bench.path(), {"doctor", "--service", "db"}) ==
          Result{ExitCode::done,
                 "db: 1 warning\n\n"
                 "warning  peer  sync_binlog\n"
                 "         sync_binlog is 0\n"
                 "         SET PERSIST sync_binlog = 1;\n",
                 ""});
    CHECK(asked.service == "db");
    finding["severity"] = "error";
    CHECK(hbctl(bench.path(), {"doctor"}).code == ExitCode::no);
    const Result json = hbctl(bench.path(), {"doctor", "--json"});
    CHECK(json.code == ExitCode::no);
    CHECK(json.out.starts_with("{\n  \"service\": \"db\",\n  \"findings\": [\n"));
    CHECK(asked.service.empty());
}

TEST_CASE("switchover: done or not, and how long writes were stopped") {
    ControlBench bench;
    CHECK(hbctl(bench.path(), {"switchover"}) ==
          Result{ExitCode::no, "", "hbctl: no virtual router has a database\n"});
    status::SwitchoverRequest asked;
    status::Json answer{{"done", true}, {"message", "gw2 is the primary"}, {"writes_stopped_ms", 63}};
    bench.switchover = [&](const status::SwitchoverRequest& request, const daemon::ControlDone& done) {
        asked = request;
        done(answer);
    };
    CHECK(hbctl(bench.path(), {"switchover", "--to", "gw2", "--service", "db"}) ==
          Result{ExitCode::done, "done: gw2 is the primary\nwrites were stopped for 63 ms\n", ""});
    CHECK(asked == status::SwitchoverRequest{"db", "gw2", false});
    answer = {{"done", false}, {"message", "gw2 lags 12 s"}};
    CHECK(hbctl(bench.path(), {"switchover"}) == Result{ExitCode::no, "not done: gw2 lags 12 s\n", ""});
    CHECK(hbctl(bench.path(), {"switchover", "--json"}) ==
          Result{ExitCode::no, "{\n  \"done\": false,\n  \"message\": \"gw2 lags 12 s\"\n}\n", ""});
    answer = {{"possible", true}, {"reasons", status::Json::array()}};
    CHECK(hbctl(bench.path(), {"switchover", "--dry-run"}) == Result{ExitCode::done, "possible\n", ""});
    CHECK(asked == status::SwitchoverRequest{"", "", true});
    answer = {{"possible", false}, {"reasons", {"gw2 is not in sync"}}};
    CHECK(hbctl(bench.path(), {"switchover", "--dry-run"}) ==
          Result{ExitCode::no, "not possible\n  ! gw2 is not in sync\n", ""});
}

TEST_CASE("an order: done or not, what it means, and why not") {
    ControlBench bench;
    CHECK(hbctl(bench.path(), {"solo"}) ==
          Result{ExitCode::no, "", "hbctl: no virtual router has a database\n"});
    status::OrderRequest asked;
    node::OrderAnswer answer{true, "this is what it means", {}};
    bench.order = [&](const status::OrderRequest& request, const daemon::ControlDone& done) {
        asked = request;
        done(status::order_answer(answer, request.dry_run));
    };
    CHECK(hbctl(bench.path(), {"promote", "--accept-loss", "--service", "db"}) ==
          Result{ExitCode::done, "done: this is what it means\n", ""});
    CHECK(asked == status::OrderRequest{node::Order::promote_with_loss, "db", false});
    CHECK(hbctl(bench.path(), {"solo", "--dry-run"}) ==
          Result{ExitCode::done, "possible: this is what it means\n", ""});
    answer = {false, "this is what it means", {"it lives", "and writes"}};
    CHECK(hbctl(bench.path(), {"solo"}) == Result{ExitCode::no, "not done: it lives; and writes\n", ""});
    CHECK(hbctl(bench.path(), {"solo", "--dry-run"}) ==
          Result{ExitCode::no, "not possible\n  ! it lives\n  ! and writes\n", ""});
    CHECK(hbctl(bench.path(), {"ack", "--json"}).out ==
          "{\n  \"done\": false,\n  \"message\": \"it lives; and writes\",\n  \"steps\": []\n}\n");
}

TEST_CASE("A daemon has more time for what takes longer") {
    const Options options{.patience = 50ms};
    using Words = std::vector<std::string>;
    for (const Words& words : {Words{"reload"}, Words{"doctor"}, Words{"switchover", "--dry-run"}}) {
        const OddDaemon stuck{"", true};
        const auto began = std::chrono::steady_clock::now();
        CHECK(hbctl(stuck.path(), words, options) ==
              Result{ExitCode::unreachable, "",
                     "hbctl: " + stuck.path().native() + ": no answer; hbvrrp is running but stuck\n"});
        CHECK(std::chrono::steady_clock::now() - began >= 300ms);
    }
}

TEST_CASE("A switchover may take as long as its hooks, and goes on when nobody waits any more") {
    const OddDaemon slow{"", true};
    const auto began = std::chrono::steady_clock::now();
    CHECK(hbctl(slow.path(), {"switchover"}, {.patience = 5ms}) ==
          Result{ExitCode::unreachable, "",
                 "hbctl: no answer yet: the switchover is still under way; look at hbctl status\n"});
    CHECK(std::chrono::steady_clock::now() - began >= 300ms);
    const OddDaemon leaving{""};
    CHECK(hbctl(leaving.path(), {"switchover"}).err.find("closed the connection") != std::string::npos);
}

TEST_CASE("key: a new one each time, without a daemon") {
    const Result first = hbctl("/nonexistent", {"key"});
    CHECK(first.code == ExitCode::done);
    CHECK(first.err.empty());
    CHECK(cluster::parse_key(first.out).has_value());
    CHECK(hbctl("/nonexistent", {"key"}).out != first.out);
}

TEST_CASE("Wrong usage asks nothing of anybody") {
    CHECK(hbctl("/nonexistent", {"dance"}) ==
          Result{ExitCode::usage, "", "hbctl: dance is no verb\nhbctl --help tells more.\n"});
    CHECK(hbctl("/nonexistent", {"--version"}) == Result{ExitCode::done, "hbctl " HIGHBASE_VERSION "\n", ""});
    const Result help = hbctl("/nonexistent", {"status", "--help"});
    CHECK(help.code == ExitCode::done);
    CHECK(help.out.starts_with("usage: hbctl status"));
    CHECK(static_cast<int>(ExitCode::done) == 0);
    CHECK(static_cast<int>(ExitCode::no) == 1);
    CHECK(static_cast<int>(ExitCode::usage) == 2);
    CHECK(static_cast<int>(ExitCode::unreachable) == 3);
}

}  // namespace
}  // namespace highbase::ctl
