// SPDX-License-Identifier: GPL-2.0-or-later
// One side of a link, with the clock, the network and the peer in the test's hands. Our node is gw1 with the
// session A, the peer is gw2, by default with the session B. Times count from the start of the story.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

#include "cluster/peer_link.hpp"

namespace highbase::tests {

using namespace std::chrono_literals;

inline constexpr cluster::SessionId kA{0xa};
inline constexpr cluster::SessionId kB{0xb};
inline constexpr cluster::SessionId kC{0xc};

// What was done, in short: "0: 7 =B3 (2, 1500us)" is a message sent on path 0, our seventh, which echoes the
// third of session B; '=': that session is believed, '~': it is only greeted. In parentheses what this path
// has brought of it, and how long ago.
using Deeds = std::vector<std::string>;

Deeds describe(const cluster::PeerActions& actions);

// A service of which one can tell one state from another.
inline cluster::ServiceState epoch(std::uint64_t number) {
    return {.name = "db", .epoch = cluster::Epoch{number}};
}

struct Said {
    int number = 1;
    int echo = 0;  // 0: of nobody
    bool accepted = true;
    cluster::SessionId session = kB;
    cluster::SessionId echoed = kA;
    std::string node = "gw2";
    int path_echo = 0;
    vrrp::Duration held{0};
    std::chrono::milliseconds interval{100};
    std::vector<cluster::ServiceState> services{};
};
vrrp::OctetString octets_of(const Said& said);

class LinkStory {
public:
    explicit LinkStory(std::size_t paths = 1, cluster::PeerTiming timing = {},
                       std::vector<cluster::ServiceState> services = {});

    Deeds at(vrrp::Duration time, const cluster::PeerEvent& event);
    Deeds wake(vrrp::Duration time) { return at(time, cluster::TimerExpired{}); }
    Deeds hear(vrrp::Duration time, const Said& said, std::size_t path = 0);
    // From now on we say this of our only service, "db".
    Deeds say(vrrp::Duration time, cluster::ServiceState state);
    // Lets the time pass, and the timer expire when it is due; what was done is forgotten.
    void pass(vrrp::Duration until);

    // What came before was only the setting: times count from here.
    void begin_here();

    [[nodiscard]] vrrp::Duration deadline() const { return link_.next_deadline() - origin_; }
    [[nodiscard]] cluster::Standing standing() const { return link_.standing(origin_ + now_); }
    [[nodiscard]] cluster::Standing standing_at(vrrp::Duration time) const {
        return link_.standing(origin_ + time);
    }
    [[nodiscard]] cluster::PeerView view() const { return link_.view(origin_ + now_); }
    [[nodiscard]] std::vector<cluster::Standing> paths() const;
    // How often it was refused, on all paths.
    [[nodiscard]] std::uint64_t refused(cluster::Refusal refusal) const;
    [[nodiscard]] std::uint64_t refused() const;
    [[nodiscard]] const cluster::PeerLink& link() const { return link_; }

private:
    vrrp::TimePoint origin_{1000h};
    vrrp::Duration now_{0};
    cluster::PeerLink link_;
};

// At 0 we have sent our second message, and B2, which echoes it, has come on all paths. Our next message is
// due at 100 ms; if nothing more comes, the peer is fresh until 350 ms.
LinkStory acquainted(std::size_t paths = 1, cluster::PeerTiming timing = {});

}  // namespace highbase::tests
