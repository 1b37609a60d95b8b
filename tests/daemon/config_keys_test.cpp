// SPDX-License-Identifier: GPL-2.0-or-later
// Each key on its own: what it accepts, what it refuses, and with which words.
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

using Lines = std::vector<std::string>;

// What is said about a file whose only unusual line is this one; its place must be `line`:`column`.
std::string complaint_about(std::string_view line) {
    const Lines lines = complaints(with_line(line));
    CAPTURE(line, lines);
    REQUIRE(lines.size() == 1);
    return lines[0];
}

bool accepted(std::string_view line) {
    return complaints(with_line(line)).empty();
}

Config node_with(const std::string& line) {
    return parse_config("[node]\n" + line + "\n" + with_line(""), test_host()).config.value();
}

std::string node_refusal(const std::string& line) {
    const Lines lines = complaints("[node]\n" + line + "\n" + with_line(""));
    CAPTURE(line, lines);
    REQUIRE(lines.size() == 1);
    return lines[0];
}

TEST_CASE("a file with the required keys only has all defaults") {
    const ParseResult result = parse_config(with_line(""), test_host());
    CHECK(result.diagnostics.empty());
    REQUIRE(result.config);
    CHECK(result.config->state_directory == "/var/lib/highbase");
    CHECK(result.config->control_socket == "/run/highbase/hbvrrp.sock");
    CHECK(result.config->control_group == "highbase");
    CHECK(result.config->realtime);
    CHECK(result.config->log_level == node::Level::info);
    CHECK(result.config->node.name == "gw1");
    REQUIRE(result.config->node.routers.size() == 1);
    const node::RouterConfiguration& router = result.config->node.routers[0];
    CHECK(router.name == "db");
    CHECK(router.interface == "eth0");
    CHECK(router.vrid == vrrp::Vrid{51});
    CHECK(router.addresses == std::vector{vrrp::Prefix{vrrp::IpAddress::v4(192, 0, 2, 100), 24}});
    CHECK(router.parameters.priority == vrrp::Priority{100});
    CHECK(router.parameters.advertisement_interval == vrrp::Centiseconds{100});
    CHECK(router.parameters.preempt_mode);
    CHECK(router.parameters.preempt_delay == std::chrono::seconds{0});
    CHECK(router.parameters.hold_down == std::chrono::seconds{10});
    CHECK(router.parameters.ears_open_timeout == std::chrono::seconds{30});
    CHECK(router.parameters.announce == vrrp::AnnouncePolicy::refresh);
    CHECK(router.accept);
    CHECK(router.mac == node::MacMode::interface);
    CHECK(router.checksum == node::ChecksumPolicy::rfc9568);
    CHECK(router.unicast_peers.empty());
    CHECK(router.sync_group.empty());
}

TEST_CASE("node: every key is taken over") {
    CHECK(node_with(R"(name = "Box_1.example-net")").node.name == "Box_1.example-net");
    CHECK(node_with(R"(state_directory = "/srv/hb")").state_directory == "/srv/hb");
    CHECK(node_with(R"(control_socket = "/tmp/s")").control_socket == "/tmp/s");
    CHECK(node_with(R"(control_group = "_dba")").control_group == "_dba");
    CHECK(node_with(R"(control_group = "")").control_group.empty());
    CHECK_FALSE(node_with("realtime = false").realtime);
    CHECK(node_with(R"(log_level = "debug")").log_level == node::Level::debug);
    CHECK(node_with(R"(log_level = "notice")").log_level == node::Level::notice);
    CHECK(node_with(R"(log_level = "warning")").log_level == node::Level::warning);
    CHECK(node_with(R"(log_level = "error")").log_level == node::Level::error);
}

