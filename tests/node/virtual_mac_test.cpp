// SPDX-License-Identifier: GPL-2.0-or-later
// mac = "virtual": the addresses stand on a macvlan with the virtual router MAC address (RFC 9568 7.3).
#include <cerrno>

#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;
using node::InitializeReason;

namespace {

node::RouterConfiguration virtual4(int priority = 100) {
    node::RouterConfiguration router = router4(priority);
    router.mac = node::MacMode::virtual_;
    return router;
}

const std::string kCreate = "#0 macvlan hb4-51-2 on 2 with 00:00:5e:00:01:33";
const std::string kBackup = "tell vip became_backup cause=started";

Lines links(Host& host) {
    Lines names;
    const auto links = host.kernel.links();
    for (const netlink::Link& link : links.value()) names.push_back(link.name);
    return names;
}

}  // namespace

TEST_CASE("the device is made before anything else, and only once", "[rfc9568-7.3-virtual-mac:positive]") {
    Alone story;
    story.a.start(of({virtual4()}));
    CHECK(told(story.a) == at("0", {"tell node_started node=box routers=1", "refuse nothing", "open eth0",
                                    kCreate, "scope 2 protocol", kBackup, "scope 2 any"}));
    CHECK(links(story.a) == Lines{"eth0", "hb4-51-2"});
    story.hear(small_talk());
    CHECK(only(story.run_to(10s), "macvlan") == Lines{});
}

TEST_CASE("an Active speaks with the virtual MAC, and announces it",
          "[rfc9568-7.2-source-mac:positive][rfc9568-8.1.2-gratuitous-arp:positive]") {
    Listening story{of({virtual4()})};
    CHECK(only(story.run_to(3700ms), "3609.375") ==
          at("3609.375",
             {"#0 2: advert 51 100 every 1000 ms, 192.0.2.1 > 224.0.0.18, 192.0.2.100, mac 00:00:5e:00:01:33",
              "#0 put 192.0.2.100/24 on 3 routeless",
              "tell vip became_active priority=100 cause=the Active router is silent",
              "#0 2: arp request 192.0.2.100 is 00:00:5e:00:01:33",
              "#0 2: arp reply 192.0.2.100 is 00:00:5e:00:01:33",
              "tell vip addresses_acquired addresses=192.0.2.100 mac=00:00:5e:00:01:33"}));
    CHECK(story.router().service_mac == vrrp::MacAddress{{0x00, 0x00, 0x5e, 0x00, 0x01, 0x33}});
    // The Ethernet source of the ARP frames is the virtual MAC too.
    for (const Performed& performed : story.a.log()) {
        const auto* send = std::get_if<node::SendFrame>(&performed.action);
        if (send != nullptr) CHECK(to_hex(vrrp::Octets{send->frame}.subspan(6, 6)) == "00005e000133");
    }
}

TEST_CASE("IPv6 has a virtual MAC of its own") {
    node::RouterConfiguration router = router6();
    router.mac = node::MacMode::virtual_;
    router.vrid = vrrp::Vrid{255};
    Listening story{of({router})};
    const Lines lines = story.run_to(3610ms);
    CHECK(only(lines, "advert").at(0).find("mac 00:00:5e:00:02:ff") != std::string::npos);
    CHECK(only(lines, "neighbor").at(0) == "3609.375 #0 2: neighbor fe80::100 is 00:00:5e:00:02:ff");
    CHECK(links(story.a) == Lines{"eth0", "hb6-255-2"});
}

TEST_CASE("a probe does not carry the virtual MAC: it is the Active's", "[rfc9568-7.2-source-mac:negative]") {
    Alone story;
    story.a.start(of({virtual4()}));
    told(story.a);
    story.world.run_to(0s);
    const auto log = story.a.take_log();
    REQUIRE(log.size() == 1);
    CHECK(to_hex(vrrp::Octets{std::get<node::SendFrame>(log.at(0).action).frame}.subspan(6, 6)) ==
          "02000000000a");
}

