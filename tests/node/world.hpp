// SPDX-License-Identifier: GPL-2.0-or-later
// Hosts, the networks between them, and the one time they live in. Everything happens at literal instants and
// in a fixed order, so that a story always ends the same.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "tests/node/host.hpp"

namespace highbase::tests {

// When every story begins. Not the epoch: a time that was never set must not look like the first moment.
inline constexpr vrrp::TimePoint kBeginning{std::chrono::hours{1}};

// One Ethernet segment.
class Lan {
public:
    explicit Lan(vrrp::Duration latency) : latency_{latency} {}

    [[nodiscard]] vrrp::Duration latency() const { return latency_; }
    // From now on nothing of `from` reaches `to`; the other direction is not touched.
    void cut(const Host& from, const Host& to) { cuts_.emplace(&from, &to); }
    void part(const Host& one, const Host& other) {
        cut(one, other);
        cut(other, one);
    }
    void mend() { cuts_.clear(); }
    // A finer loss: true for each frame that is to disappear.
    std::function<bool(const Host& from, const Host& to, vrrp::Octets frame)> loses;

    [[nodiscard]] bool carries(const Host& from, const Host& to, vrrp::Octets frame) const {
        return !cuts_.contains({&from, &to}) && !(loses && loses(from, to, frame));
    }

private:
    vrrp::Duration latency_;
    std::set<std::pair<const Host*, const Host*>> cuts_;
};

class World final : public Wire {
public:
    Lan& add_lan(vrrp::Duration latency = vrrp::Duration::zero());
    void connect(Host& host, netlink::LinkIndex link, Lan& lan);

    // Times count from the beginning of the story.
    void run_to(vrrp::Duration time);
    void run_for(vrrp::Duration duration) { run_to(now_ - kBeginning + duration); }
    [[nodiscard]] vrrp::TimePoint now() const { return now_; }
    // When something will happen next: for who owns more than these hosts.
    [[nodiscard]] std::optional<vrrp::TimePoint> next_instant() const;

    // A frame of somebody who is no host here reaches every host on the segment that it is addressed to, at
    // once.
    void say(const Lan& lan, const vrrp::OctetString& frame);
    // The names of all hosts that would answer for the address on this segment.
    [[nodiscard]] std::vector<std::string> owners(const Lan& lan, const vrrp::IpAddress& address) const;

    void carry(Host& from, netlink::LinkIndex link, const vrrp::OctetString& frame) override;
    std::optional<vrrp::MacAddress> resolve(Host& from, netlink::LinkIndex link,
                                            const vrrp::IpAddress& address) override;

private:
    struct Plug {
        Host* host;
        netlink::LinkIndex link;
        Lan* lan;
    };
    struct InFlight {
        Plug to;
        vrrp::OctetString frame;
    };

    [[nodiscard]] const Plug* find(const Host& host, netlink::LinkIndex link) const;
    [[nodiscard]] std::vector<Host*> hosts() const;
    void advance_to(vrrp::TimePoint now);
    bool deliver_one();
    void wake_the_due();

    vrrp::TimePoint now_ = kBeginning;
    std::vector<std::unique_ptr<Lan>> lans_;
    std::vector<Plug> plugs_;
    std::multimap<vrrp::TimePoint, InFlight>
        in_flight_;  // of one instant: in the order in which they were sent
    vrrp::TimePoint last_wake_{};
    int wakes_ = 0;  // at last_wake_
};

}  // namespace highbase::tests