TEST_CASE("node: names are safe in logs and paths are absolute") {
    const std::string name = "name: expected a name of at most 64 letters, digits, '.', '_' and '-', found ";
    const std::string write = ": write for example name = \"gw1\"";
    CHECK(node_refusal("name = 5") == "2:8: error: " + name + "the integer 5" + write);
    CHECK(node_refusal(R"(name = "")") == "2:8: error: " + name + "the string \"\"" + write);
    CHECK(node_refusal(R"(name = "a b")") == "2:8: error: " + name + "the string \"a b\"" + write);
    CHECK(node_refusal(R"(name = "-x")") == "2:8: error: " + name + "the string \"-x\"" + write);
    CHECK(node_refusal(R"(name = "a\nb")") == "2:8: error: " + name + "the string \"a\\u000Ab\"" + write);
    CHECK(node_refusal(R"(name = "a\u0000")") == "2:8: error: " + name + "the string \"a\\u0000\"" + write);
    CHECK(node_refusal("name = \"b\u00fcro\"") == "2:8: error: " + name + "the string \"b\u00fcro\"" + write);
    CHECK(node_with("name = \"" + std::string(64, 'x') + "\"").node.name == std::string(64, 'x'));
    CHECK(node_refusal("name = \"" + std::string(65, 'x') + "\"") ==
          "2:8: error: " + name + "the string \"" + std::string(60, 'x') + "\"..." + write);

    CHECK(node_refusal(R"(state_directory = "var")") ==
          "2:19: error: state_directory: expected an absolute path of at most 4095 octets, found the string "
          "\"var\": write "
          "for example state_directory = \"/var/lib/highbase\"");
    CHECK(node_refusal(R"(state_directory = "/a\u001bb")").find(R"(found the string "/a\u001Bb")") !=
          std::string::npos);
    CHECK(node_with("control_socket = \"/" + std::string(106, 'x') + "\"").control_socket.native().size() ==
          107);
    CHECK(node_refusal("control_socket = \"/" + std::string(107, 'x') + "\"")
              .starts_with("2:18: error: control_socket: expected an absolute path of at most 107 octets, "
                           "found the string "));
    CHECK(node_refusal("state_directory = \"/" + std::string(4095, 'x') + "\"").starts_with("2:19: error: "));
    CHECK(node_refusal("control_group = \"" + std::string(33, 'x') + "\"")
              .starts_with("2:17: error: control_group: expected a name of at most 32 letters, digits, '.', "
                           "'_' and '-', or "
                           "\"\", found"));
}

TEST_CASE("node: closed lists and booleans") {
    CHECK(node_refusal("realtime = \"no\"") ==
          "2:12: error: realtime: expected true or false, found the string \"no\": write for example "
          "realtime = true");
    CHECK(node_refusal("log_level = \"inof\"") ==
          "2:13: error: log_level: unknown value \"inof\": did you mean \"info\"?");
    CHECK(node_refusal("log_level = \"loud\"") ==
          "2:13: error: log_level: expected one of \"debug\", \"info\", \"notice\", \"warning\", \"error\", "
          "found the string "
          "\"loud\": write for example log_level = \"info\"");
    CHECK(node_refusal("log_level = 3").find("found the integer 3") != std::string::npos);
}

TEST_CASE("the host name is the default of the node's name, if it is a name") {
    Surroundings surroundings = test_host();
    surroundings.host_name = "bad host";
    const ParseResult refused = parse_config(with_line(""), surroundings);
    CHECK_FALSE(refused.config);
    REQUIRE(refused.diagnostics.size() == 1);
    CHECK(
        refused.diagnostics[0] ==
        Diagnostic{Severity::error, 0, 0,
                   "the host name \"bad host\" cannot be the name of the node: write [node] name = \"gw1\""});
    const ParseResult named = parse_config("[node]\nname = \"x\"\n" + with_line(""), surroundings);
    REQUIRE(named.config);
    CHECK(named.config->node.name == "x");
}

