// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/exec_checker.hpp"

#include "tests/catch.hpp"
#include "tests/health/probe_bench.hpp"

namespace highbase::health {
namespace {

using namespace std::chrono_literals;

std::string result(const std::string& script, vrrp::Duration timeout = 20s) {
    return text(ProbeBench{ExecOptions{{"/bin/sh", "-c", script}}, timeout}.probe());
}

TEST_CASE("the exit status decides, the first line says why") {
    CHECK(result("echo 'all well | time=3ms'; exit 0") == "ok:  | time=3ms");
    CHECK(result("echo 'slow | time=3s'; echo more; exit 1") == "ok: slow | time=3s");
    CHECK(result("echo 'gone|x=1'; exit 2") == "failed: gone | x=1");
    CHECK(result("echo 'no idea'; exit 3") == "unknown: no idea");
    CHECK(result("echo 'usage'; exit 4") == "unknown: exit status 4: usage");
    CHECK(result("exec /nonexistent 2>/dev/null") == "unknown: exit status 127: no status of a check");
}

TEST_CASE("a program that says nothing has a reason all the same") {
    CHECK(result("exit 0") == "ok: ");
    CHECK(result("exit 1") == "ok: warning");
    CHECK(result("exit 2") == "failed: critical");
    CHECK(result("exit 3") == "unknown: unknown");
}

TEST_CASE("a program that crashes, or does not exist, has found nothing") {
    CHECK(result("kill -11 $$") == "unknown: killed by signal 11");
    CHECK(text(ProbeBench{ExecOptions{{"/nonexistent"}}}.probe()) ==
          "unknown: cannot be started: /nonexistent: No such file or directory");
}

TEST_CASE("a program that hangs has failed") {
    CHECK(result("sleep 1000", 100ms) == "failed: no answer in time");
}

TEST_CASE("a checker may end in the middle of its probe") {
    ProbeBench bench{ExecOptions{{"/bin/sleep", "1000"}}};
    bool answered = false;
    bench.checker->start([&](const Finding&) { answered = true; });
    bench.io.run_for(20ms);
    bench.checker.reset();
    bench.io.restart();
    bench.io.run_for(20ms);
    CHECK_FALSE(answered);
}

}  // namespace
}  // namespace highbase::health
