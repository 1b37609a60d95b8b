// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/warning.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace highbase::status {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// An older conflict is history: the counter still tells of it.
constexpr std::chrono::hours kRecentConflict{1};

std::string words(vrrp::Duration duration) {
    return to_words(duration_cast<milliseconds>(duration));
}

std::string explain(node::InitializeReason reason, const std::string& interface) {
    switch (reason) {
        case node::InitializeReason::none:
        case node::InitializeReason::starting: return "starting: its interface has not been looked at yet";
        case node::InitializeReason::interface_missing:
            return fmt::format("interface {} does not exist; the router starts when it appears", interface);
        case node::InitializeReason::not_ethernet:
            return fmt::format("interface {} is not an Ethernet interface; VRRP cannot run on it", interface);
        case node::InitializeReason::link_down:
            return fmt::format("interface {} is down or has no carrier; the router starts when it is back",
                               interface);
        case node::InitializeReason::no_address:
            return fmt::format("interface {} has no address of its own to send from", interface);
        case node::InitializeReason::port_failed:
            return fmt::format("frames cannot be sent or received on interface {}; see hbctl events",
                               interface);
        case node::InitializeReason::macvlan_failed:
            return fmt::format("the device for the virtual MAC on {} could not be made; see hbctl events",
                               interface);
        case node::InitializeReason::stopped: return "stopped";
    }
    return "unknown";
}

// Of a text with a line for each mistake.
std::string first_line(const std::string& text) {
    const auto others = std::ranges::count(text, '\n');
    const std::string first = text.substr(0, text.find('\n'));
    return others == 0 ? first : fmt::format("{} (and {} more)", first, others);
}

void add_conflict(std::vector<Warning>& result, const node::RouterSnapshot& router, vrrp::TimePoint now) {
    if (!router.last_conflict || now - router.last_conflict->at > kRecentConflict) return;
    result.push_back(
        {"address_conflict",
         fmt::format("{} claimed {} {} ago ({} times so far)", router.last_conflict->mac.to_string(),
                     router.last_conflict->address.to_string(), words(now - router.last_conflict->at),
                     router.counters.address_conflicts)});
}

}  // namespace

std::vector<Warning> warnings(const DaemonFacts& daemon) {
    std::vector<Warning> result;
    if (daemon.state == DaemonState::stopping) result.push_back({"stopping", "the daemon is stopping"});
    if (daemon.last_reload && !daemon.last_reload->applied) {
        result.push_back(
            {"reload_refused",
             fmt::format("the configuration read at {} was refused, the one before is in force: {}",
                         to_iso8601(daemon.last_reload->at), first_line(daemon.last_reload->message))});
    }
    return result;
}

std::vector<Warning> warnings(const node::RouterSnapshot& router, vrrp::TimePoint now) {
    std::vector<Warning> result;
    if (router.state == node::RouterState::initialize) {
        const auto reason =
            router.reason == node::InitializeReason::none ? node::InitializeReason::starting : router.reason;
        result.push_back({node::name(reason), explain(reason, router.configuration.interface)});
    }
    if (router.state == node::RouterState::active && !router.serving) {
        result.push_back({"not_serving", "Active, but the addresses are not on the interface yet"});
    }
    if (!router.eligible) {
        const bool checked = !router.configuration.checks.empty();
        result.push_back(
            {"not_eligible", checked ? "not eligible: a check of its service failed, or has not succeeded yet"
                                     : "not eligible: it will not become Active"});
    }
    if (router.held_down) {
        result.push_back(
            {"held_down", fmt::format("held down: no takeover for another {}", words(*router.held_down))});
    }
    if (router.waiting_for_ears) {
        result.push_back(
            {"waiting_for_ears",
             fmt::format("nothing has been heard on {} yet; no takeover until a frame arrives, or {} "
                         "have passed",
                         router.configuration.interface,
                         words(router.configuration.parameters.ears_open_timeout))});
    }
    add_conflict(result, router, now);
    return result;
}

}  // namespace highbase::status
