// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/json.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "tests/catch.hpp"
#include "tests/status/example_status.hpp"

namespace highbase::status {
namespace {

// One string, so that the order of the members, which people see, is part of the test.
constexpr const char* kActive = R"json({
  "name": "db",
  "interface": "eth0",
  "vrid": 51,
  "family": "ipv4",
  "state": "Active",
  "reason": null,
  "since": "2026-11-21T08:08:08.118Z",
  "since_ms_ago": 7384005,
  "priority": 140,
  "eligible": true,
  "serving": true,
  "waiting_for_ears": false,
  "held_down_ms": null,
  "next_deadline_ms": 60,
  "addresses": [
    "192.0.2.100/24",
    "192.0.2.101/24"
  ],
  "primary_address": "192.0.2.1",
  "service_mac": "02:00:00:00:00:01",
  "active": {
    "address": "192.0.2.1",
    "priority": 150,
    "self": true,
    "advertisement_interval_ms": 100,
    "last_heard": "2026-11-21T10:11:12.083Z",
    "last_heard_ms_ago": 40
  },
  "last_conflict": {
    "address": "192.0.2.100",
    "mac": "02:00:00:00:00:99",
    "at": "2026-11-21T10:11:00.123Z",
    "at_ms_ago": 12000
  },
  "checks": [
    {
      "name": "tcp-3306",
      "type": "tcp",
      "verdict": "up",
      "stale": false,
      "warning": true,
      "reason": "slow to accept",
      "failure": "Connection refused",
      "measure": "time=0.8s;0.5;1",
      "age_ms": 230
    }
  ],
  "warnings": [
    {
      "code": "address_conflict",
      "text": "02:00:00:00:00:99 claimed 192.0.2.100 12.0s ago (10 times so far)"
    }
  ],
  "counters": {
    "advertisements_sent": 73000,
    "advertisements_received": 17,
    "priority_zero_sent": 1,
    "priority_zero_received": 2,
    "became_active": 3,
    "interval_mismatches": 4,
    "address_list_mismatches": 5,
    "checksum_rfc9568_received": 6,
    "checksum_pseudo_header_received": 7,
    "checksum_pseudo_header_group_received": 8,
    "announcements_sent": 9,
    "address_conflicts": 10,
    "addresses_put_back": 11,
    "late_wakeups": 12,
    "send_errors": 13,
    "discards": {
      "ip_header": 0,
      "packet_length": 0,
      "hop_limit": 1,
      "version": 0,
      "type": 0,
      "checksum": 2,
      "unknown_vrid": 0,
      "address_count": 0,
      "advertise_interval": 0,
      "not_link_local": 0,
      "destination": 0,
      "stranger": 0,
      "own": 0
    }
  },
  "configuration": {
    "priority": 150,
    "advertisement_interval_ms": 100,
    "preempt": true,
    "preempt_delay_ms": 250,
    "hold_down_ms": 10000,
    "ears_open_timeout_ms": 30000,
    "lease_ms": 250,
    "accept": true,
    "mac": "interface",
    "checksum": "auto",
    "announce": "refresh",
    "unicast_peers": [],
    "checks": [
      {
        "name": "tcp-3306",
        "type": "tcp",
        "target": "127.0.0.1:3306",
        "weight": 0
      }
    ],
    "sync_group": "pair"
  }
})json";

constexpr const char* kNode = R"json({
  "version": 1,
  "time": "2026-11-21T10:11:12.123Z",
  "node": "gw1",
  "daemon": {
    "version": "0.1.0",
    "pid": 4711,
    "state": "running",
    "started": "2026-11-18T07:11:12.123Z",
    "started_ms_ago": 270000000,
    "realtime": true,
    "configuration_file": "/etc/highbase/hbvrrp.toml",
    "last_reload": null,
    "reports_lost": 3,
    "warnings": []
  },
  "routers": [],
  "services": [],
  "peer": null,
  "discards": {
    "ip_header": 0,
    "packet_length": 0,
    "hop_limit": 0,
    "version": 0,
    "type": 0,
    "checksum": 0,
    "unknown_vrid": 1,
    "address_count": 0,
    "advertise_interval": 0,
    "not_link_local": 0,
    "destination": 0,
    "stranger": 0,
    "own": 0
  },
  "kernel_resynchronisations": 2
})json";

TEST_CASE("An Active virtual router as JSON, every member") {
    CHECK(to_json(example_status())["routers"][0].dump(2) == kActive);
}

TEST_CASE("The node as JSON, every member") {
    Status status = example_status();
    status.node.routers.clear();
    CHECK(to_json(status).dump(2) == kNode);
}

