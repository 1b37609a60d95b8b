// SPDX-License-Identifier: GPL-2.0-or-later
// The keys that say how a server is closed which cannot be asked to, and the watchdog's.
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using node::FenceAction;
using node::FenceConfiguration;

// `lines` are those of its database, from line 13 on.
std::string with_database(const std::string& lines) {
    return "[peer]\npaths = [\"198.51.100.2\"]\nkey_file = \"/etc/highbase/peer.key\"\n" + with_line("") +
           "[virtual_router.mysql]\npeer_server = \"198.51.100.9:3306\"\npassword_file = \"/p\"\n" + lines;
}

FenceConfiguration fence_with(const std::string& lines) {
    return parse_config(with_database(lines), test_host()).config.value().node.routers.at(0).database->fence;
}

std::vector<std::string> faults_of_fence(const std::string& lines) {
    return complaints(with_database(lines));
}

TEST_CASE("without a word a server is killed after two seconds, and nobody switches the other box off") {
    const FenceConfiguration fence = fence_with("");
    CHECK(fence.kill_after == vrrp::Duration{2s});
    CHECK(fence.agent.empty());
    CHECK(fence.required);
}

TEST_CASE("how long a server may be silent is a time, or off") {
    CHECK(fence_with("fence_kill_after = \"500ms\"\n").kill_after == vrrp::Duration{500ms});
    CHECK(fence_with("fence_kill_after = \"0s\"\n").kill_after == vrrp::Duration{0s});
    CHECK(fence_with("fence_kill_after = \"off\"\n").kill_after == std::nullopt);
    CHECK(faults_of_fence("fence_kill_after = \"never\"\n").size() == 1);
    CHECK(faults_of_fence("fence_kill_after = 2\n").size() == 1);
}

TEST_CASE("an agent with all that it is told") {
    const FenceConfiguration fence = fence_with(
        "fence_agent = \"/usr/sbin/fence_ipmilan\"\nfence_options = [\"ip=192.0.2.9\", \"password=\"]\n"
        "fence_options_file = \"/etc/highbase/fence\"\nfence_action = \"reboot\"\n"
        "fence_timeout = \"1m\"\nfence_required = false\n");
    CHECK(fence.agent == "/usr/sbin/fence_ipmilan");
    CHECK(fence.options == std::vector<std::string>{"ip=192.0.2.9", "password="});
    CHECK(fence.options_file == "/etc/highbase/fence");
    CHECK(fence.action == FenceAction::reboot);
    CHECK(fence.timeout == vrrp::Duration{1min});
    CHECK_FALSE(fence.required);
}

TEST_CASE("what an agent cannot be told is refused") {
    const std::string agent = "fence_agent = \"/a\"\n";
    CHECK(faults_of_fence(agent + "fence_options = [\"ip=1\", \"verbose\"]\n") ==
          std::vector<std::string>{"14:17: error: fence_options: \"verbose\": write \"name=value\""});
    CHECK(faults_of_fence(agent + "fence_options = [\"=1\"]\n").size() == 1);
    CHECK(faults_of_fence(agent + "fence_options = [\"action=on\"]\n") ==
          std::vector<std::string>{
              "14:17: error: fence_options: the action has a key of its own: write fence_action"});
    CHECK(faults_of_fence("fence_options = [\"ip=1\"]\n") ==
          std::vector<std::string>{
              "13:17: error: there is nobody to be told: write fence_agent, or leave this out"});
    CHECK(faults_of_fence("fence_options_file = \"/f\"\n").size() == 1);
    CHECK(faults_of_fence("fence_agent = \"fence_ipmilan\"\n").size() == 1);
    CHECK(faults_of_fence("fence_timeout = \"0s\"\n").size() == 1);
}

TEST_CASE("a watchdog is a device, and a time in seconds") {
    const auto node = [](const std::string& lines) { return "[node]\n" + lines + with_line(""); };
    const auto config =
        parse_config(node("watchdog = \"/dev/watchdog\"\nwatchdog_timeout = \"30s\"\n"), test_host());
    REQUIRE(config.config);
    CHECK(config.config->watchdog == "/dev/watchdog");
    CHECK(config.config->watchdog_timeout == vrrp::Duration{30s});
    CHECK(parse_config(node(""), test_host()).config->watchdog.empty());
    CHECK(complaints(node("watchdog = \"watchdog\"\n")).size() == 1);
    CHECK(complaints(node("watchdog_timeout = \"900ms\"\n")).size() == 1);
}

}  // namespace
}  // namespace highbase::daemon
