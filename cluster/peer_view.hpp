// SPDX-License-Identifier: GPL-2.0-or-later
// What is known about the other box: for decisions, and for the status.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cluster/node_state.hpp"
#include "cluster/peer_message.hpp"
#include "cluster/refusal.hpp"
#include "vrrp/time.hpp"

namespace highbase::cluster {

// Of the peer as a whole, or of one path to it.
enum class Standing : std::uint8_t {
    silent,   // nothing was heard within the timeout
    one_way,  // it is heard, but it does not hear us: alive, but what it says may be old
    fresh,    // it is heard, and what it says answers what was sent within the timeout
};

// "silent", "one_way", "fresh"
std::string_view name(Standing standing);

struct PathView {
    Standing standing = Standing::silent;
    std::optional<vrrp::Duration> heard;       // so long ago
    std::optional<vrrp::Duration> round_trip;  // smoothed, without the time that the peer takes to answer
    RefusalCounters refusals;
    friend bool operator==(const PathView&, const PathView&) = default;
};

struct PeerView {
    Standing standing = Standing::silent;
    SessionId session{};                // of the peer; another one: it has begun anew
    std::optional<NodeState> last;      // what it said last. Only while `standing` is fresh it is a fact.
    std::optional<vrrp::Duration> age;  // of `last`: it is not older
    std::vector<PathView> paths;        // in the order of the configuration
    std::size_t clients = 0;            // of it, that it has told of and this box would tell of a takeover
    friend bool operator==(const PeerView&, const PeerView&) = default;
};

}  // namespace highbase::cluster
