// SPDX-License-Identifier: GPL-2.0-or-later
// An address that has to go, and that the kernel does not take away. Linux does not refuse that by itself, so
// this kernel is made up.
#include <sys/eventfd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>

#include "daemon/clock.hpp"
#include "daemon/speaker.hpp"
#include "netlink/descriptor.hpp"
#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

const vrrp::Prefix kAddress{vrrp::IpAddress::v4(192, 0, 2, 100), 24};

// One interface, which an earlier life has left the address on.
struct StubbornKernel final : netlink::Kernel {
    netlink::Descriptor events{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    int error = EPERM;  // of a deletion; 0: it works
    int asked = 0;

    netlink::Result<std::vector<netlink::Link>> links() override {
        netlink::Link link;
        link.index = netlink::LinkIndex{2};
        link.name = "eth0";
        link.running = true;
        return std::vector{link};
    }
    netlink::Result<std::vector<netlink::LinkAddress>> addresses() override {
        netlink::LinkAddress address;
        address.link = netlink::LinkIndex{2};
        address.prefix = kAddress;
        return std::vector{address};
    }
    netlink::Result<void> delete_address(netlink::LinkIndex, const vrrp::Prefix&) override {
        ++asked;
        if (error != 0) return netlink::failure(error, "no");
        return {};
    }
    netlink::Result<void> refuse_connections_to(const std::vector<vrrp::Endpoint>&) override { return {}; }
    netlink::Result<void> put_address(const netlink::AddressRequest&) override { return {}; }
    netlink::Result<netlink::Link> create_macvlan(const netlink::MacvlanRequest&) override { return {}; }
    netlink::Result<void> delete_link(netlink::LinkIndex) override { return {}; }
    netlink::Result<void> refuse_packets_to(const std::vector<vrrp::IpAddress>&) override { return {}; }
    netlink::Result<void> guard(const std::vector<vrrp::IpAddress>&) override { return {}; }
    netlink::Result<void> renew_lease(const std::vector<vrrp::IpAddress>&,
                                      std::chrono::milliseconds) override {
        return {};
    }
    netlink::Result<void> end_lease(const std::vector<vrrp::IpAddress>&, std::chrono::milliseconds) override {
        return {};
    }
    netlink::Result<std::vector<vrrp::Connection>> connections_to(
        const std::vector<vrrp::IpAddress>&) override {
        return {};
    }
    netlink::Result<void> end_connections_to(const std::vector<vrrp::IpAddress>&) override { return {}; }
    netlink::Result<void> forward(const std::vector<netlink::Forward>&) override { return {}; }
    netlink::Result<void> end_forwarded(const std::vector<vrrp::IpAddress>&) override { return {}; }
    netlink::Result<void> tickle(const std::vector<vrrp::Connection>&) override { return {}; }
    [[nodiscard]] int event_descriptor() const override { return events.get(); }
    std::vector<netlink::KernelEvent> take_events() override { return {}; }
};

struct ReleaseBench {
    boost::asio::io_context io{1};
    StubbornKernel kernel;
    Speaker speaker{io,
                    kernel,
                    [](const netlink::Link&) -> netlink::Result<std::unique_ptr<vrrp::Port>> {
                        return netlink::failure(EPERM, "no port");
                    },
                    configuration(),
                    [](const node::Report&) {},
                    [](const node::Action&) {}};

    static node::Configuration configuration() {
        node::Configuration configuration;
        configuration.name = "gw1";
        node::RouterConfiguration router;
        router.name = "db";
        router.interface = "eth0";
        router.addresses = {kAddress};
        configuration.routers = {router};
        return configuration;
    }
};

TEST_CASE("an address that stays is known, with its time, until the kernel takes it away") {
    ReleaseBench bench;
    const vrrp::TimePoint before = boottime_now();
    REQUIRE(bench.speaker.start());
    REQUIRE(bench.speaker.unreleased());
    CHECK(bench.speaker.unreleased()->address == "192.0.2.100/24");
    const vrrp::TimePoint since = bench.speaker.unreleased()->since;
    CHECK(since >= before);
    const int asked = bench.kernel.asked;
    bench.speaker.release_again();
    CHECK(bench.kernel.asked == asked + 1);
    REQUIRE(bench.speaker.unreleased());
    CHECK(bench.speaker.unreleased()->since == since);
    bench.kernel.error = 0;
    bench.speaker.release_again();
    CHECK_FALSE(bench.speaker.unreleased());
    // Nothing more is asked for.
    bench.speaker.release_again();
    CHECK(bench.kernel.asked == asked + 2);
}

TEST_CASE("one that goes at once, or is not there, does not stay") {
    for (const int error : {0, EADDRNOTAVAIL, ENODEV}) {
        ReleaseBench bench;
        bench.kernel.error = error;
        REQUIRE(bench.speaker.start());
        CHECK(bench.kernel.asked == 1);
        CHECK_FALSE(bench.speaker.unreleased());
    }
}

}  // namespace
}  // namespace highbase::daemon