TEST_CASE("vrid and priority are 1 to 255",
          "[rfc9568-5.2.4-backup-priority:positive][rfc9568-5.2.4-backup-priority:negative]") {
    CHECK(router_with("vrid = 1").vrid == vrrp::Vrid{1});
    CHECK(router_with("vrid = 0xff").vrid == vrrp::Vrid{255});
    CHECK(router_with("priority = 1").parameters.priority == vrrp::Priority{1});
    CHECK(router_with("priority = 255").parameters.priority == vrrp::Priority{255});
    const std::string vrid = "4:8: error: vrid: expected an integer from 1 to 255, found ";
    CHECK(complaint_about("vrid = 0") == vrid + "the integer 0: write for example vrid = 51");
    CHECK(complaint_about("vrid = 256") == vrid + "the integer 256: write for example vrid = 51");
    CHECK(complaint_about("vrid = -1") == vrid + "the integer -1: write for example vrid = 51");
    CHECK(complaint_about("vrid = 307") == vrid + "the integer 307: write for example vrid = 51");
    CHECK(complaint_about("vrid = 9223372036854775807") ==
          vrid + "the integer 9223372036854775807: write for example vrid = 51");
    CHECK(complaint_about("vrid = \"51\"") == vrid + "the string \"51\": write for example vrid = 51");
    CHECK(complaint_about("vrid = 51.0") == vrid + "the number 51: write for example vrid = 51");
    CHECK(complaint_about("vrid = inf") == vrid + "the number inf: write for example vrid = 51");
    CHECK(complaint_about("vrid = 1979-05-27") == vrid + "a date: write for example vrid = 51");
    CHECK(complaint_about("vrid = [51]") == vrid + "an array: write for example vrid = 51");
    CHECK(complaint_about("vrid = {}") == vrid + "a table: write for example vrid = 51");
    CHECK(complaint_about("priority = 0") ==
          "6:12: error: priority: expected an integer from 1 to 255, found the integer 0: write for example "
          "priority = 150");
    CHECK(complaint_about("priority = 256").find("found the integer 256") != std::string::npos);
}

TEST_CASE("interface names are those that the kernel allows") {
    const std::string expected =
        "3:13: error: interface: expected the name of an interface, at most 15 characters without spaces, "
        "'/' and ':', found ";
    const std::string write = ": write for example interface = \"eth0\"";
    CHECK(complaint_about(R"(interface = "")") == expected + "the string \"\"" + write);
    CHECK(complaint_about(R"(interface = "a b")") == expected + "the string \"a b\"" + write);
    CHECK(complaint_about(R"(interface = "a/b")") == expected + "the string \"a/b\"" + write);
    CHECK(complaint_about(R"(interface = "a:b")") == expected + "the string \"a:b\"" + write);
    CHECK(complaint_about(R"(interface = "..")") == expected + "the string \"..\"" + write);
    CHECK(complaint_about(R"(interface = ".")") == expected + "the string \".\"" + write);
    CHECK(complaint_about(R"(interface = "a\tb")") == expected + "the string \"a\\u0009b\"" + write);
    CHECK(complaint_about(R"(interface = "a\u0000")") == expected + "the string \"a\\u0000\"" + write);
    CHECK(complaint_about("interface = \"\u00fc\"") == expected + "the string \"\u00fc\"" + write);
    CHECK(complaint_about(R"(interface = "1234567890123456")") ==
          expected + "the string \"1234567890123456\"" + write);
    CHECK(complaint_about("interface = true") == expected + "true" + write);
    // A name that is possible is taken, even if there is no such interface yet.
    CHECK(router_with(R"(interface = "bond0.100-a@b_c")").interface == "bond0.100-a@b_c");
}

