// SPDX-License-Identifier: GPL-2.0-or-later
// The addresses of an Active router, and what others do to them.
#include <cerrno>

#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

const std::string kPutBack = "tell vip address_put_back address=192.0.2.100/24";

}  // namespace

TEST_CASE("an address that somebody deletes is put back and announced in the same call") {
    Serving story;
    story.run_to(150ms);  // in the middle of the first burst
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.100/24"));
    CHECK(story.notice() == at("3759.375", {kPutBack, kPut, kRequest, kReply}));
    CHECK(story.a.has_address(kVip));
    CHECK(story.router().counters.addresses_put_back == 1);
    // The burst begins anew.
    CHECK(only(story.run_to(700ms), "arp request") ==
          Lines{"3779.375 " + kRequest, "3859.375 " + kRequest, "4259.375 " + kRequest});
    CHECK(story.router().state == node::RouterState::active);
}

TEST_CASE("one of two addresses is deleted: it is named, both are put") {
    node::RouterConfiguration router = router4();
    router.addresses = {prefix("192.0.2.100/24"), prefix("192.0.2.101/24")};
    Serving story{of({router})};
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.101/24"));
    const Lines lines = story.notice();
    CHECK(lines.at(0) == "3609.375 tell vip address_put_back address=192.0.2.101/24");
    CHECK(lines.at(1) == "3609.375 #0 put 192.0.2.100/24 on 2, 192.0.2.101/24 on 2");
    CHECK(lines.size() == 2 + 4);
}

