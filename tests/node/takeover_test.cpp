// SPDX-License-Identifier: GPL-2.0-or-later
// What exactly goes out and is asked of the kernel when a router becomes Active.
#include <cerrno>

#include "tests/node/story.hpp"
#include "tests/node/stranger.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

// A node that was just told to take over, without a host: what it asks for, before anything is answered.
struct Bare {
    node::Node node;
    explicit Bare(const node::RouterConfiguration& router) : node{of({router})} {
        const netlink::Link eth0{kEth0, "eth0", kMacA, 1500, true, true, {}};
        (void)node.handle(kBeginning, node::KernelDumped{{eth0},
                                                         {{kEth0, prefix("192.0.2.1/24"), false},
                                                          {kEth0, prefix("fe80::1/64"), false}}});
        (void)node.handle(kBeginning, node::PortOpened{kEth0});
    }
    node::Actions probe() { return node.handle(kBeginning, node::TimerExpired{}); }
    node::Actions take_over() {
        const vrrp::OctetString frame = small_talk();
        (void)node.handle(kBeginning, node::FrameReceived{kEth0, frame});
        (void)probe();  // the one that was due
        return node.handle(*node.next_deadline(), node::TimerExpired{});
    }
};

std::string octets(const node::Actions& actions, std::size_t index) {
    return to_hex(std::get<node::SendFrame>(actions.at(index)).frame);
}

}  // namespace

TEST_CASE("a node tells when it would take over, for as long as it would") {
    Bare story{router4()};
    const vrrp::OctetString frame = small_talk();
    (void)story.node.handle(kBeginning, node::FrameReceived{kEth0, frame});
    CHECK(story.node.next_takeover() == kBeginning + 3'609'375us);
    Advert other;
    other.priority = 200;
    const vrrp::OctetString advert = other.frame();
    (void)story.node.handle(kBeginning + 1s, node::FrameReceived{kEth0, advert, 300us});
    CHECK(story.node.next_takeover() == kBeginning + 4'609'075us);
    (void)story.node.handle(kBeginning + 4'609'075us, node::TimerExpired{});
    CHECK(story.node.next_takeover() == std::nullopt);
    CHECK(story.node.next_deadline() == kBeginning + 5'609'075us);
    (void)story.node.handle(kBeginning + 5s, node::Shutdown{});
    CHECK(story.node.next_takeover() == std::nullopt);
}

TEST_CASE("the advertisement comes first, then the addresses, and no announcement before they stand",
          "[rfc9568-8.1.2-boot-delay:positive]") {
    Bare story{router4()};
    const node::Actions takeover = story.take_over();
    CHECK(describe(takeover) ==
          Lines{kAdvert, kPut, "tell vip became_active priority=100 cause=the Active router is silent"});
    CHECK(std::get<node::PutAddresses>(takeover.at(1)) ==
          node::PutAddresses{node::RouterId{0}, {{kEth0, prefix("192.0.2.100/24"), 3s, true}}});

    const vrrp::TimePoint later = kBeginning + 4s;
    CHECK(describe(story.node.handle(later, node::AddressesPut{node::RouterId{0}})) ==
          Lines{kRequest, kReply, kAcquired});
    // Renewals are answered too, and announce nothing.
    CHECK(story.node.handle(later, node::AddressesPut{node::RouterId{0}}).empty());
}

TEST_CASE("an IPv4 advertisement, octet by octet") {
    Bare story{router4()};
    CHECK(octets(story.take_over(), 0) ==
          compact("01005e000012 02000000000a 0800"
                  "45 c0 0020 0000 4000 ff 70 d899 c0000201 e0000012"  // TOS CS6, DF, TTL 255, protocol 112
                  "31 33 64 01 0064 a802 c0000264"));
}

TEST_CASE("gratuitous ARP, octet by octet: both forms name the MAC as sender and as target",
          "[rfc9568-6.4.2-gratuitous-arp:positive]") {
    Bare story{router4()};
    (void)story.take_over();
    const node::Actions announcement =
        story.node.handle(kBeginning + 4s, node::AddressesPut{node::RouterId{0}});
    CHECK(octets(announcement, 0) == compact("ffffffffffff 02000000000a 0806 0001 0800 06 04 0001"
                                             "02000000000a c0000264 02000000000a c0000264"));
    CHECK(octets(announcement, 1) == compact("ffffffffffff 02000000000a 0806 0001 0800 06 04 0002"
                                             "02000000000a c0000264 02000000000a c0000264"));
}

TEST_CASE("a probe asks and claims nothing, octet by octet") {
    Bare four{router4()};
    CHECK(octets(four.probe(), 0) == compact("ffffffffffff 02000000000a 0806 0001 0800 06 04 0001"
                                             "02000000000a 00000000 000000000000 c0000264"));
    Bare six{router6()};
    const node::Actions probes = six.probe();
    CHECK(octets(probes, 0) == compact("3333ff000100 02000000000a 86dd 6c000000 0018 3a ff"
                                       "00000000000000000000000000000000 ff0200000000000000000001ff000100"
                                       "87 00 7a27 00000000 fe800000000000000000000000000100"));
    CHECK(probes.size() == 2);
}

