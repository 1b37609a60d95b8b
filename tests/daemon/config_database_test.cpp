// SPDX-License-Identifier: GPL-2.0-or-later
// The rules of [virtual_router.mysql] and [peer], each broken once.
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

using Complaints = std::vector<std::string>;

const std::string kPeerTable = R"([peer]
paths = ["198.51.100.2"]
key_file = "/etc/highbase/peer.key"
)";

// A whole file: the router in lines 1 to 5, the database from line 6 on, with `lines` from line 9 on; then
// [peer], and `after`.
std::string database_with(const std::string& lines, const std::string& after = "") {
    std::string router = with_line("");
    router.pop_back();  // the line that nothing has replaced
    return router + "[virtual_router.mysql]\npeer_server = \"198.51.100.2:3306\"\n" +
           "password_file = \"/etc/highbase/mysql.password\"\n" + lines + (lines.empty() ? "" : "\n") +
           kPeerTable + after;
}

const std::string kGateway = R"([[virtual_router.check]]
type = "gateway"
interface = "eth0"
address = "192.0.2.1"
)";

TEST_CASE("a database in order: nothing is said") {
    CHECK(complaints(database_with("")) == Complaints{});
}

TEST_CASE("mode available wants to know when it is cut off") {
    CHECK(complaints(database_with("mode = \"available\"")) ==
          Complaints{"9:8: warning: mode: without a check of type \"gateway\" a box that is cut off from "
                     "everything does not know it, and goes on to acknowledge"});
    CHECK(complaints(database_with("mode = \"available\"\ncommit_wait = \"2s\"", kGateway)) == Complaints{});
}

TEST_CASE("commit_wait is of mode available, and has its bounds") {
    CHECK(complaints(database_with("commit_wait = \"1s\"")) ==
          Complaints{"9:15: warning: commit_wait: has no effect in mode \"lossless\", where commits wait for "
                     "ever"});
    CHECK(complaints(database_with("mode = \"available\"\ncommit_wait = \"0s\"", kGateway)) == Complaints{});
    const Complaints refused =
        complaints(database_with("mode = \"available\"\ncommit_wait = \"61s\"", kGateway));
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].starts_with("10:15: error: commit_wait: "));
}

TEST_CASE("a database needs a peer, and a server that is not a virtual address") {
    std::string alone = database_with("");
    alone.resize(alone.find("[peer]"));
    CHECK(
        complaints(alone) ==
        Complaints{"6:1: error: [virtual_router.mysql] needs a [peer]: nobody is promoted who has not heard, "
                   "or missed, the other box"});
    CHECK(
        complaints(database_with("server = \"192.0.2.100:3306\"")) ==
        Complaints{"9:10: error: server: 192.0.2.100 is a virtual address, which whoever is Active answers: "
                   "write the host's own address"});
    CHECK(
        complaints(database_with("server = \"198.51.100.2:3306\"")) ==
        Complaints{"7:15: error: peer_server: it is the same as server: write the server of the other box"});
}

TEST_CASE("accounts are whole") {
    CHECK(complaints(database_with("replication_user = \"repl\"")) ==
          Complaints{
              "9:20: error: replication_user: its password is missing: write replication_password_file"});
    CHECK(complaints(database_with("replication_password_file = \"/etc/highbase/repl\"")) ==
          Complaints{
              "9:29: error: replication_password_file: there is no replication_user: write one, or leave "
              "this out"});
    CHECK(complaints(database_with("tls = \"verify\"")) ==
          Complaints{"9:7: error: tls: \"verify\" needs a tls_ca to verify with"});
}

TEST_CASE("a lost message is not the end of the other box") {
    CHECK(complaints(database_with("", "interval = \"100ms\"\ntimeout = \"150ms\"\n")) ==
          Complaints{
              "13:11: error: timeout: one lost message would look like the end of the other box: write at "
              "least two intervals, \"200ms\""});
}

}  // namespace
}  // namespace highbase::daemon
