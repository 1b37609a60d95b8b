// SPDX-License-Identifier: GPL-2.0-or-later
// Holds what is against what should be, after anything about the interfaces has changed: opens and closes
// ports, starts and stops virtual routers, puts lost addresses back. Works on the state and not on single
// events, so that it does not matter in which order, how often or how late the kernel told them.
#include <algorithm>

#include "node/node.hpp"
#include "node/text.hpp"

namespace highbase::node {

void Node::on(const KernelDumped& e) {
    table_.replace(e.links, e.addresses);
    if (dumps_++ == 0) {
        tell(EventId::node_started, {{"node", name_}, {"routers", std::to_string(members().size())}});
        refuse_packets();
        guard_addresses();
        sweep_macvlans();
    } else {
        tell(EventId::resynchronised);
    }
    reconcile();
}

void Node::on(const KernelChanged& e) {
    bool changed = false;  // renewals of addresses, our own each second, change nothing
    for (const netlink::KernelEvent& event : e.events) changed = table_.apply(event) || changed;
    for (const Member& member : members()) {  // what was asked for is among the events, or gone again
        Router& router = member.router();
        if (!router.macvlan_requested) continue;
        router.macvlan_requested = false;
        router.macvlan_retry_at = now_ + kRetry;
        changed = true;
    }
    if (changed) reconcile();
}

void Node::reconcile() {
    if (dumps_ == 0) return;
    sweep_addresses();
    reconcile_ports();
    for (const Member& member : members()) reconcile_attachment(member);
    for (const Member& member : members()) reconcile_addresses(member);
    reconcile_scopes();
}

// One port for each link that a virtual router needs, while the link runs.
void Node::reconcile_ports() {
    const auto needed = [&](const netlink::Link& link) {
        return link.running && link.ethernet && std::ranges::any_of(members(), [&](const Member& member) {
                   return member.router().configuration().interface == link.name;
               });
    };
    std::erase_if(ports_, [&](const auto& entry) {
        const netlink::Link* link = table_.find(entry.first);
        if (link != nullptr && needed(*link)) return false;
        out_.emplace_back(ClosePort{entry.first});
        return true;
    });
    for (const netlink::Link& link : table_.links()) {
        if (!needed(link)) continue;
        const auto port = ports_.find(link.index);
        const bool retry = port != ports_.end() && port->second.retry_at && *port->second.retry_at <= now_;
        if (port != ports_.end() && !retry) continue;
        ports_[link.index] = PortState{};
        out_.emplace_back(OpenPort{link});
    }
}

void Node::reconcile_attachment(const Member& member) {
    Router& router = member.router();
    Attachment attachment;
    const InitializeReason reason = attach(router, attachment);
    if (reason != InitializeReason::none) return detach(member, reason);

    const std::optional<Attachment> before = router.attachment;
    const bool moved =
        before && (before->link != attachment.link || before->service_link != attachment.service_link);
    if (moved) detach(member, InitializeReason::starting);
    will_is_old_ = will_is_old_ || before != attachment;
    router.attachment = attachment;
    delete_macvlans(router, attachment.service_link);
    if (std::holds_alternative<vrrp::Initialize>(member.machine().state())) {
        const bool owner = router.configuration().parameters.priority == vrrp::kPriorityOwner;
        drive(member, vrrp::Startup{attachment.primary_address}, owner ? "address owner" : "started");
        if (ears_closed(member)) router.probe_at = now_;
        return;
    }
    if (!before) return;
    if (before->primary_address != attachment.primary_address) {
        drive(member, vrrp::PrimaryAddressChanged{attachment.primary_address}, "");
    }
    if (before->service_mac != attachment.service_mac) drive(member, vrrp::AddressesRestored{}, "");
}

void Node::detach(const Member& member, InitializeReason reason) {
    Router& router = member.router();
    const bool was_running = !std::holds_alternative<vrrp::Initialize>(member.machine().state());
    if (was_running) drive(member, vrrp::InterfaceLost{}, std::string{name(reason)});
    router.attachment.reset();
    router.probe_at.reset();
    if (reason == InitializeReason::interface_missing) delete_macvlans(router);
    const bool failed =
        router.reason == InitializeReason::port_failed || router.reason == InitializeReason::macvlan_failed;
    const bool tried_again = failed && reason == InitializeReason::starting;
    if (router.reason == reason || tried_again) return;
    router.reason = reason;
    router.since = now_;
    // While a port opens or a macvlan appears nobody needs to be told.
    if (reason == InitializeReason::starting) return;
    router.tell(out_, EventId::became_initialize, {{"reason", std::string{name(reason)}}});
}

InitializeReason Node::attach(Router& router, Attachment& attachment) {
    const RouterConfiguration& configuration = router.configuration();
    const netlink::Link* link = table_.find(configuration.interface);
    if (link == nullptr) return InitializeReason::interface_missing;
    if (!link->ethernet) return InitializeReason::not_ethernet;
    if (!link->running) return InitializeReason::link_down;
    const auto primary = table_.primary_address(link->index, configuration.addresses.front(), not_primary_);
    if (!primary) return InitializeReason::no_address;
    const auto port = ports_.find(link->index);
    if (port == ports_.end() || port->second.phase == PortState::Phase::opening)
        return InitializeReason::starting;
    if (port->second.phase == PortState::Phase::failed) return InitializeReason::port_failed;
    attachment = Attachment{link->index, link->index, link->mac, link->mac, *primary};
    return configuration.mac == MacMode::virtual_ ? attach_macvlan(router, attachment)
                                                  : InitializeReason::none;
}

InitializeReason Node::attach_macvlan(Router& router, Attachment& attachment) {
    const vrrp::MacAddress mac =
        vrrp::virtual_mac(router.configuration().family(), router.configuration().vrid);
    const std::string name = router.macvlan_name(attachment.link);
    const netlink::Link* macvlan = table_.find(name);
    if (macvlan != nullptr && macvlan->parent == attachment.link && macvlan->mac == mac) {
        router.macvlan_requested = false;
        router.macvlan_retry_at.reset();
        attachment.service_link = macvlan->index;
        attachment.service_mac = mac;
        if (macvlan->running) return InitializeReason::none;
        return router.state == RouterState::initialize ? InitializeReason::starting
                                                       : InitializeReason::link_down;
    }
    // Ours by its name, but changed by somebody else: it would be in the way of a new one.
    if (macvlan != nullptr && macvlan->parent != netlink::LinkIndex{}) delete_link(macvlan->index);
    const bool due = !router.macvlan_retry_at || *router.macvlan_retry_at <= now_;
    if (!router.macvlan_requested && due) {
        router.macvlan_requested = true;
        router.macvlan_retry_at.reset();
        out_.emplace_back(CreateMacvlan{router.id(), {name, attachment.link, mac}});
        return InitializeReason::starting;
    }
    return router.macvlan_requested ? InitializeReason::starting : InitializeReason::macvlan_failed;
}

// Puts back what somebody else deleted. The table has every change that the kernel had ready when this event
// was made, so an address of ours that is not in it is not there.
void Node::reconcile_addresses(const Member& member) {
    const auto* active = std::get_if<vrrp::Active>(&member.machine().state());
    if (active == nullptr || !active->serving) return;
    Router& router = member.router();
    const std::vector<vrrp::Prefix>& addresses = router.configuration().addresses;
    const auto lost = std::ranges::find_if(addresses, [&](const vrrp::Prefix& prefix) {
        return !table_.has_address(router.attachment->service_link, prefix.address);
    });
    if (lost == addresses.end()) return;
    if (!router.keeper.may_correct(now_)) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(AddressKeeper::kWindow).count();
        router.tell(out_, EventId::address_given_up,
                    {{"count", std::to_string(AddressKeeper::kMostCorrections + 1)},
                     {"seconds", std::to_string(seconds)}});
        return drive(member, vrrp::AcquisitionFailed{}, "addresses were deleted again and again");
    }
    ++router.counters.addresses_put_back;
    router.tell(out_, EventId::address_put_back, {{"address", lost->to_string()}});
    const std::size_t first = out_.size();
    router.put_addresses(out_);
    believe(first);
    drive(member, vrrp::AddressesRestored{}, "");
}