TEST_CASE("the advertisement interval is what twelve bits of centiseconds hold") {
    const auto interval = [](std::string_view line) {
        return router_with(line).parameters.advertisement_interval;
    };
    CHECK(interval(R"(advertisement_interval = "10ms")") == vrrp::Centiseconds{1});
    CHECK(interval(R"(advertisement_interval = "100ms")") == vrrp::Centiseconds{10});
    CHECK(interval(R"(advertisement_interval = "2s")") == vrrp::Centiseconds{200});
    CHECK(interval(R"(advertisement_interval = "40.95s")") == vrrp::Centiseconds{4095});
    CHECK(interval(R"(advertisement_interval = "40950ms")") == vrrp::Centiseconds{4095});
    CHECK(interval(R"(advertisement_interval = "0.01s")") == vrrp::Centiseconds{1});

    const std::string place = "6:26: error: advertisement_interval: ";
    const std::string counts = " does not fit an advertisement, which counts from 1 to 4095 steps of 10ms: ";
    CHECK(complaint_about(R"(advertisement_interval = "15ms")") ==
          place + "the string \"15ms\"" + counts + "the nearest are \"10ms\" and \"20ms\"");
    CHECK(complaint_about(R"(advertisement_interval = "1.0000001s")") ==
          place + "the string \"1.0000001s\"" + counts + "the nearest are \"1s\" and \"1.01s\"");
    CHECK(complaint_about(R"(advertisement_interval = "40.949s")") ==
          place + "the string \"40.949s\"" + counts + "the nearest are \"40.94s\" and \"40.95s\"");
    CHECK(complaint_about(R"(advertisement_interval = "9.999ms")") ==
          place + "the string \"9.999ms\"" + counts + "the nearest is \"10ms\"");
    CHECK(complaint_about(R"(advertisement_interval = "0s")") ==
          place + "the string \"0s\"" + counts + "the nearest is \"10ms\"");
    CHECK(complaint_about(R"(advertisement_interval = "40.9500001s")") ==
          place + "the string \"40.9500001s\"" + counts + "the nearest is \"40.95s\"");
    CHECK(complaint_about(R"(advertisement_interval = "1h")") ==
          place + "the string \"1h\"" + counts + "the nearest is \"40.95s\"");
    CHECK(complaint_about(R"(advertisement_interval = "-1s")") ==
          place +
              "\"-1s\" is not a duration: write one number and its unit (h, m, s, ms, us or ns), such as "
              "\"1.5s\"");
    CHECK(complaint_about("advertisement_interval = 1") ==
          place +
              "expected a duration with its unit, from \"10ms\" to \"40.95s\" in steps of 10ms, found the "
              "integer 1: "
              "write for example advertisement_interval = \"100ms\"");
    CHECK(complaint_about("advertisement_interval = \"100\"") ==
          place + "\"100\" has no unit: write \"100s\" for seconds or \"100ms\" for milliseconds");
    CHECK(complaint_about("advertisement_interval = 00:00:01").find("found a time") != std::string::npos);
}

TEST_CASE("other durations have a longest value") {
    CHECK(router_with(R"(preempt_delay = "24h")").parameters.preempt_delay == std::chrono::hours{24});
    CHECK(router_with(R"(hold_down = "0s")").parameters.hold_down == std::chrono::seconds{0});
    CHECK(router_with(R"(hold_down = "60m")").parameters.hold_down == std::chrono::hours{1});
    CHECK(router_with(R"(ears_open_timeout = "250us")").parameters.ears_open_timeout ==
          std::chrono::microseconds{250});
    CHECK(complaint_about(R"(preempt_delay = "25h")") ==
          "6:17: error: preempt_delay: expected a duration with its unit, at most \"24h\", found the string "
          "\"25h\": write for "
          "example preempt_delay = \"30s\"");
    CHECK(complaint_about(R"(hold_down = "61m")")
              .starts_with("6:13: error: hold_down: expected a duration with its unit, at most "));
    CHECK(complaint_about(R"(ears_open_timeout = "3600.000000001s")")
              .starts_with("6:21: error: ears_open_timeout: expected a "));
    CHECK(complaint_about("hold_down = false").find("found false") != std::string::npos);
}

TEST_CASE("a lease is longer than an advertisement interval, and not longer than others wait") {
    using Kind = node::Lease::Kind;
    CHECK(router_with(R"(lease = "auto")").lease == node::Lease{});
    CHECK(router_with(R"(lease = "off")").lease == node::Lease{Kind::off, {}});
    CHECK(router_with(R"(lease = "3s")").lease == node::Lease{Kind::fixed, std::chrono::seconds{3}});
    CHECK(router_with(R"(lease = "1001ms")").lease ==
          node::Lease{Kind::fixed, std::chrono::milliseconds{1001}});
    for (const char* length : {"1s", "3001ms", "0s"}) {
        CHECK(
            complaint_about(std::string{"lease = \""} + length + "\"") ==
            std::string{"6:9: error: lease: "} + (std::string{length} == "3001ms" ? "3.001s" : length) +
                " is not longer than one advertisement_interval (1s), with which it is renewed, and at most "
                "three, after which another router may serve: write for example lease = \"auto\"");
    }
    const std::string expected =
        R"(6:9: error: lease: expected "auto", "off", or a duration with its unit, found )";
    CHECK(complaint_about(R"(lease = "of")") ==
          expected + R"(the string "of": write for example lease = "auto")");
    CHECK(complaint_about(R"(lease = "")").starts_with(expected));
    CHECK(complaint_about("lease = false").starts_with(expected));
    CHECK(complaint_about(R"(lease = "200")").starts_with("6:9: error: lease: "));
}

