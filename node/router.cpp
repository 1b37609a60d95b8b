// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "node/text.hpp"
#include "vrrp/arp.hpp"
#include "vrrp/checksum.hpp"
#include "vrrp/ip_packet.hpp"
#include "vrrp/neighbor_advertisement.hpp"

namespace highbase::node {
namespace {

using vrrp::ChecksumForm;
using vrrp::Discard;
using vrrp::EtherType;
using vrrp::IpAddress;
using vrrp::TimePoint;

EtherType ether_type(vrrp::Family family) {
    return family == vrrp::Family::ipv4 ? EtherType::ipv4 : EtherType::ipv6;
}

}  // namespace

Router::Router(RouterId id, RouterConfiguration configuration)
    : id_{id}, configuration_{std::move(configuration)} {}

std::vector<IpAddress> Router::virtual_addresses() const {
    std::vector<IpAddress> addresses;
    for (const vrrp::Prefix& prefix : configuration_.addresses) addresses.push_back(prefix.address);
    return addresses;
}

std::string Router::macvlan_name(netlink::LinkIndex parent) const {
    const char* family = configuration_.family() == vrrp::Family::ipv4 ? "hb4-" : "hb6-";
    return family + std::to_string(static_cast<int>(configuration_.vrid)) + "-" +
           fmt::format("{:x}", static_cast<int>(parent));  // decimal might not fit
}

bool Router::is_macvlan_name(std::string_view name) {
    return name.starts_with("hb4-") || name.starts_with("hb6-");
}

// ---- what the machine decided

void Router::perform(const vrrp::Action& action, TimePoint now, Actions& out) {
    if (!attachment) return;
    if (const auto* send = std::get_if<vrrp::SendAdvertisement>(&action))
        send_advertisement(send->priority, now, out);
    if (std::holds_alternative<vrrp::AcquireAddresses>(action)) put_addresses(out);
    if (std::holds_alternative<vrrp::RenewAddresses>(action)) renew_addresses(out);
    if (std::holds_alternative<vrrp::ReleaseAddresses>(action)) release(out);
    if (std::holds_alternative<vrrp::AnnounceAddresses>(action)) announce(out);
}

void Router::renew_lease(Actions& out) {
    const std::optional<vrrp::Duration> length = configuration_.lease_length();
    if (!length) return;
    out.emplace_back(RenewLease{id_, virtual_addresses(), *length});
    leased_ = true;
}

void Router::drop_lease(Actions& out, std::vector<IpAddress> addresses) {
    if (leased_) out.emplace_back(EndLease{id_, std::move(addresses), vrrp::Duration::zero()});
    leased_ = leased_ && configuration_.lease_length();
}

void Router::refuse_clients(Actions& out) const {
    const std::optional<vrrp::Duration> length = configuration_.lease_length();
    if (length) out.emplace_back(EndLease{id_, virtual_addresses(), *length});
}

void Router::end_lease(Actions& out) {
    if (std::exchange(leased_, false))
        out.emplace_back(EndLease{id_, virtual_addresses(), kRefuseAfterRelease});
}

void Router::put_addresses(Actions& out) {
    renew_lease(out);
    renew_addresses(out);
}

void Router::renew_addresses(Actions& out) const {
    PutAddresses put{id_, {}};
    for (const vrrp::Prefix& prefix : configuration_.addresses) {
        // On a macvlan the subnet's route stays with the parent, so that other traffic keeps its way.
        const bool prefix_route = configuration_.mac == MacMode::interface;
        put.addresses.push_back({attachment->service_link, prefix, vrrp::kAddressLifetime, prefix_route});
    }
    out.emplace_back(std::move(put));
}

void Router::release(Actions& out) {
    end_lease(out);
    for (const vrrp::Prefix& prefix : configuration_.addresses) {
        out.emplace_back(DeleteAddress{id_, attachment->service_link, prefix});
    }
}

void Router::end_connections(Actions& out) const {
    out.emplace_back(EndConnections{id_, virtual_addresses(), configuration_.forward.has_value()});
}

void Router::announce(Actions& out) {
    const vrrp::MacAddress& mac = attachment->service_mac;
    const auto send = [&](vrrp::OctetString frame) {
        out.emplace_back(SendFrame{attachment->link, id_, std::move(frame)});
        ++counters.announcements_sent;
    };
    for (const IpAddress& address : virtual_addresses()) {
        if (address.is_ipv4()) {
            send(vrrp::gratuitous_arp(vrrp::ArpOperation::request, mac, address));
            send(vrrp::gratuitous_arp(vrrp::ArpOperation::reply, mac, address));
        } else {
            send(vrrp::unsolicited_neighbor_advertisement(mac, address));
        }
    }
}

void Router::probe(Actions& out) const {
    for (const IpAddress& address : virtual_addresses()) {
        out.emplace_back(SendFrame{attachment->link, id_,
                                   address.is_ipv4() ? vrrp::arp_probe(attachment->link_mac, address)
                                                     : vrrp::neighbor_probe(attachment->link_mac, address)});
    }
}

void Router::send_advertisement(vrrp::Priority priority, TimePoint now, Actions& out) {
    if (leased_) renew_lease(out);  // first: it is from this advertisement on that others wait
    advertise(
        priority,
        [&](Will::Frame frame) {
            out.emplace_back(SendFrame{frame.link, id_, std::move(frame.octets)});
        },
        [&](Will::Datagram datagram) {
            out.emplace_back(SendDatagram{datagram.link, id_, datagram.source, datagram.destination,
                                          std::move(datagram.payload)});
        });
    last_sent_ = now;
    ++(priority == vrrp::kPriorityReleasing ? counters.priority_zero_sent : counters.advertisements_sent);
}

void Router::advertise(vrrp::Priority priority, const std::function<void(Will::Frame)>& frame,
                       const std::function<void(Will::Datagram)>& datagram) const {
    const vrrp::Advertisement advertisement{
        configuration_.vrid, priority, configuration_.parameters.advertisement_interval, virtual_addresses()};
    const IpAddress& source = attachment->primary_address;
    for (const IpAddress& peer : configuration_.unicast_peers) {
        datagram(
            {attachment->link, source, peer, vrrp::encode(advertisement, source, peer, checksum_form())});
    }
    if (!configuration_.unicast_peers.empty()) return;
    const IpAddress group = vrrp::multicast_group(source.family());
    const vrrp::OctetString message = vrrp::encode(advertisement, source, group, checksum_form());
    const vrrp::OctetString packet = vrrp::ip_packet(source, group, vrrp::kProtocolVrrp, message);
    frame(
        {attachment->link, vrrp::ethernet_frame(vrrp::multicast_mac(source.family()), attachment->service_mac,
                                                ether_type(source.family()), packet)});
}

void Router::add_to(Will& will, bool has_database) const {
    if (!attachment) return;
    const std::vector<IpAddress> addresses = virtual_addresses();
    if (configuration_.lease_length()) std::ranges::copy(addresses, std::back_inserter(will.leases));
    advertise(
        vrrp::kPriorityReleasing, [&](Will::Frame frame) { will.frames.push_back(std::move(frame)); },
        [&](Will::Datagram datagram) { will.datagrams.push_back(std::move(datagram)); });
    if (has_database) std::ranges::copy(addresses, std::back_inserter(will.served));
    if (configuration_.forward) std::ranges::copy(addresses, std::back_inserter(will.forwarded));
    for (const vrrp::Prefix& prefix : configuration_.addresses)
        will.addresses.push_back({attachment->service_link, prefix});
}

ChecksumForm Router::checksum_form() const {
    switch (configuration_.checksum) {
        case ChecksumPolicy::rfc9568: return ChecksumForm::message_only;
        case ChecksumPolicy::pseudo_header: return ChecksumForm::pseudo_header;
        case ChecksumPolicy::automatic: break;
    }
    return heard_form_.value_or(ChecksumForm::message_only);
}

// ---- what arrived

tl::expected<vrrp::AdvertisementReceived, Discard> Router::receive(
    const vrrp::ReceivedAdvertisement& received, const IpAddress& destination, TimePoint now, Actions& out) {
    const std::vector<IpAddress>& peers = configuration_.unicast_peers;
    if (received.source == attachment->primary_address) return tl::make_unexpected(Discard::own);
    const IpAddress expected =
        peers.empty() ? vrrp::multicast_group(received.source.family()) : attachment->primary_address;
    if (destination != expected) return tl::make_unexpected(Discard::destination);
    if (!peers.empty() && std::ranges::find(peers, received.source) == peers.end()) {
        return tl::make_unexpected(Discard::stranger);
    }
    compare_with_ours(received, out);
    note_active_router(received, now, out);
    const vrrp::Advertisement& advertisement = received.advertisement;
    return vrrp::AdvertisementReceived{advertisement.priority, advertisement.max_advertise_interval,
                                       received.source};
}

// RFC 9568 7.1: a different interval or address list should be logged, and must not be dropped.
void Router::compare_with_ours(const vrrp::ReceivedAdvertisement& received, Actions& out) {
    const vrrp::Advertisement& theirs = received.advertisement;
    const vrrp::Parameters& ours = configuration_.parameters;
    const std::string source = received.source.to_string();
    if (theirs.max_advertise_interval != ours.advertisement_interval) {
        ++counters.interval_mismatches;
        tell(out, EventId::interval_mismatch,
             {{"source", source},
              {"theirs", to_text(theirs.max_advertise_interval)},
              {"ours", to_text(ours.advertisement_interval)}});
    }
    if (!std::ranges::is_permutation(theirs.addresses, virtual_addresses())) {
        ++counters.address_list_mismatches;
        tell(out, EventId::address_list_mismatch,
             {{"source", source},
              {"theirs", to_text(theirs.addresses)},
              {"ours", to_text(virtual_addresses())}});
    }
    if (theirs.priority == vrrp::kPriorityReleasing) return;
    if (ours.priority == vrrp::kPriorityOwner) {
        tell(out, EventId::owner_contradicted, {{"source", source}, {"priority", to_text(theirs.priority)}});
    } else if (theirs.priority == ours.priority) {
        tell(out, EventId::equal_priority, {{"source", source}, {"priority", to_text(theirs.priority)}});
    }
}

void Router::note_active_router(const vrrp::ReceivedAdvertisement& received, TimePoint now, Actions& out) {
    const vrrp::Advertisement& advertisement = received.advertisement;
    const std::string source = received.source.to_string();
    ++counters.advertisements_received;
    if (received.source.is_ipv4()) {
        ++(received.checksum_form == ChecksumForm::message_only ? counters.checksum_rfc9568_received
           : received.checksum_form == ChecksumForm::pseudo_header
               ? counters.checksum_pseudo_header_received
               : counters.checksum_pseudo_header_group_received);
        const ChecksumForm form = received.checksum_form == ChecksumForm::message_only
                                      ? ChecksumForm::message_only
                                      : ChecksumForm::pseudo_header;
        const bool follow = configuration_.checksum == ChecksumPolicy::automatic && form != checksum_form();
        heard_form_ = form;
        if (follow) tell(out, EventId::checksum_form_followed, {{"source", source}, {"form", to_text(form)}});
    }
    if (advertisement.priority == vrrp::kPriorityReleasing) {
        ++counters.priority_zero_received;
        other_active_.reset();
        tell(out, EventId::active_router_released, {{"source", source}});
        return;
    }
    if (!other_active_ || other_active_->address != received.source) {
        tell(out, EventId::active_router_changed,
             {{"source", source},
              {"priority", to_text(advertisement.priority)},
              {"interval", to_text(advertisement.max_advertise_interval)}});
    }
    other_active_ =
        ActiveRouter{received.source, advertisement.priority, advertisement.max_advertise_interval, now};
}

bool Router::contradicted_by(const IpAddress& address, const vrrp::MacAddress& mac, TimePoint now,
                             Actions& out) {
    if (state != RouterState::active || mac == attachment->service_mac) return false;
    const std::vector<IpAddress> ours = virtual_addresses();
    if (std::ranges::find(ours, address) == ours.end()) return false;
    ++counters.address_conflicts;
    last_conflict_ = Conflict{address, mac, now};
    tell(out, EventId::address_conflict, {{"address", address.to_string()}, {"mac", mac.to_string()}});
    return true;
}

// ---- views

RouterSnapshot Router::snapshot(const vrrp::VirtualRouter& machine, TimePoint now) const {
    RouterSnapshot snapshot;
    snapshot.configuration = configuration_;
    snapshot.state = state;
    snapshot.reason = reason;
    snapshot.since = since;
    snapshot.priority = machine.parameters().priority;
    snapshot.eligible = machine.is_eligible();
    snapshot.next_deadline = machine.next_deadline();
    snapshot.last_conflict = last_conflict_;
    snapshot.counters = counters;
    if (attachment) {
        snapshot.primary_address = attachment->primary_address;
        snapshot.service_mac = attachment->service_mac;
    }
    if (const auto* backup = std::get_if<vrrp::Backup>(&machine.state())) {
        snapshot.waiting_for_ears = backup->ears_open_by.has_value();
        if (machine.held_down_until() > now) snapshot.held_down = machine.held_down_until() - now;
        snapshot.active = other_active_;
    }
    if (const auto* active = std::get_if<vrrp::Active>(&machine.state())) {
        snapshot.serving = active->serving.has_value();
        snapshot.active =
            ActiveRouter{attachment->primary_address, machine.parameters().priority,
                         configuration_.parameters.advertisement_interval, last_sent_.value_or(since), true};
    }
    return snapshot;
}

void Router::tell(Actions& out, EventId event, std::vector<Field> fields) const {
    fields.push_back({"router", configuration_.name});
    fields.push_back({"interface", configuration_.interface});
    out.emplace_back(Tell{{event, std::move(fields)}});
}

}  // namespace highbase::node
