// SPDX-License-Identifier: GPL-2.0-or-later
// What only FakeKernel has: its controls.
#include "netlink/fake_kernel.hpp"

#include <cerrno>

#include "tests/catch.hpp"

namespace highbase::netlink {
namespace {

using namespace std::chrono_literals;

constexpr vrrp::MacAddress kMac{{2, 0, 0, 0, 0, 1}};

vrrp::Prefix prefix(const char* text) {
    return vrrp::Prefix::parse(text).value();
}

}  // namespace

TEST_CASE("lifetimes end at their moment, in order", "[fake_kernel]") {
    FakeKernel kernel;
    const auto link = kernel.add_link("hb0", kMac);
    REQUIRE(kernel.put_address({link, prefix("192.0.2.3/32"), 3s, true}));
    REQUIRE(kernel.put_address({link, prefix("192.0.2.1/32"), 1s, true}));
    REQUIRE(kernel.put_address({link, prefix("192.0.2.2/32"), 2s, true}));
    REQUIRE(kernel.put_address({link, prefix("192.0.2.9/32"), std::nullopt, true}));
    kernel.take_events();

    kernel.advance(999'999'999ns);
    CHECK(kernel.take_events().empty());
    kernel.advance(1ns);
    CHECK(kernel.take_events() ==
          std::vector<KernelEvent>{AddressRemoved{{link, prefix("192.0.2.1/32"), false}}});
    kernel.advance(1h);
    CHECK(kernel.take_events() ==
          std::vector<KernelEvent>{AddressRemoved{{link, prefix("192.0.2.2/32"), false}},
                                   AddressRemoved{{link, prefix("192.0.2.3/32"), false}}});
    CHECK(kernel.addresses().value() == std::vector<LinkAddress>{{link, prefix("192.0.2.9/32"), false}});
}

TEST_CASE("as many puts fail as were asked to, and change nothing", "[fake_kernel]") {
    FakeKernel kernel;
    const auto link = kernel.add_link("hb0", kMac);
    kernel.take_events();
    kernel.fail_next_puts(2, {EPERM, "no"});
    const AddressRequest request{link, prefix("192.0.2.100/24"), 3s, false};
    CHECK(kernel.put_address(request).error() == Error{EPERM, "no"});
    CHECK(kernel.put_address(request).error() == Error{EPERM, "no"});
    CHECK(kernel.addresses().value().empty());
    CHECK(kernel.take_events().empty());
    REQUIRE(kernel.put_address(request));
    CHECK(kernel.request_of(link, request.prefix) == request);
}

TEST_CASE("an address of somebody else has no request", "[fake_kernel]") {
    FakeKernel kernel;
    const auto link = kernel.add_link("hb0", kMac);
    kernel.add_address({link, prefix("192.0.2.1/24"), false});
    CHECK(kernel.request_of(link, prefix("192.0.2.1/24")) == std::nullopt);
    CHECK(kernel.request_of(link, prefix("192.0.2.2/24")) == std::nullopt);
}

TEST_CASE("a link that is added not running starts when it is set running", "[fake_kernel]") {
    FakeKernel kernel;
    const auto index = kernel.add_link("hb0", kMac, false);
    auto link = kernel.links().value().at(0);
    CHECK_FALSE(link.running);
    CHECK(kernel.take_events() == std::vector<KernelEvent>{LinkChanged{link}});
    kernel.set_running(index, true);
    link.running = true;
    CHECK(kernel.take_events() == std::vector<KernelEvent>{LinkChanged{link}});
    kernel.set_running(index, true);
    CHECK(kernel.take_events().empty());
}

TEST_CASE("the same calls give the same indexes and events", "[fake_kernel]") {
    const auto run = [] {
        FakeKernel kernel;
        const auto link = kernel.add_link("hb0", kMac);
        const auto macvlan = kernel.create_macvlan({"vr1", link, {{0, 0, 0x5e, 0, 1, 10}}}).value().index;
        REQUIRE(kernel.put_address({macvlan, prefix("192.0.2.100/32"), 1s, true}));
        kernel.advance(2s);
        kernel.remove_link(link);
        return kernel.take_events();
    };
    CHECK(run() == run());
    CHECK(run().size() == 8);
}

}  // namespace highbase::netlink
