// SPDX-License-Identifier: GPL-2.0-or-later
// What one box of a pair tells the other about itself: plain values. peer_message.hpp says how they travel.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "vrrp/timers.hpp"

namespace highbase::cluster {

inline constexpr std::size_t kMostServices = 16;
inline constexpr std::size_t kLongestName = 64;        // octets; the bound of the configuration
inline constexpr std::size_t kLongestPosition = 1000;  // octets; longer ones are omitted

// The number of a term in which one server may write. It only grows; 0: there was none yet.
enum class Epoch : std::uint64_t {};

enum class Role : std::uint8_t { none, replica, primary, promoting, demoting };
inline constexpr std::size_t kRoleCount = 5;

// Whether this box may become, or stay, the one that serves; if not, the first reason.
enum class Eligibility : std::uint8_t {
    eligible,
    starting,             // not judged yet
    service_down,         // the server does not serve
    service_unknown,      // it cannot be asked: wrong credentials, no connection left
    not_receiving,        // replication: nothing is received from the source
    not_applying,         // replication: what is received is not applied
    not_in_sync,          // acknowledged transactions may be missing
    drain_too_long,       // applying what was received would take longer than is allowed
    delayed,              // a replica that lags on purpose
    errant_transactions,  // transactions that the primary does not have
    disk,                 // full, read-only or too slow
    network,              // its own link or gateway is lost
    preflight,            // a setting of the server breaks the promise of the configured mode
    hold_down,            // a promotion failed, or there were too many takeovers
    maintenance,          // an operator said so
    stopping,
    no_vote,  // the witness has said no
};
inline constexpr std::size_t kEligibilityCount = 17;

std::string_view name(Role role);
std::string_view name(Eligibility eligibility);

// A GTID set as the server writes it. What does not fit is omitted, never cut: a shorter set would be
// another one.
struct Position {
    std::string
        text;  // digits, letters, ":,_-", blanks and line ends; empty: there is none, or it is omitted
    bool omitted = false;  // there is one, but it is too long for the message, or has other characters
    friend bool operator==(const Position&, const Position&) = default;
};

// "I no longer write, and `successor` may take over at once": said by a primary that has left its role.
struct Resign {
    Epoch epoch{};
    std::string successor;      // the name of a node
    Position final_position{};  // after which nothing was written in this epoch
    friend bool operator==(const Resign&, const Resign&) = default;
};
// "I stop, and shall not be promoted in this epoch": said by a Backup, so that the primary may go on alone.
struct Release {
    Epoch epoch{};
    friend bool operator==(const Release&, const Release&) = default;
};
using Word = std::variant<std::monostate, Resign, Release>;

struct ServiceState {
    std::string name;  // of the virtual router or its sync group; the same on both boxes
    Role role = Role::none;
    Epoch epoch{};
    vrrp::Priority score{0};  // the priority that is advertised: 0..254
    Eligibility eligibility = Eligibility::starting;
    bool in_sync = false;       // every acknowledged transaction has been received
    bool serves = false;        // clients come in here; told only where they are forwarded to the servers
    bool foreign_term = false;  // the journal has `epoch` as another node's: this one will not begin it
    bool votes = false;         // it asks the witness before it begins a term unheard, or goes alone unheard
    std::optional<std::chrono::milliseconds> drain{};  // to apply what was received; nothing: not known
    Position executed{};
    Position received{};
    Word word{};

    [[nodiscard]] bool is_eligible() const { return eligibility == Eligibility::eligible; }
    friend bool operator==(const ServiceState&, const ServiceState&) = default;
};

struct NodeState {
    std::string node;
    std::vector<ServiceState> services;  // at most kMostServices, each name once

    [[nodiscard]] const ServiceState* find(std::string_view service) const {
        for (const ServiceState& state : services) {
            if (state.name == service) return &state;
        }
        return nullptr;
    }
    friend bool operator==(const NodeState&, const NodeState&) = default;
};

}  // namespace highbase::cluster