// From the name alone: the router may not be attached any more, and the parent may have another name.
void Node::delete_macvlans(const Router& router, netlink::LinkIndex but) {
    std::vector<netlink::LinkIndex> found;
    for (const netlink::Link& link : table_.links()) {
        const bool macvlan = link.parent != netlink::LinkIndex{} && link.index != but;
        if (macvlan && link.name == router.macvlan_name(link.parent)) found.push_back(link.index);
    }
    for (const netlink::LinkIndex link : found) delete_link(link);
}

void Node::delete_link(netlink::LinkIndex link) {
    out_.emplace_back(DeleteLink{link});
    table_.apply(netlink::LinkRemoved{link});
}

void Node::reconcile_scopes() {
    for (auto& [link, port] : ports_) {
        if (port.phase != PortState::Phase::open) continue;
        const auto all = members();
        const bool deaf = std::ranges::any_of(all, [&, here = link](const Member& member) {
            const Router& router = member.router();
            return router.attachment && router.attachment->link == here && ears_closed(member);
        });
        const vrrp::CaptureScope wanted = deaf ? vrrp::CaptureScope::any : vrrp::CaptureScope::protocol;
        if (port.scope == wanted) continue;
        port.scope = wanted;
        out_.emplace_back(SetScope{link, wanted});
    }
}

// Removes virtual addresses of routers that are not Active: an earlier life of the daemon may have left them,
// or somebody has added them by hand.
void Node::sweep_addresses() {
    for (const Member& member : members()) {
        Router& router = member.router();
        const netlink::Link* link = table_.find(router.configuration().interface);
        if (link == nullptr || member.machine().is_active()) continue;
        if (router.configuration().parameters.priority == vrrp::kPriorityOwner) continue;
        for (const vrrp::Prefix& prefix : router.configuration().addresses) {
            if (!table_.has_address(link->index, prefix.address)) continue;
            if (!router.keeper.may_correct(now_)) continue;
            out_.emplace_back(DeleteAddress{router.id(), link->index, prefix});
            believe(out_.size() - 1);
            router.tell(out_, EventId::stale_address_removed, {{"address", prefix.to_string()}});
        }
    }
}

// The same for devices of virtual MACs. Only at start: later they are our own.
void Node::sweep_macvlans() {
    const std::vector<netlink::Link> links = table_.links();
    for (const netlink::Link& link : links) {
        if (link.parent != netlink::LinkIndex{} && Router::is_macvlan_name(link.name))
            delete_link(link.index);
    }
}

}  // namespace highbase::node
