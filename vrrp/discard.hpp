// SPDX-License-Identifier: GPL-2.0-or-later
// Why a received packet was refused. Closed: each member has its own counter, and a test that reaches it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace highbase::vrrp {

// In the order in which a packet meets the checks (RFC 9568 7.1 with errata 8298 to 8301).
enum class Discard : std::uint8_t {
    ip_header,           // lengths, header checksum, or a fragment: not a whole IP packet
    packet_length,       // shorter than a VRRP header, or not 8 + n addresses long
    hop_limit,           // IPv4 TTL or IPv6 Hop Limit is not 255: it was routed (RFC 5082)
    version,             // not 3
    type,                // not 1
    checksum,            // in none of the forms that are in use
    unknown_vrid,        // not configured on the receiving interface for this address family
    address_count,       // 0 (erratum 8299)
    advertise_interval,  // 0 (erratum 8301): would time out at once
    not_link_local,      // IPv6: the first address is not link-local (erratum 8300)
    destination,         // neither the group's, nor ours while unicast peers are configured
    stranger,            // unicast peers are configured, and the source is none of them
    own,                 // our own advertisement came back: a loop in the network, or a copied configuration
};
inline constexpr std::size_t kDiscardCount = 13;

// "ip_header" and so on, as in status output.
std::string_view name(Discard discard);

class DiscardCounters {
public:
    void count(Discard discard) { ++counts_.at(static_cast<std::size_t>(discard)); }
    [[nodiscard]] std::uint64_t operator[](Discard discard) const {
        return counts_.at(static_cast<std::size_t>(discard));
    }
    friend bool operator==(const DiscardCounters&, const DiscardCounters&) = default;

private:
    std::array<std::uint64_t, kDiscardCount> counts_{};
};

}  // namespace highbase::vrrp
