// SPDX-License-Identifier: GPL-2.0-or-later
// A whole node on a kernel in memory: octets become what happens to it. Whatever that is, it asks for nothing
// senseless, never spins, and gives back at the end all that it took.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "tests/node/describe.hpp"
#include "tests/node/host.hpp"
#include "vrrp/advertisement.hpp"
#include "vrrp/arp.hpp"
#include "vrrp/ip_packet.hpp"
#include "vrrp/neighbor_advertisement.hpp"

using namespace highbase;

namespace {

// Four routers of three addresses at most, and nobody asks for anything twice.
constexpr std::size_t kMostActions = 200;
constexpr std::size_t kMostSteps = 400;

class Input {
public:
    explicit Input(vrrp::Octets octets) : octets_{octets} {}
    [[nodiscard]] bool empty() const { return octets_.empty(); }
    std::uint8_t take() {
        if (octets_.empty()) return 0;
        const std::uint8_t first = octets_.front();
        octets_ = octets_.subspan(1);
        return first;
    }
    vrrp::OctetString take(std::size_t most) {
        const vrrp::Octets some = octets_.first(std::min(most, octets_.size()));
        octets_ = octets_.subspan(some.size());
        return {some.begin(), some.end()};
    }

private:
    vrrp::Octets octets_;
};

vrrp::IpAddress ip(const char* text) {
    return vrrp::IpAddress::parse(text).value();
}
vrrp::Prefix prefix(const char* text) {
    return vrrp::Prefix::parse(text).value();
}

node::RouterConfiguration router(int index, std::uint8_t kind) {
    const bool ipv4 = index % 2 == 0;
    node::RouterConfiguration one;
    one.name = "r" + std::to_string(index);
    one.interface = index < 3 ? "eth0" : "eth1";
    // Its own on the link in each family, as the daemon's checks demand.
    one.vrid = vrrp::Vrid{static_cast<std::uint8_t>(51 + index / 2 * 2 + (kind & 1))};
    one.parameters.priority = vrrp::Priority{static_cast<std::uint8_t>(kind & 2 ? 200 : 100)};
    one.parameters.advertisement_interval = vrrp::Centiseconds{kind & 4 ? 1 : 100};
    one.parameters.preempt_mode = (kind & 8) == 0;
    one.accept = (kind & 16) == 0;
    one.lease.kind = kind & 2 ? node::Lease::Kind::off : node::Lease::Kind::automatic;
    one.mac = kind & 32 ? node::MacMode::virtual_ : node::MacMode::interface;
    one.checksum = node::ChecksumPolicy{static_cast<std::uint8_t>((kind >> 6) % 3)};
    const std::string last = std::to_string(100 + 10 * index);
    const auto add = [&](const std::string& text) { one.addresses.push_back(prefix(text.c_str())); };
    if (ipv4) {
        add("192.0.2." + last + "/24");
        if (kind & 64) add("192.0.2.1" + std::to_string(10 * index + 1) + "/24");
        if (kind & 128) one.unicast_peers = {ip("192.0.2.7")};
    } else {
        add("fe80::" + last + "/64");
        add("2001:db8::" + last + "/64");
        if (kind & 128) one.unicast_peers = {ip("fe80::7")};
    }
    return one;
}

// One of a few thousand configurations that the daemon's checks would pass.
node::Configuration configuration(Input& input) {
    const std::uint8_t shape = input.take();
    node::Configuration all{"box", {}};
    for (int i = 0; i <= shape % 4; ++i) {
        all.routers.push_back(router(i, input.take()));
        if (shape & 16) all.routers.back().sync_group = "together";
        const bool owner = (shape & 32) && !(shape & 16) && i == 0;
        if (owner) all.routers.back().parameters.priority = vrrp::kPriorityOwner;
    }
    return all;
}

vrrp::OctetString advertisement(Input& input, const node::Configuration& configuration) {
    if (configuration.routers.empty()) return {};
    const auto& to = configuration.routers[input.take() % configuration.routers.size()];
    const bool ipv4 = to.family() == vrrp::Family::ipv4;
    const vrrp::IpAddress source = ip(ipv4 ? "192.0.2.7" : "fe80::7");
    const vrrp::IpAddress destination =
        to.unicast_peers.empty() ? vrrp::multicast_group(to.family()) : ip(ipv4 ? "192.0.2.1" : "fe80::1");
    std::vector<vrrp::IpAddress> addresses;
    for (const vrrp::Prefix& address : to.addresses) addresses.push_back(address.address);
    const vrrp::Priority priority{input.take()};
    const vrrp::Centiseconds interval{1 + input.take() % 200};
    vrrp::OctetString packet =
        vrrp::ip_packet(source, destination, 112,
                        vrrp::encode({to.vrid, priority, interval, addresses}, source, destination,
                                     input.take() & 1 ? vrrp::ChecksumForm::pseudo_header
                                                      : vrrp::ChecksumForm::message_only));
    const std::uint8_t where = input.take();
    if (where & 1) packet[where % packet.size()] ^= input.take();  // a mutant
    return vrrp::ethernet_frame(vrrp::multicast_mac(to.family()), {{2, 0, 0, 0, 0, 7}},
                                ipv4 ? vrrp::EtherType::ipv4 : vrrp::EtherType::ipv6, packet);
}

vrrp::OctetString claim(Input& input, const node::Configuration& configuration) {
    if (configuration.routers.empty()) return {};
    const auto& to = configuration.routers[input.take() % configuration.routers.size()];
    const vrrp::MacAddress mac{{2, 0, 0, 0, 0, input.take()}};
    const vrrp::IpAddress address = to.addresses.front().address;
    return address.is_ipv4() ? vrrp::gratuitous_arp(vrrp::ArpOperation::reply, mac, address)
                             : vrrp::unsolicited_neighbor_advertisement(mac, address);
}

class Run {
public:
    explicit Run(vrrp::Octets octets) : input_{octets} {
        host_.add_interface("eth0", {{2, 0, 0, 0, 0, 1}}, {"192.0.2.1/24", "fe80::1/64"});
        if (input_.take() & 1)
            host_.add_interface("eth1", {{2, 0, 0, 0, 0, 2}}, {"192.0.2.3/24", "fe80::3/64"});
        host_.advance_to(vrrp::TimePoint{std::chrono::hours{1}});
        configuration_ = configuration(input_);
        host_.start(configuration_);
    }