TEST_CASE("a device's name fits, however large the interface's number is") {
    node::Router router{node::RouterId{0}, virtual4()};
    CHECK(router.macvlan_name(netlink::LinkIndex{2}) == "hb4-51-2");
    CHECK(router.macvlan_name(netlink::LinkIndex{31}) == "hb4-51-1f");
    node::RouterConfiguration widest = virtual4();
    widest.vrid = vrrp::Vrid{255};
    CHECK(node::Router{node::RouterId{0}, widest}.macvlan_name(netlink::LinkIndex{0xfff'ffff}).size() == 15);
    CHECK(node::Router::is_macvlan_name("hb4-51-1f"));
    CHECK(node::Router::is_macvlan_name("hb6-1-2"));
    CHECK_FALSE(node::Router::is_macvlan_name("eth0"));
    CHECK_FALSE(node::Router::is_macvlan_name("hb5-1-2"));
}

TEST_CASE("the device cannot be made: a state with its reason, tried again each second") {
    Alone story;
    story.a.faults.create_macvlan = netlink::Error{EOPNOTSUPP, "create hb4-51-2: Operation not supported"};
    story.a.start(of({virtual4()}));
    const std::string failed = "tell vip macvlan_failed error=create hb4-51-2: Operation not supported";
    CHECK(told(story.a) ==
          at("0", {"tell node_started node=box routers=1", "refuse nothing", "open eth0", kCreate,
                   "scope 2 protocol", failed, "tell vip became_initialize reason=macvlan_failed"}));
    CHECK(story.router().reason == InitializeReason::macvlan_failed);
    CHECK(story.run_to(2s) == at("1000", {kCreate, failed}) + at("2000", {kCreate, failed}));
    story.a.faults.create_macvlan.reset();
    CHECK(story.run_to(3s) == at("3000", {kCreate, kBackup, "scope 2 any", "#0 2: who has 192.0.2.100"}));
}

TEST_CASE("the device could not be made, and its interface goes away: nothing spins, nothing is forgotten") {
    const bool removed = GENERATE(true, false);
    Alone story;
    story.a.faults.create_macvlan = netlink::Error{EOPNOTSUPP, "no"};
    story.a.start(of({virtual4()}));
    told(story.a);
    story.run_to(500ms);
    if (removed) {
        story.a.kernel.remove_link(story.eth0);
    } else {
        story.a.kernel.set_running(story.eth0, false);
    }
    story.notice();
    CHECK(story.run_to(10s) == Lines{});
    CHECK(story.a.next_deadline() == std::nullopt);
    story.a.faults.create_macvlan.reset();
    if (removed) {
        story.a.add_interface("eth0", kMacA, {"192.0.2.1/24"});
    } else {
        story.a.kernel.set_running(story.eth0, true);
    }
    CHECK(only(story.notice(), kBackup).size() == 1);
}

TEST_CASE("the device is removed under an Active router: it is made again") {
    Listening story{of({virtual4()})};
    story.run_to(4s);
    story.a.kernel.remove_link(netlink::LinkIndex{3});
    const Lines lines = story.notice();
    CHECK(only(lines, "delete") == Lines{"4000 #0 delete 192.0.2.100/24 on 3"});
    CHECK(only(lines, "macvlan") == Lines{"4000 " + kCreate});
    CHECK(only(lines, kBackup).size() == 1);
    CHECK(links(story.a) == Lines{"eth0", "hb4-51-2"});
}

TEST_CASE("somebody takes the device down: that is told") {
    Listening story{of({virtual4()})};
    story.run_to(4s);
    story.a.kernel.set_running(netlink::LinkIndex{3}, false);
    CHECK(only(story.notice(), "tell") == Lines{"4000 tell vip became_initialize reason=link_down"});
    story.a.kernel.set_running(netlink::LinkIndex{3}, true);
    CHECK(only(story.notice(), "tell") == Lines{"4000 " + kBackup});
}

TEST_CASE("somebody gives the device another MAC: it is not ours any more, and made anew") {
    Listening story{of({virtual4()})};
    story.run_to(4s);
    netlink::Link changed = story.a.link(netlink::LinkIndex{3});
    changed.mac = {{0x02, 0, 0, 0, 0, 0xaa}};
    story.a.handle(node::KernelChanged{{netlink::LinkChanged{changed}}});
    const Lines lines = told(story.a);
    CHECK(only(lines, "delete") == at("4000", {"delete link 3", "#0 delete 192.0.2.100/24 on 3"}));
    CHECK(only(lines, "macvlan") == Lines{"4000 " + kCreate});
    CHECK(links(story.a) == Lines{"eth0", "hb4-51-2"});
    CHECK(only(lines, kBackup).size() == 1);
}

TEST_CASE("the link flaps: the device stays, and follows") {
    Listening story{of({virtual4()})};
    story.run_to(4s);
    story.a.kernel.set_running(story.eth0, false);
    CHECK(only(story.notice(), "tell") == Lines{"4000 tell vip became_initialize reason=link_down"});
    CHECK(links(story.a) == Lines{"eth0", "hb4-51-2"});
    story.a.kernel.set_running(story.eth0, true);
    const Lines lines = story.notice();
    CHECK(only(lines, "macvlan") == Lines{});
    CHECK(only(lines, kBackup).size() == 1);
}

TEST_CASE("a device that came and went in one batch of news is made again") {
    Alone story;
    node::Node node{of({virtual4()})};
    const netlink::Link eth0{kEth0, "eth0", kMacA, 1500, true, true, {}};
    const netlink::Link device{
        netlink::LinkIndex{3}, "hb4-51-2", {{0, 0, 0x5e, 0, 1, 0x33}}, 1500, true, true, kEth0};
    (void)node.handle(kBeginning, node::KernelDumped{{eth0}, {{kEth0, prefix("192.0.2.1/24"), false}}});
    CHECK(only(describe(node.handle(kBeginning, node::PortOpened{kEth0})), "macvlan") == Lines{kCreate});
    (void)node.handle(
        kBeginning, node::KernelChanged{{netlink::LinkChanged{device}, netlink::LinkRemoved{device.index}}});
    REQUIRE(node.next_deadline() == kBeginning + 1s);
    CHECK(only(describe(node.handle(kBeginning + 1s, node::TimerExpired{})), "macvlan") == Lines{kCreate});
    // And one that was replaced by another of its name: the new one is used, and not deleted.
    netlink::Link other = device;
    other.index = netlink::LinkIndex{4};
    CHECK(only(describe(node.handle(kBeginning + 1s, node::KernelChanged{{netlink::LinkChanged{device}}})),
               kBackup)
              .size() == 1);
    const Lines lines = describe(
        node.handle(kBeginning + 2s,
                    node::KernelChanged{{netlink::LinkRemoved{device.index}, netlink::LinkChanged{other}}}));
    CHECK(only(lines, "delete link 4") == Lines{});
    CHECK(only(lines, kBackup).size() == 1);
}

TEST_CASE("a device that an earlier life left behind is swept away, and made anew") {
    Alone story;
    const auto left = story.a.kernel.create_macvlan({"hb4-51-2", story.eth0, {{0, 0, 0x5e, 0, 1, 0x33}}});
    const auto unused = story.a.kernel.create_macvlan({"hb6-9-2", story.eth0, {{0, 0, 0x5e, 0, 2, 9}}});
    const auto foreign = story.a.kernel.create_macvlan({"mv0", story.eth0, {{2, 0, 0, 0, 9, 9}}});
    REQUIRE((left && unused && foreign));
    story.a.start(of({virtual4()}));
    CHECK(told(story.a) ==
          at("0", {"tell node_started node=box routers=1", "refuse nothing", "delete link 3", "delete link 4",
                   "open eth0", kCreate, "scope 2 protocol", kBackup, "scope 2 any"}));
    CHECK(links(story.a) == Lines{"eth0", "mv0", "hb4-51-2"});
}

TEST_CASE("nothing stays after the end, wherever the router was") {
    const int where = GENERATE(0, 1, 2, 3, 4);
    Alone story;
    story.a.start(of({virtual4()}));
    story.hear(small_talk());
    if (where == 1) story.run_to(4s);  // Active
    if (where == 2) story.a.kernel.set_running(story.eth0, false);
    if (where == 3) story.a.kernel.remove_address(story.eth0, prefix("192.0.2.1/24"));
    if (where == 4) story.a.break_port(kEth0, {EIO, "broken"});
    story.notice();
    story.a.handle(node::Shutdown{});
    CHECK(links(story.a) == Lines{"eth0"});
    CHECK_FALSE(story.a.has_address(kVip));
    CHECK(story.a.ports().empty());
}

TEST_CASE("a renamed interface keeps no device of ours") {
    Listening story{of({virtual4()})};
    story.run_to(4s);
    story.a.kernel.rename(story.eth0, "lan0");
    CHECK(only(story.notice(), "delete") == at("4000", {"#0 delete 192.0.2.100/24 on 3", "delete link 3"}));
    CHECK(links(story.a) == Lines{"lan0"});
}

TEST_CASE("another interface takes the name: the device moves with it") {
    Listening story{of({virtual4()})};
    const auto eth1 = story.a.add_interface("eth1", kMacB, {"192.0.2.9/24"});
    story.run_to(4s);
    story.a.kernel.rename(story.eth0, "old");
    story.a.kernel.rename(eth1, "eth0");
    const Lines lines = story.notice();
    CHECK(only(lines, "macvlan") == Lines{"4000 #0 macvlan hb4-51-4 on 4 with 00:00:5e:00:01:33"});
    CHECK(links(story.a) == Lines{"old", "eth0", "hb4-51-4"});
    CHECK(only(lines, kBackup).size() == 1);
}

TEST_CASE("two families on one interface have two devices") {
    node::RouterConfiguration six = router6();
    six.mac = node::MacMode::virtual_;
    Listening story{of({virtual4(), six})};
    CHECK(links(story.a) == Lines{"eth0", "hb4-51-2", "hb6-51-2"});
    story.run_to(4s);
    CHECK(story.router(0).serving);
    CHECK(story.router(1).serving);
}

TEST_CASE("with the interface's own MAC: another MAC is announced at once") {
    Serving story;
    netlink::Link changed = story.a.link(story.eth0);
    changed.mac = {{0x02, 0, 0, 0, 0, 0xaa}};
    story.a.handle(node::KernelChanged{{netlink::LinkChanged{changed}}});
    CHECK(told(story.a) == at("3609.375", {"#0 2: arp request 192.0.2.100 is 02:00:00:00:00:aa",
                                           "#0 2: arp reply 192.0.2.100 is 02:00:00:00:00:aa"}));
    CHECK(only(story.run_to(1s), "advert") == Lines{"4609.375 #0 2: advert 51 100 every 1000 ms, 192.0.2.1 > "
                                                    "224.0.0.18, 192.0.2.100, mac 02:00:00:00:00:aa"});
}

TEST_CASE("with a virtual MAC the interface's own may change") {
    Listening story{of({virtual4()})};
    story.run_to(4s);
    netlink::Link changed = story.a.link(story.eth0);
    changed.mac = {{0x02, 0, 0, 0, 0, 0xaa}};
    story.a.handle(node::KernelChanged{{netlink::LinkChanged{changed}}});
    CHECK(told(story.a) == Lines{});
    CHECK(story.router().service_mac == vrrp::MacAddress{{0, 0, 0x5e, 0, 1, 0x33}});
}

TEST_CASE("a reload touches no device that is in use") {
    Listening story{of({virtual4()})};
    story.run_to(4s);
    CHECK(story.handle(node::ConfigurationChanged{of({virtual4()})}) ==
          Lines{"4000 tell configuration_applied restarted=none"});
    CHECK(links(story.a) == Lines{"eth0", "hb4-51-2"});
    CHECK(story.router().serving);
}
