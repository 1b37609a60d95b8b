// SPDX-License-Identifier: GPL-2.0-or-later
// The example that is shipped, and plug-ins that misbehave.
#include "health/plugin_checker.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>
#include <fstream>

#include "tests/catch.hpp"
#include "tests/health/probe_bench.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::health {
namespace {

using namespace std::chrono_literals;
using Settings = std::vector<std::string>;

std::string result(const char* plugin, const Settings& settings, vrrp::Duration timeout = 20s) {
    return text(ProbeBench{PluginOptions{plugin, settings}, timeout}.probe());
}

TEST_CASE("the example tells the age of a file") {
    const TemporaryDirectory directory;
    const std::string file = directory / "beat";
    const Settings settings{"file=" + file, "warning=50", "critical=100"};
    CHECK(result(HIGHBASE_FILE_AGE, settings) == "failed: " + file + ": No such file or directory");
    std::ofstream{file} << "x";
    const auto with_age = [&](std::time_t seconds) {
        const timespec then{std::time(nullptr) - seconds, 0};
        const timespec times[2] = {then, then};
        REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
        return result(HIGHBASE_FILE_AGE, settings);
    };
    CHECK(with_age(0).starts_with("ok:  | age="));
    CHECK(with_age(60).starts_with("ok: " + file + " is 6"));
    CHECK(with_age(160).starts_with("failed: " + file + " is 16"));
}

TEST_CASE("the example refuses what it does not understand") {
    CHECK(result(HIGHBASE_FILE_AGE, {}) == "unknown: file_age: no file=");
    for (const char* wrong : {"file=", "fil=x", "critical=x", "warning=-1", "warning="}) {
        CHECK(result(HIGHBASE_FILE_AGE, {"file=/x", wrong}) ==
              std::string{"unknown: file_age: wrong setting: "} + wrong);
    }
}

TEST_CASE("a plug-in that crashes, or ends its process, has found nothing") {
    CHECK(result(HIGHBASE_BAD_PLUGIN, {"crash"}) == "unknown: killed by signal 6");
    CHECK(result(HIGHBASE_BAD_PLUGIN, {"number"}) == "unknown: unknown");
    CHECK(result(HIGHBASE_BAD_PLUGIN, {"exit"}) == "unknown: unknown");
}

TEST_CASE("a plug-in that hangs has failed") {
    CHECK(result(HIGHBASE_BAD_PLUGIN, {"hang"}, 200ms) == "failed: no answer in time");
}

TEST_CASE("what a plug-in prints or overruns is no answer") {
    CHECK(result(HIGHBASE_BAD_PLUGIN, {"print"}) == "failed: two lines / and a bar | a=1");
    CHECK(result(HIGHBASE_BAD_PLUGIN, {"endless"}) == "ok: " + std::string(255, 'x'));
    CHECK(result(HIGHBASE_BAD_PLUGIN, {}) == "unknown: the plug-in does not say why it cannot be used");
}

TEST_CASE("what is no plug-in of this version is not used") {
    CHECK(result(HIGHBASE_OLD_PLUGIN, {"print"}).find(" is made for version 2 of the interface, not for 1") !=
          std::string::npos);
    CHECK(result("/nonexistent.so", {}) ==
          "unknown: /nonexistent.so: cannot open shared object file: No such file or directory");
    const std::string other = result("/lib/x86_64-linux-gnu/libm.so.6", {});
    CHECK(other.find("undefined symbol: highbase_check_abi") != std::string::npos);
}

}  // namespace
}  // namespace highbase::health
