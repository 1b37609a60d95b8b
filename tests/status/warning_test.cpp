// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/warning.hpp"

#include "tests/catch.hpp"
#include "tests/status/example_status.hpp"

namespace highbase::status {
namespace {

using namespace std::chrono_literals;

std::vector<Warning> warnings_of(const node::RouterSnapshot& router) {
    return warnings(router, example_now());
}

TEST_CASE("A healthy router has no warnings") {
    node::RouterSnapshot active = example_active();
    active.last_conflict.reset();
    CHECK(warnings_of(active).empty());

    node::RouterSnapshot backup = example_backup();
    backup.eligible = true;
    backup.held_down.reset();
    CHECK(warnings_of(backup).empty());
}

TEST_CASE("A conflict is a warning for an hour") {
    node::RouterSnapshot router = example_active();
    router.last_conflict->at = example_now() - 1h;
    CHECK(warnings_of(router) ==
          std::vector<Warning>{
              {"address_conflict", "02:00:00:00:00:99 claimed 192.0.2.100 1h 0min ago (10 times so far)"}});
    router.last_conflict->at = example_now() - 1h - 1ns;
    CHECK(warnings_of(router).empty());
}

TEST_CASE("Everything that keeps a Backup from taking over is a warning of its own") {
    node::RouterSnapshot router = example_backup();
    router.waiting_for_ears = true;
    CHECK(
        warnings_of(router) ==
        std::vector<Warning>{
            {"not_eligible", "not eligible: it will not become Active"},
            {"held_down", "held down: no takeover for another 7.0s"},
            {"waiting_for_ears",
             "nothing has been heard on eth0 yet; no takeover until a frame arrives, or 30.0s have passed"}});
}

TEST_CASE("A router whose service is checked is not eligible because of that") {
    node::RouterSnapshot router = example_backup();
    router.held_down.reset();
    router.configuration.checks.emplace_back();
    CHECK(warnings_of(router) ==
          std::vector<Warning>{
              {"not_eligible", "not eligible: a check of its service failed, or has not succeeded yet"}});
}

TEST_CASE("Active without its addresses is a warning") {
    node::RouterSnapshot router = example_active();
    router.last_conflict.reset();
    router.serving = false;
    CHECK(warnings_of(router) ==
          std::vector<Warning>{{"not_serving", "Active, but the addresses are not on the interface yet"}});
}

TEST_CASE("Each reason of Initialize is said in words") {
    using node::InitializeReason;
    node::RouterSnapshot router = example_initialize();
    const auto warning = [&router](InitializeReason reason) {
        router.reason = reason;
        return warnings_of(router).at(0);
    };
    CHECK(warning(InitializeReason::starting) ==
          Warning{"starting", "starting: its interface has not been looked at yet"});
    CHECK(warning(InitializeReason::none) == warning(InitializeReason::starting));
    CHECK(warning(InitializeReason::interface_missing) ==
          Warning{"interface_missing", "interface eth1 does not exist; the router starts when it appears"});
    CHECK(warning(InitializeReason::not_ethernet) ==
          Warning{"not_ethernet", "interface eth1 is not an Ethernet interface; VRRP cannot run on it"});
    CHECK(
        warning(InitializeReason::link_down) ==
        Warning{"link_down", "interface eth1 is down or has no carrier; the router starts when it is back"});
    CHECK(warning(InitializeReason::no_address) ==
          Warning{"no_address", "interface eth1 has no address of its own to send from"});
    CHECK(warning(InitializeReason::port_failed) ==
          Warning{"port_failed", "frames cannot be sent or received on interface eth1; see hbctl events"});
    CHECK(warning(InitializeReason::macvlan_failed) ==
          Warning{"macvlan_failed",
                  "the device for the virtual MAC on eth1 could not be made; see hbctl events"});
    CHECK(warning(InitializeReason::stopped) == Warning{"stopped", "stopped"});
}

TEST_CASE("A refused configuration is a warning until one is applied") {
    DaemonFacts daemon = example_status().daemon;
    CHECK(warnings(daemon).empty());
    daemon.last_reload = Reload{example_time(), false, "line 3: priority"};
    CHECK(warnings(daemon) ==
          std::vector<Warning>{{"reload_refused",
                                "the configuration read at 2026-11-21T10:11:12.123Z was refused, "
                                "the one before is in force: line 3: priority"}});
    daemon.last_reload->message = "line 3: priority\nline 4: vrid\nline 9: mac";
    CHECK(warnings(daemon).at(0).text.ends_with("in force: line 3: priority (and 2 more)"));
    daemon.last_reload->applied = true;
    CHECK(warnings(daemon).empty());
    daemon.state = DaemonState::stopping;
    CHECK(warnings(daemon) == std::vector<Warning>{{"stopping", "the daemon is stopping"}});
}

TEST_CASE("The summary is one line") {
    CHECK(summary(example_status().node) == "db Active, web Backup, dns Initialize (link_down)");
    CHECK(summary({}).empty());
}

}  // namespace
}  // namespace highbase::status
