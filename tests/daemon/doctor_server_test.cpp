// SPDX-License-Identifier: GPL-2.0-or-later
// Preflights of real servers: who is asked, how long that takes, and what is told of it.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <fstream>

#include "daemon/own_address.hpp"
#include "daemon/preflight_watch.hpp"
#include "tests/catch.hpp"
#include "tests/mysql/database_server.hpp"
#include "tests/run_until.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using mysql::DatabaseServer;
using replication::FindingId;
using replication::FindingServer;

constexpr auto kLongest = 40s;  // of a wait, on a busy machine

const std::vector<std::string> kGoodOptions{"--log-bin=binlog", "--server-id=1", "--gtid-strict-mode=1",
                                            "--sync-binlog=1"};
const std::string kAccounts =
    "CREATE OR REPLACE USER highbase@'127.0.0.1' IDENTIFIED BY 'secret';\n"
    "GRANT ALL ON *.* TO highbase@'127.0.0.1';\n"
    "CREATE OR REPLACE USER poor@'127.0.0.1' IDENTIFIED BY 'secret';\n";

vrrp::Endpoint endpoint_of(const mysql::Target& target) {
    const auto& tcp = std::get<mysql::TcpEndpoint>(target.endpoint);
    return {tcp.address, tcp.port};
}

// Somebody who lets one in and says nothing.
struct Silent {
    boost::asio::io_context io{1};
    tcp::acceptor acceptor{io, tcp::endpoint{boost::asio::ip::make_address("127.0.0.1"), 0}};
    [[nodiscard]] vrrp::Endpoint endpoint() const {
        return {vrrp::IpAddress::v4(127, 0, 0, 1), acceptor.local_endpoint().port()};
    }
};

vrrp::Endpoint nobody() {
    Silent gone;
    return gone.endpoint();
}

struct Bench {
    boost::asio::io_context io{1};
    Examination examination{};

    Bench(const vrrp::Endpoint& own, const vrrp::Endpoint& peer) {
        examination.database.server = own;
        examination.database.peer_server = peer;
        examination.database.user = "highbase";
        examination.database.password = "secret";
    }
    template <typename Condition>
    bool run_until(Condition condition) {
        return tests::run_until(io, condition, kLongest);
    }
    Doctor::Findings ask(const SettingsReader::Bounds& bounds = {}) {
        Doctor doctor{io, bounds};
        std::optional<Doctor::Findings> result;
        doctor.examine(examination, [&](const Doctor::Findings& findings) { result = findings; });
        CHECK_FALSE(result);
        REQUIRE(run_until([&] { return result.has_value(); }));
        return *result;
    }
};

bool has(const Doctor::Findings& findings, FindingId id, FindingServer server) {
    return findings && std::ranges::any_of(*findings, [&](const replication::Finding& finding) {
               return finding.id == id && finding.server == server;
           });
}
std::string text_of(const Doctor::Findings& findings, FindingId id) {
    if (!findings) return findings.error();
    const auto found = std::ranges::find(*findings, id, &replication::Finding::id);
    return found == findings->end() ? "" : found->text;
}

TEST_CASE("Both servers are looked at, each by what it says itself") {
    DatabaseServer own{kGoodOptions, kAccounts};
    DatabaseServer peer{{"--log-bin=binlog", "--server-id=2", "--gtid-strict-mode=1", "--sync-binlog=7"},
                        kAccounts};
    Bench bench{endpoint_of(own.by_tcp("", "")), endpoint_of(peer.by_tcp("", ""))};
    const auto findings = bench.ask();
    CHECK(has(findings, FindingId::sync_binlog, FindingServer::peer));
    CHECK_FALSE(has(findings, FindingId::sync_binlog, FindingServer::own));
    CHECK_FALSE(has(findings, FindingId::missing_grants, FindingServer::own));
    CHECK_FALSE(has(findings, FindingId::peer_unseen, FindingServer::pair));
    CHECK_FALSE(has(findings, FindingId::tables_unseen, FindingServer::own));
    CHECK(text_of(findings, FindingId::sync_binlog).find("sync_binlog is 7") == 0);
}

