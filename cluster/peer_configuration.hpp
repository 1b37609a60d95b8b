// SPDX-License-Identifier: GPL-2.0-or-later
// How a box reaches the other one of its pair. Filled by the daemon from its file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vrrp/address.hpp"
#include "vrrp/time.hpp"

namespace highbase::cluster {

// Not assigned to anybody in IANA's list of service names and port numbers.
inline constexpr std::uint16_t kPeerPort = 9568;
inline constexpr std::size_t kMostPaths = 8;

// One way to the other box. Every message goes out on all of them.
struct PathConfiguration {
    vrrp::IpAddress address;  // of the other box: unicast, not link-local IPv6 (which needs an interface)
    std::uint16_t port = kPeerPort;
    std::optional<vrrp::IpAddress> local{};  // of this box, of the same family; nothing: the kernel chooses
    friend bool operator==(const PathConfiguration&, const PathConfiguration&) = default;
};

struct PeerTiming {
    // Between two messages when nothing happens: kShortestPeerInterval to kLongestPeerInterval
    // (peer_message.hpp), whole milliseconds.
    vrrp::Duration interval = std::chrono::milliseconds{100};
    // Without a message for so long the peer is silent: at least two intervals. Nothing: three intervals (the
    // longer of both sides') and 50 ms, which is enough for two lost messages and a busy processor.
    std::optional<vrrp::Duration> timeout{};
    friend bool operator==(const PeerTiming&, const PeerTiming&) = default;
};

struct PeerConfiguration {
    std::vector<PathConfiguration> paths;  // 1 to kMostPaths, no two of them equal
    std::uint16_t port = kPeerPort;        // of this box, on every path
    std::string key_file;
    std::string old_key_file;  // a second key that is accepted, while keys are rolled; empty: none
    PeerTiming timing;
    friend bool operator==(const PeerConfiguration&, const PeerConfiguration&) = default;
};

}  // namespace highbase::cluster
