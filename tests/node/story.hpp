// SPDX-License-Identifier: GPL-2.0-or-later
// The usual setting: VRID 51 serves 192.0.2.100 (and fe80::100, 2001:db8::100) with the timers' defaults, on
// one host or on two. Numbers that follow from it: priority 100 waits 3609.375 ms, priority 200 3218.75 ms
// (RFC 9568 6.1); after priority 0 they wait 609.375 ms and 218.75 ms.
#pragma once

#include <chrono>

#include "tests/node/describe.hpp"
#include "tests/node/stranger.hpp"
#include "tests/vrrp/octets.hpp"

namespace highbase::tests {

using namespace std::chrono_literals;

inline constexpr vrrp::MacAddress kMacA{{0x02, 0, 0, 0, 0, 0x0a}};
inline constexpr vrrp::MacAddress kMacB{{0x02, 0, 0, 0, 0, 0x0b}};
inline constexpr netlink::LinkIndex kEth0{2};  // the first one that FakeKernel gives

inline vrrp::Prefix prefix(const char* text) {
    return vrrp::Prefix::parse(text).value();
}
inline const vrrp::IpAddress kVip = vrrp::IpAddress::v4(192, 0, 2, 100);

inline node::RouterConfiguration router4(int priority = 100) {
    node::RouterConfiguration router;
    router.lease.kind = node::Lease::Kind::off;  // most stories are told without
    router.name = "vip";
    router.interface = "eth0";
    router.vrid = vrrp::Vrid{51};
    router.parameters.priority = vrrp::Priority{static_cast<std::uint8_t>(priority)};
    router.addresses = {prefix("192.0.2.100/24")};
    return router;
}

inline node::RouterConfiguration router6(int priority = 100) {
    node::RouterConfiguration router = router4(priority);
    router.name = "vip6";
    router.addresses = {prefix("fe80::100/64"), prefix("2001:db8::100/64")};
    return router;
}

inline node::Configuration of(std::vector<node::RouterConfiguration> routers) {
    return {"box", std::move(routers)};
}

// A frame that says nothing but that the link works: somebody asks for an address that nobody has.
inline vrrp::OctetString small_talk() {
    return hex(
        "ffffffffffff 020000000007 0806 0001 0800 06 04 0001 020000000007 c0000207 000000000000 c0000209");
}

// What router #0 of host `a` does in this setting, in the words of describe.hpp.
inline const std::string kAdvert =
    "#0 2: advert 51 100 every 1000 ms, 192.0.2.1 > 224.0.0.18, 192.0.2.100, mac 02:00:00:00:00:0a";
inline const std::string kGoodbye =
    "#0 2: advert 51 0 every 1000 ms, 192.0.2.1 > 224.0.0.18, 192.0.2.100, mac 02:00:00:00:00:0a";
inline const std::string kPut = "#0 put 192.0.2.100/24 on 2";
inline const std::string kDelete = "#0 delete 192.0.2.100/24 on 2";
inline const std::string kRequest = "#0 2: arp request 192.0.2.100 is 02:00:00:00:00:0a";
inline const std::string kReply = "#0 2: arp reply 192.0.2.100 is 02:00:00:00:00:0a";
inline const std::string kAcquired =
    "tell vip addresses_acquired addresses=192.0.2.100 mac=02:00:00:00:00:0a";

// All of it at one instant, in milliseconds since the beginning.
inline Lines at(const std::string& time, const Lines& actions) {
    Lines lines;
    for (const std::string& action : actions) lines.push_back(time + " " + action);
    return lines;
}
inline Lines operator+(Lines first, const Lines& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

// What `host` did since it was last asked.
inline Lines told(Host& host) {
    return describe(host.take_log());
}

// One host.
struct Alone {
    World world;
    Lan& lan = world.add_lan();
    Host a{"a"};
    netlink::LinkIndex eth0 = a.add_interface("eth0", kMacA, {"192.0.2.1/24", "fe80::1/64"});

    Alone() { world.connect(a, eth0, lan); }
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;
    ~Alone() { CHECK(describe(a.senseless()).empty()); }

    Lines run_to(vrrp::Duration time) {
        world.run_to(time);
        return told(a);
    }
    // All that follows at once from what happened to the kernel.
    Lines notice() {
        a.notice_kernel();
        return told(a);
    }
    Lines handle(const node::Event& event) {
        a.handle(event);
        return told(a);
    }
    // It hears a frame and what follows from that.
    Lines hear(const vrrp::OctetString& frame) {
        world.say(lan, frame);
        return told(a);
    }
    [[nodiscard]] node::RouterSnapshot router(std::size_t index = 0) const {
        return a.snapshot().routers.at(index);
    }
};

// One host that listens since 0, with open ears.
struct Listening : Alone {
    explicit Listening(const node::Configuration& configuration = of({router4()})) {
        a.start(configuration);
        hear(small_talk());
    }
};

// One host that is Active since 0, and serves.
struct Serving : Alone {
    explicit Serving(const node::Configuration& configuration = of({router4()})) {
        a.start(configuration);
        hear(small_talk());
        const vrrp::Duration wait = *a.next_deadline() - world.now();
        world.run_for(wait);
        start = world.now() - kBeginning;
        told(a);
    }
    // Times count from the takeover.
    Lines run_to(vrrp::Duration time) { return Alone::run_to(start + time); }
    // Without them.
    Lines run_for(vrrp::Duration duration) {
        world.run_for(duration);
        return told(a);
    }

    vrrp::Duration start{0};
};

// Two hosts on one network. `b` has the greater address.
struct Pair {
    World world;
    Lan& lan;
    Host a{"a"};
    Host b{"b"};
    netlink::LinkIndex a0 = a.add_interface("eth0", kMacA, {"192.0.2.1/24", "fe80::1/64"});
    netlink::LinkIndex b0 = b.add_interface("eth0", kMacB, {"192.0.2.2/24", "fe80::2/64"});

    explicit Pair(vrrp::Duration latency = 0s) : lan{world.add_lan(latency)} {
        world.connect(a, a0, lan);
        world.connect(b, b0, lan);
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
    ~Pair() {
        CHECK(describe(a.senseless()).empty());
        CHECK(describe(b.senseless()).empty());
    }
    [[nodiscard]] Lines owners() const { return world.owners(lan, kVip); }
};

}  // namespace highbase::tests
