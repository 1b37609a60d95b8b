// SPDX-License-Identifier: GPL-2.0-or-later
// Rules that concern more than one key or more than one virtual router.
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

using Lines = std::vector<std::string>;

// A virtual router in five lines and one for each of `more`.
std::string router(const std::string& name, const std::string& interface, int vrid,
                   const std::string& addresses, const std::vector<std::string>& more = {}) {
    std::string text = "[[virtual_router]]\nname = \"" + name + "\"\ninterface = \"" + interface +
                       "\"\nvrid = " + std::to_string(vrid) + "\naddresses = " + addresses + "\n";
    for (const std::string& line : more) text += line + "\n";
    return text;
}

std::string numbered(const std::string& before, int first, int last, const std::string& after) {
    std::string list;
    for (int i = first; i <= last; ++i) list += "\"" + before + std::to_string(i) + after + "\",";
    return list;
}

TEST_CASE("the addresses of a virtual router are of one family") {
    CHECK(complaints(with_line(R"(addresses = ["192.0.2.1/24", "2001:db8::1/64", "2001:db8::2/64"])")) ==
          Lines{"5:30: error: addresses: 2001:db8::1/64 is of another family than the first address "
                "192.0.2.1/24: write a "
                "second [[virtual_router]] for it, with the same sync_group in both"});
    CHECK(complaints(with_line(R"(addresses = ["fe80::1/64", "192.0.2.1/24"])")) ==
          Lines{"5:28: error: addresses: 192.0.2.1/24 is of another family than the first address "
                "fe80::1/64: write a second "
                "[[virtual_router]] for it, with the same sync_group in both"});
}

TEST_CASE("the first IPv6 address is link-local") {
    CHECK(complaints(with_line(R"(addresses = ["2001:db8::1/64"])")) ==
          Lines{"5:14: error: addresses: the first IPv6 address must be link-local (RFC 9568 section 5.2.9), "
                "found "
                "2001:db8::1/64: write one before it, such as [\"fe80::100/64\", \"2001:db8::1/64\"]"});
    CHECK(complaints(with_line(R"(addresses = ["2001:db8::1/64", "fe80::1/64"])")) ==
          Lines{"5:14: error: addresses: the first IPv6 address must be link-local (RFC 9568 section 5.2.9), "
                "found "
                "2001:db8::1/64: move fe80::1/64 to the front"});
    CHECK(complaints(with_line(R"(addresses = ["fe80::1/64", "2001:db8::1/64"])")).empty());
    // The misspelt one may be the link-local one.
    CHECK(complaints(with_line(R"(addresses = ["fe80:::1/64", "2001:db8::1/64"])")).size() == 1);
}

TEST_CASE("there is at least one address, and none is there twice") {
    CHECK(complaints(with_line("addresses = []")) ==
          Lines{"5:13: error: addresses: the list is empty: write at least one address, such as "
                "[\"192.0.2.100/24\"]"});
    CHECK(complaints(with_line(R"(addresses = ["192.0.2.1/24", "192.0.2.1/32"])")) ==
          Lines{"5:30: error: addresses: 192.0.2.1 stands there twice: leave one out"});
}

TEST_CASE("the addresses fit an advertisement") {
    CHECK(complaints(with_line("addresses = [" + numbered("10.0.0.", 1, 254, "/16") + "\"10.0.1.1/16\"]"))
              .empty());
    CHECK(complaints(with_line("addresses = [" + numbered("10.0.0.", 1, 254, "/16") +
                               numbered("10.0.1.", 1, 2, "/16") + "]")) ==
          Lines{"5:13: error: addresses: 256 addresses do not fit an advertisement, at most 255 of IPv4 do: "
                "write more virtual "
                "routers, with one sync_group in all of them"});
    CHECK(complaints(with_line("addresses = [" + numbered("fe80::", 1, 90, "/64") + "]")).empty());
    CHECK(complaints(with_line("addresses = [" + numbered("fe80::", 1, 91, "/64") + "]")) ==
          Lines{"5:13: error: addresses: 91 addresses do not fit an advertisement, at most 90 of IPv6 do: "
                "write more virtual "
                "routers, with one sync_group in all of them"});
    CHECK(complaints(with_line("addresses = [" + numbered("10.0.0.", 1, 1001, "") + "]")) ==
          Lines{"5:13: error: addresses: 1001 elements, at most 1000 are possible"});
}

