// SPDX-License-Identifier: GPL-2.0-or-later
// What is refused: each reason of vrrp::Discard once, counted where it belongs, told, and without effect.
#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;
using vrrp::Discard;

namespace {

struct Case {
    Discard discard;
    bool of_router;  // counted with the router, or with the node
    vrrp::OctetString frame;
    std::string source = "192.0.2.7";
};

node::Configuration both() {
    node::RouterConfiguration unicast = router4();
    unicast.name = "unicast";
    unicast.vrid = vrrp::Vrid{52};
    unicast.addresses = {prefix("192.0.2.101/24")};
    unicast.unicast_peers = {ip("192.0.2.8")};
    return of({router4(), router6(), unicast});
}

vrrp::OctetString with_message(const std::function<void(vrrp::OctetString&)>& spoil) {
    Advert advert;
    advert.priority = 254;
    advert.spoil_message = spoil;
    return advert.frame();
}

// Puts a right checksum into what was changed.
void seal(vrrp::OctetString& message) {
    vrrp::write16(message, 6, 0);
    vrrp::write16(message, 6, vrrp::InternetChecksum{}.add(message).value());
}

vrrp::OctetString with_broken_ip_header() {
    vrrp::OctetString frame = Advert{}.frame();
    frame[14 + 10] ^= 0xff;
    return frame;
}

std::vector<Case> cases() {
    std::vector<Case> all;
    all.push_back({Discard::ip_header, false, with_broken_ip_header(), "02:00:00:00:00:07"});
    all.push_back({Discard::packet_length, true, with_message([](auto& message) {
                       message.pop_back();
                       seal(message);
                   })});
    Advert far;
    far.hop_limit = 254;
    all.push_back({Discard::hop_limit, true, far.frame()});
    all.push_back({Discard::version, true, with_message([](auto& message) {
                       message[0] = 0x21;
                       seal(message);
                   })});
    all.push_back({Discard::type, true, with_message([](auto& message) {
                       message[0] = 0x32;
                       seal(message);
                   })});
    all.push_back({Discard::checksum, true, with_message([](auto& message) { message[6] ^= 0x01; })});
    Advert other;
    other.vrid = 9;
    all.push_back({Discard::unknown_vrid, false, other.frame()});
    all.push_back({Discard::address_count, true, with_message([](auto& message) {
                       message[3] = 0;
                       message.resize(8);
                       seal(message);
                   })});
    all.push_back({Discard::advertise_interval, true, with_message([](auto& message) {
                       message[5] = 0;
                       seal(message);
                   })});
    Advert global;
    global.source = ip("fe80::7");
    global.addresses = {ip("2001:db8::100")};
    all.push_back({Discard::not_link_local, true, global.frame(), "fe80::7"});
    Advert direct;
    direct.destination = ip("192.0.2.1");
    all.push_back({Discard::destination, true, direct.frame()});
    Advert stranger;
    stranger.vrid = 52;
    stranger.destination = ip("192.0.2.1");
    all.push_back({Discard::stranger, true, stranger.frame()});
    Advert own;
    own.source = ip("192.0.2.1");
    all.push_back({Discard::own, true, own.frame(), "192.0.2.1"});
    return all;
}

std::uint64_t counted(const node::NodeSnapshot& snapshot, Discard discard, bool of_router) {
    if (!of_router) return snapshot.discards[discard];
    std::uint64_t sum = 0;
    for (const node::RouterSnapshot& router : snapshot.routers) sum += router.counters.discards[discard];
    return sum;
}

}  // namespace

TEST_CASE("each refusal is counted in its place, told once, and changes nothing",
          "[rfc9568-7.1-discard:positive][rfc9568-7.1-discard-logged:positive]") {
    CHECK(cases().size() == vrrp::kDiscardCount);
    for (std::size_t i = 0; i < vrrp::kDiscardCount; ++i) {
        const Case one = cases().at(i);
        INFO(vrrp::name(one.discard));
        CHECK(static_cast<std::size_t>(one.discard) == i);  // in the order of the checks, none left out
        Listening story{both()};
        story.run_to(1s);
        const auto deadline = story.a.next_deadline();
        CHECK(story.hear(one.frame) == Lines{"1000 tell packet_discarded interface=eth0 source=" +
                                             one.source + " reason=" + std::string{vrrp::name(one.discard)}});
        const node::NodeSnapshot snapshot = story.a.snapshot();
        CHECK(counted(snapshot, one.discard, one.of_router) == 1);
        CHECK(counted(snapshot, one.discard, !one.of_router) == 0);
        CHECK(story.a.next_deadline() == deadline);
        for (const auto& router : snapshot.routers) {
            CHECK(router.counters.advertisements_received == 0);
            CHECK_FALSE(router.active);
        }
    }
}

