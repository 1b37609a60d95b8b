// SPDX-License-Identifier: GPL-2.0-or-later
#include <rapidcheck.h>

#include <set>
#include <string>
#include <vector>

#include "daemon/schema.hpp"
#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

using vrrp::IpAddress;
using vrrp::Prefix;

rc::Gen<std::string> text_of(std::string alphabet, std::size_t longest) {
    return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, longest + 1), [=](std::size_t size) {
        return rc::gen::container<std::string>(size, rc::gen::elementOf(alphabet));
    });
}

// Begins with `start`, so that it is never empty.
std::string a_name(const std::string& start, std::size_t longest) {
    return start + *text_of("abcXYZ019._-", longest - start.size());
}

std::filesystem::path a_path(std::size_t longest) {
    return "/" + *text_of("ab/. \"\\'#=[]$~", longest - 1);
}

vrrp::Duration a_duration(vrrp::Duration longest) {
    const auto unit = *rc::gen::element<std::int64_t>(1, 1'000, 1'000'000, 1'000'000'000);
    return vrrp::Duration{*rc::gen::inRange<std::int64_t>(0, longest.count() / unit + 1) * unit};
}

// Different for each number, of its kind, and never a subnet or broadcast address of a /24 or /64.
IpAddress an_address(bool ipv4, unsigned number) {
    const auto low = static_cast<std::uint8_t>(1 + number % 200);
    const auto high = static_cast<std::uint8_t>(number / 200);
    if (ipv4) return IpAddress::v4(10, high, 0, low);
    const bool link_local = number % 3 == 0;
    std::array<std::uint8_t, 16> octets{0xfe, 0x80};
    if (!link_local) octets = {0x20, 0x01, 0x0d, 0xb8};
    octets[14] = high;
    octets[15] = low;
    return IpAddress::from_octets(octets);
}

std::vector<Prefix> some_addresses(bool ipv4, unsigned& next) {
    std::vector<Prefix> result;
    const auto count = *rc::gen::inRange(1, 6);
    const int longest = ipv4 ? 32 : 128;
    next += 3 - next % 3;  // the first IPv6 address is link-local
    for (int i = 0; i < count; ++i) {
        const int shortest = ipv4 ? 24 : 64;
        result.push_back(
            {an_address(ipv4, next++), static_cast<std::uint8_t>(*rc::gen::inRange(shortest, longest + 1))});
        // In longer subnets the same host part may be all zeros or all ones.
        if (result.back().length != longest) result.back().length = static_cast<std::uint8_t>(shortest);
    }
    return result;
}

