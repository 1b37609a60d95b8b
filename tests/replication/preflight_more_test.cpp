// SPDX-License-Identifier: GPL-2.0-or-later
// The two servers together, and what must not be found.
#include <functional>

#include "tests/catch.hpp"
#include "tests/replication/preflight_servers.hpp"

namespace highbase::replication {
namespace {

using namespace tests;
using enum FindingId;

constexpr auto kPrimary = ServerRole::primary;
constexpr auto kReplica = ServerRole::replica;
constexpr auto kUnknown = ServerRole::unknown;
constexpr auto kMysql = Flavour::mysql;
constexpr auto kMariadb = Flavour::mariadb;
constexpr auto kError = Severity::error;
constexpr auto kWarning = Severity::warning;
constexpr auto kNote = Severity::note;

using Spoil = std::function<void(ServerSettings&)>;

const std::string kSchemaGrant = "GRANT ALL PRIVILEGES ON `highbase`.* TO x";

Spoil set(const char* variable, const char* value) {
    return [=](ServerSettings& settings) { settings.variables[variable] = value; };
}
Spoil granted(const std::vector<std::string>& lines) {
    return [=](ServerSettings& settings) { settings.grants = Grants::parse(lines); };
}
Spoil account(const char* name, const char* privilege) {
    return [=](ServerSettings& settings) { settings.accounts.push_back({name, {privilege}}); };
}

TEST_CASE("What is wrong with the two together") {
    struct PairRow {
        Flavour flavour;
        std::function<void(ServerSettings& own, ServerSettings& peer, Expectations&)> spoil;
        FindingId id;
        Severity severity;
        FindingServer server;
        std::string remedy;
    };
    const std::vector<PairRow> rows{
        {kMysql, [](auto&, auto& peer, auto&) { peer = good_peer(kMariadb, kUnknown); }, different_products,
         kError, FindingServer::pair, ""},
        {kMysql, [](auto&, auto& peer, auto&) { peer.dialect = *Dialect::of("8.4.2"); }, different_versions,
         kWarning, FindingServer::pair, ""},
        {kMysql, [](auto& own, auto&, auto&) { own.variables["server_id"] = "2"; }, same_server_id, kError,
         FindingServer::own, "SET PERSIST server_id = 1;"},
        {kMariadb, [](auto&, auto& peer, auto&) { peer.variables["server_id"] = "1"; }, same_server_id,
         kError, FindingServer::own, "SET GLOBAL server_id = 2; and in my.cnf: server_id = 2"},
        {kMysql, [](auto&, auto& peer, auto&) { peer.variables["server_id"] = "0"; }, server_id, kError,
         FindingServer::peer, "SET PERSIST server_id = 2;"},
        {kMysql,
         [](auto& own, auto& peer, auto&) { peer.variables["server_uuid"] = own.variables["server_uuid"]; },
         same_server_uuid, kError, FindingServer::pair, ""},
        {kMariadb, [](auto&, auto& peer, auto&) { peer.variables["gtid_domain_id"] = "5"; },
         different_domains, kError, FindingServer::pair,
         "SET GLOBAL gtid_domain_id = 5; and in my.cnf: gtid_domain_id = 5"},
        {kMysql, [](auto&, auto&, Expectations& expected) { expected.peer.host = "192.0.2.100"; },
         virtual_node_address, kError, FindingServer::pair, ""},
        {kMysql, [](auto&, auto&, Expectations& expected) { expected.own.host = "2001:db8::0064"; },
         virtual_node_address, kError, FindingServer::pair, ""},
    };
    for (const PairRow& row : rows) {
        INFO(name(row.id));
        ServerSettings own = good(row.flavour);
        ServerSettings peer = good_peer(row.flavour, kUnknown);
        Expectations expected = expectations(kUnknown);
        row.spoil(own, peer, expected);
        const auto found = preflight(own, peer, expected);
        REQUIRE(found.size() == 1);
        CHECK(name(found[0].id) == name(row.id));
        CHECK(found[0].severity == row.severity);
        CHECK(found[0].server == row.server);
        CHECK(found[0].remedy.to_string() == row.remedy);
    }
}

TEST_CASE("While nobody knows which one is the primary, nothing is said of roles") {
    ServerSettings own = good_mysql();
    own.variables["rpl_semi_sync_source_enabled"] = "OFF";
    own.status["rpl_semi_sync_source_clients"] = "0";
    own.events.push_back({"app", "e", true, true});
    ServerSettings peer = good_peer(kMysql);
    peer.variables["rpl_semi_sync_source_enabled"] = "OFF";
    peer.status["rpl_semi_sync_source_clients"] = "0";
    peer.events.push_back({"app", "e", true, true});
    CHECK(preflight(own, peer, expectations(kUnknown)).empty());
}

TEST_CASE("Without an answer of the other server the rest is found all the same") {
    ServerSettings own = good_mysql();
    own.variables["sync_binlog"] = "0";
    const auto found = preflight(own, std::nullopt, expectations(kUnknown));
    REQUIRE(found.size() == 2);
    CHECK(found[0].id == sync_binlog);
    CHECK(found[1].id == peer_unseen);
    CHECK(found[1].severity == kNote);
}

TEST_CASE("The worst comes first") {
    ServerSettings own = good_mysql();
    own.variables["skip_name_resolve"] = "OFF";
    own.variables["binlog_format"] = "MIXED";
    own.variables["sync_relay_log"] = "0";
    own.variables["sync_binlog"] = "0";
    const auto found = preflight(own, good_peer(kMysql), expectations(kUnknown));
    std::vector<FindingId> ids;
    for (const Finding& finding : found) ids.push_back(finding.id);
    CHECK(ids == std::vector{sync_binlog, sync_relay_log, binlog_format, name_resolution});
}

TEST_CASE("What is no trouble is not told") {
    const std::vector<std::pair<Flavour, Spoil>> rows{
        {kMariadb, set("innodb_flush_log_at_trx_commit", "3")},
        {kMariadb, set("relay_log_recovery", "ON")},  // MDEV-4698: it makes no difference
        {kMariadb, set("binlog_expire_logs_seconds", "0")},
        {kMysql, set("replica_net_timeout", "10")},
        {kMysql, account("'root'@'localhost'", "SUPER")},
        {kMysql, account("'root'@'::1'", "SUPER")},
        {kMysql, account("'highbase'@'%'", "SUPER")},
        {kMysql, granted({"GRANT ALL PRIVILEGES ON *.* TO x"})},
        {kMysql,
         [](ServerSettings& settings) {
             settings.variables["replica_parallel_workers"] = "1";
             settings.variables["replica_preserve_commit_order"] = "OFF";
         }},
        {kMysql,
         [](ServerSettings& settings) {
             settings.variables["binlog_expire_logs_auto_purge"] = "OFF";
             settings.variables["binlog_expire_logs_seconds"] = "60";
         }},
        {kMysql,
         [](ServerSettings& settings) {
             settings.variables["event_scheduler"] = "DISABLED";
             settings.events.push_back({"app", "e", true, false});
         }},
    };
    for (const auto& [flavour, spoil] : rows) {
        ServerSettings server = good(flavour);
        spoil(server);
        const auto found = preflight(server, good_peer(flavour, kPrimary), expectations(kPrimary));
        INFO((found.empty() ? "" : found[0].text));
        CHECK(found.empty());
    }
}

TEST_CASE("SUPER of MariaDB 11 is not what it was") {
    ServerSettings server = good_mariadb();
    server.dialect = *Dialect::of("11.8.2-MariaDB");
    server.grants = Grants::parse(
        {"GRANT SELECT, SUPER, READ_ONLY ADMIN, PROCESS, RELOAD, EVENT ON *.* TO x", kSchemaGrant});
    ServerSettings peer = good_peer(kMariadb);
    peer.dialect = server.dialect;
    const auto found = preflight(server, peer, expectations(kUnknown));
    REQUIRE(found.size() == 2);
    CHECK(
        found[0].text.starts_with("'highbase'@'localhost' lacks REPLICA MONITOR, REPLICATION SLAVE ADMIN, "
                                  "REPLICATION MASTER ADMIN: "));
    CHECK(found[1].text.starts_with("'highbase'@'localhost' lacks CONNECTION ADMIN, REPLICATION CLIENT: "));
}

TEST_CASE("Long lists end, remedies do not") {
    ServerSettings server = good_mysql();
    for (int i = 0; i < 12; ++i) server.tables.push_back({"app", "t" + std::to_string(i), "CSV"});
    const auto found = preflight(server, good_peer(kMysql), expectations(kUnknown));
    REQUIRE(found.size() == 1);
    CHECK(found[0].text.find("app.t9 (CSV) and 2 more: ") != std::string::npos);
    CHECK(found[0].remedy.statements.size() == 12);
}

TEST_CASE("On a replica it is told what is to be said on the primary") {
    ServerSettings server = good_mysql();
    server.sources->push_back(good_source());
    server.accounts = {{"'app'@'%'", {"SUPER"}}};
    const auto found = preflight(server, good_peer(kMysql), expectations(kReplica));
    REQUIRE(found.size() == 1);
    CHECK(found[0].text.ends_with("; said on the primary, it comes to this server as well"));
}

TEST_CASE("The steps to GTIDs, from the beginning") {
    ServerSettings server = good_mysql();
    server.variables["gtid_mode"] = "OFF";
    server.variables["enforce_gtid_consistency"] = "OFF";
    const auto found = preflight(server, good_peer(kMysql), expectations(kUnknown));
    REQUIRE(found.size() == 2);
    CHECK(found[0].remedy.to_string() ==
          "SET PERSIST enforce_gtid_consistency = ON; SET PERSIST gtid_mode = OFF_PERMISSIVE; SET PERSIST "
          "gtid_mode = ON_PERMISSIVE; SET PERSIST gtid_mode = ON;");
}

}  // namespace
}  // namespace highbase::replication