TEST_CASE("booleans, closed lists and names of a virtual router") {
    CHECK_FALSE(router_with("preempt = false").parameters.preempt_mode);
    CHECK_FALSE(router_with("accept = false").accept);
    CHECK(router_with(R"(mac = "virtual")").mac == node::MacMode::virtual_);
    CHECK(router_with(R"(checksum = "pseudo-header")").checksum == node::ChecksumPolicy::pseudo_header);
    CHECK(router_with(R"(checksum = "auto")").checksum == node::ChecksumPolicy::automatic);
    CHECK(router_with(R"(announce = "none")").parameters.announce == vrrp::AnnouncePolicy::none);
    CHECK(router_with(R"(announce = "on-takeover")").parameters.announce ==
          vrrp::AnnouncePolicy::on_takeover);
    CHECK(router_with(R"(sync_group = "")").sync_group.empty());
    CHECK(complaint_about(R"(checksum = "pseudo_header")") ==
          "6:12: error: checksum: unknown value \"pseudo_header\": did you mean \"pseudo-header\"?");
    CHECK(complaint_about(R"(mac = "vmac")") ==
          "6:7: error: mac: expected one of \"interface\", \"virtual\", found the string \"vmac\": write for "
          "example mac = "
          "\"virtual\"");
    CHECK(complaint_about("accept = 1").find("expected true or false, found the integer 1") !=
          std::string::npos);
    CHECK(complaint_about(R"(name = "a/b")")
              .starts_with("2:8: error: name: expected a name of at most 64 letters"));
    CHECK(complaint_about(R"(sync_group = "a b")")
              .starts_with("6:14: error: sync_group: expected a name of at most 64 letters"));
}