health::CheckConfiguration a_check(unsigned number) {
    health::CheckConfiguration check;
    check.name = a_name("c" + std::to_string(number), 64);
    check.options = health::TcpOptions{{an_address(*rc::gen::arbitrary<bool>(), 40'001 + 3 * number),
                                        static_cast<std::uint16_t>(*rc::gen::inRange(1, 65'536))}};
    check.interval = std::chrono::milliseconds{10} + a_duration(std::chrono::minutes{59});
    check.timeout = *rc::gen::arbitrary<bool>() ? check.interval : std::chrono::milliseconds{10};
    check.thresholds.rise = *rc::gen::inRange<std::uint32_t>(1, 1001);
    check.thresholds.fall = *rc::gen::inRange<std::uint32_t>(1, 1001);
    check.weight = static_cast<std::uint8_t>(*rc::gen::inRange(0, 255));
    return check;
}

node::RouterConfiguration a_router(unsigned number, unsigned& next_address) {
    const bool ipv4 = *rc::gen::arbitrary<bool>();
    node::RouterConfiguration router;
    router.name = a_name("r" + std::to_string(number), 64);
    router.interface = "e" + std::to_string(number) + *text_of("abc.-_@0", 10);
    router.vrid = static_cast<vrrp::Vrid>(*rc::gen::inRange(1, 256));
    router.addresses = some_addresses(ipv4, next_address);
    vrrp::Parameters& parameters = router.parameters;
    parameters.priority = static_cast<vrrp::Priority>(*rc::gen::inRange(1, 255));
    parameters.advertisement_interval = vrrp::Centiseconds{*rc::gen::inRange(1, 4096)};
    parameters.preempt_mode = *rc::gen::arbitrary<bool>();
    parameters.preempt_delay = a_duration(std::chrono::hours{24});
    parameters.hold_down = a_duration(std::chrono::hours{1});
    parameters.ears_open_timeout = a_duration(std::chrono::hours{1});
    parameters.announce = *rc::gen::element(vrrp::AnnouncePolicy::none, vrrp::AnnouncePolicy::on_takeover,
                                            vrrp::AnnouncePolicy::refresh);
    const vrrp::Duration interval{parameters.advertisement_interval};
    router.lease = *rc::gen::element(node::Lease{}, node::Lease{node::Lease::Kind::off, {}},
                                     node::Lease{node::Lease::Kind::fixed, 2 * interval},
                                     node::Lease{node::Lease::Kind::fixed, 3 * interval});
    router.accept = *rc::gen::arbitrary<bool>();
    router.mac = *rc::gen::element(node::MacMode::interface, node::MacMode::virtual_);
    router.checksum = *rc::gen::element(node::ChecksumPolicy::rfc9568, node::ChecksumPolicy::pseudo_header,
                                        node::ChecksumPolicy::automatic);
    const auto peers = *rc::gen::inRange(0, 4);
    for (int i = 0; i < peers; ++i) router.unicast_peers.push_back(an_address(ipv4, next_address++));
    router.sync_group = *rc::gen::element<std::string>("", "", "g", "h");
    const auto checks = *rc::gen::inRange<unsigned>(0, 4);
    for (unsigned i = 0; i < checks; ++i) router.checks.push_back(a_check(i));
    if (*rc::gen::arbitrary<bool>()) {
        router.restart = {health::OnServiceDown::restart_then_failover,
                          {a_path(100), *text_of("ab \"'\\", 10)},
                          std::chrono::milliseconds{100} + a_duration(std::chrono::minutes{59})};
    }
    return router;
}

Config a_config() {
    Config config;
    config.node.name = a_name("n", 64);
    config.state_directory = a_path(4095);
    config.control_socket = a_path(107);
    config.control_group = *rc::gen::element<std::string>("", "highbase", "_g.1-");
    config.realtime = *rc::gen::arbitrary<bool>();
    config.log_level = *rc::gen::element(node::Level::debug, node::Level::info, node::Level::notice,
                                         node::Level::warning, node::Level::error);
    unsigned next_address = 0;
    const auto count = *rc::gen::inRange<unsigned>(1, 6);
    for (unsigned i = 0; i < count; ++i) config.node.routers.push_back(a_router(i, next_address));
    return config;
}

TEST_CASE("what is printed parses to an equal configuration") {
    CHECK(rc::check([] {
        const Config config = a_config();
        const std::string text = print_config(config);
        RC_LOG() << text;
        const ParseResult result = parse_config(text, {"another-host", {}});
        for (const Diagnostic& diagnostic : result.diagnostics) RC_LOG() << format(diagnostic, "f") << "\n";
        RC_ASSERT(result.config.has_value());
        RC_ASSERT(*result.config == config);
        RC_ASSERT(print_config(*result.config) == text);
    }));
}

TEST_CASE("paths are printed so that TOML reads them back") {
    Config config = parse_config(with_line(""), test_host()).config.value();
    for (const char* path : {"/b\u00fcro/\u65e5\u672c", "/a\"b\\c'd", "/# = [x]", "/c1\u0085\u009b", "/ "}) {
        config.state_directory = path;
        INFO(print_config(config));
        CHECK(parse_config(print_config(config), test_host()).config == config);
    }
}

TEST_CASE("the effective configuration is printed with every key") {
    const ParseResult result = parse_config(R"([[virtual_router]]
name = "db6"
interface = "eth0"
vrid = 7
addresses = ["fe80:0:0::7/64", "2001:DB8::7"]
preempt_delay = "90000ms"
unicast_peers = ["fe80::2"]

[[virtual_router.check]]
server = "[2001:DB8::1]:3306"

[[virtual_router.check]]
name = "web"
type = "tcp"
server = "127.0.0.1:80"
interval = "1000ms"
timeout = "1s"
rise = 1
fall = 1000
)",
                                            test_host());
    REQUIRE(result.config);
    CHECK(print_config(*result.config) == R"([node]
name = "gw1"
state_directory = "/var/lib/highbase"
control_socket = "/run/highbase/hbvrrp.sock"
control_group = "highbase"
realtime = true
sentinel = true
log_level = "info"
watchdog = ""
watchdog_timeout = "10s"

[[virtual_router]]
name = "db6"
interface = "eth0"
vrid = 7
priority = 100
addresses = ["fe80::7/64", "2001:db8::7/128"]
advertisement_interval = "1s"
preempt = true
preempt_delay = "90s"
hold_down = "10s"
ears_open_timeout = "30s"
lease = "auto"
sync_group = ""
accept = true
mac = "interface"
checksum = "rfc9568"
announce = "refresh"
unicast_peers = ["fe80::2"]
on_service_down = "failover"
restart_command = []
restart_budget = "5s"

[[virtual_router.check]]
name = "tcp-3306"
type = "tcp"
server = "[2001:db8::1]:3306"
interval = "500ms"
timeout = "200ms"
rise = 2
fall = 3
weight = 0

[[virtual_router.check]]
name = "web"
type = "tcp"
server = "127.0.0.1:80"
interval = "1s"
timeout = "1s"
rise = 1
fall = 1000
weight = 0
)");
}

}  // namespace
}  // namespace highbase::daemon
