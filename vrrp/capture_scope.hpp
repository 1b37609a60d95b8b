// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace highbase::vrrp {

// What the kernel's filter lets through. `any` is for the time until a first frame has proved that the link
// is not deaf (a switch port that still learns, a bond that is not up): every IP and ARP frame. `protocol`:
// VRRP, ARP, and ICMPv6 Neighbor Advertisements.
enum class CaptureScope : std::uint8_t { any, protocol };

}  // namespace highbase::vrrp
