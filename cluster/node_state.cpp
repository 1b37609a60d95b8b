// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/node_state.hpp"

namespace highbase::cluster {

std::string_view name(Role role) {
    switch (role) {
        case Role::none: return "none";
        case Role::replica: return "replica";
        case Role::primary: return "primary";
        case Role::promoting: return "promoting";
        case Role::demoting: return "demoting";
    }
    return "unknown";
}

std::string_view name(Eligibility eligibility) {
    switch (eligibility) {
        case Eligibility::eligible: return "eligible";
        case Eligibility::starting: return "starting";
        case Eligibility::service_down: return "service_down";
        case Eligibility::service_unknown: return "service_unknown";
        case Eligibility::not_receiving: return "not_receiving";
        case Eligibility::not_applying: return "not_applying";
        case Eligibility::not_in_sync: return "not_in_sync";
        case Eligibility::drain_too_long: return "drain_too_long";
        case Eligibility::delayed: return "delayed";
        case Eligibility::errant_transactions: return "errant_transactions";
        case Eligibility::disk: return "disk";
        case Eligibility::network: return "network";
        case Eligibility::preflight: return "preflight";
        case Eligibility::hold_down: return "hold_down";
        case Eligibility::maintenance: return "maintenance";
        case Eligibility::stopping: return "stopping";
        case Eligibility::no_vote: return "no_vote";
    }
    return "unknown";
}

}  // namespace highbase::cluster
