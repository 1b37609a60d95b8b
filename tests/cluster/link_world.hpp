// SPDX-License-Identifier: GPL-2.0-or-later
// Two boxes and the paths between them. Each box has a clock of its own; the world has the true time, which
// nobody in it knows. Everything that is sent is recorded, and can be played again by somebody in between.
//
// Every 100 ms a box takes the true time for the epoch of its only service and says so: one can see how old
// it is what the other believes.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "cluster/peer_link.hpp"

namespace highbase::tests {

using namespace std::chrono_literals;

struct Clock {
    vrrp::TimePoint start{};  // what it shows when the world begins
    std::int64_t drift_ppm = 0;
};

// What happens to a datagram on its way. Chances are of a thousand.
struct Way {
    int lost = 0;
    int doubled = 0;
    vrrp::Duration shortest{100us};
    vrrp::Duration longest{300us};
};

class LinkWorld {
public:
    struct Recorded {
        std::size_t to = 0;
        std::size_t path = 0;
        vrrp::OctetString octets;
        vrrp::Duration sent{0};
    };

    LinkWorld(std::size_t paths, std::array<Clock, 2> clocks, std::uint32_t seed,
              cluster::PeerTiming timing = {});

    // A box begins (again), with a session of its own.
    void start(std::size_t box);
    void stop(std::size_t box) { boxes_.at(box).link.reset(); }
    // A box whose process sleeps: what comes waits, up to 100 datagrams, for the end of its sleep.
    void sleep(std::size_t box) { boxes_.at(box).asleep = true; }
    void wake(std::size_t box);
    // The way to a box on a path.
    Way& way(std::size_t to, std::size_t path) { return ways_.at(to).at(path); }
    void set_ways(const Way& way);
    void run(vrrp::Duration length) { run_until(now_ + length); }
    void run_until(vrrp::Duration end);
    // Plays a record now, on any path.
    void play(const Recorded& record, std::size_t path);
    void say(std::size_t box, const cluster::Word& word);
    void serve(std::size_t box, std::vector<vrrp::Connection> clients);

    [[nodiscard]] vrrp::Duration now() const { return now_; }
    [[nodiscard]] bool is_up(std::size_t box) const { return boxes_.at(box).link.has_value(); }
    [[nodiscard]] bool is_awake(std::size_t box) const { return is_up(box) && !boxes_.at(box).asleep; }
    [[nodiscard]] const cluster::PeerLink& link(std::size_t box) const { return *boxes_.at(box).link; }
    [[nodiscard]] cluster::Standing standing(std::size_t box) const;
    [[nodiscard]] cluster::PeerView view(std::size_t box) const;
    // How old it is what the box believes of the other; nothing: it believes nothing.
    [[nodiscard]] std::optional<vrrp::Duration> age_of_belief(std::size_t box) const;
    [[nodiscard]] const std::vector<Recorded>& records() const { return records_; }
    [[nodiscard]] std::uint64_t refused(std::size_t box, cluster::Refusal refusal) const;

    // After every event, for what must always hold.
    std::function<void()> watch;

private:
    struct Box {
        Clock clock;
        std::optional<cluster::PeerLink> link;
        cluster::Word word{};
        vrrp::Duration next_epoch{0};
        std::uint64_t starts = 0;
        bool asleep = false;
        std::vector<Recorded> waiting;
    };
    struct Flight {
        vrrp::Duration arrival{0};
        Recorded datagram;
    };

    [[nodiscard]] vrrp::TimePoint local_time(const Box& box) const;
    [[nodiscard]] vrrp::Duration true_time(const Box& box, vrrp::TimePoint local) const;
    [[nodiscard]] cluster::NodeState state_of(std::size_t box);
    [[nodiscard]] vrrp::Duration next_event(vrrp::Duration end) const;
    void let_speak(std::size_t box);
    void tell(std::size_t box, const cluster::PeerEvent& event);
    void launch(const Recorded& datagram);
    void arrive(const Recorded& datagram);
    bool chance(int of_a_thousand);

    std::vector<Box> boxes_;
    std::array<std::vector<Way>, 2> ways_;
    std::vector<Flight> flights_;
    std::vector<Recorded> records_;
    vrrp::Duration now_{0};
    cluster::PeerTiming timing_;
    std::mt19937 random_;
};

}  // namespace highbase::tests
