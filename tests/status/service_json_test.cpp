// SPDX-License-Identifier: GPL-2.0-or-later
// Every member that docs/control-protocol.md describes, as it is written.
#include "status/service_json.hpp"

#include "tests/catch.hpp"
#include "tests/status/example_service.hpp"

namespace highbase::status {
namespace {

using namespace std::chrono_literals;

std::string lines(const Json& json) {
    return json.dump(1);
}

TEST_CASE("A replica as JSON") {
    CHECK(lines(service_json(example_replica(), example_now())) == R"({
 "name": "db",
 "role": "replica",
 "epoch": 7,
 "priority": 103,
 "eligibility": "eligible",
 "in_sync": true,
 "drain_ms": 3,
 "word": null,
 "reason": null,
 "mode": "lossless",
 "at_risk": null,
 "alone": false,
 "maintenance": false,
 "too_many_failovers": false,
 "remedy": null,
 "waits_in_vain": null,
 "witness": null,
 "preflight_errors": [],
 "server": {
  "state": "up",
  "reason": null,
  "looked_ms_ago": 40.0,
  "product": "MariaDB 10.11.14",
  "server_id": 2,
  "uuid": "the-uuid",
  "uptime_s": 3600,
  "writable": false,
  "connections": 17,
  "most_connections": 99,
  "max_connections": 151,
  "executed": "0-1-105",
  "source": {
   "host": "192.0.2.1",
   "port": 3307,
   "received": "0-1-107",
   "receiver": {
    "running": true,
    "connecting": false,
    "error_number": 0,
    "error": ""
   },
   "applier": {
    "running": true,
    "connecting": false,
    "error_number": 0,
    "error": ""
   }
  },
  "semi_sync": {
   "source_enabled": false,
   "source_on": false,
   "replicas": 0,
   "waiting_sessions": 0,
   "unacknowledged": 0,
   "replica_enabled": true,
   "replica_on": true
  }
 },
 "last_transition": null
})");
}

TEST_CASE("A primary that is alone as JSON") {
    const Json json = service_json(example_primary(), example_now());
    CHECK(json["role"] == "primary");
    CHECK(json["priority"] == 203);
    CHECK(json["in_sync"] == false);
    CHECK(json["drain_ms"] == nullptr);
    CHECK(json["alone"] == true);
    CHECK(json["at_risk"] == 5);
    CHECK(json["server"]["writable"] == true);
    CHECK(json["server"]["source"] == nullptr);
    CHECK(json["server"]["semi_sync"].dump() ==
          R"({"source_enabled":true,"source_on":false,"replicas":1,"waiting_sessions":4,)"
          R"("unacknowledged":9,)"
          R"("replica_enabled":false,"replica_on":false})");
    CHECK(json["last_transition"].dump() ==
          R"({"what":"promotion","epoch":7,"done":true,"reason":null,"began_ms_ago":7500000.0,"ms":74.2,)"
          R"("steps":[{"name":"open","ms":2.0}]})");
}

TEST_CASE("What keeps a box from taking over, as JSON") {
    node::ServiceSnapshot service = example_replica();
    service.said.eligibility = cluster::Eligibility::preflight;
    service.reason = "sync_binlog: sync_binlog is 0";
    service.facts.preflight_errors = {"sync_binlog: sync_binlog is 0", "gtid_mode: it is OFF"};
    service.facts.settings.database.mode = node::Mode::available;
    service.facts.view->channels[0].applier = {false, false, 1062, "Duplicate entry"};
    service.said.word = cluster::Resign{cluster::Epoch{7}, "gw2", {}};
    service.last_transition = node::Transition{
        "demotion", cluster::Epoch{6}, example_now(), 1s, false, "evict_clients: no answer", {}};
    const Json json = service_json(service, example_now());
    CHECK(json["eligibility"] == "preflight");
    CHECK(json["reason"] == "sync_binlog: sync_binlog is 0");
    CHECK(json["preflight_errors"].dump() == R"(["sync_binlog: sync_binlog is 0","gtid_mode: it is OFF"])");
    CHECK(json["mode"] == "available");
    CHECK(json["word"] == "resign: gw2");
    CHECK(json["server"]["source"]["applier"].dump() ==
          R"({"running":false,"connecting":false,"error_number":1062,"error":"Duplicate entry"})");
    CHECK(json["last_transition"]["reason"] == "evict_clients: no answer");
    CHECK(json["last_transition"]["done"] == false);
    service.said.word = cluster::Release{cluster::Epoch{7}};
    CHECK(service_json(service, example_now())["word"] == "release");
}

TEST_CASE("A server that was never seen, as JSON") {
    node::ServiceSnapshot service;
    service.said.name = "db";
    for (const auto& [state, name] :
         {std::pair{node::ServerState::unseen, "unseen"}, std::pair{node::ServerState::down, "down"},
          std::pair{node::ServerState::unknown, "unknown"}}) {
        service.facts.server = state;
        service.facts.server_trouble = "why";
        const Json json = service_json(service, example_now());
        CHECK(json["server"].dump() == Json{{"state", name}, {"reason", "why"}}.dump());
        CHECK(json["alone"] == nullptr);
        CHECK(json["eligibility"] == "starting");
    }
}

TEST_CASE("The other box as JSON") {
    CHECK(peer_json(example_peer()).dump() ==
          R"({"node":"gw2","standing":"fresh","age_ms":42.5,"paths":[)"
          R"({"standing":"fresh","heard_ms_ago":42.5,"round_trip_ms":0.31},)"
          R"({"standing":"silent","heard_ms_ago":null,"round_trip_ms":null}],"clients":12,"services":[)"
          R"({"name":"db","role":"primary","epoch":7,"priority":103,"eligibility":"eligible",)"
          R"("in_sync":true,"drain_ms":null,"word":null}]})");
    CHECK(peer_json(cluster::PeerView{}).dump() ==
          R"({"node":null,"standing":"silent","age_ms":null,"paths":[],"clients":0,"services":[]})");
}

TEST_CASE("Databases and the other box are a part of the status") {
    Status status = example_status();
    CHECK(to_json(status)["services"] == Json::array());
    CHECK(to_json(status)["peer"] == nullptr);
    status.node.services = {example_primary()};
    status.peer = example_peer();
    CHECK(to_json(status)["services"][0]["name"] == "db");
    CHECK(to_json(status)["peer"]["node"] == "gw2");
}

}  // namespace
}  // namespace highbase::status
