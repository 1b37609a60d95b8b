// SPDX-License-Identifier: GPL-2.0-or-later
// An IPv4 and an IPv6 virtual router of one service that move together.
#include <cerrno>

#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

node::Configuration group(int priority) {
    node::RouterConfiguration four = router4(priority);
    node::RouterConfiguration six = router6(priority);
    four.sync_group = six.sync_group = "db";
    return of({four, six});
}

const vrrp::IpAddress kVip6 = ip("2001:db8::100");

struct Synced : Pair {
    Synced() {
        a.start(group(200));
        b.start(group(100));
        world.run_to(5s);
        told(a);
        told(b);
    }
    // Who has which: the owners of the IPv4 address, then those of the IPv6 one.
    [[nodiscard]] Lines owners() const { return world.owners(lan, kVip) + world.owners(lan, kVip6); }
};

}  // namespace

TEST_CASE("both take over in the same moment") {
    Synced story;
    CHECK(story.owners() == Lines{"a", "a"});
    story.a.power_off();
    story.world.run_to(10s);
    CHECK(story.owners() == Lines{"b", "b"});
    CHECK(only(told(story.b), "became_active") ==
          at("7828.125", {"tell vip became_active priority=100 cause=the Active router is silent",
                          "tell vip6 became_active priority=100 cause=the Active router is silent"}));
}

TEST_CASE("one cannot serve: both leave") {
    Synced story;
    story.a.faults.put_address = [](const netlink::AddressRequest& request) -> std::optional<netlink::Error> {
        if (request.prefix.address.is_ipv4()) return std::nullopt;
        return netlink::Error{EACCES, "IPv6 is disabled on this device"};
    };
    story.world.run_to(5500ms);
    // Some time after the failed renewal of the IPv6 addresses.
    CHECK(story.owners() == Lines{});
    const Lines lines = only(told(story.a), "tell");
    CHECK(only(lines, "became") ==
          at("5218.75", {"tell vip became_backup cause=addresses could not be set",
                         "tell vip6 became_backup cause=addresses could not be set"}));
    story.world.run_to(6s);
    CHECK(story.owners() == Lines{"b", "b"});
}

TEST_CASE("one loses its own address: both leave, and return together") {
    Synced story;
    story.a.kernel.remove_address(story.a0, prefix("fe80::1/64"));
    story.a.notice_kernel();
    const Lines lines = told(story.a);
    CHECK(only(lines, "tell") == at("5000", {"tell vip became_backup cause=no_address",
                                             "tell vip6 became_initialize reason=no_address"}));
    // The IPv4 member can still speak, and tells its successor.
    CHECK(only(lines, "advert 51 0").size() == 1);
    CHECK(story.owners() == Lines{});
    story.world.run_to(60s);
    CHECK(story.owners() == Lines{"b", "b"});

    story.a.kernel.add_address({story.a0, prefix("fe80::1/64")});
    story.a.notice_kernel();
    story.world.run_to(70s);
    CHECK(story.owners() == Lines{"a", "a"});
}

TEST_CASE("the link that carries both is lost: nothing is sent to it") {
    Synced story;
    story.a.break_port(story.a0, {EIO, "gone"});
    const Lines lines = told(story.a);
    CHECK(only(lines, "advert") == Lines{});
    CHECK(only(lines, "became_initialize").size() == 2);
    CHECK(story.owners() == Lines{});
    story.world.run_to(10s);
    CHECK(story.owners() == Lines{"b", "b"});
}

TEST_CASE("while one cannot run, none takes over") {
    Synced story;
    story.b.kernel.remove_address(story.b0, prefix("fe80::2/64"));
    story.b.notice_kernel();
    story.a.power_off();
    story.world.run_to(60s);
    CHECK(story.owners() == Lines{});
    CHECK(story.b.next_deadline() == std::nullopt);
}

TEST_CASE("only one family is silent: nothing moves") {
    Synced story;
    story.lan.loses = [](const Host&, const Host&, vrrp::Octets frame) { return frame[12] == 0x86; };
    story.world.run_to(60s);
    CHECK(story.owners() == Lines{"a", "a"});
    CHECK(only(told(story.b), "became") == Lines{});
}

TEST_CASE("an orderly end takes both along") {
    Synced story;
    story.a.handle(node::Shutdown{});
    CHECK(story.owners() == Lines{});
    CHECK(only(told(story.a), "advert 51 0").size() == 2);
    story.world.run_to(6s);
    CHECK(story.owners() == Lines{"b", "b"});
}

TEST_CASE("a sleeper lets go of both") {
    Synced story;
    story.a.pause();
    story.world.run_to(20s);
    story.a.resume();
    const Lines lines = told(story.a);
    CHECK(only(lines, "late_wakeup").size() == 2);
    CHECK(only(lines, "became_backup").size() == 2);
    CHECK(story.owners() == Lines{"b", "b"});
}

TEST_CASE("a device that cannot be made keeps the whole group back") {
    node::Configuration configuration = group(100);
    for (auto& router : configuration.routers) router.mac = node::MacMode::virtual_;
    Alone story;
    story.a.faults.create_macvlan = netlink::Error{EOPNOTSUPP, "no"};
    story.a.start(configuration);
    story.hear(small_talk());
    story.run_to(60s);
    CHECK(only(describe(story.a.log()), "became_active") == Lines{});
    story.a.faults.create_macvlan.reset();
    story.run_to(62s);
    story.hear(small_talk());
    CHECK(only(story.run_to(70s), "became_active").size() == 2);
}

TEST_CASE("a silent link is told of each member's") {
    Alone story;
    story.a.start(group(100));
    CHECK(only(story.run_to(31s), "silent_link") ==
          at("30000", {"tell vip silent_link", "tell vip6 silent_link"}));
}