TEST_CASE("A server that cannot be asked is not waited for") {
    DatabaseServer own{kGoodOptions, kAccounts};
    const vrrp::Endpoint here = endpoint_of(own.by_tcp("", ""));
    Silent silent;
    for (const vrrp::Endpoint& peer : {nobody(), silent.endpoint()}) {
        Bench bench{here, peer};
        const auto begin = std::chrono::steady_clock::now();
        const auto findings = bench.ask();
        CHECK(std::chrono::steady_clock::now() - begin < 10s);
        CHECK(has(findings, FindingId::peer_unseen, FindingServer::pair));
        CHECK(text_of(findings, FindingId::peer_unseen).find("only this one was looked at: ") !=
              std::string::npos);
        CHECK(has(findings, FindingId::binlog_format, FindingServer::own));
    }
    Bench bench{silent.endpoint(), here};
    CHECK(bench.ask().error().find("the own server cannot be asked: ") == 0);
}

TEST_CASE("What is refused to an account is found out, and the rest is seen") {
    DatabaseServer own{{"--log-bin=binlog", "--server-id=1", "--sync-binlog=7"}, kAccounts};
    Bench bench{endpoint_of(own.by_tcp("", "")), nobody()};
    bench.examination.database.user = "poor";
    const auto findings = bench.ask();
    CHECK(has(findings, FindingId::missing_grants, FindingServer::own));
    CHECK(has(findings, FindingId::replication_unseen, FindingServer::own));
    CHECK(has(findings, FindingId::sync_binlog, FindingServer::own));
}

TEST_CASE("The account of replication signs in to both servers, and is asked what it may do") {
    const std::string right =
        "CREATE OR REPLACE USER repl@'127.0.0.1' IDENTIFIED BY 'other';\n"
        "GRANT REPLICATION SLAVE ON *.* TO repl@'127.0.0.1';\n";
    const std::string poor = "CREATE OR REPLACE USER repl@'127.0.0.1' IDENTIFIED BY 'other';\n";
    DatabaseServer own{kGoodOptions, kAccounts + right};
    DatabaseServer peer{{"--log-bin=binlog", "--server-id=2", "--gtid-strict-mode=1", "--sync-binlog=1"},
                        kAccounts + poor};
    Bench bench{endpoint_of(own.by_tcp("", "")), endpoint_of(peer.by_tcp("", ""))};
    const auto lacks = [&](FindingServer server) {
        return has(bench.ask(), FindingId::replication_account, server);
    };
    CHECK_FALSE(lacks(FindingServer::own));  // hbvrrp's own may do everything
    CHECK_FALSE(lacks(FindingServer::peer));
    bench.examination.database.replication_user = "repl";
    bench.examination.database.replication_password = "other";
    CHECK_FALSE(lacks(FindingServer::own));
    CHECK(lacks(FindingServer::peer));
    CHECK(text_of(bench.ask(), FindingId::replication_account) ==
          "'repl'@'127.0.0.1' lacks REPLICATION SLAVE: nobody could follow this server");
    bench.examination.database.replication_password = "wrong";
    CHECK(lacks(FindingServer::own));
    CHECK(text_of(bench.ask(), FindingId::replication_account)
              .find("repl cannot sign in from this box: error 1045: ") == 0);
    bench.examination.database.replication_user = "";
    bench.examination.database.user = "poor";
    CHECK(text_of(bench.ask(), FindingId::replication_account)
              .find("'poor'@'127.0.0.1' lacks REPLICATION SLAVE") == 0);
}

TEST_CASE("A server that does not answer says nothing of the account of replication") {
    DatabaseServer own{kGoodOptions, kAccounts};
    Silent silent;
    Bench bench{endpoint_of(own.by_tcp("", "")), silent.endpoint()};
    bench.examination.database.replication_user = "highbase";
    bench.examination.database.replication_password = "secret";
    const auto findings = bench.ask();
    REQUIRE(findings);
    CHECK(text_of(findings, FindingId::replication_account).empty());
    CHECK(has(findings, FindingId::peer_unseen, FindingServer::pair));
}

TEST_CASE("What has to be known is not taken for refused when it does not come in time") {
    DatabaseServer own{kGoodOptions, kAccounts};
    Bench bench{endpoint_of(own.by_tcp("", "")), nobody()};
    const auto findings = bench.ask({.connect = 20s, .statement = 0s, .whole = 30s});
    REQUIRE_FALSE(findings);
    CHECK(findings.error() == "the own server cannot be asked: no answer in time");
    CHECK(bench.ask({.connect = 20s, .statement = 20s, .whole = 0s})
              .error()
              .find("the own server cannot be asked: ") == 0);
}