    void go() {
        for (std::size_t i = 0; i < kMostSteps && !input_.empty(); ++i) {
            step();
            look();
        }
        steps_.push_back("shutdown");
        host_.faults = {};
        host_.handle(node::Shutdown{});
        look();
        require(host_.ports().empty(), "every port is closed at the end");
        require(host_.kernel.refused().empty(), "nothing is refused after the end");
        for (const netlink::Link& link : host_.kernel.links().value_or(std::vector<netlink::Link>{}))
            require(link.parent == netlink::LinkIndex{}, "no macvlan is left behind");
        require(kept_.empty(), "no address is left behind");
        require(!host_.next_deadline(), "nothing is waited for after the end");
    }

private:
    void step() {
        static constexpr std::array kNames{"timer",  "timer",  "timer",       "time",      "advertisement",
                                           "claim",  "octets", "links",       "addresses", "faults",
                                           "reload", "resign", "eligibility", "overrun"};
        const std::size_t what = input_.take() % kNames.size();
        steps_.push_back(kNames.at(what));
        switch (what) {
            case 0:
            case 1:
            case 2: return to_deadline();
            case 3: return host_.advance_to(host_.now() + std::chrono::milliseconds{input_.take() * 20});
            case 4: return hear(advertisement(input_, configuration_));
            case 5: return hear(claim(input_, configuration_));
            case 6: return hear(input_.take(input_.take()));
            case 7: return links();
            case 8: return addresses();
            case 9: return faults();
            case 10:
                configuration_ = configuration(input_);
                return host_.handle(node::ConfigurationChanged{configuration_});
            case 11:
                return host_.handle(node::Resign{"r" + std::to_string(input_.take() % 4),
                                                 std::chrono::milliseconds{input_.take()}});
            case 12:
                return host_.handle(node::EligibilityChanged{"r" + std::to_string(input_.take() % 4),
                                                             (input_.take() & 1) != 0});
            default: host_.kernel.overrun(); return host_.notice_kernel();
        }
    }

    void to_deadline() {
        const auto deadline = host_.next_deadline();
        if (!deadline) return;
        host_.advance_to(std::max(host_.now(), *deadline));
        host_.wake();
        require(!host_.next_deadline() || *host_.next_deadline() > host_.now() || is_pending_at_once(),
                "a deadline that was served lies in the future");
    }

    // Only a probe that a restarted router wants to send at once is due again after a wake.
    [[nodiscard]] bool is_pending_at_once() {
        for (int i = 0; i < 3; ++i) {
            host_.wake();
            if (!host_.next_deadline() || *host_.next_deadline() > host_.now()) return true;
        }
        return false;
    }

    void hear(const vrrp::OctetString& frame) {
        if (host_.ports().empty()) return;
        host_.receive(host_.ports().begin()->first, frame);
    }

