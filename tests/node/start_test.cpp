// SPDX-License-Identifier: GPL-2.0-or-later
// From the first look at the interfaces to the first decision.
#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

TEST_CASE("a node begins as Backup, and asks a silent link for a sign of life") {
    Alone story;
    story.a.start(of({router4()}));
    CHECK(told(story.a) == at("0", {"tell node_started node=box routers=1", "refuse nothing", "open eth0",
                                    "tell vip became_backup cause=started"}));
    CHECK(story.run_to(2999ms) == Lines{"0 #0 2: who has 192.0.2.100", "1000 #0 2: who has 192.0.2.100",
                                        "2000 #0 2: who has 192.0.2.100"});
    CHECK(story.a.ports() == std::map{std::pair{kEth0, vrrp::CaptureScope::any}});

    // A first frame: the silence counts from here, and only what the protocol needs is captured.
    CHECK(story.hear(small_talk()) == Lines{"2999 scope 2 protocol"});
    CHECK(story.a.ports() == std::map{std::pair{kEth0, vrrp::CaptureScope::protocol}});
    // One more probe, so that whoever spoke hears us too.
    CHECK(story.run_to(6608ms) == Lines{"3000 #0 2: who has 192.0.2.100"});
    CHECK(story.run_to(6609ms) == at("6608.375", {kAdvert, kPut,
                                                  "tell vip became_active priority=100 "
                                                  "cause=the Active router is silent",
                                                  kRequest, kReply, kAcquired}));
}

TEST_CASE("whatever IP or ARP frame comes first opens the ears") {
    const auto* frame = GENERATE(
        "ffffffffffff 020000000007 0806 0001 0800 06 04 0001 020000000007 c0000207 000000000000 c0000209",
        // UDP from 192.0.2.7 to 192.0.2.1, and a Router Advertisement's beginning
        "02000000000a 020000000007 0800 4500001c 00000000 4011f6c8 c0000207 c0000201 04d2 0035 0008 0000",
        "333300000001 020000000007 86dd 60000000 0008 11 ff fe80000000000000 0000000000000007 "
        "ff02000000000000 0000000000000001 04d20035 00080000");
    Alone story;
    story.a.start(of({router4()}));
    story.run_to(500ms);
    CHECK(story.hear(hex(frame)) == Lines{"500 scope 2 protocol"});
    CHECK(only(story.run_to(5s), "became_active") ==
          Lines{"4109.375 tell vip became_active priority=100 cause=the Active router is silent"});
}

TEST_CASE("a spanning tree's own frames do not open the ears") {
    // They come from the switch next door, also through a port that forwards nothing yet.
    Alone story;
    story.a.start(of({router4()}));
    story.run_to(500ms);
    const auto bpdu =
        hex("0180c2000000 020000000007 0026 424203000000000080000200000000070000000080000200000000078001");
    story.a.handle(node::FrameReceived{kEth0, bpdu});
    CHECK(told(story.a) == Lines{});
    CHECK(story.router().waiting_for_ears);
}

