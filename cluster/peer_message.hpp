// SPDX-License-Identifier: GPL-2.0-or-later
// The message between the two boxes of a pair, to and from octets (docs/peer-protocol.md). It is sealed
// (seal.hpp) before it goes out; what arrives here comes from somebody who has the key, and is not believed
// to be well-formed for that.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "cluster/node_state.hpp"
#include "cluster/refusal.hpp"
#include "vrrp/connection.hpp"
#include "vrrp/octets.hpp"

namespace highbase::cluster {

inline constexpr std::size_t kLargestDatagram = 1400;  // octets of UDP payload: fits one frame of any link
inline constexpr std::size_t kSealSize = 44;           // what sealing adds to a message
inline constexpr std::size_t kLargestMessage = kLargestDatagram - kSealSize;

inline constexpr std::chrono::milliseconds kShortestPeerInterval{10};
inline constexpr std::chrono::milliseconds kLongestPeerInterval{10'000};

// Made at random when the sender's process starts; 0: none.
enum class SessionId : std::uint64_t {};
inline constexpr SessionId kNoSession{0};
// Counts the messages of a session from 1; 0: none. A message has the same number on each path.
enum class MessageNumber : std::uint64_t {};
inline constexpr MessageNumber kNoNumber{0};

constexpr MessageNumber next(MessageNumber number) {
    return MessageNumber{static_cast<std::uint64_t>(number) + 1};
}

// What lets the receiver tell a message that was made just now from one that was kept for later.
struct Stamp {
    SessionId session{};
    MessageNumber number{};
    SessionId echoed_session{};     // the receiver's, as far as the sender has heard of it
    MessageNumber echoed_number{};  // the greatest that the sender has of that session
    bool accepted = false;  // the sender takes that session for its peer: it has believed the message of that
                            // number
    std::chrono::milliseconds interval{100};  // between two messages of the sender, when nothing happens
    // The greatest number of that session that the sender has heard on the path on which this goes out, and
    // how long before it sent this; nothing: longer than can be said.
    MessageNumber path_number{};
    std::optional<std::chrono::microseconds> held{};
    friend bool operator==(const Stamp&, const Stamp&) = default;
};

inline constexpr std::size_t kMostClientsInMessage = 32;

struct PeerMessage {
    Stamp stamp;
    NodeState state;
    std::vector<vrrp::Connection> clients{};  // some of those that the sender serves, at most so many
    friend bool operator==(const PeerMessage&, const PeerMessage&) = default;
};

// Why a state cannot be sent, in words; nothing when it can. Positions are never a reason.
std::optional<std::string> fault_of(const NodeState& state);

// What is sent of a message: as many of its clients, from the first, as there is room for. Positions that do
// not fit without any client are omitted: the longest first, and final ones only when no other is left.
PeerMessage fitted(PeerMessage message);

// What is sent of it, at most kLargestMessage octets. An error names the fault of the state, or says that the
// names alone take too much room.
tl::expected<vrrp::OctetString, std::string> encode(const PeerMessage& message);

// The inverse of encode(): what is accepted encodes to the same octets.
tl::expected<PeerMessage, Refusal> decode(vrrp::Octets octets);

// Whether a box with these names can always speak, whatever happens to its services: for the configuration,
// before the start.
std::optional<std::string> fault_of_names(std::string_view node, const std::vector<std::string>& services);

}  // namespace highbase::cluster