TEST_CASE("an IPv6 advertisement and its Neighbor Advertisements, octet by octet",
          "[rfc9568-6.4.2-unsolicited-na:positive][rfc9568-8.2.2-boot-delay:positive]") {
    Bare story{router6()};
    const node::Actions takeover = story.take_over();
    CHECK(octets(takeover, 0) ==
          compact("333300000012 02000000000a 86dd 6c000000 0028 70 ff"
                  "fe800000000000000000000000000001 ff020000000000000000000000000012"
                  "31 33 64 02 0064 3dfd fe800000000000000000000000000100 20010db8000000000000000000000100"));
    CHECK(describe(takeover.at(1)) == "#0 put fe80::100/64 on 2, 2001:db8::100/64 on 2");
    const node::Actions announcement =
        story.node.handle(kBeginning + 4s, node::AddressesPut{node::RouterId{0}});
    // Router and Override flags, not Solicited; from the address itself to all nodes.
    CHECK(octets(announcement, 0) ==
          compact("333300000001 02000000000a 86dd 6c000000 0020 3a ff"
                  "fe800000000000000000000000000100 ff020000000000000000000000000001"
                  "88 00 d593 a0000000 fe800000000000000000000000000100 02 01 02000000000a"));
    CHECK(describe(announcement) ==
          Lines{"#0 2: neighbor fe80::100 is 02:00:00:00:00:0a",
                "#0 2: neighbor 2001:db8::100 is 02:00:00:00:00:0a",
                "tell vip6 addresses_acquired addresses=fe80::100, 2001:db8::100 mac=02:00:00:00:00:0a"});
}

TEST_CASE("all of several addresses are put and announced") {
    node::RouterConfiguration router = router4();
    router.addresses = {prefix("192.0.2.100/24"), prefix("198.51.100.7/32")};
    Bare story{router};
    CHECK(describe(story.take_over()) ==
          Lines{"#0 2: advert 51 100 every 1000 ms, 192.0.2.1 > 224.0.0.18, 192.0.2.100, 198.51.100.7, "
                "mac 02:00:00:00:00:0a",
                "#0 put 192.0.2.100/24 on 2, 198.51.100.7/32 on 2",
                "tell vip became_active priority=100 cause=the Active router is silent"});
    CHECK(describe(story.node.handle(kBeginning + 4s, node::AddressesPut{node::RouterId{0}})) ==
          Lines{kRequest, kReply, "#0 2: arp request 198.51.100.7 is 02:00:00:00:00:0a",
                "#0 2: arp reply 198.51.100.7 is 02:00:00:00:00:0a",
                "tell vip addresses_acquired addresses=192.0.2.100, 198.51.100.7 mac=02:00:00:00:00:0a"});
}

TEST_CASE("an Active advertises and renews each second, and announces ever more slowly") {
    Serving story;
    const Lines lines = story.run_to(130s);
    CHECK(only(lines, kAdvert).size() == 130);
    CHECK(only(lines, kAdvert).at(0) == "4609.375 " + kAdvert);
    CHECK(only(lines, kAdvert).at(129) == "133609.375 " + kAdvert);
    CHECK(only(lines, kPut).size() == 130);
    CHECK(only(lines, kPut).at(0) == "4609.375 " + kPut);
    // 20, 100, 500 ms, 1, 2, 5 s after the takeover at 3609.375, then every minute.
    CHECK(only(lines, "arp request") == Lines{"3629.375 " + kRequest, "3709.375 " + kRequest,
                                              "4109.375 " + kRequest, "4609.375 " + kRequest,
                                              "5609.375 " + kRequest, "8609.375 " + kRequest,
                                              "68609.375 " + kRequest, "128609.375 " + kRequest});
    CHECK(only(lines, "arp reply").size() == 8);
    CHECK(only(lines, "tell") == Lines{});
    CHECK(lines.size() == 130 + 130 + 8 + 8);
}

TEST_CASE("announce = on-takeover ends with the burst, none never begins") {
    node::RouterConfiguration router = router4();
    router.parameters.announce = vrrp::AnnouncePolicy::on_takeover;
    Serving burst{of({router})};
    CHECK(only(burst.run_to(200s), "arp request").size() == 6);

    router.parameters.announce = vrrp::AnnouncePolicy::none;
    Alone quiet;
    quiet.a.start(of({router}));
    quiet.hear(small_talk());
    CHECK(only(quiet.run_to(4s), kAcquired).size() == 1);
    CHECK(only(describe(quiet.a.log()), "arp re") == Lines{});
}

