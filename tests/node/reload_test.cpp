// SPDX-License-Identifier: GPL-2.0-or-later
// From one configuration to another while routers run: what a change costs.
#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

Lines reload(Alone& story, const std::vector<node::RouterConfiguration>& routers) {
    return story.handle(node::ConfigurationChanged{of(routers)});
}

Lines at_takeover(const Lines& lines) {
    return at("3609.375", lines);
}

const std::string kPlainlyApplied = "tell configuration_applied restarted=none";

}  // namespace

TEST_CASE("nothing has changed: nothing is done") {
    Serving story;
    CHECK(reload(story, {router4()}) == at_takeover({kPlainlyApplied}));
    CHECK(story.router().state == node::RouterState::active);
}

TEST_CASE("priority: an Active advertises the new one at once and goes on") {
    Serving story;
    node::RouterConfiguration router = router4(150);
    CHECK(
        reload(story, {router}) ==
        at_takeover(
            {"#0 2: advert 51 150 every 1000 ms, 192.0.2.1 > 224.0.0.18, 192.0.2.100, mac 02:00:00:00:00:0a",
             kPlainlyApplied}));
    CHECK(only(story.run_to(10s), "became") == Lines{});
    CHECK(story.router().configuration.parameters.priority == vrrp::Priority{150});
}

TEST_CASE("priority: a Backup's wait changes with it") {
    Listening story;
    story.run_to(1s);
    CHECK(reload(story, {router4(200)}) == Lines{"1000 " + kPlainlyApplied});
    CHECK(only(story.run_to(5s), "became_active") ==
          Lines{"3218.75 tell vip became_active priority=200 cause=the Active router is silent"});
}

TEST_CASE("interval: the Active beats anew") {
    Serving story;
    node::RouterConfiguration router = router4();
    router.parameters.advertisement_interval = vrrp::Centiseconds{10};
    const std::string faster =
        "#0 2: advert 51 100 every 100 ms, 192.0.2.1 > 224.0.0.18, 192.0.2.100, mac 02:00:00:00:00:0a";
    CHECK(reload(story, {router}) == at_takeover({faster, kPlainlyApplied}));
    CHECK(only(story.run_to(250ms), "advert") == Lines{"3709.375 " + faster, "3809.375 " + faster});
}

TEST_CASE("one more address: it is put and announced, and the router stays Active") {
    Serving story;
    node::RouterConfiguration router = router4();
    router.addresses.push_back(prefix("192.0.2.101/24"));
    CHECK(reload(story, {router}) ==
          at_takeover({"#0 put 192.0.2.100/24 on 2, 192.0.2.101/24 on 2", kRequest, kReply,
                       "#0 2: arp request 192.0.2.101 is 02:00:00:00:00:0a",
                       "#0 2: arp reply 192.0.2.101 is 02:00:00:00:00:0a", kPlainlyApplied}));
    CHECK(story.router().counters.addresses_put_back == 0);
    CHECK(story.router().counters.became_active == 1);
    CHECK(only(story.run_to(1s), "advert").at(0).find("192.0.2.100, 192.0.2.101,") != std::string::npos);
    story.a.handle(node::Shutdown{});
    CHECK_FALSE(story.a.has_address(ip("192.0.2.101")));
}

TEST_CASE("one address less: it goes, the others stay") {
    node::RouterConfiguration router = router4();
    router.addresses.push_back(prefix("192.0.2.101/24"));
    Serving story{of({router})};
    CHECK(reload(story, {router4()}) ==
          at_takeover({"#0 delete 192.0.2.101/24 on 2", kPut, kRequest, kReply, kPlainlyApplied}));
    CHECK(story.a.has_address(kVip));
    CHECK_FALSE(story.a.has_address(ip("192.0.2.101")));
}

TEST_CASE("another prefix length of the same address") {
    Serving story;
    node::RouterConfiguration router = router4();
    router.addresses = {prefix("192.0.2.100/32")};
    CHECK(without(reload(story, {router}), "arp") ==
          at_takeover({kDelete, "#0 put 192.0.2.100/32 on 2", kPlainlyApplied}));
    CHECK(story.a.kernel.request_of(kEth0, prefix("192.0.2.100/32")).has_value());
    CHECK_FALSE(story.a.kernel.request_of(kEth0, prefix("192.0.2.100/24")).has_value());
}

