// SPDX-License-Identifier: GPL-2.0-or-later
// Another MAC address that claims a virtual address.
#include "tests/node/story.hpp"
#include "vrrp/arp.hpp"
#include "vrrp/neighbor_advertisement.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

constexpr vrrp::MacAddress kThief{{0x02, 0, 0, 0, 0, 0x66}};
const std::string kConflict = "tell vip address_conflict address=192.0.2.100 mac=02:00:00:00:00:66";

vrrp::OctetString claim4(vrrp::ArpOperation form = vrrp::ArpOperation::request) {
    return vrrp::gratuitous_arp(form, kThief, kVip);
}

}  // namespace

TEST_CASE("an ARP that claims the address is reported, and answered by an announcement") {
    const auto form = GENERATE(vrrp::ArpOperation::request, vrrp::ArpOperation::reply);
    Serving story;
    story.run_to(10s);
    CHECK(story.hear(claim4(form)) == at("13609.375", {kConflict, kRequest, kReply}));
    CHECK(story.router().counters.address_conflicts == 1);
    const auto conflict = story.router().last_conflict;
    REQUIRE(conflict);
    CHECK(conflict->address == kVip);
    CHECK(conflict->mac == kThief);
    CHECK(conflict->at == kBeginning + 13'609'375us);
    CHECK(story.router().state == node::RouterState::active);
    // The burst again.
    CHECK(only(story.run_to(11s), "arp request") == Lines{"13629.375 " + kRequest, "13709.375 " + kRequest,
                                                          "14109.375 " + kRequest, "14609.375 " + kRequest});
}

TEST_CASE("a claim for somebody else is not ours to answer") {
    Serving story;
    story.run_to(10s);
    // A normal request: it claims 192.0.2.66 and asks for our address.
    const auto request =
        hex("ffffffffffff 020000000066 0806 0001 0800 06 04 0001 020000000066 c0000242 "
            "000000000000 c0000264");
    CHECK(story.hear(request) == Lines{});
    // A probe: it claims nothing (RFC 5227).
    CHECK(story.hear(vrrp::arp_probe(kThief, kVip)) == Lines{});
    // Our own MAC.
    CHECK(story.hear(vrrp::gratuitous_arp(vrrp::ArpOperation::reply, kMacA, kVip)) == Lines{});
    CHECK(story.router().counters.address_conflicts == 0);
}

TEST_CASE("a Backup does not mind who has the address") {
    Listening story;
    CHECK(story.hear(claim4()) == Lines{});
    CHECK(story.router().counters.address_conflicts == 0);
    CHECK_FALSE(story.router().last_conflict);
}

TEST_CASE("a hundred claims in a second are reported, and make no storm of ours") {
    Serving story;
    story.run_to(10s);
    std::size_t announcements = 0;
    for (int i = 0; i < 100; ++i) {
        Lines lines = story.hear(claim4());
        lines = lines + story.run_for(10ms);
        announcements += only(lines, "arp request").size();
    }
    CHECK(story.router().counters.address_conflicts == 100);
    CHECK(announcements == 5);  // 0, 20, 100, 500 ms, 1 s: one burst
}

TEST_CASE("a Neighbor Advertisement for one of the addresses is a claim too") {
    Serving story{of({router6()})};
    story.run_to(10s);
    const auto frame = vrrp::unsolicited_neighbor_advertisement(kThief, ip("2001:db8::100"));
    const Lines lines = story.hear(frame);
    CHECK(only(lines, "tell") ==
          Lines{"13609.375 tell vip6 address_conflict address=2001:db8::100 mac=02:00:00:00:00:66"});
    CHECK(only(lines, "neighbor") == at("13609.375", {"#0 2: neighbor fe80::100 is 02:00:00:00:00:0a",
                                                      "#0 2: neighbor 2001:db8::100 is 02:00:00:00:00:0a"}));
    CHECK(story.hear(vrrp::unsolicited_neighbor_advertisement(kThief, ip("2001:db8::66"))) == Lines{});
}

TEST_CASE("without a link-layer option the frame's source is who claims") {
    Serving story{of({router6()})};
    story.run_to(10s);
    // A solicited advertisement without options, to us.
    const auto frame =
        hex("02000000000a 020000000066 86dd 60000000 0018 3a ff fe800000000000000000000000000066 "
            "fe800000000000000000000000000001 88 00 1ac3 60000000 fe800000000000000000000000000100");
    CHECK(only(story.hear(frame), "tell") ==
          Lines{"13609.375 tell vip6 address_conflict address=fe80::100 mac=02:00:00:00:00:66"});
}

TEST_CASE("with announce = none the conflict is told, and nothing is sent") {
    node::RouterConfiguration router = router4();
    router.parameters.announce = vrrp::AnnouncePolicy::none;
    Serving story{of({router})};
    CHECK(story.hear(claim4()) == Lines{"3609.375 " + kConflict});
}

TEST_CASE("an inferior advertisement is contention as well") {
    Serving story;
    story.run_to(10s);
    Advert inferior;
    inferior.priority = 50;
    CHECK(only(story.hear(inferior.frame()), "#0") == at("13609.375", {kAdvert, kRequest, kReply}));
    CHECK(only(story.hear(inferior.frame()), "#0") == at("13609.375", {kAdvert}));
}

TEST_CASE("with the virtual MAC, the same MAC elsewhere is the virtual router itself") {
    node::RouterConfiguration router = router4();
    router.mac = node::MacMode::virtual_;
    Serving story{of({router})};
    story.run_to(10s);
    const auto successor =
        vrrp::gratuitous_arp(vrrp::ArpOperation::request, {{0, 0, 0x5e, 0, 1, 0x33}}, kVip);
    CHECK(story.hear(successor) == Lines{});
    CHECK(only(story.hear(claim4()), "conflict").size() == 1);
    // Even the interface's own MAC must not answer.
    CHECK(only(story.hear(vrrp::gratuitous_arp(vrrp::ArpOperation::reply, kMacA, kVip)), "conflict").size() ==
          1);
}
