// SPDX-License-Identifier: GPL-2.0-or-later
// The services behind the addresses: what their health means for the election, and how a database and its
// virtual routers wait for each other.
#include <algorithm>
#include <utility>

#include "node/node.hpp"

namespace highbase::node {

// ---- health

void Node::on(const EligibilityChanged& e) {
    if (const auto member = find(e.router))
        drive(*member, vrrp::EligibilityChanged{e.eligible}, "eligible again");
}

void Node::on(const Resign& e) {
    const std::optional<Member> member = find(e.router);
    if (!member) return;
    if (member->machine().is_active()) member->router().tell(out_, EventId::resigned);
    drive(*member, vrrp::Resign{e.hold_down}, "resigned");
}

// Not eligible first: a router that resigns must not be able to take over again. To resign releases the
// addresses and says priority 0, so that another box takes over after its Skew_Time.
void Node::on(const HealthChanged& e) {
    const std::optional<Member> member = find(e.router);
    if (!member) return;
    Group& group = *member->group;
    HealthChanged& known = group.health[member->index];
    const bool was_up = std::exchange(known, e).up;
    if (group.service) {
        ChecksJudged judged;
        for (const HealthChanged& one : group.health) {
            if (!one.up && judged.up) judged.reason = one.reason;
            judged.up = judged.up && one.up;
            judged.deduction = std::max(judged.deduction, one.deduction);
            // One that answers is enough.
            if (judged.anchor != health::Anchor::answers && one.anchor != health::Anchor::none)
                judged.anchor = one.anchor;
        }
        return tell_service(group, judged);
    }
    apply_parameters(group);
    if (e.up != was_up) on(EligibilityChanged{e.router, e.up});
    if (!e.up && was_up) on(Resign{e.router, vrrp::Duration::zero()});
}

// ---- databases

void Node::on(const ServiceHappened& e) {
    for (Group& group : groups_) {
        if (group.service && group.service->settings().name == e.service) return tell_service(group, e.event);
    }
}

void Node::on(const PeerHeard& e) {
    const bool found = e.standing == cluster::Standing::fresh && peer_ != cluster::Standing::fresh;
    peer_ = e.standing;
    for (Group& group : groups_) {
        if (!group.service) continue;
        // The network was divided: what was announced meanwhile, its other half has not heard.
        for (std::size_t i = 0; i < group.members.size() && found; ++i)
            drive({&group, i}, vrrp::AddressesRestored{}, "");
        PeerTold told{e.standing, e.state ? e.state->node : std::string{}, std::nullopt, false};
        const std::string& name = group.service->settings().name;
        const cluster::ServiceState* state = e.state ? e.state->find(name) : nullptr;
        if (e.standing == cluster::Standing::fresh && state != nullptr) told.state = *state;
        told.acknowledged = std::ranges::find(e.acknowledged, name) != e.acknowledged.end();
        tell_service(group, told);
    }
}

void Node::on(const StopAsked&) {
    stop_asked_ = true;
    for (Group& group : groups_) {
        if (group.service) tell_service(group, StopAsked{});
    }
    stop_if_ready();
}

void Node::stop_if_ready() {
    const auto ready = [](const Group& group) { return !group.service || group.ready_to_stop; };
    if (stop_asked_ && std::ranges::all_of(groups_, ready)) out_.emplace_back(ReadyToStop{});
}

// What a service asks for may tell it something in its turn: that waits until all of the first is done.
void Node::tell_service(Group& group, const ServiceEvent& event) {
    group.told.push_back(event);
    if (group.told.size() > 1) return;
    while (!group.told.empty()) {
        const ServiceActions actions = group.service->handle(now_, group.told.front());
        for (const ServiceAction& action : actions) perform(group, action);
        group.told.pop_front();
    }
}

void Node::perform(Group& group, const ServiceAction& action) {
    const std::string& name = group.service->settings().name;
    const Member first{&group, 0};
    if (const auto* report = std::get_if<Report>(&action)) {
        out_.emplace_back(Tell{*report});
    } else if (const auto* task = std::get_if<Task>(&action)) {
        out_.emplace_back(ServiceTask{name, *task});
    } else if (const auto* judged = std::get_if<Judge>(&action)) {
        judge(group, judged->eligible);
    } else if (std::holds_alternative<Advertise>(action)) {
        apply_parameters(group);
    } else if (const auto* served = std::get_if<Serve>(&action)) {
        serve(group, *served);
    } else if (std::holds_alternative<Pause>(action)) {
        pause(group);
    } else if (std::holds_alternative<Refuse>(action)) {
        drive(first, vrrp::AcquisitionFailed{}, "the database cannot serve here");
    } else if (std::holds_alternative<Leave>(action)) {
        drive(first, vrrp::Resign{}, "the database goes");
    } else if (std::holds_alternative<Succeed>(action)) {
        succeed(group);
    } else if (const auto* ended = std::get_if<SwitchoverEnded>(&action)) {
        out_.emplace_back(SwitchoverAnswer{name, *ended});
    } else if (const auto* answer = std::get_if<OrderAnswer>(&action)) {
        out_.emplace_back(OrderAnswered{name, *answer});
    } else if (std::holds_alternative<Stopped>(action)) {
        group.ready_to_stop = true;
        stop_if_ready();
    }
}

void Node::judge(Group& group, bool eligible) {
    for (std::size_t i = 0; i < group.members.size(); ++i)
        drive({&group, i}, vrrp::EligibilityChanged{eligible}, "");
}

void Node::serve(Group& group, const Serve& action) {
    const std::size_t first = out_.size();
    group.forward_to = action.forward_to;
    forward_ports();
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        if (group.machine.member(i).is_active()) group.members[i].put_addresses(out_);
    }
    believe(first);
}

