// SPDX-License-Identifier: GPL-2.0-or-later
// Interfaces that are missing, late, renamed, down, deaf, or have no address to send from: each is a state
// with its reason, and ends by itself.
#include <cerrno>

#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;
using node::InitializeReason;
using node::RouterState;

namespace {

// The reason, and that nothing is being waited for.
void check_initialize(Alone& story, InitializeReason reason) {
    CHECK(story.router().state == RouterState::initialize);
    CHECK(story.router().reason == reason);
    CHECK(story.a.next_deadline() == std::nullopt);
}

}  // namespace

TEST_CASE("a missing interface appears late") {
    Alone story;
    story.a.kernel.remove_link(story.eth0);
    story.a.start(of({router4()}));
    CHECK(told(story.a) == at("0", {"tell node_started node=box routers=1", "refuse nothing",
                                    "tell vip became_initialize reason=interface_missing"}));
    check_initialize(story, InitializeReason::interface_missing);
    CHECK(story.run_to(10s) == Lines{});

    const auto eth0 = story.a.kernel.add_link("eth0", kMacA);
    CHECK(story.notice() ==
          at("10000", {"open eth0", "tell vip became_initialize reason=no_address", "scope 3 protocol"}));
    check_initialize(story, InitializeReason::no_address);
    story.a.kernel.add_address({eth0, prefix("192.0.2.1/24")});
    CHECK(story.notice() == at("10000", {"tell vip became_backup cause=started", "scope 3 any"}));
    CHECK(story.router().since == story.world.now());
}

TEST_CASE("an interface is removed under an Active router") {
    Serving story;
    story.a.kernel.remove_link(story.eth0);
    CHECK(story.notice() ==
          at("3609.375", {"close 2", kDelete, "tell vip became_initialize reason=interface_missing"}));
    check_initialize(story, InitializeReason::interface_missing);
    // It returns with another number.
    const auto eth0 = story.a.add_interface("eth0", kMacA, {"192.0.2.1/24"});
    CHECK(eth0 == netlink::LinkIndex{3});
    CHECK(story.notice() == at("3609.375", {"open eth0", "tell vip became_backup cause=started"}));
}

TEST_CASE("a renamed interface is another one, until it has its name back") {
    Serving story;
    story.a.kernel.rename(story.eth0, "lan0");
    CHECK(story.notice() ==
          at("3609.375", {"close 2", kDelete, "tell vip became_initialize reason=interface_missing"}));
    CHECK_FALSE(story.a.has_address(kVip));
    story.a.kernel.rename(story.eth0, "eth0");
    CHECK(story.notice() == at("3609.375", {"open eth0", "tell vip became_backup cause=started"}));
}

TEST_CASE("another interface takes the name over in the same moment") {
    Serving story;
    const auto eth1 = story.a.add_interface("eth1", kMacB, {"192.0.2.9/24"});
    story.a.notice_kernel();
    CHECK(told(story.a) == Lines{});
    story.a.kernel.rename(story.eth0, "old");
    story.a.kernel.rename(eth1, "eth0");
    CHECK(story.notice() ==
          at("3609.375", {"close 2", "open eth0", kDelete, "tell vip became_backup cause=started"}));
    CHECK(story.router().primary_address == ip("192.0.2.9"));
    CHECK_FALSE(story.a.has_address(kVip));
}

TEST_CASE("an interface that is not Ethernet cannot carry VRRP") {
    node::Node node{of({router4()})};
    netlink::Link tun{kEth0, "eth0", kMacA, 1500, true, false, {}};
    const std::vector<netlink::LinkAddress> addresses{{kEth0, prefix("192.0.2.1/24"), false}};
    CHECK(describe(node.handle(kBeginning, node::KernelDumped{{tun}, addresses})) ==
          Lines{"tell node_started node=box routers=1", "refuse nothing",
                "tell vip became_initialize reason=not_ethernet"});
    CHECK(node.snapshot(kBeginning).routers.at(0).reason == InitializeReason::not_ethernet);
}