TEST_CASE("a Backup's addresses change without a word to anybody") {
    Listening story;
    story.run_to(1s);
    node::RouterConfiguration router = router4();
    router.addresses = {prefix("192.0.2.101/24")};
    CHECK(reload(story, {router}) == Lines{"1000 " + kPlainlyApplied});
    CHECK(only(story.run_to(4s), "put") == Lines{"3609.375 #0 put 192.0.2.101/24 on 2"});
}

TEST_CASE("a new address cannot be put: resign, both go") {
    Serving story;
    story.a.faults.put_address = [](const netlink::AddressRequest& request) -> std::optional<netlink::Error> {
        if (request.prefix.address == kVip) return std::nullopt;
        return netlink::Error{1, "not this one"};
    };
    node::RouterConfiguration router = router4();
    router.addresses.push_back(prefix("192.0.2.101/24"));
    CHECK(only(reload(story, {router}), "tell vip") ==
          at_takeover({"tell vip acquisition_failed error=not this one",
                       "tell vip became_backup cause=addresses could not be set"}));
    CHECK_FALSE(story.a.has_address(kVip));
}

TEST_CASE("announce: from none to refresh begins a burst") {
    node::RouterConfiguration router = router4();
    router.parameters.announce = vrrp::AnnouncePolicy::none;
    Serving story{of({router})};
    reload(story, {router4()});
    CHECK(only(story.run_to(30ms), "arp request").size() == 2);
    reload(story, {router});
    CHECK(only(story.run_to(100s), "arp request") == Lines{});
}

TEST_CASE("checksum and unicast_peers count from the next advertisement") {
    Serving story;
    node::RouterConfiguration router = router4();
    router.checksum = node::ChecksumPolicy::pseudo_header;
    router.unicast_peers = {ip("192.0.2.7")};
    CHECK(reload(story, {router}) == at_takeover({kPlainlyApplied}));
    CHECK(only(story.run_to(1s), "advert") ==
          Lines{"4609.375 #0 2: datagram advert 51 100 every 1000 ms, 192.0.2.1 > "
                "192.0.2.7, 192.0.2.100, pseudo-header"});
}

TEST_CASE("another VRID is another router: the old one ends in order, and only it") {
    node::RouterConfiguration second = router4();
    second.name = "second";
    second.vrid = vrrp::Vrid{52};
    second.addresses = {prefix("192.0.2.101/24")};
    Serving story{of({router4(), second})};
    node::RouterConfiguration changed = router4();
    changed.vrid = vrrp::Vrid{53};
    CHECK(reload(story, {changed, second}) ==
          at_takeover({kDelete, kGoodbye, "tell configuration_applied restarted=vip",
                       "tell vip became_backup cause=started", "scope 2 any"}));
    CHECK_FALSE(story.a.has_address(kVip));
    CHECK(story.a.has_address(ip("192.0.2.101")));
    CHECK(story.router(0).state == node::RouterState::backup);
    CHECK(story.router(0).counters.became_active == 0);
    CHECK(story.router(1).state == node::RouterState::active);
    CHECK(story.router(1).counters.became_active == 1);
    story.hear(small_talk());
    CHECK(only(story.run_to(5s), "#2 2: advert 53").at(0) ==
          "7218.75 #2 2: advert 53 100 every 1000 ms, 192.0.2.1 > 224.0.0.18, "
          "192.0.2.100, mac 02:00:00:00:00:0a");
}

TEST_CASE("a removed router ends in order") {
    Serving story;
    CHECK(reload(story, {}) == at_takeover({kDelete, kGoodbye, kPlainlyApplied, "close 2"}));
    CHECK(story.a.snapshot().routers.empty());
    CHECK(story.a.next_deadline() == std::nullopt);
}

TEST_CASE("a new router starts beside the others") {
    Serving story;
    CHECK(reload(story, {router4(), router6()}) ==
          at_takeover({"tell configuration_applied restarted=vip6", "tell vip6 became_backup cause=started",
                       "scope 2 any"}));
    CHECK(story.router(0).state == node::RouterState::active);
    CHECK(story.router(1).state == node::RouterState::backup);
}