TEST_CASE("A Backup as JSON: where it differs") {
    const Json router = to_json(example_status())["routers"][1];
    CHECK(router["state"] == "Backup");
    CHECK(router["reason"].is_null());
    CHECK(router["family"] == "ipv6");
    CHECK(router["eligible"] == false);
    CHECK(router["serving"] == false);
    CHECK(router["held_down_ms"] == 7000);
    CHECK(router["next_deadline_ms"].is_null());
    CHECK(router["service_mac"] == "00:00:5e:00:02:34");
    CHECK(router["active"]["self"] == false);
    CHECK(router["active"]["priority"] == 200);
    CHECK(router["last_conflict"].is_null());
    CHECK(router["configuration"]["mac"] == "virtual");
    CHECK(router["configuration"]["checksum"] == "rfc9568");
    CHECK(router["configuration"]["announce"] == "on-takeover");
    CHECK(router["configuration"]["unicast_peers"].dump() == R"(["fe80::1"])");
    CHECK(router["configuration"]["checks"].dump() == "[]");
    CHECK(router["configuration"]["sync_group"].is_null());
}

TEST_CASE("A check that nothing is known of yet as JSON, also beside one of the same name elsewhere") {
    Status status = example_status();
    status.checks[0].router = "web";
    CHECK(to_json(status)["routers"][0]["checks"].dump() ==
          R"([{"name":"tcp-3306","type":"tcp","verdict":"pending","stale":false,"warning":false,)"
          R"("reason":null,"failure":null,"measure":null,"age_ms":null}])");
    CHECK(to_json(status)["routers"][1]["checks"].dump() == "[]");
}

TEST_CASE("A router in Initialize as JSON: its reason, and nothing of what it does not know") {
    const Json router = to_json(example_status())["routers"][2];
    CHECK(router["state"] == "Initialize");
    CHECK(router["reason"] == "link_down");
    CHECK(router["since"] == "2026-11-20T09:11:12.123Z");
    CHECK(router["active"].is_null());
    CHECK(router["primary_address"].is_null());
}

TEST_CASE("The other names of the configuration as JSON") {
    Status status = example_status();
    status.node.routers[0].configuration.checksum = node::ChecksumPolicy::pseudo_header;
    status.node.routers[0].configuration.parameters.announce = vrrp::AnnouncePolicy::none;
    const Json router = to_json(status)["routers"][0];
    CHECK(router["configuration"]["checksum"] == "pseudo-header");
    CHECK(router["configuration"]["announce"] == "none");
}

TEST_CASE("A refused reload and a stopping daemon as JSON") {
    Status status = example_status();
    status.daemon.state = DaemonState::stopping;
    status.daemon.last_reload = Reload{example_time(), false, "line 3: priority: 300 is more than 254"};
    const Json daemon = to_json(status)["daemon"];
    CHECK(daemon["state"] == "stopping");
    CHECK(daemon["last_reload"].dump() == R"({"at":"2026-11-21T10:11:12.123Z","applied":false,)"
                                          R"("message":"line 3: priority: 300 is more than 254"})");
    CHECK(daemon["warnings"].size() == 2);
}

TEST_CASE("An event as JSON") {
    const Event event{12, example_time(), {node::EventId::log_lost, {{"count", "5"}}}};
    CHECK(to_text(to_json(event)) ==
          R"({"sequence":12,"time":"2026-11-21T10:11:12.123Z","code":"HB0401","name":"log_lost",)"
          R"("level":"warning","text":"5 reports were lost: they came faster than the log could take them",)"
          R"("fields":{"count":"5"}})");
}

// The names of all members, at any depth.
void collect_members(const Json& value, std::set<std::string>& names) {
    if (value.is_object()) {
        for (const auto& [key, member] : value.items()) names.insert(key);
    }
    if (!value.is_structured()) return;
    for (const Json& member : value) collect_members(member, names);
}

TEST_CASE("Every member is described in docs/control-protocol.md") {
    std::ifstream file{"docs/control-protocol.md"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    Status status = example_status();
    status.daemon.last_reload = Reload{example_time(), false, "no"};
    std::set<std::string> names;
    collect_members(to_json(status), names);
    collect_members(to_json(Event{12, example_time(), {node::EventId::log_lost, {}}}), names);
    CHECK(names.size() > 60);
    for (const std::string& name : names) {
        INFO(name);
        CHECK(text.find('`' + name + '`') != std::string::npos);
    }
}

TEST_CASE("A name that is not UTF-8 does not make the status unreadable") {
    Status status = example_status();
    status.node.routers[0].configuration.interface = "eth\xff";
    const Json parsed = Json::parse(to_text(to_json(status)));
    CHECK(parsed["routers"][0]["interface"] == "eth\xef\xbf\xbd");
}

}  // namespace
}  // namespace highbase::status