TEST_CASE("the kernel refuses an address: resign, and hold still for hold_down") {
    Listening story;
    story.a.kernel.fail_next_puts(1, {EPERM, "add 192.0.2.100/24 to eth0: Operation not permitted"});
    CHECK(story.run_to(4s) ==
          at("3609.375",
             {kAdvert, kPut, "tell vip became_active priority=100 cause=the Active router is silent",
              "tell vip acquisition_failed error=add 192.0.2.100/24 to eth0: Operation not permitted",
              kDelete, kGoodbye, "tell vip became_backup cause=addresses could not be set"}));
    CHECK(story.router().held_down == 9'609'375us);
    // 10 s after the failure, and not before.
    CHECK(story.run_to(13'609ms) == Lines{});
    CHECK(story.run_to(13'610ms) ==
          at("13609.375",
             {kAdvert, kPut, "tell vip became_active priority=100 cause=the Active router is silent",
              kRequest, kReply, kAcquired}));
}

TEST_CASE("the second of two addresses is refused: the first does not stay, and is not announced",
          "[rfc9568-8.1.2-boot-delay:negative]") {
    node::RouterConfiguration router = router4();
    router.addresses = {prefix("192.0.2.100/24"), prefix("192.0.2.101/24")};
    Listening story{of({router})};
    story.a.faults.put_address = [](const auto& request) -> std::optional<netlink::Error> {
        if (request.prefix.address == kVip) return std::nullopt;
        return netlink::Error{EPERM, "not this one"};
    };
    const Lines lines = story.run_to(4s);
    CHECK(only(lines, "acquisition_failed").size() == 1);
    CHECK(only(lines, "delete") ==
          at("3609.375", {"#0 delete 192.0.2.100/24 on 2", "#0 delete 192.0.2.101/24 on 2"}));
    CHECK_FALSE(story.a.has_address(kVip));
    CHECK(only(lines, "arp re") == Lines{});
}

TEST_CASE("a renewal that fails is as bad as a takeover that fails") {
    Serving story;
    story.run_to(1'999ms);
    story.a.kernel.fail_next_puts(1, {ENOMEM, "no memory"});
    CHECK(story.run_to(2s) ==
          at("5609.375", {kAdvert, kPut, kRequest, kReply, "tell vip acquisition_failed error=no memory",
                          kDelete, kGoodbye, "tell vip became_backup cause=addresses could not be set"}));
}

TEST_CASE("the interface goes away under the takeover: no hold-down for that") {
    const int code = GENERATE(ENODEV, ENETDOWN);
    Listening story;
    story.a.kernel.fail_next_puts(1, {code, "the link is going"});
    CHECK(story.run_to(4s) ==
          at("3609.375",
             {kAdvert, kPut, "tell vip became_active priority=100 cause=the Active router is silent",
              "tell vip acquisition_failed error=the link is going", kDelete, kGoodbye,
              "tell vip became_backup cause=the interface is going down"}));
    CHECK_FALSE(story.router().held_down);
    CHECK(only(story.run_to(8s), "became_active") ==
          Lines{"7218.75 tell vip became_active priority=100 cause=the Active router is silent"});
}

TEST_CASE("outcomes that come too late are ignored") {
    Bare story{router4()};
    const node::RouterId router{0};
    // Not asked for by a Backup, nor by a router that does not exist.
    CHECK(story.node.handle(kBeginning, node::AddressesPut{router}).empty());
    CHECK(story.node.handle(kBeginning, node::AddressesFailed{router, {EPERM, "no"}}).empty());
    (void)story.take_over();
    const node::RouterId nobody{7};
    const vrrp::TimePoint later = kBeginning + 4s;
    CHECK(story.node.handle(later, node::AddressesPut{nobody}).empty());
    CHECK(story.node.handle(later, node::AddressesFailed{nobody, {EPERM, "no"}}).empty());
    CHECK(story.node.handle(later, node::SendFailed{nobody, {EPERM, "no"}}).empty());
    CHECK(story.node.handle(later, node::MacvlanFailed{nobody, {EPERM, "no"}}).empty());
    CHECK(story.node.handle(later, node::EligibilityChanged{"nobody", false}).empty());
    CHECK(story.node.handle(later, node::Resign{"nobody", 1s}).empty());
}

TEST_CASE("a frame that cannot be sent is counted and told, and the next one is tried") {
    Serving story;
    story.run_to(999ms);
    story.a.faults.send = netlink::Error{ENOBUFS, "queue full"};
    const std::string failed = "tell vip send_failed error=queue full";
    CHECK(story.run_to(1s) == at("4609.375", {kAdvert, kPut, kRequest, kReply, failed, failed, failed}));
    CHECK(story.router().counters.send_errors == 3);
    story.a.faults.send.reset();
    CHECK(story.run_to(2s) == at("5609.375", {kAdvert, kPut, kRequest, kReply}));
    CHECK(story.router().counters.send_errors == 3);
}

TEST_CASE("a frame that was not sent is told of the router that sent it") {
    Listening story{of({router4(), router6()})};
    story.a.faults.send = netlink::Error{ENOBUFS, "queue full"};
    story.run_to(4s);
    CHECK(story.router(0).counters.send_errors == 1 + 3 * 2);  // advert; ARP in two forms at 0, 20 and 100 ms
    CHECK(story.router(1).counters.send_errors == 1 + 3 * 2);  // advert; two addresses at 0, 20 and 100 ms
}