TEST_CASE("a new router's stale address is swept") {
    Serving story;
    story.a.kernel.add_address({kEth0, prefix("192.0.2.101/24")});
    story.notice();
    node::RouterConfiguration second = router4();
    second.name = "second";
    second.vrid = vrrp::Vrid{52};
    second.addresses = {prefix("192.0.2.101/24")};
    CHECK(only(reload(story, {router4(), second}), "192.0.2.101/24") ==
          at_takeover(
              {"#1 delete 192.0.2.101/24 on 2", "tell second stale_address_removed address=192.0.2.101/24"}));
}

TEST_CASE("the order of routers in the file means nothing") {
    node::RouterConfiguration second = router4();
    second.name = "second";
    second.vrid = vrrp::Vrid{52};
    second.addresses = {prefix("192.0.2.101/24")};
    Serving story{of({router4(), second})};
    CHECK(reload(story, {second, router4()}) == at_takeover({kPlainlyApplied}));
    CHECK(story.router(0).configuration.name == "second");
    CHECK(story.router(0).state == node::RouterState::active);
    CHECK(story.router(1).state == node::RouterState::active);
}

TEST_CASE("another interface is another router") {
    Serving story;
    story.a.add_interface("eth1", kMacB, {"192.0.2.9/24"});
    story.notice();
    node::RouterConfiguration router = router4();
    router.interface = "eth1";
    CHECK(reload(story, {router}) ==
          at_takeover({kDelete, kGoodbye, "tell configuration_applied restarted=vip", "close 2", "open eth1",
                       "tell vip became_backup cause=started"}));
}

TEST_CASE("the other kind of MAC is another router") {
    Serving story;
    node::RouterConfiguration router = router4();
    router.mac = node::MacMode::virtual_;
    const Lines lines = reload(story, {router});
    CHECK(only(lines, "stale") == Lines{});
    CHECK(only(lines, "delete") == at_takeover({kDelete}));
    CHECK(only(lines, "macvlan") == at_takeover({"#1 macvlan hb4-51-2 on 2 with 00:00:5e:00:01:33"}));
    // And back: the device goes.
    const Lines back = reload(story, {router4()});
    CHECK(only(back, "delete link") == at_takeover({"delete link 3"}));
    CHECK(story.a.kernel.links().value().size() == 1);
}

TEST_CASE("a sync group that gains or loses a member is started anew, and leaves nothing behind") {
    node::RouterConfiguration four = router4();
    node::RouterConfiguration six = router6();
    Serving story{of({four, six})};
    CHECK(story.router(1).state == node::RouterState::active);
    four.sync_group = six.sync_group = "db";
    const Lines together = reload(story, {four, six});
    CHECK(only(together, "configuration_applied") ==
          at_takeover({"tell configuration_applied restarted=vip, vip6"}));
    CHECK(only(together, "advert 51 0").size() == 2);
    CHECK_FALSE(story.a.has_address(kVip));
    story.hear(small_talk());
    story.run_to(4s);
    CHECK(story.router(0).serving);
    CHECK(story.router(1).serving);

    // Changes of parameters do not end it, nor does another name.
    four.sync_group = six.sync_group = "database";
    four.parameters.priority = six.parameters.priority = vrrp::Priority{120};
    CHECK(only(reload(story, {four, six}), "configuration_applied").at(0).ends_with("restarted=none"));
    CHECK(story.router(0).serving);

    const Lines alone = reload(story, {four});
    CHECK(only(alone, "restarted").at(0).ends_with("restarted=vip"));
    CHECK_FALSE(story.a.has_address(kVip));
    CHECK_FALSE(story.a.has_address(ip("2001:db8::100")));
}

TEST_CASE("accept = false: the list is set, replaced by a reload, and gone after the end") {
    node::RouterConfiguration closed = router4();
    closed.accept = false;
    node::RouterConfiguration open = router6();
    Alone story;
    story.a.start(of({closed, open}));
    CHECK(only(told(story.a), "refuse") == Lines{"0 refuse 192.0.2.100"});
    CHECK(story.a.kernel.refused() == std::vector{kVip});

    open.accept = false;
    CHECK(only(reload(story, {closed, open}), "refuse") ==
          Lines{"0 refuse 192.0.2.100, fe80::100, 2001:db8::100"});
    CHECK(only(reload(story, {closed, open}), "refuse") == Lines{});
    closed.accept = open.accept = true;
    CHECK(only(reload(story, {closed, open}), "refuse") == Lines{"0 refuse nothing"});
    CHECK(only(story.handle(node::Shutdown{}), "refuse") == Lines{});

    Alone other;
    closed.accept = false;
    other.a.start(of({closed}));
    told(other.a);
    CHECK(only(other.handle(node::Shutdown{}), "refuse") == Lines{"0 refuse nothing"});
    CHECK(other.a.kernel.refused().empty());
}