TEST_CASE("unicast peers are other routers that speak the same family") {
    CHECK(complaints(
              with_line(R"(unicast_peers = ["192.0.2.2", "2001:db8::2", "192.0.2.100", "192.0.2.2"])")) ==
          Lines{"6:31: error: unicast_peers: 2001:db8::2 is of another family than the addresses: write an "
                "IPv4 address",
                "6:46: error: unicast_peers: 192.0.2.100 is one of the virtual addresses: write the other "
                "router's own address",
                "6:61: error: unicast_peers: 192.0.2.2 stands there twice: leave one out"});
    // Also where the list has another mistake.
    CHECK(complaints(with_line(R"(unicast_peers = ["2001:db8::2", 5])")).size() == 2);
    CHECK(complaints(router("a", "eth0", 1, R"(["fe80::1/64"])", {R"(unicast_peers = ["192.0.2.2"])"})) ==
          Lines{"6:18: error: unicast_peers: 192.0.2.2 is of another family than the addresses: write an "
                "IPv6 address"});
    CHECK(
        complaints(router("a", "eth0", 1, R"(["fe80::1/64"])", {R"(unicast_peers = ["fe80::2"])"})).empty());
}

TEST_CASE("settings without effect are pointed out") {
    CHECK(complaints(with_line("priority = 255\npreempt = false")) ==
          Lines{"7:11: warning: preempt: false has no effect with priority 255: the address owner always "
                "takes over"});
    CHECK(complaints(with_line("preempt = false\npreempt_delay = \"5s\"")) ==
          Lines{"7:17: warning: preempt_delay: has no effect with preempt = false"});
    CHECK(complaints(with_line("priority = 254\npreempt = false\npreempt_delay = \"0s\"")).empty());
    CHECK(complaints(with_line("priority = 255\npreempt = true\npreempt_delay = \"5s\"")).empty());
    // A warning refuses nothing.
    CHECK(parse_config(with_line("priority = 255\npreempt = false"), test_host()).config);
}

TEST_CASE("no two virtual routers have one name") {
    CHECK(
        complaints(router("a", "eth0", 1, R"(["192.0.2.1"])") + router("b", "eth0", 2, R"(["192.0.2.2"])") +
                   router("a", "eth0", 3, R"(["192.0.2.3"])")) ==
        Lines{
            "12:8: error: name: \"a\" is the name of the virtual router in line 1 already: choose another"});
}

TEST_CASE("no two virtual routers have one VRID on one interface in one family") {
    const std::string first = router("a", "eth0", 51, R"(["192.0.2.1"])");
    CHECK(complaints(first + router("b", "eth0", 51, R"(["192.0.2.2"])")) ==
          Lines{"9:8: error: vrid: 51 is used for IPv4 on \"eth0\" by the virtual router in line 1 already: "
                "choose another"});
    CHECK(complaints(first + router("b", "eth1", 51, R"(["192.0.2.2"])")).empty());
    CHECK(complaints(first + router("b", "eth0", 52, R"(["192.0.2.2"])")).empty());
    CHECK(complaints(first + router("b", "eth0", 51, R"(["fe80::1"])")).empty());
    // Nothing is said about values that are refused already.
    CHECK(complaints(first + router("b", "eth0", 51, R"(["192.0.2.300"])")).size() == 1);
    CHECK(complaints(first + router("b", "eth 0", 51, R"(["192.0.2.2"])")).size() == 1);
    CHECK(complaints(first + router("b", "eth0", 0, R"(["192.0.2.2"])")).size() == 1);
}

