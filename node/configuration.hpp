// SPDX-License-Identifier: GPL-2.0-or-later
// What a node is told to do: the virtual routers and how each of them behaves. Filled by the daemon from its
// file, by a test or a simulator by hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "health/check_configuration.hpp"
#include "health/restart.hpp"
#include "node/database_configuration.hpp"
#include "vrrp/address.hpp"
#include "vrrp/virtual_router.hpp"

namespace highbase::node {

enum class MacMode : std::uint8_t {
    interface,  // the addresses stand on the interface itself, with its own MAC
    virtual_,   // on a macvlan that has the virtual router MAC address (RFC 9568 7.3)
};

enum class ChecksumPolicy : std::uint8_t {
    rfc9568,        // IPv4: over the VRRP message alone (RFC 9568 5.2.8)
    pseudo_header,  // IPv4: with the pseudo-header that keepalived and FRR send by default
    automatic,      // IPv4: whichever form the current Active sends
};

// How long the kernel lets the addresses be served without a word from the daemon: shorter than another
// router's Active_Down_Interval, so that it has ended before that one serves.
struct Lease {
    enum class Kind : std::uint8_t { automatic, off, fixed } kind = Kind::automatic;
    vrrp::Duration length{};  // of a fixed one
    friend bool operator==(const Lease&, const Lease&) = default;
};

// A gateway: clients of the addresses are led on to the server that is the primary, on another host.
struct ForwardConfiguration {
    std::int64_t port = 3306;  // of the addresses
    bool masquerade = true;    // the servers see this box, and not the client
    friend bool operator==(const ForwardConfiguration&, const ForwardConfiguration&) = default;
};

struct RouterConfiguration {
    std::string name;  // unique in the node
    std::string interface;
    vrrp::Vrid vrid{1};
    vrrp::Parameters parameters;
    // At least one, all of one family, which is the virtual router's; IPv6: the first is link-local (RFC
    // 9568 5.2.9).
    std::vector<vrrp::Prefix> addresses;
    bool accept = true;  // Accept_Mode
    Lease lease;
    MacMode mac = MacMode::interface;
    ChecksumPolicy checksum = ChecksumPolicy::rfc9568;
    std::vector<vrrp::IpAddress> unicast_peers;  // empty: multicast
    std::string sync_group;                      // empty: moves alone
    // With any, the router is not eligible before EligibilityChanged says so.
    std::vector<health::CheckConfiguration> checks;
    // Of one member of a sync group at most; the addresses of all of them follow it.
    std::optional<DatabaseConfiguration> database;
    std::optional<ForwardConfiguration> forward;  // only with a database
    health::RestartConfiguration restart;

    [[nodiscard]] vrrp::Family family() const { return addresses.front().address.family(); }
    // Nothing: the addresses are not guarded, as those of an address owner, whose interface has them anyway.
    [[nodiscard]] std::optional<vrrp::Duration> lease_length() const {
        if (lease.kind == Lease::Kind::off || parameters.priority == vrrp::kPriorityOwner)
            return std::nullopt;
        if (lease.kind == Lease::Kind::fixed) return lease.length;
        // Others wait for three intervals, and then a part of one: half of one is the margin.
        return vrrp::Duration{parameters.advertisement_interval} * 5 / 2;
    }
    friend bool operator==(const RouterConfiguration&, const RouterConfiguration&) = default;
};

struct Configuration {
    std::string name;  // of the node
    std::vector<RouterConfiguration> routers;
    std::optional<vrrp::Duration> witness{};  // how long a question to it may take; nothing: there is none
    std::string boot{};  // of the host, /proc/sys/kernel/random/boot_id; only a database needs it
    friend bool operator==(const Configuration&, const Configuration&) = default;
};

}  // namespace highbase::node
