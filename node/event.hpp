// SPDX-License-Identifier: GPL-2.0-or-later
// What a node is told: by the kernel, the network, the clock, its services and the other box, and what has
// come of its actions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cluster/node_state.hpp"
#include "cluster/peer_view.hpp"
#include "netlink/kernel.hpp"
#include "node/action.hpp"
#include "node/configuration.hpp"
#include "node/service_event.hpp"
#include "vrrp/octets.hpp"

namespace highbase::node {

// Everything there is; at start, and again after each netlink::Overrun.
struct KernelDumped {
    std::vector<netlink::Link> links;
    std::vector<netlink::LinkAddress> addresses;
};
// All that has happened since the last one, without an Overrun. It must be everything the kernel has ready:
// what the node itself asked for is then always in it.
struct KernelChanged {
    std::vector<netlink::KernelEvent> events;
};
// From outside, as it was on the wire; the octets live only during the call. `age`: since it arrived.
struct FrameReceived {
    netlink::LinkIndex link;
    vrrp::Octets frame;
    vrrp::Duration age{0};
};
struct TimerExpired {};
struct ConfigurationChanged {
    Configuration configuration;
};
struct Shutdown {};
struct PortOpened {
    netlink::LinkIndex link;
};
// It could not be opened, or it broke.
struct PortFailed {
    netlink::LinkIndex link;
    netlink::Error error;
};
struct SendFailed {
    RouterId router;
    netlink::Error error;
};
struct AddressesPut {
    RouterId router;
};
struct AddressesFailed {
    RouterId router;
    netlink::Error error;
};
struct DeleteFailed {
    RouterId router;
    netlink::LinkIndex link;
    vrrp::Prefix prefix;
    netlink::Error error;
};
struct EndConnectionsFailed {
    RouterId router;
    netlink::Error error;
};
struct MacvlanFailed {
    RouterId router;
    netlink::Error error;
};
struct RefusalFailed {
    netlink::Error error;
};
struct GuardFailed {
    netlink::Error error;
};
struct ForwardFailed {
    netlink::Error error;
};
// Of RenewLease or EndLease. ENOENT: somebody has removed the guard.
struct LeaseFailed {
    RouterId router;
    netlink::Error error;
};
// For the health of the service behind the addresses: whether this box could serve, and that it must stop.
struct EligibilityChanged {
    std::string router;
    bool eligible;
};
struct Resign {
    std::string router;
    vrrp::Duration hold_down;
};
// The checks of a router's service, as a whole.
struct HealthChanged {
    std::string router;
    bool up = true;              // false: this box cannot serve
    std::uint8_t deduction = 0;  // from the priority
    std::string reason;          // of the first that is down
    health::Anchor anchor = health::Anchor::none;
};
struct ServiceHappened {
    std::string service;
    ServiceEvent event;
};
// Of the peer link, whenever something about it has changed.
struct PeerHeard {
    cluster::Standing standing = cluster::Standing::silent;
    std::optional<cluster::NodeState> state;  // what it said last, if ever
    std::vector<std::string> acknowledged;    // the services whose last word it has heard
};
using Event =
    std::variant<KernelDumped, KernelChanged, FrameReceived, TimerExpired, ConfigurationChanged, Shutdown,
                 PortOpened, PortFailed, SendFailed, AddressesPut, AddressesFailed, DeleteFailed,
                 EndConnectionsFailed, MacvlanFailed, RefusalFailed, GuardFailed, ForwardFailed, LeaseFailed,
                 EligibilityChanged, Resign, HealthChanged, ServiceHappened, PeerHeard, StopAsked>;

}  // namespace highbase::node
