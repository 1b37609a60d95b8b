// SPDX-License-Identifier: GPL-2.0-or-later
// What a virtual router wants done: plain values, performed in order.
#pragma once

#include <variant>
#include <vector>

#include "vrrp/timers.hpp"

namespace highbase::vrrp {

struct SendAdvertisement {
    Priority priority;
    friend bool operator==(const SendAdvertisement&, const SendAdvertisement&) = default;
};
struct AcquireAddresses {
    friend bool operator==(const AcquireAddresses&, const AcquireAddresses&) = default;
};
struct RenewAddresses {
    friend bool operator==(const RenewAddresses&, const RenewAddresses&) = default;
};
struct ReleaseAddresses {
    friend bool operator==(const ReleaseAddresses&, const ReleaseAddresses&) = default;
};
struct AnnounceAddresses {
    friend bool operator==(const AnnounceAddresses&, const AnnounceAddresses&) = default;
};
using Action =
    std::variant<SendAdvertisement, AcquireAddresses, RenewAddresses, ReleaseAddresses, AnnounceAddresses>;
using Actions = std::vector<Action>;

}  // namespace highbase::vrrp
