// SPDX-License-Identifier: GPL-2.0-or-later
// Frames in and out of one Ethernet link.
#pragma once

#include <cstdint>
#include <functional>

#include "netlink/result.hpp"
#include "vrrp/address.hpp"
#include "vrrp/capture_scope.hpp"
#include "vrrp/octets.hpp"
#include "vrrp/time.hpp"

namespace highbase::vrrp {

// Both live only during the call that hands it over.
struct CapturedFrame {
    Octets octets;
    Duration age;  // since the kernel received it, as far as the clocks can be believed: at most kOldestFrame
};
// A wake-up takes less. What seems older has waited for a stopped process, or the wall clock was stepped.
inline constexpr Duration kOldestFrame = std::chrono::milliseconds{5};

class Port {
public:
    Port() = default;
    Port(const Port&) = delete;
    Port(Port&&) = delete;
    Port& operator=(const Port&) = delete;
    Port& operator=(Port&&) = delete;
    virtual ~Port() = default;

    // A whole Ethernet frame, without its check sequence, goes out as it is.
    virtual netlink::Result<void> send_frame(Octets frame) = 0;
    // An IP payload of protocol 112 to a host that the kernel finds the way to (unicast peers), TTL or Hop
    // Limit 255.
    virtual netlink::Result<void> send_datagram(const IpAddress& source, const IpAddress& destination,
                                                Octets payload) = 0;
    virtual netlink::Result<void> set_scope(CaptureScope scope) = 0;

    // Readable when receive() has frames.
    [[nodiscard]] virtual int descriptor() const = 0;
    // Hands each waiting frame (from outside, never our own) to `sink`, at most `limit` of them. Returns how
    // many; an error means that the port is of no use any more (ENETDOWN, ENODEV).
    virtual netlink::Result<std::size_t> receive(const std::function<void(const CapturedFrame&)>& sink,
                                                 std::size_t limit) = 0;
};

}  // namespace highbase::vrrp