TEST_CASE("Who asks meanwhile gets what comes of the same look") {
    DatabaseServer own{kGoodOptions, kAccounts};
    Bench bench{endpoint_of(own.by_tcp("", "")), nobody()};
    Doctor doctor{bench.io};
    std::vector<Doctor::Findings> results;
    const auto note = [&](const Doctor::Findings& findings) { results.push_back(findings); };
    doctor.examine(bench.examination, note);
    Examination other = bench.examination;
    other.database.server = nobody();
    doctor.examine(other, note);
    REQUIRE(bench.run_until([&] { return results.size() == 2; }));
    REQUIRE(results[0]);
    CHECK(*results[0] == *results[1]);
    // Afterwards the next one begins anew.
    doctor.examine(other, note);
    REQUIRE(bench.run_until([&] { return results.size() == 3; }));
    CHECK_FALSE(results[2]);
}

struct Watched : Bench {
    using Bench::Bench;
    std::vector<std::string> reports;
    std::vector<std::vector<std::string>> told;
    std::optional<PreflightWatch> watch;

    void begin() {
        watch.emplace(
            io, "db", [this] { return examination; },
            [this](const node::PreflightDone& done) { told.push_back(done.errors); },
            [this](const node::Report& report) {
                std::string text = std::to_string(static_cast<int>(report.id));
                for (const node::Field& field : report.fields) {
                    if (field.name == "id" || field.name == "reason") text += " " + field.value;
                }
                reports.push_back(text);
            },
            PreflightTiming{100ms, 100ms, 200ms, 100ms, 1h});
    }
    [[nodiscard]] auto count(const std::string& text) const { return std::ranges::count(reports, text); }
    // Statements as the administrator; the last answer is waited for.
    void mend(const mysql::Target& administrator, const std::string& sql) {
        mysql::Session session{io, mysql::find_worker(), administrator, {}, {}};
        bool done = false;
        session.query(sql, 20s, [&](const auto& answer) { done = answer.has_value(); });
        REQUIRE(run_until([&] { return done; }));
    }
};

TEST_CASE("What breaks the promise is told once, counts when it is still there, and no more when mended") {
    DatabaseServer own{{"--log-bin=binlog", "--server-id=1", "--gtid-strict-mode=1", "--sync-binlog=7"},
                       kAccounts};
    Watched bench{endpoint_of(own.by_tcp("", "")), nobody()};
    bench.begin();
    bench.io.run_for(300ms);
    CHECK(bench.told.empty());
    bench.io.restart();
    bench.watch->server_seen(0);
    bench.watch->server_seen(0);
    REQUIRE(bench.run_until([&] { return bench.told.size() == 2; }));
    CHECK(bench.told[0].empty());
    REQUIRE(bench.told[1].size() == 1);
    CHECK(bench.told[1][0].find("sync_binlog: sync_binlog is 7: ") == 0);
    CHECK(bench.count("540 sync_binlog") == 1);
    CHECK(bench.count("541 binlog_format") == 1);

    bench.mend(own.by_socket(), "SET GLOBAL sync_binlog = 1");
    std::optional<bool> found;
    bench.watch->examine([&](const Doctor::Findings& findings) {
        found = has(findings, FindingId::sync_binlog, FindingServer::own);
    });
    REQUIRE(bench.run_until([&] { return found.has_value(); }));
    CHECK(found == false);
    REQUIRE(bench.told.size() == 3);
    CHECK(bench.told[2].empty());
    CHECK(bench.count("540 sync_binlog") == 1);
    CHECK(bench.count("542 sync_binlog") == 1);

    // A change of role is a reason to look again.
    bench.watch->role_is(cluster::Role::replica);
    REQUIRE(bench.run_until([&] { return bench.told.size() == 4; }));
    bench.watch->role_is(cluster::Role::primary);
    REQUIRE(bench.run_until([&] { return bench.told.size() == 5; }));
    CHECK(bench.count("541 binlog_format") == 1);
}

TEST_CASE("One look counts once, however many wait for it") {
    DatabaseServer own{{"--log-bin=binlog", "--server-id=1", "--gtid-strict-mode=1", "--sync-binlog=7"},
                       kAccounts};
    Watched bench{endpoint_of(own.by_tcp("", "")), nobody()};
    bench.begin();
    int answers = 0;
    for (int waiting = 0; waiting < 2; ++waiting)
        bench.watch->examine([&](const Doctor::Findings&) { ++answers; });
    REQUIRE(bench.run_until([&] { return answers == 2; }));
    REQUIRE(bench.told.size() == 1);
    CHECK(bench.told[0].empty());  // what was seen once may be in between
}