TEST_CASE("the right router's counter counts") {
    Listening story{both()};
    Advert six;
    six.source = ip("fe80::7");
    six.addresses = {ip("fe80::100")};
    six.hop_limit = 1;
    story.hear(six.frame());
    Advert unicast;
    unicast.vrid = 52;
    unicast.hop_limit = 1;
    story.hear(unicast.frame());
    story.hear(unicast.frame());
    CHECK(story.router(0).counters.discards[Discard::hop_limit] == 0);
    CHECK(story.router(1).counters.discards[Discard::hop_limit] == 1);
    CHECK(story.router(2).counters.discards[Discard::hop_limit] == 2);
}

TEST_CASE("the VRID of the other family, or of another interface, is unknown") {
    Alone story;
    const auto eth1 = story.a.add_interface("eth1", kMacB, {"198.51.100.1/24"});
    Lan& other = story.world.add_lan();
    story.world.connect(story.a, eth1, other);
    node::RouterConfiguration second = router4();
    second.name = "second";
    second.interface = "eth1";
    second.vrid = vrrp::Vrid{52};
    second.addresses = {prefix("198.51.100.100/24")};
    story.a.start(of({router4(), second}));
    story.run_to(0s);
    Advert six;
    six.source = ip("fe80::7");
    six.addresses = {ip("fe80::100")};
    CHECK(only(story.hear(six.frame()), "unknown_vrid").size() == 1);
    Advert elsewhere;
    elsewhere.vrid = 52;
    CHECK(only(story.hear(elsewhere.frame()), "unknown_vrid").size() == 1);
    CHECK(story.a.snapshot().discards[Discard::unknown_vrid] == 2);
    story.world.say(other, elsewhere.frame());
    CHECK(story.a.snapshot().discards[Discard::unknown_vrid] == 2);
    CHECK(story.router(1).counters.advertisements_received == 1);
}

TEST_CASE("broken packets of other protocols are nobody's business") {
    Alone story;
    story.a.start(of({router4()}));
    story.run_to(100ms);
    // The second fragment of a UDP datagram.
    const auto fragment =
        hex("02000000000a 020000000007 0800 45000020 1234 00b9 40 11 0000 c0000207 c0000201"
            "000102030405060708090a0b");
    CHECK(story.hear(fragment) == Lines{"100 scope 2 protocol"});
    CHECK(story.a.snapshot().discards[Discard::ip_header] == 0);
}

TEST_CASE("frames too short for anything are ignored") {
    Listening story;
    story.run_to(1s);
    for (const auto* frame : {"", "01005e000012", "01005e000012 020000000007 0800",
                              "01005e000012 020000000007 0806 0001", "333300000012 020000000007 86dd 60"}) {
        const auto octets = hex(frame);
        story.a.handle(node::FrameReceived{kEth0, octets});
        CHECK(told(story.a) == Lines{});
    }
}

TEST_CASE("a frame of an interface that is not ours changes nothing") {
    Listening story;
    story.run_to(1s);
    const auto frame = Advert{}.frame();
    story.a.handle(node::FrameReceived{netlink::LinkIndex{77}, frame});
    CHECK(told(story.a) ==
          Lines{"1000 tell packet_discarded interface=link 77 source=192.0.2.7 reason=unknown_vrid"});
    CHECK(story.router().counters.advertisements_received == 0);
}

TEST_CASE("padding of a short Ethernet frame is no part of the packet") {
    Listening story;
    vrrp::OctetString frame = Advert{}.frame();
    CHECK(frame.size() == 46);
    frame.resize(60);
    story.hear(frame);
    CHECK(story.router().counters.advertisements_received == 1);
}

