// SPDX-License-Identifier: GPL-2.0-or-later
// Frames as a test sends and sees them at the far end of a link, by a plain packet socket.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "netlink/descriptor.hpp"
#include "tests/netlink/network_namespace.hpp"
#include "vrrp/address.hpp"

namespace highbase::test {

using Frame = std::vector<std::uint8_t>;

class Wire {
public:
    // `incoming_only`: not what this end sends itself.
    Wire(const NetworkNamespace& where, const std::string& link, bool incoming_only = true);
    void send(const Frame& frame) const;
    // The next frame, or nothing when none has come in time.
    std::optional<Frame> next(std::chrono::milliseconds timeout) const;
    // All frames up to the first that `is_last` (included); throws when that has not come within five
    // seconds.
    std::vector<Frame> until(const std::function<bool(const Frame&)>& is_last) const;

private:
    netlink::Descriptor socket_;
};

vrrp::MacAddress source_mac(const Frame& frame);
std::uint16_t ether_type(const Frame& frame);

struct ArpFields {
    std::uint16_t operation = 0;  // 1 request, 2 reply
    vrrp::MacAddress sender_mac;
    vrrp::IpAddress sender;
    vrrp::IpAddress target;
};
std::optional<ArpFields> read_arp(const Frame& frame);
Frame arp_request(const vrrp::MacAddress& sender_mac, const vrrp::IpAddress& sender,
                  const vrrp::IpAddress& target);

struct NeighborFields {
    std::uint8_t type = 0;  // ICMPv6: 135 solicitation, 136 advertisement
    vrrp::IpAddress target;
    std::optional<vrrp::MacAddress> option;  // the link-layer address option
};
std::optional<NeighborFields> read_neighbor_discovery(const Frame& frame);

}  // namespace highbase::test