TEST_CASE("a link that is down") {
    Alone story;
    story.a.kernel.set_running(story.eth0, false);
    story.a.start(of({router4()}));
    CHECK(only(told(story.a), "became") == Lines{"0 tell vip became_initialize reason=link_down"});
    check_initialize(story, InitializeReason::link_down);
    CHECK(story.a.ports().empty());
    story.a.kernel.set_running(story.eth0, true);
    CHECK(story.notice() == at("0", {"open eth0", "tell vip became_backup cause=started"}));
}

TEST_CASE("a Backup whose link flaps listens anew") {
    Listening story;
    story.run_to(3s);
    story.a.kernel.set_running(story.eth0, false);
    CHECK(story.notice() == at("3000", {"close 2", "tell vip became_initialize reason=link_down"}));
    story.a.kernel.set_running(story.eth0, true);
    CHECK(story.notice() == at("3000", {"open eth0", "tell vip became_backup cause=started"}));
    CHECK(story.router().waiting_for_ears);
    CHECK(only(story.run_to(10s), "became") == Lines{});
}

TEST_CASE("no IPv4 address: an IPv6 one does not help, a tentative or virtual one neither") {
    Alone story;
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.1/24"));
    story.a.kernel.add_address({story.eth0, prefix("192.0.2.100/24")});  // somebody's stale virtual address
    story.a.start(of({router4()}));
    CHECK(only(told(story.a), "vip became") == Lines{"0 tell vip became_initialize reason=no_address"});
    check_initialize(story, InitializeReason::no_address);
    story.a.kernel.add_address({story.eth0, prefix("198.51.100.4/24")});
    CHECK(story.notice() == at("0", {"tell vip became_backup cause=started", "scope 2 any"}));
    CHECK(story.router().primary_address == ip("198.51.100.4"));
}

TEST_CASE("the last own address goes away under an Active router") {
    Serving story;
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.1/24"));
    CHECK(story.notice() == at("3609.375", {kDelete, "tell vip became_initialize reason=no_address"}));
    CHECK(story.a.ports().size() == 1);  // the link is still there
    story.a.kernel.add_address({story.eth0, prefix("192.0.2.1/24")});
    CHECK(story.notice() == at("3609.375", {"tell vip became_backup cause=started", "scope 2 any"}));
}

TEST_CASE("IPv4 sends from the subnet of the virtual address", "[rfc9568-7.2-source-address:positive]") {
    Alone story;
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.1/24"));
    story.a.kernel.add_address({story.eth0, prefix("198.51.100.4/24")});
    story.a.kernel.add_address({story.eth0, prefix("192.0.2.4/24")});
    story.a.start(of({router4()}));
    CHECK(story.router().primary_address == ip("192.0.2.4"));
}

TEST_CASE("another address to send from: the election goes on with it") {
    Serving story;
    story.a.kernel.add_address({story.eth0, prefix("192.0.2.50/24")});
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.1/24"));
    CHECK(story.notice() == Lines{});
    CHECK(story.router().primary_address == ip("192.0.2.50"));
    CHECK(only(story.run_to(1s), "advert") ==
          Lines{"4609.375 #0 2: advert 51 100 every 1000 ms, 192.0.2.50 > "
                "224.0.0.18, 192.0.2.100, mac 02:00:00:00:00:0a"});
    // The tie-break uses it too: 192.0.2.7 is smaller than 192.0.2.50, and was greater than 192.0.2.1.
    CHECK(only(story.hear(Advert{}.frame()), "became") == Lines{});
}