TEST_CASE("A second replica that acknowledges is a reason to look at once, each time that one more comes") {
    DatabaseServer own{kGoodOptions, kAccounts};
    Watched bench{endpoint_of(own.by_tcp("", "")), nobody()};
    bench.begin();
    bench.watch->server_seen(1);
    REQUIRE(bench.run_until([&] { return bench.told.size() == 1; }));
    bench.watch->server_seen(2);
    REQUIRE(bench.run_until([&] { return bench.told.size() == 2; }));
    // Neither that it stays nor that it leaves.
    bench.watch->server_seen(2);
    bench.watch->server_seen(1);
    const auto end = std::chrono::steady_clock::now() + 1s;
    bench.run_until([&] { return std::chrono::steady_clock::now() > end; });
    CHECK(bench.told.size() == 2);
    bench.watch->server_seen(3);
    REQUIRE(bench.run_until([&] { return bench.told.size() == 3; }));
}

TEST_CASE("That a preflight is not possible is told once, and what was found before still counts") {
    DatabaseServer own{{"--log-bin=binlog", "--server-id=1", "--gtid-strict-mode=1", "--sync-binlog=7"},
                       kAccounts};
    Watched bench{endpoint_of(own.by_tcp("", "")), nobody()};
    bench.begin();
    bench.watch->server_seen(0);
    REQUIRE(bench.run_until([&] { return bench.told.size() == 2; }));
    bench.reports.clear();
    bench.examination.database.server = nobody();
    for (int look = 0; look < 2; ++look) {
        std::optional<Doctor::Findings> answer;
        bench.watch->examine([&](const Doctor::Findings& findings) { answer = findings; });
        REQUIRE(bench.run_until([&] { return answer.has_value(); }));
        CHECK_FALSE(*answer);
    }
    REQUIRE(bench.reports.size() == 1);
    CHECK(bench.reports[0].find("543 the own server cannot be asked: ") == 0);
    REQUIRE(bench.told.size() == 2);
    CHECK(bench.told[1].size() == 1);
}

TEST_CASE("The own address is what the other server follows, if that is this host's, or the way to it") {
    node::DatabaseConfiguration database;
    database.peer_server = {vrrp::IpAddress::v4(127, 0, 0, 1), 3306};
    replication::ServerSettings own;
    own.variables["port"] = "3307";
    replication::ServerSettings peer;
    const auto address = [&](const std::string& source) {
        peer.sources = {{"", source, 3307, true, false, 0s, 1s, {}}};
        const auto result = own_address(database, own, peer);
        return result.host + " " + std::to_string(result.port);
    };
    CHECK(address("127.0.0.2") == "127.0.0.2 3307");
    CHECK(address("203.0.113.77") == "127.0.0.1 3307");
    CHECK(address("db.example") == "127.0.0.1 3307");
    own.variables["port"] = "3308";
    CHECK(address("127.0.0.2") == "127.0.0.1 3308");
    CHECK(own_address(database, own, std::nullopt).host == "127.0.0.1");
    database.server = vrrp::Endpoint{vrrp::IpAddress::v4(192, 0, 2, 5), 3309};
    CHECK(address("127.0.0.2") == "192.0.2.5 3309");
    database.server = vrrp::Endpoint{vrrp::IpAddress::v4(127, 0, 0, 1), 3309};
    CHECK(address("127.0.0.2") == "127.0.0.1 3308");
}

// In a network namespace of its own; not where the kernel does not let this user make one.
TEST_CASE("An address of another host is not an own one because a socket can be bound to it") {
    const pid_t child = ::fork();
    if (child == 0) {
        if (::unshare(::getuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) != 0) ::_exit(2);
        std::ofstream{"/proc/sys/net/ipv4/ip_nonlocal_bind"} << "1\n";
        node::DatabaseConfiguration database;
        database.peer_server = {vrrp::IpAddress::v4(127, 0, 0, 1), 3306};
        replication::ServerSettings peer;
        peer.sources = {{"", "203.0.113.77", 3306, true, false, 0s, 1s, {}}};
        ::_exit(own_address(database, {}, peer).host == "203.0.113.77" ? 1 : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 2) {
        WARN("no network namespace can be made here");
    } else {
        CHECK(WEXITSTATUS(status) == 0);
    }
}

}  // namespace
}  // namespace highbase::daemon
