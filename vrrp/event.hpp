// SPDX-License-Identifier: GPL-2.0-or-later
// What can happen to a virtual router.
#pragma once

#include <variant>

#include "vrrp/address.hpp"
#include "vrrp/parameters.hpp"
#include "vrrp/time.hpp"
#include "vrrp/timers.hpp"

namespace highbase::vrrp {

// The interface can send and receive. `primary_address` breaks ties between equal priorities.
struct Startup {
    IpAddress primary_address;
};
struct PrimaryAddressChanged {
    IpAddress primary_address;
};
// An orderly end: the successor is told.
struct Shutdown {};
// The interface is gone or deaf: there is nobody to tell.
struct InterfaceLost {};
// next_deadline() has come. `late`: how long ago it was when the driver woke.
struct TimerExpired {
    Duration late{0};
};
// Decoded, validated, and of this virtual router (vrrp/advertisement.hpp).
// `age`: how long ago it arrived. The timers run from its arrival and not from when the driver woke.
struct AdvertisementReceived {
    Priority priority;
    Centiseconds max_advertise_interval;
    IpAddress source;
    Duration age{0};
};
// Any frame from another host arrived on the link.
struct FrameReceived {};
struct AddressesAcquired {};
struct AcquisitionFailed {};
// Leave Active now; do not become Active again for `hold_down`, or until eligibility returns.
struct Resign {
    Duration hold_down{0};
};
struct EligibilityChanged {
    bool eligible;
};
struct ParametersChanged {
    Parameters parameters;
};
// Another host was seen to claim one of the addresses.
struct Contention {};
// The Active has left its role by other means than priority 0, and named this router as its successor: nobody
// else will take over, so there is nobody to be later than (Skew_Time).
struct NamedSuccessor {};
// One of the addresses had gone while Active, and is there again.
struct AddressesRestored {};
using Event =
    std::variant<Startup, PrimaryAddressChanged, Shutdown, InterfaceLost, TimerExpired, AdvertisementReceived,
                 FrameReceived, AddressesAcquired, AcquisitionFailed, Resign, EligibilityChanged,
                 ParametersChanged, Contention, NamedSuccessor, AddressesRestored>;

}  // namespace highbase::vrrp
