// SPDX-License-Identifier: GPL-2.0-or-later
// Ports that another host serves.
#include "tests/netlink/contract_host.hpp"

namespace highbase::test {
namespace {

using netlink::Forward;

vrrp::IpAddress host_at(const char* text) {
    return vrrp::IpAddress::parse(text).value();
}

const std::vector<vrrp::IpAddress> kForwarded{host_at("192.0.2.100"), host_at("2001:db8::100")};
const vrrp::Endpoint kFirst{host_at("198.51.100.4"), 3306};
const vrrp::Endpoint kSecond{host_at("198.51.100.5"), 3307};
const vrrp::Endpoint kSixth{host_at("2001:db8:2::4"), 3306};

}  // namespace

TEST_CASE("what is forwarded is replaced as a whole, and leaves nothing when empty", "[kernel]") {
    Host host;
    host->let_packets_through();
    auto& kernel = host.kernel();
    REQUIRE(kernel.forward({}));
    REQUIRE(kernel.guard(kForwarded));
    REQUIRE(kernel.forward({{kForwarded[0], 3306, kFirst, true}, {kForwarded[1], 3306, kSixth, false}}));
    CHECK(host->led_to() == std::vector{kFirst, kSixth});
    REQUIRE(kernel.forward({{kForwarded[0], 3306, kSecond, false}}));
    REQUIRE(kernel.forward({{kForwarded[0], 3306, kSecond, false}}));
    CHECK(host->led_to() == std::vector{kSecond});
    REQUIRE(kernel.forward({{kForwarded[0], 3306, std::nullopt, false}}));
    CHECK(host->led_to().empty());
    REQUIRE(kernel.forward({}));
    REQUIRE(kernel.guard({}));
    CHECK(host->refused().empty());
    REQUIRE(kernel.guard(kForwarded));
    CHECK(host->led_to().empty());
}

TEST_CASE("what is forwarded outlives a change of the guard, and leases outlive it", "[kernel]") {
    Host host;
    host->let_packets_through();
    auto& kernel = host.kernel();
    const std::vector<Forward> ports{{kForwarded[0], 3306, kFirst, true}};
    REQUIRE(kernel.guard(kForwarded));
    REQUIRE(kernel.renew_lease(kForwarded, 1h));
    REQUIRE(kernel.forward(ports));
    CHECK(host->leased() == kForwarded);
    REQUIRE(kernel.guard({kForwarded[0]}));
    CHECK(host->led_to() == std::vector{kFirst});
    CHECK(host->leased() == kForwarded);
    REQUIRE(kernel.forward({}));
    CHECK(host->leased() == kForwarded);
}

TEST_CASE("nothing is forwarded without a guard, and a flushed one is made anew with both", "[kernel]") {
    Host host;
    host->let_packets_through();
    auto& kernel = host.kernel();
    const std::vector<Forward> ports{{kForwarded[0], 3306, kFirst, true}};
    CHECK(code_of(kernel.forward(ports)) == ENOENT);
    REQUIRE(kernel.guard(kForwarded));
    REQUIRE(kernel.forward(ports));
    host->flush_packet_filter();
    CHECK(host->led_to().empty());
    REQUIRE(kernel.guard(kForwarded));
    REQUIRE(kernel.forward(ports));
    CHECK(host->led_to() == std::vector{kFirst});
}

}  // namespace highbase::test
