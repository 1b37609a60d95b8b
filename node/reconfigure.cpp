// SPDX-License-Identifier: GPL-2.0-or-later
// From one configuration to the next: what can be changed while a virtual router runs is changed; only what
// is another virtual router now is stopped in order and started anew.
#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "node/node.hpp"
#include "node/text.hpp"

namespace highbase::node {
namespace {

bool same_router(const RouterConfiguration& a, const RouterConfiguration& b) {
    return a.name == b.name && a.interface == b.interface && a.vrid == b.vrid && a.family() == b.family() &&
           a.mac == b.mac && a.database.has_value() == b.database.has_value() && a.forward == b.forward;
}

std::vector<vrrp::IpAddress> addresses_of(const std::vector<vrrp::Prefix>& prefixes) {
    std::vector<vrrp::IpAddress> addresses;
    std::ranges::transform(prefixes, std::back_inserter(addresses), &vrrp::Prefix::address);
    return addresses;
}

// The routers by sync group, in the order of the file.
std::vector<std::vector<RouterConfiguration>> grouped(const std::vector<RouterConfiguration>& routers) {
    std::vector<std::vector<RouterConfiguration>> groups;
    for (const RouterConfiguration& router : routers) {
        const auto together = std::ranges::find_if(groups, [&](const auto& group) {
            return !router.sync_group.empty() && group.front().sync_group == router.sync_group;
        });
        if (together == groups.end()) {
            groups.push_back({router});
        } else {
            together->push_back(router);
        }
    }
    return groups;
}

}  // namespace

void Node::on(const ConfigurationChanged& e) {
    name_ = e.configuration.name;
    boot_ = e.configuration.boot;
    witness_ = e.configuration.witness;
    replace_groups(e.configuration);
    will_is_old_ = true;
    refuse_packets();
    guard_addresses();
    reconcile();
}

void Node::replace_groups(const Configuration& configuration) {
    std::vector<Group> before = std::exchange(groups_, {});
    const std::set<std::string> eligible = eligible_routers(before);
    std::vector<std::vector<RouterConfiguration>> wanted = grouped(configuration.routers);
    const auto same_group = [](const Group& group, const std::vector<RouterConfiguration>& members) {
        return std::ranges::equal(group.members, members,
                                  [](const Router& router, const RouterConfiguration& other) {
                                      return same_router(router.configuration(), other);
                                  });
    };
    for (Group& group : before) {  // those that end, before any that begins may need the same address or VRID
        const bool stays =
            std::ranges::any_of(wanted, [&](const auto& members) { return same_group(group, members); });
        if (!stays) retire(group);
    }
    std::string restarted;
    for (std::vector<RouterConfiguration>& members : wanted) {
        const auto old =
            std::ranges::find_if(before, [&](const Group& group) { return same_group(group, members); });
        if (old == before.end()) {
            for (const auto& member : members) restarted += (restarted.empty() ? "" : ", ") + member.name;
            groups_.push_back(make_group(std::move(members), eligible));
            continue;
        }
        groups_.push_back(std::move(*old));
        if (auto settings = service_settings(members))
            groups_.back().service->configure(*std::move(settings));
        for (std::size_t i = 0; i < members.size(); ++i) reconfigure({&groups_.back(), i}, members[i]);
    }
    note_virtual_addresses();
    if (dumps_ > 0)
        tell(EventId::configuration_applied, {{"restarted", restarted.empty() ? "none" : restarted}});
}

void Node::reconfigure(const Member& member, const RouterConfiguration& wanted) {
    Router& router = member.router();
    const RouterConfiguration before = router.configuration();
    if (before == wanted) return;
    router.configure(wanted);
    if (!wanted.lease_length()) router.drop_lease(out_, addresses_of(before.addresses));
    if (!before.checks.empty() && wanted.checks.empty()) on(HealthChanged{wanted.name, true, 0, ""});
    const vrrp::Parameters parameters = parameters_of(*member.group, member.index);
    if (member.machine().parameters() != parameters) drive(member, vrrp::ParametersChanged{parameters}, "");
    if (before.addresses == wanted.addresses) return;
    // In front of a database that is still being promoted there are none yet: they come when it serves.
    const auto* active = std::get_if<vrrp::Active>(&member.machine().state());
    if (active == nullptr || (member.group->service && !active->serving)) return;
    const std::size_t first = out_.size();
    std::vector<vrrp::Prefix> removed;
    std::ranges::copy_if(before.addresses, std::back_inserter(removed), [&](const vrrp::Prefix& prefix) {
        return std::ranges::find(wanted.addresses, prefix) == wanted.addresses.end();
    });
    if (!removed.empty()) router.drop_lease(out_, addresses_of(removed));
    if (member.group->service && !removed.empty())
        out_.emplace_back(EndConnections{router.id(), addresses_of(removed)});
    for (const vrrp::Prefix& prefix : removed)
        out_.emplace_back(DeleteAddress{router.id(), router.attachment->service_link, prefix});
    router.put_addresses(out_);
    believe(first);
    drive(member, vrrp::AddressesRestored{}, "");
}

void Node::retire(Group& group) {
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        drive({&group, i}, vrrp::Shutdown{}, "");
        group.members[i].reason = InitializeReason::stopped;
        delete_macvlans(group.members[i]);
    }
}

