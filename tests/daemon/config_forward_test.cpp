// SPDX-License-Identifier: GPL-2.0-or-later
// [virtual_router.forward]: what it needs, and what cannot go with it.
#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

using Complaints = std::vector<std::string>;

// The section begins in line 15.
std::string gateway(const std::string& router, const std::string& server, const std::string& peer_server,
                    const std::string& forward) {
    return R"([peer]
paths = ["198.51.100.2"]
key_file = "/etc/highbase/peer.key"
[[virtual_router]]
name = "db"
interface = "eth0"
vrid = 51
addresses = ["192.0.2.100/24"]
)" + router +
           R"(
[virtual_router.mysql]
server = ")" +
           server + R"("
peer_server = ")" +
           peer_server + R"("
password_file = "/etc/highbase/mysql.password"

[virtual_router.forward]
)" + forward;
}

const std::string kForwarded = "198.51.100.11:3306";
const std::string kPeerServer = "198.51.100.12:3307";

TEST_CASE("clients are led from a port, and masqueraded unless told otherwise") {
    const auto forward_of = [](const std::string& keys) {
        const ParseResult parsed = parse_config(gateway("", kForwarded, kPeerServer, keys), test_host());
        REQUIRE(parsed.config);
        return *parsed.config->node.routers.at(0).forward;
    };
    CHECK(forward_of("") == node::ForwardConfiguration{3306, true});
    CHECK(forward_of("port = 3307\nmasquerade = false\n") == node::ForwardConfiguration{3307, false});
    CHECK(complaints(gateway("", kForwarded, kPeerServer, "port = 0\n")).size() == 1);
}

TEST_CASE("what is led on is printed as it was written") {
    const std::string text = gateway("", kForwarded, kPeerServer, "port = 3307\nmasquerade = false\n");
    const Config config = parse_config(text, test_host()).config.value();
    CHECK(parse_config(print_config(config), test_host()).config.value() == config);
    CHECK(print_config(config).ends_with("[virtual_router.forward]\nport = 3307\nmasquerade = false\n"));
}

TEST_CASE("nobody is led to a socket of this host, nor to another family of addresses") {
    CHECK(
        complaints(gateway("", "/run/mysqld/mysqld.sock", kPeerServer, "")) ==
        Complaints{"11:10: error: server: a socket is on this host, and nothing need be forwarded: write the "
                   "address and the port of the server, or leave [virtual_router.forward] out"});
    CHECK(complaints(gateway("", "[2001:db8::11]:3306", "[2001:db8::12]:3306", "")) ==
          Complaints{"11:10: error: server: clients of the virtual addresses are led there "
                     "([virtual_router.forward]): write an address of the same family as theirs",
                     "12:15: error: peer_server: clients of the virtual addresses are led there "
                     "([virtual_router.forward]): write an address of the same family as theirs"});
}

TEST_CASE("clients are led on only with a lease, and where the box may answer for the address") {
    CHECK(complaints(gateway("lease = \"off\"", kForwarded, kPeerServer, "")) ==
          Complaints{
              "9:9: error: lease: \"off\" is not possible with a [virtual_router.forward]: clients would be "
              "led on by a box whose daemon is dead"});
    CHECK(complaints(gateway("accept = false", kForwarded, kPeerServer, "")) ==
          Complaints{
              "9:10: error: accept: false is not possible with a [virtual_router.forward]: clients of the "
              "box that had the addresses before would wait, where a reset tells them to connect anew"});
}

TEST_CASE("without a database there is nobody to lead clients to") {
    CHECK(
        complaints(with_line("[virtual_router.forward]")) ==
        Complaints{"6:1: error: [virtual_router.forward] needs a [virtual_router.mysql] of the same virtual "
                   "router: it says which servers there are"});
    CHECK(complaints(with_line("forward = 3306"))
              .at(0)
              .find("expected [virtual_router.forward], once for each "
                    "virtual router") != std::string::npos);
}

}  // namespace
}  // namespace highbase::daemon