void Node::succeed(Group& group) {
    for (std::size_t i = 0; i < group.members.size(); ++i) drive({&group, i}, vrrp::NamedSuccessor{}, "");
    perform(group, group.machine.handle_timer(now_));
    note_transitions(group, "named as the successor");
}

void Node::apply_parameters(Group& group) {
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        const vrrp::Parameters wanted = parameters_of(group, i);
        if (group.machine.member(i).parameters() == wanted) continue;
        drive({&group, i}, vrrp::ParametersChanged{wanted}, "");
    }
}

// With a database the priority is computed, and nobody who serves is preempted. Without one the checks take
// something off; an address owner stays one.
vrrp::Parameters Node::parameters_of(const Group& group, std::size_t index) const {
    vrrp::Parameters parameters = group.members[index].configuration().parameters;
    if (group.service) {
        parameters.preempt_mode = false;
        parameters.priority = group.service->said().score;
    } else if (parameters.priority != vrrp::kPriorityOwner) {
        const int priority = vrrp::number(parameters.priority) - group.health[index].deduction;
        parameters.priority = vrrp::Priority{static_cast<std::uint8_t>(std::max(priority, 1))};
    }
    return parameters;
}

std::optional<ServiceSettings> Node::service_settings(const std::vector<RouterConfiguration>& members) const {
    const auto with =
        std::ranges::find_if(members, [](const auto& member) { return member.database.has_value(); });
    if (with == members.end()) return std::nullopt;
    ServiceSettings settings;
    settings.name = with->sync_group.empty() ? with->name : with->sync_group;
    settings.node = name_;
    settings.boot = boot_;
    settings.witness = witness_;
    settings.priority = with->parameters.priority;
    settings.hold_down = with->parameters.hold_down;
    settings.has_checks =
        std::ranges::any_of(members, [](const auto& member) { return !member.checks.empty(); });
    settings.database = *with->database;
    settings.forwards = with->forward.has_value();
    return settings;
}

// All that the peer should know; nothing where there is no database.
void Node::say_state() {
    cluster::NodeState state{name_, {}};
    for (const Group& group : groups_) {
        if (group.service) state.services.push_back(group.service->said());
    }
    if (state.services.empty() || state == said_) return;
    said_ = state;
    out_.emplace_back(SayState{std::move(state)});
}

}  // namespace highbase::node
