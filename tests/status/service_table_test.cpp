// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/service_table.hpp"

#include "tests/catch.hpp"
#include "tests/status/example_service.hpp"

namespace highbase::status {
namespace {

using namespace std::chrono_literals;

std::string table(const node::ServiceSnapshot& service, std::optional<cluster::PeerView> peer = {}) {
    Status status = example_status();
    status.node.services = {service};
    status.peer = std::move(peer);
    return service_table(to_json(status), Colour::off);
}

TEST_CASE("A replica in sync") {
    CHECK(table(example_replica(), example_peer()) ==
          R"(DATABASE  ROLE     IN SYNC  ELIGIBLE  TERM  SERVER
db        replica  yes      yes       7     MariaDB 10.11.14, read-only
          lossless, at 0-1-105; follows 192.0.2.1 port 3307, received 0-1-107; 3 ms to apply
          peer gw2: fresh: primary, in sync, eligible, term 7
)");
}

TEST_CASE("A gateway says where it leads clients to") {
    node::ServiceSnapshot service = example_replica();
    service.facts.settings.forwards = service.facts.serves = service.facts.forwards_to_peer = true;
    service.facts.settings.database.peer_server = {vrrp::IpAddress::v4(198, 51, 100, 11), 3307};
    const auto says = [&](const char* text) { return table(service).find(text) != std::string::npos; };
    CHECK(says("received 0-1-107; clients are led to 198.51.100.11:3307; 3 ms to apply\n"));
    service.facts.serves = false;
    CHECK_FALSE(says("led to"));
}

TEST_CASE("A primary that writes alone, and whose peer is not heard any more") {
    cluster::PeerView peer = example_peer();
    peer.standing = cluster::Standing::silent;
    peer.age = 65s;
    peer.last->services = {example_state(cluster::Role::replica)};
    peer.last->services[0].eligibility = cluster::Eligibility::not_in_sync;
    peer.last->services[0].in_sync = false;
    CHECK(table(example_primary(), peer) ==
          R"(DATABASE  ROLE     IN SYNC  ELIGIBLE  TERM  SERVER
db        primary  no       yes       7     MariaDB 10.11.14, writable
          lossless, at 0-1-105
          peer gw2: silent, 1min 5s ago: replica, not in sync, not eligible: not_in_sync, term 7
          last: promotion of term 7, 2h 5min ago, took 74.2 ms
          ! no commit waits for a replica: what is acknowledged now is on this server alone (5 transactions)
          ! gw2 is silent on the peer link
)");
}

TEST_CASE("A replica that cannot take over says why") {
    node::ServiceSnapshot service = example_replica();
    service.said.eligibility = cluster::Eligibility::not_applying;
    service.said.in_sync = false;
    service.said.drain.reset();
    service.reason = "error 1062: Duplicate entry";
    service.facts.view->channels[0].applier = {false, false, 1062, "Duplicate entry"};
    service.facts.view->channels[0].receiver.running = false;
    service.last_transition = node::Transition{
        "promotion", cluster::Epoch{6}, example_now() - 5s, 1s, false, "drain: too long", {}};
    CHECK(table(service) == R"(DATABASE  ROLE     IN SYNC  ELIGIBLE          TERM  SERVER
db        replica  no       no: not_applying  7     MariaDB 10.11.14, read-only
          lossless, at 0-1-105; follows 192.0.2.1 port 3307, received 0-1-107
          last: promotion of term 6, 5.0s ago, failed after 1000.0 ms
          ! cannot take over: error 1062: Duplicate entry; what helps: )"
                            R"(mend the applier, or build this replica anew
          ! the receiver is stopped
          ! applier: error 1062: Duplicate entry
          ! the last promotion failed: drain: too long
)");
}

TEST_CASE("A server that is down, and one that was never seen") {
    node::ServiceSnapshot service = example_primary();
    service.said.role = cluster::Role::none;
    service.said.eligibility = cluster::Eligibility::service_down;
    service.reason = "Can't connect (111)";
    service.facts.server = node::ServerState::down;
    service.facts.server_trouble = "Can't connect (111)";
    service.last_transition.reset();
    CHECK(table(service, cluster::PeerView{}) ==
          R"(DATABASE  ROLE  IN SYNC  ELIGIBLE          TERM  SERVER
db        none  no       no: service_down  7     MariaDB 10.11.14, down
          lossless, at 0-1-105
          peer the other box: silent
          ! server down: Can't connect (111)
          ! the other box is silent on the peer link
)");
    node::ServiceSnapshot unseen;
    unseen.said.name = "db";
    unseen.reason = "the server has not been seen yet";
    CHECK(table(unseen) == R"(DATABASE  ROLE  IN SYNC  ELIGIBLE      TERM  SERVER
db        none  no       no: starting  0     unseen
          lossless, at ?
)");
}

TEST_CASE("Sets of GTIDs that are long are cut") {
    node::ServiceSnapshot service = example_primary();
    std::string text = "0-1-1";
    for (int domain = 1; domain < 20; ++domain) text += "," + std::to_string(domain) + "-1-1";
    service.facts.view->history = example_position(text.c_str());
    CHECK(table(service).find("at 0-1-1,1-1-1,2-1-1,3-1-1,4-1-1,5-1-1,6-1-1,7-1-1,8-1-1,9-1-1,...\n") !=
          std::string::npos);
}

TEST_CASE("Without a database there is no such part") {
    CHECK(service_table(to_json(example_status()), Colour::off).empty());
    CHECK(service_table(Json{}, Colour::off).empty());
}

TEST_CASE("The whole status has it after the virtual routers") {
    Status status = example_status();
    status.node.routers.resize(1);
    status.node.services = {example_replica()};
    const std::string whole = status_table(to_json(status), Colour::off);
    CHECK(whole.find("10 times so far)\n\nDATABASE  ROLE ") != std::string::npos);
    const std::string coloured = status_table(to_json(status), Colour::on);
    CHECK(coloured.find("db        replica  yes") != std::string::npos);
    status.node.services = {example_primary()};
    CHECK(status_table(to_json(status), Colour::on).find("\033[1;32mprimary  \033[0m\033[1;33mno       ") !=
          std::string::npos);
}

TEST_CASE("What a daemon of another version does not tell of a database is a question mark") {
    CHECK(service_table(Json::parse(R"({"services": [7, {"name": "a\u001b", "server": {"product": 1,
        "source": 5}, "last_transition": {"ms": "x", "began_ms_ago": 1e300}}], "peer": {"services": [3]}})"),
                        Colour::off) == R"(DATABASE  ROLE  IN SYNC  ELIGIBLE  TERM  SERVER
?         ?     ?        ?         ?     ?
          ?, at ?
          peer the other box: ?
a?        ?     ?        ?         ?     ?
          ?, at ?
          peer the other box: ?
          last: ? of term ?, ? ago, failed after ? ms
)");
}

}  // namespace
}  // namespace highbase::status