TEST_CASE("a link that stays silent is believed after ears_open_timeout") {
    Alone story;
    story.a.start(of({router4()}));
    told(story.a);
    const Lines lines = story.run_to(29'999ms);
    CHECK(lines.size() == 30);
    CHECK(only(lines, "who has 192.0.2.100").size() == 30);
    CHECK(story.run_to(30'000ms) ==
          at("30000", {kAdvert, kPut, "tell vip became_active priority=100 cause=the Active router is silent",
                       "tell vip silent_link", "scope 2 protocol", kRequest, kReply, kAcquired}));
    CHECK(only(story.run_to(40s), "who has") == Lines{});
}

TEST_CASE("ears_open_timeout does not shorten Active_Down_Interval") {
    node::RouterConfiguration router = router4();
    router.parameters.ears_open_timeout = 2s;
    Alone story;
    story.a.start(of({router}));
    CHECK(only(story.run_to(5s), "became_active") ==
          Lines{"3609.375 tell vip became_active priority=100 cause=the Active router is silent"});
}

TEST_CASE("an address owner does not wait") {
    Alone story;
    story.a.kernel.add_address({story.eth0, prefix("192.0.2.100/24")});
    story.a.start(of({router4(255)}));
    const std::string advert =
        "#0 2: advert 51 255 every 1000 ms, 192.0.2.1 > 224.0.0.18, 192.0.2.100, mac 02:00:00:00:00:0a";
    CHECK(told(story.a) == at("0", {"tell node_started node=box routers=1", "refuse nothing", "open eth0",
                                    advert, kPut, "tell vip became_active priority=255 cause=address owner",
                                    "scope 2 protocol", kRequest, kReply, kAcquired}));
}

TEST_CASE("an address owner may have no other address than the virtual one") {
    Alone story;
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.1/24"));
    story.a.kernel.add_address({story.eth0, prefix("192.0.2.100/24")});
    story.a.start(of({router4(255)}));
    CHECK(only(told(story.a), "advert 51") ==
          Lines{"0 #0 2: advert 51 255 every 1000 ms, 192.0.2.100 > 224.0.0.18, "
                "192.0.2.100, mac 02:00:00:00:00:0a"});
}

TEST_CASE("routers on one interface share its port") {
    Alone story;
    story.a.start(of({router4(), router6()}));
    CHECK(told(story.a) ==
          at("0", {"tell node_started node=box routers=2", "refuse nothing", "open eth0",
                   "tell vip became_backup cause=started", "tell vip6 became_backup cause=started"}));
    CHECK(story.run_to(0s) ==
          at("0", {"#0 2: who has 192.0.2.100", "#1 2: who has fe80::100", "#1 2: who has 2001:db8::100"}));
    // One frame opens the ears of both.
    CHECK(story.hear(small_talk()) == Lines{"0 scope 2 protocol"});
    CHECK(only(story.run_to(4s), "became_active") ==
          at("3609.375", {"tell vip became_active priority=100 cause=the Active router is silent",
                          "tell vip6 became_active priority=100 cause=the Active router is silent"}));
}

TEST_CASE("each interface has its own port and its own ears") {
    Alone story;
    const auto eth1 = story.a.add_interface("eth1", {{0x02, 0, 0, 0, 1, 0x0a}}, {"198.51.100.1/24"});
    Lan& other = story.world.add_lan();
    story.world.connect(story.a, eth1, other);
    node::RouterConfiguration second = router4();
    second.name = "second";
    second.interface = "eth1";
    second.addresses = {prefix("198.51.100.100/24")};
    story.a.start(of({router4(), second}));
    CHECK(only(told(story.a), "open") == at("0", {"open eth0", "open eth1"}));
    CHECK(story.run_to(0s) == at("0", {"#0 2: who has 192.0.2.100", "#1 3: who has 198.51.100.100"}));
    CHECK(story.hear(small_talk()) == Lines{"0 scope 2 protocol"});
    CHECK_FALSE(story.router(0).waiting_for_ears);
    CHECK(story.router(1).waiting_for_ears);
}

TEST_CASE("nothing happens before the interfaces are known") {
    node::Node node{of({router4()})};
    const vrrp::OctetString frame = small_talk();
    const Advert advert;
    CHECK(node.handle(kBeginning, node::TimerExpired{}).empty());
    CHECK(node.handle(kBeginning, node::KernelChanged{{netlink::AddressAdded{}}}).empty());
    CHECK(node.handle(kBeginning, node::FrameReceived{kEth0, frame}).empty());
    CHECK(node.handle(kBeginning, node::AddressesPut{node::RouterId{0}}).empty());
    CHECK(node.next_deadline() == std::nullopt);
    const node::NodeSnapshot snapshot = node.snapshot(kBeginning);
    CHECK(snapshot.routers.at(0).state == node::RouterState::initialize);
    CHECK(snapshot.routers.at(0).reason == node::InitializeReason::starting);
}

TEST_CASE("a node without routers watches and does nothing") {
    Alone story;
    story.a.start(of({}));
    CHECK(told(story.a) == at("0", {"tell node_started node=box routers=0", "refuse nothing"}));
    CHECK(story.run_to(100s) == Lines{});
    CHECK(story.handle(node::Shutdown{}) == Lines{"100000 tell node_stopping node=box"});
}