TEST_CASE("accept = false means nothing to an address owner") {
    node::RouterConfiguration owner = router4(255);
    owner.accept = false;
    Alone story;
    story.a.start(of({owner}));
    CHECK(only(told(story.a), "refuse") == Lines{"0 refuse nothing"});
}

TEST_CASE("a list of refusals that an earlier life left is removed at start") {
    Alone story;
    REQUIRE(story.a.kernel.refuse_packets_to({kVip}));
    story.a.start(of({router4()}));
    CHECK(story.a.kernel.refused().empty());
}

TEST_CASE("a list that cannot be set is told of and tried again each second") {
    node::RouterConfiguration closed = router4();
    closed.accept = false;
    Alone story;
    story.a.faults.refuse_packets = netlink::Error{1, "nf_tables is missing"};
    story.a.start(of({closed}));
    const std::string failed = "tell packet_refusal_failed error=nf_tables is missing";
    CHECK(only(told(story.a), "refus") == at("0", {"refuse 192.0.2.100", failed}));
    CHECK(only(story.run_to(2500ms), "refus") ==
          at("1000", {"refuse 192.0.2.100", failed}) + at("2000", {"refuse 192.0.2.100", failed}));
    story.a.faults.refuse_packets.reset();
    CHECK(only(story.run_to(10s), "refus") == Lines{"3000 refuse 192.0.2.100"});
    CHECK(story.a.kernel.refused() == std::vector{kVip});
}

TEST_CASE("a kernel without packet filter, and nothing to refuse: not a word") {
    Alone story;
    story.a.faults.refuse_packets = netlink::Error{1, "nf_tables is missing"};
    story.a.start(of({router4()}));
    CHECK(only(told(story.a), "refus") == Lines{"0 refuse nothing"});
    CHECK(only(story.run_to(10s), "refus") == Lines{});
}

TEST_CASE("refusals that cannot be lifted are told of: the addresses are deaf") {
    node::RouterConfiguration closed = router4();
    closed.accept = false;
    Alone story;
    story.a.start(of({closed}));
    told(story.a);
    story.a.faults.refuse_packets = netlink::Error{1, "busy"};
    CHECK(only(reload(story, {router4()}), "refus") ==
          at("0", {"refuse nothing", "tell packet_refusal_failed error=busy"}));
    story.a.faults.refuse_packets.reset();
    CHECK(only(story.run_to(1s), "refuse") == Lines{"1000 refuse nothing"});
    CHECK(story.a.kernel.refused().empty());
}

TEST_CASE("a node that stops lifts refusals also where lifting them failed before") {
    node::RouterConfiguration closed = router4();
    closed.accept = false;
    Alone story;
    story.a.start(of({closed}));
    story.a.faults.refuse_packets = netlink::Error{1, "busy"};
    reload(story, {router4()});
    story.a.faults.refuse_packets.reset();
    CHECK(only(story.handle(node::Shutdown{}), "refuse") == Lines{"0 refuse nothing"});
    CHECK(story.a.kernel.refused().empty());
}

TEST_CASE("the box gets another name") {
    Serving story;
    story.a.handle(node::ConfigurationChanged{{"other", {router4()}}});
    CHECK(story.a.snapshot().name == "other");
    CHECK(only(story.handle(node::Shutdown{}), "node_stopping") ==
          at_takeover({"tell node_stopping node=other"}));
}

TEST_CASE("from Backup to address owner and back") {
    Listening story;
    story.run_to(1s);
    reload(story, {router4(255)});
    const Lines lines = only(story.run_to(10s), "became_active");
    REQUIRE(lines.size() == 1);
    CHECK(story.router().configuration.parameters.priority == vrrp::kPriorityOwner);
    reload(story, {router4(100)});
    CHECK(story.router().state == node::RouterState::active);
}

TEST_CASE("a reload before the interfaces are known only counts") {
    node::Node node{of({router4()})};
    CHECK(node.handle(kBeginning, node::ConfigurationChanged{of({router6()})}).empty());
    CHECK(node.snapshot(kBeginning).routers.at(0).configuration.name == "vip6");
}
