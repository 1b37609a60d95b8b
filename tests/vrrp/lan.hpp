// SPDX-License-Identifier: GPL-2.0-or-later
// A simulated link with a few hosts, each with a sync group. Time passes from event to event; frames arrive
// after a latency, or are lost when the test says so.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/vrrp/watched_group.hpp"

namespace highbase::tests {

class Lan {
public:
    struct Frame {
        std::size_t from;
        std::size_t to;
        std::size_t member;
        vrrp::AdvertisementReceived advertisement;
    };
    // Whether a frame that is sent at this time is lost.
    using Loss = std::function<bool(vrrp::TimePoint, const Frame&)>;

    static constexpr vrrp::Duration kLatency = std::chrono::microseconds{100};
    static constexpr vrrp::Duration kAcquisition = std::chrono::milliseconds{1};  // of the addresses
    static constexpr vrrp::Duration kLateness =
        std::chrono::microseconds{50};  // of a driver that wakes in time

    // The primary address of host i is 192.0.2.(i + 1), for each of its members.
    explicit Lan(const std::vector<std::vector<vrrp::Parameters>>& hosts, Loss loss = {});
    Lan(const Lan&) = delete;  // what is on its way knows where it goes
    Lan& operator=(const Lan&) = delete;

    void start(std::size_t host);
    void give(std::size_t host, std::size_t member, const vrrp::Event& event);
    // A paused host does nothing, and what is sent to it meanwhile is lost.
    void pause(std::size_t host) { hosts_.at(host).paused = true; }
    void resume(std::size_t host) { hosts_.at(host).paused = false; }
    void run_until(vrrp::TimePoint end);

    [[nodiscard]] vrrp::TimePoint now() const { return now_; }
    [[nodiscard]] bool is_active(std::size_t host) const { return hosts_.at(host).group.is_active(); }
    [[nodiscard]] std::vector<std::size_t> actives() const;
    [[nodiscard]] const vrrp::VirtualRouter& router(std::size_t host, std::size_t member = 0) const {
        return hosts_.at(host).group.group().member(member);
    }
    // The longest time without any Active since the last call; one that lasts counts up to now.
    [[nodiscard]] vrrp::Duration longest_gap();
    // The first rule that a host broke (see WatchedGroup), or nothing.
    [[nodiscard]] std::string broken() const;

private:
    struct Host {
        WatchedGroup group;
        bool paused = false;
    };

    void perform(std::size_t host, const vrrp::MemberActions& actions);
    void send(std::size_t host, std::size_t member, vrrp::Priority priority);
    void step(vrrp::TimePoint time);
    void watch_gap(bool was_served);
    [[nodiscard]] vrrp::TimePoint next_time() const;

    std::vector<Host> hosts_;
    Loss loss_;
    std::multimap<vrrp::TimePoint, std::function<void()>> agenda_;
    vrrp::TimePoint now_;
    vrrp::TimePoint gap_began_;
    vrrp::Duration longest_gap_{0};
};

}  // namespace highbase::tests
