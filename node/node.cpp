// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/node.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "node/text.hpp"
#include "vrrp/arp.hpp"
#include "vrrp/checksum.hpp"
#include "vrrp/ip_packet.hpp"
#include "vrrp/neighbor_advertisement.hpp"

namespace highbase::node {
namespace {

RouterState state_of(const vrrp::VirtualRouter& machine) {
    if (machine.is_active()) return RouterState::active;
    return std::holds_alternative<vrrp::Backup>(machine.state()) ? RouterState::backup
                                                                 : RouterState::initialize;
}

std::optional<vrrp::TimePoint> earlier(std::optional<vrrp::TimePoint> a, std::optional<vrrp::TimePoint> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

bool is_due(const std::optional<vrrp::TimePoint>& deadline, vrrp::TimePoint now) {
    return deadline && *deadline <= now;
}

}  // namespace

Node::Node(const Configuration& configuration)
    : name_{configuration.name}, boot_{configuration.boot}, witness_{configuration.witness} {
    replace_groups(configuration);
}

Actions Node::handle(vrrp::TimePoint now, const Event& event) {
    now_ = now;
    out_.clear();
    const bool outcome_of_the_end =
        std::holds_alternative<DeleteFailed>(event) || std::holds_alternative<RefusalFailed>(event);
    if (!stopped_) give_up_after_sleep();
    if (!stopped_ || outcome_of_the_end) std::visit([&](const auto& e) { on(e); }, event);
    if (!stopped_) say_state();
    if (std::exchange(will_is_old_, false)) leave_will();
    return std::exchange(out_, {});
}

std::optional<vrrp::TimePoint> Node::next_deadline() const {
    std::optional<vrrp::TimePoint> next =
        earlier(earlier(refusal_retry_at_, guard_retry_at_), forward_retry_at_);
    for (const Group& group : groups_) {
        next = earlier(next, group.machine.next_deadline());
        if (group.service) next = earlier(next, group.service->next_deadline());
        for (const Router& router : group.members) {
            next = earlier(next, earlier(router.probe_at, router.macvlan_retry_at));
        }
    }
    for (const auto& [link, port] : ports_) next = earlier(next, port.retry_at);
    return stopped_ ? std::nullopt : next;
}

std::optional<vrrp::TimePoint> Node::next_takeover() const {
    std::optional<vrrp::TimePoint> next;
    for (const Group& group : groups_) next = earlier(next, group.machine.next_takeover());
    return stopped_ ? std::nullopt : next;
}

// ---- events of the network

void Node::on(const FrameReceived& e) {
    const std::optional<vrrp::EthernetFrame> frame = vrrp::parse_ethernet(e.frame);
    if (!frame) return;
    if (frame->type == vrrp::EtherType::arp) {
        open_ears(e.link);
        if (const auto arp = vrrp::parse_arp(frame->payload))
            receive_claim(e.link, arp->sender_ip, arp->sender_mac);
        return;
    }
    if (frame->type != vrrp::EtherType::ipv4 && frame->type != vrrp::EtherType::ipv6) return;
    open_ears(e.link);
    const auto packet = vrrp::parse_ip(frame->type, frame->payload);
    if (!packet) {
        if (vrrp::protocol_of(frame->type, frame->payload) == vrrp::kProtocolVrrp) {
            discard(e.link, frame->source.to_string(), packet.error(), nullptr);
        }
    } else if (packet->protocol == vrrp::kProtocolVrrp) {
        receive_vrrp(e, *packet);
    } else if (const auto advertisement = vrrp::parse_neighbor_advertisement(*packet)) {
        receive_claim(e.link, advertisement->target, advertisement->target_mac.value_or(frame->source));
    }
}

void Node::receive_vrrp(const FrameReceived& e, const vrrp::IpPacket& packet) {
    const vrrp::Family family = packet.source.family();
    const auto find_member = [&](vrrp::Vrid vrid) -> std::optional<Member> {
        for (const Member& member : members()) {
            const Router& router = member.router();
            const RouterConfiguration& configuration = router.configuration();
            const bool here = router.attachment && router.attachment->link == e.link;
            if (here && configuration.vrid == vrid && configuration.family() == family) return member;
        }
        return std::nullopt;
    };
    std::optional<Member> member;
    if (packet.payload.size() >= 2) member = find_member(vrrp::Vrid{packet.payload[1]});
    Router* router = member ? &member->router() : nullptr;

    const auto decoded = vrrp::decode(packet, [&](vrrp::Vrid) { return router != nullptr; });
    if (!decoded) return discard(e.link, packet.source.to_string(), decoded.error(), router);
    auto event = router->receive(*decoded, packet.destination, now_, out_);
    if (!event) return discard(e.link, packet.source.to_string(), event.error(), router);
    event->age = e.age;
    drive(*member, *event,
          "advertisement of " + packet.source.to_string() + ", priority " + to_text(event->priority));
}

void Node::discard(netlink::LinkIndex link, const std::string& source, vrrp::Discard reason, Router* router) {
    (router != nullptr ? router->counters.discards : discards_).count(reason);
    tell(EventId::packet_discarded,
         {{"interface", link_name(link)}, {"source", source}, {"reason", std::string{vrrp::name(reason)}}});
}

void Node::receive_claim(netlink::LinkIndex link, const vrrp::IpAddress& address,
                         const vrrp::MacAddress& mac) {
    for (const Member& member : members()) {
        Router& router = member.router();
        if (!router.attachment || router.attachment->link != link) continue;
        if (router.contradicted_by(address, mac, now_, out_)) drive(member, vrrp::Contention{}, "conflict");
    }
}

void Node::open_ears(netlink::LinkIndex link) {
    bool opened = false;
    for (const Member& member : members()) {
        Router& router = member.router();
        if (!router.attachment || router.attachment->link != link || !ears_closed(member)) continue;
        drive(member, vrrp::FrameReceived{}, "");
        opened = true;
    }
    if (opened) reconcile_scopes();
}

// ---- time

void Node::on(const TimerExpired&) {
    for (Group& group : groups_) {
        std::vector<std::size_t> deaf;
        for (std::size_t i = 0; i < group.members.size(); ++i) {
            if (ears_closed({&group, i})) deaf.push_back(i);
        }
        perform(group, group.machine.handle_timer(now_));
        note_transitions(group, "the Active router is silent");
        if (group.service) tell_service(group, ServiceTimer{});
        if (deaf.empty() || !group.machine.member(0).is_active()) continue;
        for (const std::size_t i : deaf) group.members[i].tell(out_, EventId::silent_link);
        reconcile_scopes();
    }
    bool retry =
        std::ranges::any_of(ports_, [&](const auto& port) { return is_due(port.second.retry_at, now_); });
    for (const Member& member : members()) {
        Router& router = member.router();
        if (is_due(router.macvlan_retry_at, now_)) {
            router.macvlan_retry_at.reset();
            retry = true;
        }
        if (!is_due(router.probe_at, now_)) continue;
        // Also when the ears have just been opened: the one who did so may still be deaf itself.
        router.probe_at.reset();
        if (router.state != RouterState::backup) continue;
        router.probe(out_);
        if (ears_closed(member)) router.probe_at = now_ + kRetry;
    }
    if (is_due(refusal_retry_at_, now_)) refuse_packets();
    if (is_due(guard_retry_at_, now_)) guard_addresses();
    if (is_due(forward_retry_at_, now_)) forward_ports();
    if (retry) reconcile();
}

// ---- outcomes of actions

void Node::on(const PortOpened& e) {
    ports_[e.link].phase = PortState::Phase::open;
    reconcile();
}

void Node::on(const PortFailed& e) {
    ports_[e.link] = PortState{PortState::Phase::failed, vrrp::CaptureScope::any, now_ + kRetry};
    const bool link_lost = e.error.code == ENODEV || e.error.code == ENETDOWN;  // its own event follows
    if (!link_lost) {
        tell(EventId::port_failed, {{"interface", link_name(e.link)}, {"error", e.error.message}});
    }
    reconcile();
}

void Node::on(const SendFailed& e) {
    const std::optional<Member> member = find(e.router);
    if (!member) return;
    ++member->router().counters.send_errors;
    member->router().tell(out_, EventId::send_failed, {{"error", e.error.message}});
}

void Node::on(const AddressesPut& e) {
    const std::optional<Member> member = find(e.router);
    if (!member || !member->machine().is_active()) return;
    const auto& active = std::get<vrrp::Active>(member->machine().state());
    if (active.serving) return;  // renewed, or put back
    drive(*member, vrrp::AddressesAcquired{}, "");
    const Router& router = member->router();
    router.tell(out_, EventId::addresses_acquired,
                {{"addresses", to_text(router.virtual_addresses())},
                 {"mac", router.attachment->service_mac.to_string()}});
    // After the announcement: what the clients answer must come here.
    if (member->group->service) out_.emplace_back(TickleClients{router.virtual_addresses()});
}

void Node::on(const AddressesFailed& e) {
    const std::optional<Member> member = find(e.router);
    if (!member || !member->machine().is_active()) return;
    // The link went away under our hands: its own event follows, and is no reason to hold still after it
    // returns.
    const bool link_lost = e.error.code == ENODEV || e.error.code == ENETDOWN;
    member->router().tell(out_, EventId::acquisition_failed, {{"error", e.error.message}});
    if (link_lost) {
        drive(*member, vrrp::Resign{}, "the interface is going down");
    } else {
        drive(*member, vrrp::AcquisitionFailed{}, "addresses could not be set");
    }
}

void Node::on(const DeleteFailed& e) {
    const std::optional<Member> member = find(e.router);  // nothing: the router has been retired meanwhile
    tell(EventId::release_failed,
         {{"address", e.prefix.to_string()},
          {"interface", link_name(e.link)},
          {"error", e.error.message},
          {"router", member ? member->router().configuration().name : "a removed router"}});
}

void Node::on(const EndConnectionsFailed& e) {
    if (const std::optional<Member> member = find(e.router))
        member->router().tell(out_, EventId::connections_not_ended, {{"error", e.error.message}});
}

void Node::on(const MacvlanFailed& e) {
    const std::optional<Member> member = find(e.router);
    if (!member) return;
    Router& router = member->router();
    router.macvlan_requested = false;
    router.macvlan_retry_at = now_ + kRetry;
    router.tell(out_, EventId::macvlan_failed, {{"error", e.error.message}});
    reconcile();
}

void Node::on(const RefusalFailed& e) {
    if (!ever_refused_) return;  // a kernel without nf_tables has no table to remove
    tell(EventId::packet_refusal_failed, {{"error", e.error.message}});
    refused_.reset();
    refusal_retry_at_ = now_ + kRetry;
}

// Whoever serves without a lease may serve longer than this daemon lives.
void Node::on(const GuardFailed& e) {
    if (guarded_.empty()) return;  // a kernel without nf_tables has no guard to remove
    tell(EventId::guard_failed, {{"error", e.error.message}});
    guarded_.clear();
    guard_retry_at_ = now_ + kRetry;
    for (const Member& member : members()) {
        if (member.router().is_leased()) drive(member, vrrp::AcquisitionFailed{}, "no guard");
    }
}

void Node::on(const LeaseFailed& e) {
    const std::optional<Member> member = find(e.router);
    if (!member) return;
    Router& router = member->router();
    const bool removed = e.error.code == ENOENT;
    if (removed && !guard_retry_at_ && router.keeper.may_correct(now_)) {
        router.tell(out_, EventId::guard_put_back);
        guarded_.clear();
        return guard_addresses();
    }
    if (!router.is_leased()) return;  // of one that was to end: it does so by itself
    router.tell(out_, EventId::lease_failed, {{"error", e.error.message}});
    drive(*member, vrrp::AcquisitionFailed{}, "no lease");
}

void Node::on(const Shutdown&) {
    tell(EventId::node_stopping, {{"node", name_}});
    for (Group& group : groups_) retire(group);
    for (const auto& [link, port] : ports_) out_.emplace_back(ClosePort{link});
    ports_.clear();
    // Also where the last request has failed: what the kernel refuses is not known then.
    if (ever_refused_ && (!refused_ || !refused_->empty())) out_.emplace_back(RefusePackets{});
    if (forwarded_ && !forwarded_->empty()) out_.emplace_back(Forward{});
    if (!guarded_.empty()) out_.emplace_back(Guard{});
    stopped_ = true;
    will_is_old_ = true;
}

// ---- the machines

void Node::drive(const Member& member, const vrrp::Event& event, const std::string& cause) {
    Group& group = *member.group;
    perform(group, group.machine.handle(now_, member.index, event));
    note_transitions(group, cause);
}

void Node::perform(Group& group, const vrrp::MemberActions& actions) {
    const std::size_t first = out_.size();
    bool won = false;
    bool lost = false;
    for (const vrrp::MemberAction& action : actions) {
        Router& router = group.members[action.member];
        won = won || std::holds_alternative<vrrp::AcquireAddresses>(action.action);
        lost = lost || std::holds_alternative<vrrp::ReleaseAddresses>(action.action);
        // The addresses wait until the database can serve behind them.
        if (group.service && std::holds_alternative<vrrp::AcquireAddresses>(action.action)) continue;
        const bool speaks = std::holds_alternative<vrrp::SendAdvertisement>(action.action) ||
                            std::holds_alternative<vrrp::AnnounceAddresses>(action.action);
        // A member that resigns with another may have lost its own port in the same event.
        if (speaks && !has_open_port(router)) continue;
        const bool releases = std::holds_alternative<vrrp::ReleaseAddresses>(action.action);
        const auto* advert = std::get_if<vrrp::SendAdvertisement>(&action.action);
        const bool promotes = group.service && advert != nullptr && !router.is_leased();
        if (promotes && advert->priority != vrrp::kPriorityReleasing) router.refuse_clients(out_);
        const bool forwards = router.configuration().forward.has_value();
        if (releases && forwards) router.end_connections(out_);  // as long as it may still speak to them
        if (releases) router.end_lease(out_);                    // first: nobody comes in from now on
        if (group.service && releases && !forwards) router.end_connections(out_);
        router.perform(action.action, now_, out_);
    }
    // Who came in between can no longer be told, but hears nothing either.
    for (const vrrp::MemberAction& action : actions) {
        if (group.service && std::holds_alternative<vrrp::ReleaseAddresses>(action.action))
            group.members[action.member].end_connections(out_);
    }
    believe(first);
    if (!group.service) return;
    if (lost) stop_forwarding(group);
    if (lost) tell_service(group, Lost{});
    if (won && group.machine.member(0).is_active()) tell_service(group, Won{});
}

// Whatever woke us: an Active that slept past its Active_Down_Interval lets go before anything else is looked
// at.
void Node::give_up_after_sleep() {
    for (Group& group : groups_) {
        bool overslept = false;
        for (std::size_t i = 0; i < group.members.size(); ++i) {
            const std::optional<vrrp::Duration> late = group.machine.member(i).overslept(now_);
            if (!late) continue;
            overslept = true;
            ++group.members[i].counters.late_wakeups;
            group.members[i].tell(out_, EventId::late_wakeup, {{"late", to_text(*late)}});
        }
        if (!overslept) continue;
        perform(group, group.machine.handle_timer(now_));
        note_transitions(group, "woke late");
    }
}

// What was just asked of the kernel counts as done from now on: its own events about it arrive later, and a
// failure has an event that undoes it.
void Node::believe(std::size_t first_action) {
    for (std::size_t i = first_action; i < out_.size(); ++i) {
        if (const auto* put = std::get_if<PutAddresses>(&out_[i])) {
            for (const auto& request : put->addresses) {
                table_.apply(netlink::AddressAdded{{request.link, request.prefix}});
            }
        }
        if (const auto* deleted = std::get_if<DeleteAddress>(&out_[i])) {
            table_.apply(netlink::AddressRemoved{{deleted->link, deleted->prefix}});
        }
    }
}

void Node::note_transitions(Group& group, const std::string& cause) {
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        Router& router = group.members[i];
        const RouterState state = state_of(group.machine.member(i));
        if (state == router.state) continue;
        router.state = state;
        router.since = now_;
        will_is_old_ = true;
        if (state == RouterState::active) {
            ++router.counters.became_active;
            router.forget_active_router();
            const vrrp::Priority priority = group.machine.member(i).parameters().priority;
            router.tell(out_, EventId::became_active, {{"priority", to_text(priority)}, {"cause", cause}});
        } else if (state == RouterState::backup) {
            router.tell(out_, EventId::became_backup, {{"cause", cause}});
        }
        if (state != RouterState::initialize) router.reason = InitializeReason::none;
    }
}

void Node::leave_will() {
    Will will;
    for (const Group& group : groups_) {
        for (std::size_t i = 0; i < group.members.size() && !stopped_; ++i) {
            if (group.machine.member(i).is_active()) group.members[i].add_to(will, group.service.has_value());
        }
    }
    if (will == will_) return;
    will_ = will;
    out_.emplace_back(LeaveWill{std::move(will)});
}

// ---- views and small things

NodeSnapshot Node::snapshot(vrrp::TimePoint now) const {
    NodeSnapshot snapshot{name_, now, {}, {}, discards_, dumps_ == 0 ? 0 : dumps_ - 1};
    for (const Group& group : groups_) {
        for (std::size_t i = 0; i < group.members.size(); ++i) {
            snapshot.routers.push_back(group.members[i].snapshot(group.machine.member(i), now));
        }
        if (group.service) snapshot.services.push_back(group.service->snapshot());
    }
    return snapshot;
}

std::vector<Node::Member> Node::members() {
    std::vector<Member> all;
    for (Group& group : groups_) {
        for (std::size_t i = 0; i < group.members.size(); ++i) all.push_back({&group, i});
    }
    return all;
}

std::optional<Node::Member> Node::find(RouterId id) {
    for (const Member& member : members()) {
        if (member.router().id() == id) return member;
    }
    return std::nullopt;
}

std::optional<Node::Member> Node::find(const std::string& router) {
    for (const Member& member : members()) {
        if (member.router().configuration().name == router) return member;
    }
    return std::nullopt;
}

bool Node::ears_closed(const Member& member) const {
    const auto* backup = std::get_if<vrrp::Backup>(&member.machine().state());
    return backup != nullptr && backup->ears_open_by.has_value();
}

bool Node::has_open_port(const Router& router) const {
    if (!router.attachment) return false;
    const auto port = ports_.find(router.attachment->link);
    return port != ports_.end() && port->second.phase == PortState::Phase::open;
}

std::string Node::link_name(netlink::LinkIndex index) const {
    const netlink::Link* link = table_.find(index);
    return link == nullptr ? "link " + std::to_string(static_cast<int>(index)) : link->name;
}

void Node::tell(EventId event, std::vector<Field> fields) {
    out_.emplace_back(Tell{{event, std::move(fields)}});
}

}  // namespace highbase::node
