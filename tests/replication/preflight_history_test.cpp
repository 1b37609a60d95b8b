// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/preflight_history.hpp"

#include <set>

#include "tests/catch.hpp"

namespace highbase::replication {
namespace {

using enum FindingId;
using Ids = std::set<std::string>;
using Texts = std::vector<std::string>;

constexpr auto kOwn = FindingServer::own;
constexpr auto kPeer = FindingServer::peer;
constexpr auto kPair = FindingServer::pair;

Finding finding(FindingId id, Severity severity, FindingServer server, const std::string& text = "") {
    return {id, severity, server, text, {}};
}
Finding error(FindingId id, FindingServer server, const std::string& text = "") {
    return finding(id, Severity::error, server, text);
}

Ids forbidding(FindingServer server) {
    Ids ids;
    for (std::size_t i = 0; i < kFindingIds; ++i) {
        const auto id = static_cast<FindingId>(i);
        if (forbids_takeover(error(id, server))) ids.emplace(name(id));
    }
    return ids;
}

TEST_CASE("Which findings forbid a takeover, and of which server") {
    CHECK(forbidding(kOwn) == Ids{"binlog_engine", "commit_flush", "gtid_mode", "gtid_strict_mode",
                                  "no_binary_log", "not_by_gtid", "replication_filter", "same_server_id",
                                  "semi_sync_missing", "sync_binlog", "third_acknowledger",
                                  "virtual_node_address"});
    CHECK(forbidding(kPeer) == Ids{"third_acknowledger", "virtual_node_address"});
    CHECK(forbidding(kPair) == Ids{"third_acknowledger", "virtual_node_address"});
}

TEST_CASE("Only an error forbids: in mode available the same is a warning") {
    CHECK_FALSE(forbids_takeover(finding(sync_binlog, Severity::warning, kOwn)));
    CHECK_FALSE(forbids_takeover(finding(sync_binlog, Severity::note, kOwn)));
}

const Finding kSync = error(sync_binlog, kOwn, "sync_binlog is 0");
const Finding kThird = error(third_acknowledger, kPeer, "2 replicas");
const Finding kWarned = finding(other_engine, Severity::warning, kOwn, "app.t");
const Finding kUnseen = finding(peer_unseen, Severity::note, kPair, "no answer");

TEST_CASE("Each finding is news once, and once more when it is gone") {
    PreflightHistory history;
    const PreflightNews first =
        history.take({kThird, kWarned, finding(name_resolution, Severity::note, kOwn)});
    CHECK(first.appeared == std::vector{kThird, kWarned});
    CHECK(first.gone.empty());

    Finding other_text = kWarned;
    other_text.text = "app.t, app.u";
    const PreflightNews second = history.take({kThird, other_text});
    CHECK(second.appeared.empty());
    CHECK(second.gone.empty());

    const PreflightNews third = history.take({kThird});
    CHECK(third.appeared.empty());
    CHECK(third.gone == std::vector{other_text});
    CHECK(history.take({kThird, kWarned}).appeared == std::vector{kWarned});
}

TEST_CASE("Two findings of one kind are two, and of another server another one") {
    const Finding one = error(privileged_account, kOwn, "'a'@'%'");
    const Finding two = error(privileged_account, kOwn, "'b'@'%'");
    const Finding there = error(privileged_account, kPeer, "'a'@'%'");
    PreflightHistory history;
    CHECK(history.take({one}).appeared == std::vector{one});
    CHECK(history.take({one, two}).appeared == std::vector{two});
    CHECK(history.take({one, two, there}).appeared == std::vector{there});
    CHECK(history.take({two}).gone.size() == 2);
}

TEST_CASE("What becomes worse is news") {
    Finding worse = kWarned;
    worse.severity = Severity::error;
    PreflightHistory history;
    (void)history.take({kWarned});
    const PreflightNews news = history.take({worse});
    CHECK(news.appeared == std::vector{worse});
    CHECK(news.gone == std::vector{kWarned});
}

TEST_CASE("What forbids a takeover counts when it is seen twice in a row") {
    PreflightHistory history;
    const PreflightNews first = history.take({kWarned, kThird});
    CHECK(first.against_takeover.empty());
    CHECK(first.look_again);
    const PreflightNews second = history.take({kSync, kWarned, kThird});
    CHECK(second.against_takeover == Texts{"third_acknowledger: 2 replicas"});
    CHECK(second.look_again);
    const PreflightNews third = history.take({kSync, kThird});
    CHECK(third.against_takeover == Texts{"sync_binlog: sync_binlog is 0", "third_acknowledger: 2 replicas"});
    CHECK_FALSE(third.look_again);
    CHECK(history.take({kThird}).against_takeover == Texts{"third_acknowledger: 2 replicas"});
    CHECK(history.take({}).against_takeover.empty());
}

TEST_CASE("What does not forbid a takeover is not looked at again for that") {
    PreflightHistory history;
    CHECK_FALSE(history.take({kWarned, error(missing_grants, kOwn)}).look_again);
    CHECK(history.take({kWarned, error(missing_grants, kOwn)}).against_takeover.empty());
}

// A primary that has died has not got rid of its third acknowledger by that.
TEST_CASE("A server that cannot be asked any more has not been mended") {
    const Finding same_id = error(same_server_id, kOwn, "server_id is 1");
    PreflightHistory history;
    (void)history.take({kSync, kThird, same_id});
    const PreflightNews news = history.take({kUnseen});
    CHECK(news.gone == std::vector{kSync});
    CHECK(news.appeared.empty());
    CHECK(news.against_takeover == Texts{"third_acknowledger: 2 replicas", "same_server_id: server_id is 1"});
    CHECK(history.take({}).gone == std::vector{kThird, same_id});
}

TEST_CASE("What both looks find is there once") {
    const Finding both = error(virtual_node_address, kPair, "192.0.2.100");
    PreflightHistory history;
    (void)history.take({both});
    CHECK(history.take({both, kUnseen}).against_takeover == Texts{"virtual_node_address: 192.0.2.100"});
}

}  // namespace
}  // namespace highbase::replication