TEST_CASE("addresses are unicast addresses with a prefix length") {
    using vrrp::IpAddress;
    using vrrp::Prefix;
    const auto read = [](std::string_view line) { return router_with(line).addresses; };
    CHECK(read(R"(addresses = ["192.0.2.7"])") == std::vector{Prefix{IpAddress::v4(192, 0, 2, 7), 32}});
    CHECK(read(R"(addresses = ["192.0.2.0/31", "192.0.2.255/32"])").size() == 2);
    CHECK(read(R"(addresses = ["fe80::1"])") == std::vector{Prefix{*IpAddress::parse("fe80::1"), 128}});
    CHECK(read(R"(addresses = ["fe80::1/64", "2001:db8::/127"])").size() == 2);

    const std::string place = "5:14: error: addresses: ";
    const std::string write = ": write for example addresses = [\"192.0.2.100/24\"]";
    const std::string element =
        place + "expected an address with its prefix length in the list, found the string ";
    CHECK(complaint_about(R"(addresses = ["192.0.2.300/24"])") == element + "\"192.0.2.300/24\"" + write);
    CHECK(complaint_about(R"(addresses = ["192.0.2.1/33"])") == element + "\"192.0.2.1/33\"" + write);
    CHECK(complaint_about(R"(addresses = ["192.0.2.1/"])") == element + "\"192.0.2.1/\"" + write);
    CHECK(complaint_about(R"(addresses = ["db.example"])") == element + "\"db.example\"" + write);
    CHECK(complaint_about(R"(addresses = ["fe80::1%eth0/64"])") == element + "\"fe80::1%eth0/64\"" + write);
    CHECK(complaint_about("addresses = [5]") ==
          place + "expected an address with its prefix length in the list, found the integer 5" + write);
    CHECK(complaint_about(R"(addresses = "192.0.2.1/24")") ==
          "5:13: error: addresses: expected a list of IPv4 or IPv6 addresses with their prefix lengths, "
          "found the string "
          "\"192.0.2.1/24\"" +
              write);

    const std::string unicast = ": write a unicast address of the service";
    CHECK(complaint_about(R"(addresses = ["0.0.0.0/24"])") ==
          place + "\"0.0.0.0/24\" is the unspecified address" + unicast);
    CHECK(complaint_about(R"(addresses = ["::/64"])") ==
          place + "\"::/64\" is the unspecified address" + unicast);
    CHECK(complaint_about(R"(addresses = ["127.0.0.1/8"])") ==
          place + "\"127.0.0.1/8\" is a loopback address, which is the same on every host" + unicast);
    CHECK(complaint_about(R"(addresses = ["::1/128"])") ==
          place + "\"::1/128\" is a loopback address, which is the same on every host" + unicast);
    CHECK(complaint_about(R"(addresses = ["224.0.0.18/24"])") ==
          place + "\"224.0.0.18/24\" is a multicast address" + unicast);
    CHECK(complaint_about(R"(addresses = ["ff02::12/64"])") ==
          place + "\"ff02::12/64\" is a multicast address" + unicast);
    CHECK(complaint_about(R"(addresses = ["255.255.255.255"])") ==
          place + "\"255.255.255.255\" is the broadcast address" + unicast);
    CHECK(complaint_about(R"(addresses = ["::ffff:192.0.2.1"])") ==
          place + "\"::ffff:192.0.2.1\" is an IPv4 address in IPv6 form" + unicast);
    CHECK(complaint_about(R"(addresses = ["192.0.2.1/0"])") ==
          place + "\"192.0.2.1/0\" has the prefix length 0, which would route everything to the interface" +
              unicast);
    CHECK(complaint_about(R"(addresses = ["192.0.2.0/24"])") ==
          place + "\"192.0.2.0/24\" is the subnet itself and not an address in it" + unicast);
    CHECK(complaint_about(R"(addresses = ["192.0.2.255/24"])") ==
          place + "\"192.0.2.255/24\" is the broadcast address of its subnet" + unicast);
    CHECK(complaint_about(R"(addresses = ["192.0.2.67/30"])") ==
          place + "\"192.0.2.67/30\" is the broadcast address of its subnet" + unicast);
    CHECK(complaint_about(R"(addresses = ["fe80::/64"])") ==
          place + "\"fe80::/64\" is the subnet itself and not an address in it" + unicast);
    CHECK(accepted(R"(addresses = ["192.0.2.64/25"])"));
    CHECK(accepted(R"(addresses = ["fe80::ffff:ffff:ffff:ffff/64"])"));
}

TEST_CASE("unicast peers are unicast addresses without a prefix") {
    CHECK(router_with(R"(unicast_peers = ["192.0.2.2", "192.0.2.3"])").unicast_peers ==
          std::vector{vrrp::IpAddress::v4(192, 0, 2, 2), vrrp::IpAddress::v4(192, 0, 2, 3)});
    const std::string place = "6:18: error: unicast_peers: ";
    const std::string other = ": write the address of the other router";
    CHECK(complaint_about(R"(unicast_peers = ["192.0.2.2/24"])") ==
          place +
              "expected an address in the list, found the string \"192.0.2.2/24\": write for example "
              "unicast_peers = "
              "[\"192.0.2.2\"]");
    CHECK(complaint_about(R"(unicast_peers = ["0.0.0.0"])") ==
          place + "\"0.0.0.0\" is the unspecified address" + other);
    CHECK(complaint_about(R"(unicast_peers = ["127.0.0.1"])") ==
          place + "\"127.0.0.1\" is a loopback address, which is the same on every host" + other);
    CHECK(complaint_about(R"(unicast_peers = ["224.0.0.18"])") ==
          place + "\"224.0.0.18\" is a multicast address" + other);
    CHECK(complaint_about(R"(unicast_peers = ["255.255.255.255"])") ==
          place + "\"255.255.255.255\" is the broadcast address" + other);
    std::string many = "unicast_peers = [";
    for (int i = 0; i < 65; ++i) many += "\"10.0.0." + std::to_string(i + 1) + "\",";
    CHECK(complaint_about(many + "]") == "6:17: error: unicast_peers: 65 elements, at most 64 are possible");
}

}  // namespace
}  // namespace highbase::daemon