TEST_CASE("other intervals and address lists are taken, counted and told",
          "[rfc9568-7.1-interval-mismatch:positive][rfc9568-7.1-address-list:positive]") {
    Listening story;
    story.run_to(1s);
    Advert advert;
    advert.priority = 150;
    advert.interval = vrrp::Centiseconds{50};
    advert.addresses = {ip("192.0.2.100"), ip("192.0.2.101")};
    CHECK(story.hear(advert.frame()) ==
          at("1000", {"tell vip interval_mismatch source=192.0.2.7 theirs=500 ms ours=1000 ms",
                      "tell vip address_list_mismatch source=192.0.2.7 theirs=192.0.2.100, 192.0.2.101 "
                      "ours=192.0.2.100",
                      "tell vip active_router_changed source=192.0.2.7 priority=150 interval=500 ms"}));
    CHECK(story.router().counters.interval_mismatches == 1);
    CHECK(story.router().counters.address_list_mismatches == 1);
    CHECK(story.router().counters.advertisements_received == 1);
    // Its interval counts: 3 * 500 + 156/256 * 500.
    CHECK(only(story.run_to(10s), "became_active") ==
          Lines{"2804.6875 tell vip became_active priority=100 cause=the Active router is silent"});
}

TEST_CASE("the same addresses in another order are the same") {
    node::RouterConfiguration router = router4();
    router.addresses = {prefix("192.0.2.100/24"), prefix("192.0.2.101/24")};
    Listening story{of({router})};
    Advert advert;
    advert.addresses = {ip("192.0.2.101"), ip("192.0.2.100")};
    CHECK(only(story.hear(advert.frame()), "mismatch") == Lines{});
    advert.addresses = {ip("192.0.2.100")};
    CHECK(only(story.hear(advert.frame()), "mismatch").size() == 1);
    advert.addresses = {ip("192.0.2.100"), ip("192.0.2.100")};
    CHECK(only(story.hear(advert.frame()), "mismatch").size() == 1);
    CHECK(story.router().counters.address_list_mismatches == 2);
}

TEST_CASE("an equal priority is told of", "[rfc9568-8.3.2-equal-priority:positive]") {
    Listening story;
    CHECK(only(story.hear(Advert{}.frame()), "equal_priority") ==
          Lines{"0 tell vip equal_priority source=192.0.2.7 priority=100"});
    Advert release;
    release.priority = 0;
    CHECK(only(story.hear(release.frame()), "equal_priority") == Lines{});
}

TEST_CASE("an address owner hears another Active: told, and the RFC's rule decides (erratum 8298)",
          "[rfc9568-7.1-owner:positive][rfc9568-8.3.2-owners-logged:positive]") {
    Alone story;
    story.a.start(of({router4(255)}));
    story.run_to(100ms);
    Advert inferior;
    inferior.priority = 200;
    const Lines lines = story.hear(inferior.frame());
    CHECK(only(lines, "owner_contradicted") ==
          Lines{"100 tell vip owner_contradicted source=192.0.2.7 priority=200"});
    CHECK(only(lines, "became") == Lines{});
    CHECK(only(lines, "advert 51 255").size() == 1);  // answered at once

    Advert second_owner;  // and its address is greater: one of the two has to give way
    second_owner.priority = 255;
    const Lines contradicted = story.hear(second_owner.frame());
    CHECK(only(contradicted, "owner_contradicted") ==
          Lines{"100 tell vip owner_contradicted source=192.0.2.7 priority=255"});
    CHECK(only(contradicted, "equal_priority") == Lines{});
    CHECK(only(contradicted, "became_backup") ==
          Lines{"100 tell vip became_backup cause=advertisement of 192.0.2.7, priority 255"});
}

TEST_CASE("who is Active is told when it changes, not with each advertisement") {
    Listening story;
    Advert first;
    first.priority = 150;
    CHECK(only(story.hear(first.frame()), "active_router_changed").size() == 1);
    CHECK(only(story.hear(first.frame()), "tell") == Lines{});
    Advert second = first;
    second.source = ip("192.0.2.8");
    CHECK(only(story.hear(second.frame()), "active_router_changed").size() == 1);
    CHECK(story.router().active->address == ip("192.0.2.8"));
    Advert release = second;
    release.priority = 0;
    CHECK(story.hear(release.frame()) == Lines{"0 tell vip active_router_released source=192.0.2.8"});
    CHECK_FALSE(story.router().active);
    CHECK(story.router().counters.priority_zero_received == 1);
    // The first one again, after our own time as Active.
    story.hear(first.frame());
    story.run_to(5s);
    CHECK(story.router().state == node::RouterState::active);
    CHECK(only(story.hear(first.frame()), "active_router_changed").size() == 1);
}