TEST_CASE("ten losses in ten seconds are put back, the eleventh is one too many") {
    Serving story;
    for (int i = 0; i < 10; ++i) {
        story.run_to(i * 900ms);
        story.a.kernel.remove_address(story.eth0, prefix("192.0.2.100/24"));
        CHECK(only(story.notice(), kPutBack).size() == 1);
    }
    story.run_to(9'999ms);
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.100/24"));
    CHECK(story.notice() ==
          at("13608.375", {"tell vip address_given_up count=11 seconds=10", kDelete, kGoodbye,
                           "tell vip became_backup cause=addresses were deleted again and again"}));
    CHECK(story.router().held_down == 10s);
    CHECK(story.run_to(19s) == Lines{});
    CHECK(only(story.run_to(20s), "became_active") ==
          Lines{"23608.375 tell vip became_active priority=100 cause=the Active router is silent"});
    // The count begins anew.
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.100/24"));
    CHECK(only(story.notice(), kPutBack).size() == 1);
}

TEST_CASE("eleven losses that are not within ten seconds are no fight") {
    Serving story;
    for (int i = 0; i < 25; ++i) {
        story.run_to(i * 1s);
        story.a.kernel.remove_address(story.eth0, prefix("192.0.2.100/24"));
        CHECK(only(story.notice(), kPutBack).size() == 1);
    }
    CHECK(story.router().counters.addresses_put_back == 25);
    CHECK(story.router().state == node::RouterState::active);
}

TEST_CASE("putting back fails: resign, and hold still") {
    Serving story;
    story.a.kernel.fail_next_puts(1, {EPERM, "no"});
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.100/24"));
    CHECK(only(story.notice(), "tell") ==
          at("3609.375", {kPutBack, "tell vip acquisition_failed error=no",
                          "tell vip became_backup cause=addresses could not be set"}));
    CHECK(story.router().held_down == 10s);
}

TEST_CASE("what the kernel tells about our own requests leads to nothing") {
    Serving story;
    CHECK(only(story.run_to(10s), "tell") == Lines{});
    CHECK(story.router().counters.addresses_put_back == 0);
}

TEST_CASE("an address is not missed before the kernel has told that it is there") {
    // A port of another interface breaks with the very action list that puts the address.
    node::RouterConfiguration other = router4();
    other.name = "other";
    other.interface = "eth1";
    other.addresses = {prefix("198.51.100.100/24")};
    const netlink::LinkIndex eth1{3};
    const std::vector<netlink::Link> links{{kEth0, "eth0", kMacA, 1500, true, true, {}},
                                           {eth1, "eth1", kMacB, 1500, true, true, {}}};
    node::Node node{of({router4(), other})};
    (void)node.handle(kBeginning, node::KernelDumped{links,
                                                     {{kEth0, prefix("192.0.2.1/24"), false},
                                                      {eth1, prefix("198.51.100.1/24"), false}}});
    (void)node.handle(kBeginning, node::PortOpened{kEth0});
    (void)node.handle(kBeginning, node::PortOpened{eth1});
    const auto frame = small_talk();
    (void)node.handle(kBeginning, node::FrameReceived{kEth0, frame});
    const vrrp::TimePoint takeover = kBeginning + 3609'375us;
    CHECK(only(describe(node.handle(takeover, node::TimerExpired{})), "put") == Lines{kPut});
    CHECK(only(describe(node.handle(takeover, node::AddressesPut{node::RouterId{0}})), "tell") ==
          Lines{kAcquired});
    CHECK(only(describe(node.handle(takeover, node::PortFailed{eth1, {EIO, "broken"}})), "put") == Lines{});
    CHECK(node.snapshot(takeover).routers.at(0).counters.addresses_put_back == 0);
}

TEST_CASE("nor one that is being put back") {
    node::Node node{of({router4()})};
    const netlink::Link eth0{kEth0, "eth0", kMacA, 1500, true, true, {}};
    const netlink::Link other{netlink::LinkIndex{9}, "eth9", kMacB, 1500, true, true, {}};
    (void)node.handle(kBeginning, node::KernelDumped{{eth0}, {{kEth0, prefix("192.0.2.1/24"), false}}});
    (void)node.handle(kBeginning, node::PortOpened{kEth0});
    const auto frame = small_talk();
    (void)node.handle(kBeginning, node::FrameReceived{kEth0, frame});
    const vrrp::TimePoint takeover = kBeginning + 3609'375us;
    (void)node.handle(takeover, node::TimerExpired{});
    (void)node.handle(takeover, node::AddressesPut{node::RouterId{0}});
    const netlink::AddressRemoved removed{{kEth0, prefix("192.0.2.100/24"), false}};
    CHECK(only(describe(node.handle(takeover, node::KernelChanged{{removed}})), "put") ==
          Lines{"tell vip address_put_back address=192.0.2.100/24", kPut});
    const netlink::LinkChanged unrelated{other};
    CHECK(only(describe(node.handle(takeover, node::KernelChanged{{unrelated}})), "put") == Lines{});
    CHECK(node.snapshot(takeover).routers.at(0).counters.addresses_put_back == 1);
}

TEST_CASE("lost events: everything is read anew, and what was missed is done") {
    Serving story;
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.100/24"));
    story.a.kernel.overrun();
    CHECK(story.notice() == at("3609.375", {"tell resynchronised", kPutBack, kPut, kRequest, kReply}));
    CHECK(story.a.snapshot().kernel_resynchronisations == 1);

    story.a.kernel.set_running(story.eth0, false);
    story.a.kernel.overrun();
    CHECK(story.notice() == at("3609.375", {"tell resynchronised", "close 2", kDelete,
                                            "tell vip became_initialize reason=link_down"}));
    CHECK(story.a.snapshot().kernel_resynchronisations == 2);

    story.a.kernel.set_running(story.eth0, true);
    story.a.kernel.overrun();
    CHECK(story.notice() ==
          at("3609.375", {"tell resynchronised", "open eth0", "tell vip became_backup cause=started"}));
}

TEST_CASE("a virtual address that was left behind is swept away at start") {
    Alone story;
    story.a.kernel.add_address({story.eth0, prefix("192.0.2.100/24")});
    story.a.start(of({router4()}));
    CHECK(told(story.a) == at("0", {"tell node_started node=box routers=1", "refuse nothing", kDelete,
                                    "tell vip stale_address_removed address=192.0.2.100/24", "open eth0",
                                    "tell vip became_backup cause=started"}));
    CHECK_FALSE(story.a.has_address(kVip));
    CHECK(story.router().primary_address == ip("192.0.2.1"));
}

TEST_CASE("a crashed daemon's successor on the same box sweeps first and takes over in order") {
    Serving story;
    story.run_to(500ms);
    story.a.crash();
    told(story.a);
    story.a.start(of({router4()}));
    CHECK(only(told(story.a), "e 192.0.2.100/24") == Lines{"4109.375 " + kDelete});
    CHECK_FALSE(story.a.has_address(kVip));
}

TEST_CASE("an address owner's own address is not stale") {
    Alone story;
    story.a.kernel.add_address({story.eth0, prefix("192.0.2.100/24")});
    story.a.start(of({router4(255)}));
    CHECK(only(told(story.a), "delete") == Lines{});
}

TEST_CASE("after an overrun a Backup sweeps what should not be there") {
    Listening story;
    story.a.kernel.add_address({story.eth0, prefix("192.0.2.100/24")});
    story.a.kernel.overrun();
    CHECK(story.notice() ==
          at("0", {"tell resynchronised", kDelete, "tell vip stale_address_removed address=192.0.2.100/24"}));
}

TEST_CASE("who adds a virtual address to a Backup again and again is not fought without end") {
    Listening story;
    Lines removed;
    for (int i = 0; i < 11; ++i) {
        story.a.kernel.add_address({story.eth0, prefix("192.0.2.100/24")});
        removed = removed + only(story.notice(), "delete");
    }
    CHECK(removed.size() == 10);
    CHECK(story.a.has_address(kVip));
    // The next time that anything changes it is tried again.
    story.a.kernel.set_running(story.eth0, false);
    CHECK(only(story.notice(), "delete") == Lines{"0 " + kDelete});
}

TEST_CASE("an address that cannot be deleted is told of") {
    Serving story;
    story.a.faults.delete_address = netlink::Error{EPERM, "del 192.0.2.100/24: Operation not permitted"};
    const std::string failed =
        "tell vip release_failed address=192.0.2.100/24 interface=eth0 error=del 192.0.2.100/24: Operation "
        "not permitted";
    story.a.handle(node::Resign{"vip", 0s});
    CHECK(only(told(story.a), "release_failed") == Lines{"3609.375 " + failed});
}

TEST_CASE("also at the end, and of a router that was just removed") {
    const bool end = GENERATE(true, false);
    Serving story;
    story.a.faults.delete_address = netlink::Error{EPERM, "not permitted"};
    story.a.handle(end ? node::Event{node::Shutdown{}} : node::Event{node::ConfigurationChanged{of({})}});
    const Lines failed = only(told(story.a), "release_failed");
    REQUIRE(failed.size() == 1);
    CHECK(failed.at(0).find("address=192.0.2.100/24 interface=eth0 error=not permitted") !=
          std::string::npos);
}

TEST_CASE("deleting an address that has gone already is no failure") {
    Serving story;
    story.a.kernel.remove_address(story.eth0, prefix("192.0.2.100/24"));
    story.a.handle(node::Shutdown{});
    CHECK(only(told(story.a), "failed") == Lines{});
}
