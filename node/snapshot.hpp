// SPDX-License-Identifier: GPL-2.0-or-later
// Everything about a node that anybody may ask, as plain values, taken at one instant. JSON, tables and
// (later) metrics and MIB rows are views of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/configuration.hpp"
#include "node/service_snapshot.hpp"
#include "vrrp/address.hpp"
#include "vrrp/discard.hpp"
#include "vrrp/time.hpp"
#include "vrrp/timers.hpp"

namespace highbase::node {

enum class RouterState : std::uint8_t { initialize, backup, active };

// Why a virtual router is in Initialize.
enum class InitializeReason : std::uint8_t {
    none,      // it is not in Initialize
    starting,  // the node has not seen its interfaces yet
    interface_missing,
    not_ethernet,
    link_down,
    no_address,      // the interface has no address to send from: IPv4, or IPv6 link-local
    port_failed,     // frames cannot be sent or received
    macvlan_failed,  // the device for the virtual MAC could not be made
    stopped,
};

// The router that serves the addresses, as far as this node knows.
struct ActiveRouter {
    vrrp::IpAddress address;
    vrrp::Priority priority{};
    vrrp::Centiseconds advertisement_interval{};
    vrrp::TimePoint last_heard;  // of our own: the last one sent
    bool self = false;
};

struct RouterCounters {
    std::uint64_t advertisements_sent = 0;
    std::uint64_t advertisements_received = 0;  // valid ones
    std::uint64_t priority_zero_sent = 0;
    std::uint64_t priority_zero_received = 0;
    std::uint64_t became_active = 0;
    std::uint64_t interval_mismatches = 0;                    // accepted, logged (RFC 9568 7.1)
    std::uint64_t address_list_mismatches = 0;                // accepted, logged
    std::uint64_t checksum_rfc9568_received = 0;              // IPv4: message only
    std::uint64_t checksum_pseudo_header_received = 0;        // IPv4: with the packet's own destination
    std::uint64_t checksum_pseudo_header_group_received = 0;  // IPv4 unicast: with 224.0.0.18 all the same
    std::uint64_t announcements_sent = 0;                     // ARP and Neighbor Advertisement frames
    std::uint64_t address_conflicts = 0;   // another MAC claimed an address while we were Active
    std::uint64_t addresses_put_back = 0;  // deleted by somebody else
    std::uint64_t late_wakeups = 0;
    std::uint64_t send_errors = 0;
    vrrp::DiscardCounters discards;
    friend bool operator==(const RouterCounters&, const RouterCounters&) = default;
};

// The last time another MAC claimed one of the addresses.
struct Conflict {
    vrrp::IpAddress address;
    vrrp::MacAddress mac;
    vrrp::TimePoint at;
};

struct RouterSnapshot {
    RouterConfiguration configuration;
    RouterState state = RouterState::initialize;
    InitializeReason reason = InitializeReason::none;
    vrrp::TimePoint since;      // of the state
    vrrp::Priority priority{};  // in effect: with a database, or with checks, not the configured one
    bool eligible = true;
    bool serving = false;                     // Active, and the addresses are on the interface
    bool waiting_for_ears = false;            // Backup, and nothing was heard on the link yet
    std::optional<vrrp::Duration> held_down;  // how much longer no takeover is allowed
    std::optional<vrrp::IpAddress> primary_address;
    vrrp::MacAddress service_mac;  // the MAC that the addresses are announced with
    std::optional<vrrp::TimePoint> next_deadline;
    std::optional<ActiveRouter> active;
    std::optional<Conflict> last_conflict;
    RouterCounters counters;
};

struct NodeSnapshot {
    std::string name;
    vrrp::TimePoint now;
    std::vector<RouterSnapshot> routers;
    std::vector<ServiceSnapshot> services{};
    vrrp::DiscardCounters discards;  // of packets that belong to no virtual router of ours
    std::uint64_t kernel_resynchronisations = 0;
};

std::string_view name(RouterState state);        // "Initialize", "Backup", "Active"
std::string_view name(InitializeReason reason);  // "interface_missing" and so on

}  // namespace highbase::node