std::set<std::string> Node::eligible_routers(const std::vector<Group>& groups) {
    std::set<std::string> names;
    for (const Group& group : groups) {
        for (std::size_t i = 0; i < group.members.size(); ++i) {
            if (group.machine.member(i).is_eligible()) names.insert(group.members[i].configuration().name);
        }
    }
    return names;
}

// `eligible`: those that were so until now. A router that is started anew for its new configuration is behind
// the same service.
Node::Group Node::make_group(std::vector<RouterConfiguration> members,
                             const std::set<std::string>& eligible) {
    std::vector<vrrp::Parameters> parameters;
    std::vector<Router> routers;
    std::vector<HealthChanged> health;
    const std::optional<ServiceSettings> settings = service_settings(members);
    for (RouterConfiguration& member : members) {
        const bool known = member.checks.empty() || eligible.contains(member.name);
        health.push_back({member.name, known, 0, "the checks have not answered yet"});
        parameters.push_back(member.parameters);
        if (settings) parameters.back().preempt_mode = false;
        routers.emplace_back(RouterId{next_id_++}, std::move(member));
    }
    Group group{vrrp::SyncGroup{parameters}, std::move(routers), std::move(health)};
    if (settings) group.service.emplace(*settings);
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        if (settings || !group.health[i].up) drive({&group, i}, vrrp::EligibilityChanged{false}, "");
    }
    return group;
}

// An address owner's virtual address may be the only one its interface has; all others are not to be sent
// from.
void Node::note_virtual_addresses() {
    not_primary_.clear();
    for (const Member& member : members()) {
        const Router& router = member.router();
        if (router.configuration().parameters.priority == vrrp::kPriorityOwner) continue;
        for (const vrrp::IpAddress& address : router.virtual_addresses()) not_primary_.push_back(address);
    }
    std::ranges::sort(not_primary_);
}

// Of all routers with a lease, whatever their state: an address that an earlier life of the daemon has left
// behind is silent at once.
void Node::guard_addresses() {
    std::vector<vrrp::IpAddress> guarded;
    for (const Member& member : members()) {
        if (!member.router().configuration().lease_length()) continue;
        for (const vrrp::IpAddress& address : member.router().virtual_addresses()) guarded.push_back(address);
    }
    guard_retry_at_.reset();
    if (dumps_ == 0 || guarded == guarded_) return;
    guarded_ = guarded;
    out_.emplace_back(Guard{std::move(guarded)});
    forwarded_.reset();  // somebody may have removed it with the guard
    forward_ports();
    for (const Member& member : members()) {
        const auto* active = std::get_if<vrrp::Active>(&member.machine().state());
        if (active != nullptr && active->serving) member.router().renew_lease(out_);
    }
}

// Accept_Mode False: packets to these addresses are not taken in. An address owner takes them in all cases.
void Node::refuse_packets() {
    std::vector<vrrp::IpAddress> refused;
    for (const Member& member : members()) {
        const Router& router = member.router();
        const bool owner = router.configuration().parameters.priority == vrrp::kPriorityOwner;
        if (router.configuration().accept || owner) continue;
        for (const vrrp::IpAddress& address : router.virtual_addresses()) refused.push_back(address);
    }
    // At start also when the list is empty: an earlier life of the daemon may have left one.
    refusal_retry_at_.reset();
    if (dumps_ == 0 || refused == refused_) return;
    refused_ = refused;
    ever_refused_ = ever_refused_ || !refused.empty();
    out_.emplace_back(RefusePackets{std::move(refused)});
}

}  // namespace highbase::node