TEST_CASE("an address is in one virtual router only, a link-local one in one on each interface") {
    CHECK(complaints(router("a", "eth0", 1, R"(["192.0.2.1/24"])") +
                     router("b", "eth1", 2, R"(["192.0.2.9/24", "192.0.2.1/32"])")) ==
          Lines{"10:30: error: addresses: 192.0.2.1 is in the virtual router in line 1 already: an address "
                "can be in one only"});
    CHECK(complaints(router("a", "eth0", 1, R"(["fe80::1"])") + router("b", "eth0", 2, R"(["fe80::1"])")) ==
          Lines{"10:14: error: addresses: fe80::1 is in the virtual router in line 1 already: an address can "
                "be in one only"});
    CHECK(complaints(router("a", "eth0", 1, R"(["fe80::1"])") + router("b", "eth1", 1, R"(["fe80::1"])"))
              .empty());
    CHECK(complaints(router("a", "eth0", 1, R"(["fe80::1"])") + router("b", "eth 1", 2, R"(["fe80::1"])"))
              .size() == 1);
}

TEST_CASE("an address owner cannot wait for a sync group") {
    CHECK(complaints(router("a", "eth0", 1, R"(["192.0.2.1"])", {"priority = 255", "sync_group = \"g\""}) +
                     router("b", "eth0", 2, R"(["192.0.2.2"])", {"sync_group = \"g\""})) ==
          Lines{"6:12: error: priority: 255 is not possible in the sync_group \"g\" of 2 members, because an "
                "address owner takes "
                "over by itself and waits for nobody: use at most 254"});
}

TEST_CASE("a sync group of one member does nothing") {
    const std::string alone = ": write the same in another [[virtual_router]], or leave it out";
    CHECK(complaints(router("a", "eth0", 1, R"(["192.0.2.1"])", {"priority = 255", "sync_group = \"g\""}) +
                     router("b", "eth0", 2, R"(["192.0.2.2"])", {"sync_group = \"h\""})) ==
          Lines{"7:14: warning: sync_group: \"g\" has this one member only" + alone,
                "13:14: warning: sync_group: \"h\" has this one member only" + alone});
}

TEST_CASE("the members of a sync group decide by the same rules") {
    CHECK(complaints(router("a", "eth0", 1, R"(["192.0.2.1"])", {"sync_group = \"g\""}) +
                     router("b", "eth0", 2, R"(["192.0.2.2"])",
                            {"sync_group = \"g\"", "preempt = false", "advertisement_interval = \"100ms\""}) +
                     router("c", "eth0", 3, R"(["192.0.2.3"])",
                            {"sync_group = \"g\"", "advertisement_interval = \"1000ms\""})) ==
          Lines{"13:11: warning: preempt: false differs from true in line 1 of the same sync_group \"g\": "
                "write the same in all "
                "members",
                "14:26: warning: advertisement_interval: \"100ms\" differs from \"1s\" in line 1 of the same "
                "sync_group \"g\": write "
                "the same in all members"});
    // The first differs from the default of the second, which has no such line: its header is pointed at.
    CHECK(complaints(router("a", "eth0", 1, R"(["192.0.2.1"])", {"sync_group = \"g\"", "preempt = false"}) +
                     router("b", "eth0", 2, R"(["192.0.2.2"])", {"sync_group = \"g\""})) ==
          Lines{"8:1: warning: preempt: true differs from false in line 1 of the same sync_group \"g\": "
                "write the same in all "
                "members"});
    CHECK(complaints(router("a", "eth0", 1, R"(["192.0.2.1"])", {"sync_group = \"g\"", "preempt = false"}) +
                     router("b", "eth0", 2, R"(["192.0.2.2"])", {"sync_group = \"g\"", "preempt = 0"}))
              .size() == 1);
}

TEST_CASE("an interface that is not there is a warning, once") {
    const std::string text = router("a", "wlan0", 1, R"(["192.0.2.1"])") +
                             router("b", "wlan0", 2, R"(["192.0.2.2"])") +
                             router("c", "eth1", 2, R"(["192.0.2.3"])");
    CHECK(complaints(text) ==
          Lines{"3:13: warning: interface: there is no \"wlan0\" now: the virtual router waits for it; check "
                "the name"});
    CHECK(parse_config(text, test_host()).config);
    CHECK(parse_config(text, {"gw1", {}}).diagnostics.empty());
}

}  // namespace
}  // namespace highbase::daemon