    void links() {
        const auto all = host_.kernel.links().value();
        if (all.empty()) {
            host_.add_interface("eth0", {{2, 0, 0, 0, 0, 1}}, {"192.0.2.1/24", "fe80::1/64"});
            return host_.notice_kernel();
        }
        const netlink::Link link = all[input_.take() % all.size()];
        const std::uint8_t what = input_.take();
        if (what % 4 == 0) host_.kernel.set_running(link.index, !link.running);
        if (what % 4 == 1) host_.kernel.remove_link(link.index);
        if (what % 4 == 2 && link.parent == netlink::LinkIndex{}) rename(link);
        if (what % 4 == 3 && all.size() < 8)
            host_.add_interface("x" + std::to_string(++names_), {{2, 0, 0, 0, 1, what}}, {"192.0.2.9/24"});
        if (what & 128) host_.notice_kernel();
    }

    void rename(const netlink::Link& link) {
        const char* name = input_.take() & 1 ? "eth0" : "eth1";
        const auto all = host_.kernel.links().value();
        if (std::ranges::find(all, name, &netlink::Link::name) == all.end())
            host_.kernel.rename(link.index, name);
    }

    void addresses() {
        const auto all = host_.kernel.addresses().value();
        const auto every_link = host_.kernel.links().value();
        const std::uint8_t what = input_.take();
        if (what & 1) {
            if (all.empty()) return;
            const auto& victim = all[input_.take() % all.size()];
            host_.kernel.remove_address(victim.link, victim.prefix);
        } else if (!every_link.empty()) {
            const char* text = what & 2 ? "192.0.2.1/24" : (what & 4 ? "fe80::1/64" : "192.0.2.100/24");
            host_.kernel.add_address(
                {every_link[input_.take() % every_link.size()].index, prefix(text), (what & 8) != 0});
        }
        if (what & 128) host_.notice_kernel();
    }

    void faults() {
        const std::uint8_t which = input_.take();
        const netlink::Error error{which & 128 ? ENETDOWN : EPERM, "injected"};
        const auto set = [&](std::optional<netlink::Error>& fault, int bit) {
            fault = which & bit ? std::optional{error} : std::nullopt;
        };
        set(host_.faults.open_port, 1);
        set(host_.faults.set_scope, 2);
        set(host_.faults.send, 4);
        set(host_.faults.create_macvlan, 8);
        set(host_.faults.refuse_packets, 16);
        set(host_.faults.guard, 16);
        host_.faults.lease = (which & 24) == 24 ? std::optional{error} : std::nullopt;
        leases_failed_ = leases_failed_ || host_.faults.lease;
        if (which & 32) host_.kernel.fail_next_puts(1 + (which & 1), error);
        if (which & 64 && !host_.ports().empty()) host_.break_port(host_.ports().begin()->first, error);
    }

    // What must hold after each event, seen from outside.
    void look() {
        host_.notice_kernel();
        const std::vector<tests::Performed> log = host_.take_log();
        for (const tests::Performed& performed : log) {
            note(performed.action);
            story_.push_back({steps_.size() - 1, performed});
        }
        require(host_.senseless().empty(), "frames go to open ports");
        require(log.size() <= kMostActions, "no more is done than there is to do");
        std::set<vrrp::IpAddress> served;
        for (const node::RouterSnapshot& one : host_.snapshot().routers) {
            if (one.state != node::RouterState::active) continue;
            for (const vrrp::Prefix& address : one.configuration.addresses) served.insert(address.address);
        }
        for (const auto& [link, address] : kept_)
            require(served.contains(address.address), "only an Active router has its addresses");
        if (leases_failed_) return;  // one that could not be ended ends by itself
        for (const vrrp::IpAddress& address : host_.kernel.leased())
            require(served.contains(address), "only an Active router has a lease");
    }

    // Tells the story before it ends: libFuzzer keeps the octets only.
    void require(bool holds, const char* rule) const {
        if (holds) return;
        auto line = story_.begin();
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            std::fprintf(stderr, "%zu %s\n", i, steps_[i]);
            for (; line != story_.end() && line->step == i; ++line)
                std::fprintf(stderr, "    %s\n", tests::describe(line->performed).c_str());
        }
        std::fprintf(stderr, "does not hold: %s\n", rule);
        std::abort();
    }

    struct Line {
        std::size_t step;
        tests::Performed performed;
    };

    void note(const node::Action& action) {
        if (const auto* put = std::get_if<node::PutAddresses>(&action)) {
            for (const auto& request : put->addresses) kept_.emplace(request.link, request.prefix);
        }
        if (const auto* deleted = std::get_if<node::DeleteAddress>(&action))
            kept_.erase({deleted->link, deleted->prefix});
    }

    Input input_;
    tests::Host host_{"fuzzed"};
    node::Configuration configuration_;
    std::set<std::pair<netlink::LinkIndex, vrrp::Prefix>> kept_;  // asked for, and not given back
    bool leases_failed_ = false;
    int names_ = 0;
    std::vector<const char*> steps_{"start"};
    std::vector<Line> story_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run{{data, size}}.go();
    return 0;
}
