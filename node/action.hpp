// SPDX-License-Identifier: GPL-2.0-or-later
// What a node wants done. All plain values; the driver (daemon/speaker.hpp, or a simulator) performs the
// actions in order and hands back the outcomes that have an event of their own (event.hpp).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cluster/node_state.hpp"
#include "netlink/kernel.hpp"
#include "node/configuration.hpp"
#include "node/report.hpp"
#include "node/service_event.hpp"
#include "node/will.hpp"
#include "vrrp/capture_scope.hpp"
#include "vrrp/octets.hpp"

namespace highbase::node {

// A virtual router of this node, for as long as it exists; not used again.
enum class RouterId : std::uint32_t {};

// Answered with PortOpened or PortFailed. A port opens with CaptureScope::any.
struct OpenPort {
    netlink::Link link;
    friend bool operator==(const OpenPort&, const OpenPort&) = default;
};
struct ClosePort {
    netlink::LinkIndex link;
    friend bool operator==(const ClosePort&, const ClosePort&) = default;
};
struct SetScope {
    netlink::LinkIndex link;
    vrrp::CaptureScope scope;
    friend bool operator==(const SetScope&, const SetScope&) = default;
};
// A whole Ethernet frame. Answered with SendFailed where it fails.
struct SendFrame {
    netlink::LinkIndex link;
    RouterId router;
    vrrp::OctetString frame;
    friend bool operator==(const SendFrame&, const SendFrame&) = default;
};
// An IP payload of protocol 112 to one host. Answered with SendFailed where it fails.
struct SendDatagram {
    netlink::LinkIndex link;
    RouterId router;
    vrrp::IpAddress source;
    vrrp::IpAddress destination;
    vrrp::OctetString payload;
    friend bool operator==(const SendDatagram&, const SendDatagram&) = default;
};
// All of them, or the first failure ends it. Answered with AddressesPut or AddressesFailed.
struct PutAddresses {
    RouterId router;
    std::vector<netlink::AddressRequest> addresses;
    friend bool operator==(const PutAddresses&, const PutAddresses&) = default;
};
// Answered with DeleteFailed where it fails for another reason than that the address is not there.
struct DeleteAddress {
    RouterId router;
    netlink::LinkIndex link;
    vrrp::Prefix prefix;
    friend bool operator==(const DeleteAddress&, const DeleteAddress&) = default;
};
// Of clients of a database, before its addresses go: they learn it at once, and hear no late answer of a
// server that is stopped now and may go on later. Answered with EndConnectionsFailed where it fails.
struct EndConnections {
    RouterId router;
    std::vector<vrrp::IpAddress> addresses;
    bool forwarded = false;  // also those that are led to other hosts
    friend bool operator==(const EndConnections&, const EndConnections&) = default;
};
// Served only with a lease from now on (netlink/kernel.hpp). Answered with GuardFailed where it fails.
struct Guard {
    std::vector<vrrp::IpAddress> addresses;
    friend bool operator==(const Guard&, const Guard&) = default;
};
// All that is led to other hosts from now on; needs a guard. Answered with ForwardFailed where it fails.
struct Forward {
    std::vector<netlink::Forward> ports;
    friend bool operator==(const Forward&, const Forward&) = default;
};
// Answered with LeaseFailed where it fails.
struct RenewLease {
    RouterId router;
    std::vector<vrrp::IpAddress> addresses;
    vrrp::Duration length;
    friend bool operator==(const RenewLease&, const RenewLease&) = default;
};
struct EndLease {
    RouterId router;
    std::vector<vrrp::IpAddress> addresses;
    vrrp::Duration refuse_for;  // who begins a connection is told at once that there is nobody
    friend bool operator==(const EndLease&, const EndLease&) = default;
};
// Of clients that another box had at these addresses, as far as the peer has told of them.
struct TickleClients {
    std::vector<vrrp::IpAddress> addresses;
    friend bool operator==(const TickleClients&, const TickleClients&) = default;
};
// Answered with MacvlanFailed where it fails; else the link appears among the kernel's events.
struct CreateMacvlan {
    RouterId router;
    netlink::MacvlanRequest request;
    friend bool operator==(const CreateMacvlan&, const CreateMacvlan&) = default;
};
struct DeleteLink {
    netlink::LinkIndex link;
    friend bool operator==(const DeleteLink&, const DeleteLink&) = default;
};
// Answered with RefusalFailed where it fails.
struct RefusePackets {
    std::vector<vrrp::IpAddress> addresses;
    friend bool operator==(const RefusePackets&, const RefusePackets&) = default;
};
// Answered with ServiceHappened of replication::TaskDone or TaskFailed.
struct ServiceTask {
    std::string service;
    Task task;
    friend bool operator==(const ServiceTask&, const ServiceTask&) = default;
};
// To the peer, from now on.
struct SayState {
    cluster::NodeState state;
    friend bool operator==(const SayState&, const SayState&) = default;
};
// What is to be done if this process dies, from now on.
struct LeaveWill {
    Will will;
    friend bool operator==(const LeaveWill&, const LeaveWill&) = default;
};
struct SwitchoverAnswer {
    std::string service;
    SwitchoverEnded result;
    friend bool operator==(const SwitchoverAnswer&, const SwitchoverAnswer&) = default;
};
struct OrderAnswered {
    std::string service;
    OrderAnswer answer;
    friend bool operator==(const OrderAnswered&, const OrderAnswered&) = default;
};
// Answers StopAsked, once all services have done what they had to.
struct ReadyToStop {
    friend bool operator==(const ReadyToStop&, const ReadyToStop&) = default;
};
struct Tell {
    Report report;
    friend bool operator==(const Tell&, const Tell&) = default;
};
using Action = std::variant<OpenPort, ClosePort, SetScope, SendFrame, SendDatagram, PutAddresses,
                            DeleteAddress, EndConnections, Guard, Forward, RenewLease, EndLease,
                            TickleClients, CreateMacvlan, DeleteLink, RefusePackets, ServiceTask, SayState,
                            LeaveWill, SwitchoverAnswer, OrderAnswered, ReadyToStop, Tell>;
using Actions = std::vector<Action>;

}  // namespace highbase::node
