// SPDX-License-Identifier: GPL-2.0-or-later
// Why a datagram of the peer link was refused. Closed: each member has its own counter, and a test that
// reaches it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace highbase::cluster {

// In the order in which a datagram meets the checks.
enum class Refusal : std::uint8_t {
    // the seal
    size,          // shorter than any message, or longer than the longest
    protocol,      // nothing of ours
    version,       // of the protocol: not one that is spoken here
    another_pair,  // sealed with another key: a key file that differs, or somebody else's pair
    seal,          // altered on the way, or forged
    // the message
    length,    // ends too early, or goes on after its end
    stamp,     // a session, number or interval that cannot be
    name,      // not a name of a node or service
    value,     // a number or flag outside of its range
    position,  // too long, or with characters that no position has
    services,  // more than there can be, or two of one name
    word,      // a successor that nobody resigns to, or a resignation without one
    // the link
    own,         // our own name: it came back, or the other box has a copy of this configuration
    third_node,  // another name than that of the peer that is there: three boxes share a key
    echo_ahead,  // answers what was never sent
    unproven,    // does not prove that it was made after this side began: first contact, or a replay
    replayed,    // came on this path before, or is too old to tell
};
inline constexpr std::size_t kRefusalCount = 17;

// "size" and so on, as in status output.
std::string_view name(Refusal refusal);

class RefusalCounters {
public:
    void count(Refusal refusal) { ++counts_.at(static_cast<std::size_t>(refusal)); }
    [[nodiscard]] std::uint64_t operator[](Refusal refusal) const {
        return counts_.at(static_cast<std::size_t>(refusal));
    }
    friend bool operator==(const RefusalCounters&, const RefusalCounters&) = default;

private:
    std::array<std::uint64_t, kRefusalCount> counts_{};
};

}  // namespace highbase::cluster