TEST_CASE("IPv6 sends from a link-local address that is not tentative and not virtual",
          "[rfc9568-7.2-source-address:negative]") {
    Alone story;
    story.a.kernel.remove_address(story.eth0, prefix("fe80::1/64"));
    story.a.kernel.add_address({story.eth0, prefix("2001:db8::1/64")});
    story.a.kernel.add_address({story.eth0, prefix("fe80::100/64")});
    story.a.kernel.add_address({story.eth0, prefix("fe80::aa/64"), true});
    story.a.start(of({router6()}));
    CHECK(only(told(story.a), "vip6 became") == Lines{"0 tell vip6 became_initialize reason=no_address"});
    check_initialize(story, InitializeReason::no_address);
    // Duplicate address detection ends.
    story.a.kernel.add_address({story.eth0, prefix("fe80::aa/64"), false});
    CHECK(story.notice() == at("0", {"tell vip6 became_backup cause=started", "scope 2 any"}));
    CHECK(story.router().primary_address == ip("fe80::aa"));
}

TEST_CASE("a port that cannot be opened is tried again each second, and told once as a state") {
    Alone story;
    story.a.faults.open_port = netlink::Error{EPERM, "socket: Operation not permitted"};
    story.a.start(of({router4()}));
    const std::string failed = "tell port_failed interface=eth0 error=socket: Operation not permitted";
    CHECK(told(story.a) == at("0", {"tell node_started node=box routers=1", "refuse nothing", "open eth0",
                                    failed, "tell vip became_initialize reason=port_failed"}));
    CHECK(story.router().reason == InitializeReason::port_failed);
    CHECK(story.run_to(2s) == at("1000", {"open eth0", failed}) + at("2000", {"open eth0", failed}));
    CHECK(story.router().since == kBeginning);
    story.a.faults.open_port.reset();
    CHECK(story.run_to(2999ms) == Lines{});
    CHECK(story.run_to(3s) ==
          at("3000", {"open eth0", "tell vip became_backup cause=started", "#0 2: who has 192.0.2.100"}));
}

TEST_CASE("a port that breaks under an Active router: it lets go, and opens it anew") {
    Serving story;
    story.a.break_port(kEth0, {EIO, "read: Input/output error"});
    CHECK(told(story.a) == at("3609.375", {"tell port_failed interface=eth0 error=read: Input/output error",
                                           kDelete, "tell vip became_initialize reason=port_failed"}));
    CHECK_FALSE(story.a.has_address(kVip));
    CHECK(story.run_to(1s) ==
          at("4609.375", {"open eth0", "tell vip became_backup cause=started", "#0 2: who has 192.0.2.100"}));
}

TEST_CASE("a scope that cannot be set breaks the port") {
    Alone story;
    story.a.start(of({router4()}));
    story.run_to(500ms);
    story.a.faults.set_scope = netlink::Error{EIO, "filter"};
    CHECK(story.hear(small_talk()) ==
          at("500", {"scope 2 protocol", "tell port_failed interface=eth0 error=filter",
                     "tell vip became_initialize reason=port_failed"}));
    story.a.faults.set_scope.reset();
    CHECK(only(story.run_to(1500ms), "became") == Lines{"1500 tell vip became_backup cause=started"});
    CHECK(story.hear(small_talk()) == Lines{"1500 scope 2 protocol"});
}

TEST_CASE("a broken port of a link that has gone is not opened again") {
    Serving story;
    story.a.kernel.set_running(story.eth0, false);
    // The port notices before the kernel's event is read.
    story.a.handle(node::PortFailed{kEth0, {ENETDOWN, "Network is down"}});
    const Lines lines = told(story.a);
    CHECK(only(lines, "became") == Lines{"3609.375 tell vip became_initialize reason=port_failed",
                                         "3609.375 tell vip became_initialize reason=link_down"});
    CHECK(only(lines, "port_failed interface") == Lines{});
    CHECK(only(lines, "delete").size() == 1);
    CHECK(story.run_to(20s) == Lines{});
    CHECK(story.a.next_deadline() == std::nullopt);
}

TEST_CASE("routers on one interface, one family without an address: the other one runs") {
    Alone story;
    story.a.kernel.remove_address(story.eth0, prefix("fe80::1/64"));
    story.a.start(of({router4(), router6()}));
    CHECK(only(told(story.a), "became") ==
          Lines{"0 tell vip6 became_initialize reason=no_address", "0 tell vip became_backup cause=started"});
}
