// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/snapshot.hpp"

namespace highbase::node {

std::string_view name(RouterState state) {
    switch (state) {
        case RouterState::initialize: return "Initialize";
        case RouterState::backup: return "Backup";
        case RouterState::active: return "Active";
    }
    return "unknown";
}

std::string_view name(InitializeReason reason) {
    switch (reason) {
        case InitializeReason::none: return "none";
        case InitializeReason::starting: return "starting";
        case InitializeReason::interface_missing: return "interface_missing";
        case InitializeReason::not_ethernet: return "not_ethernet";
        case InitializeReason::link_down: return "link_down";
        case InitializeReason::no_address: return "no_address";
        case InitializeReason::port_failed: return "port_failed";
        case InitializeReason::macvlan_failed: return "macvlan_failed";
        case InitializeReason::stopped: return "stopped";
    }
    return "unknown";
}

}  // namespace highbase::node
