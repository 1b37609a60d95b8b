// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/node/world.hpp"

#include <algorithm>
#include <stdexcept>

#include "vrrp/ip_packet.hpp"

namespace highbase::tests {
namespace {

// More wakes than this at one instant, and some host spins.
constexpr int kMostWakes = 1000;

// What its network card lets in: groups, and its own MAC addresses, those of macvlans included.
bool is_addressed(Host& host, netlink::LinkIndex link, const vrrp::MacAddress& destination) {
    if ((destination.octets[0] & 1) != 0) return true;
    return std::ranges::any_of(host.kernel.links().value(), [&](const netlink::Link& own) {
        return (own.index == link || own.parent == link) && own.mac == destination;
    });
}

bool runs(Host& host, netlink::LinkIndex link) {
    return std::ranges::any_of(host.kernel.links().value(),
                               [&](const netlink::Link& own) { return own.index == link && own.running; });
}

}  // namespace

Lan& World::add_lan(vrrp::Duration latency) {
    return *lans_.emplace_back(std::make_unique<Lan>(latency));
}

void World::connect(Host& host, netlink::LinkIndex link, Lan& lan) {
    host.connect(*this);
    if (host.now() < now_) host.advance_to(now_);
    plugs_.push_back({&host, link, &lan});
}

// ---- time

void World::run_to(vrrp::Duration time) {
    const vrrp::TimePoint end = kBeginning + time;
    if (end < now_) throw std::logic_error{"a story does not go back in time"};
    for (auto next = next_instant(); next && *next <= end; next = next_instant()) {
        advance_to(std::max(now_, *next));
        if (!deliver_one()) wake_the_due();
    }
    advance_to(end);
}

std::optional<vrrp::TimePoint> World::next_instant() const {
    std::optional<vrrp::TimePoint> next;
    if (!in_flight_.empty()) next = in_flight_.begin()->first;
    for (const Host* host : hosts()) {
        const std::optional<vrrp::TimePoint> deadline = host->next_deadline();
        if (deadline && (!next || *deadline < *next)) next = deadline;
    }
    return next;
}

void World::advance_to(vrrp::TimePoint now) {
    now_ = now;
    for (Host* host : hosts()) {
        host->advance_to(now);
        host->notice_kernel();
    }
}

// Frames before timers: silence is only what is still silence after looking.
bool World::deliver_one() {
    const auto first = in_flight_.begin();
    if (first == in_flight_.end() || first->first > now_) return false;
    const auto [to, frame] = std::move(first->second);
    in_flight_.erase(first);
    if (to.host->is_on() && runs(*to.host, to.link)) to.host->receive(to.link, frame);
    return true;
}

void World::wake_the_due() {
    if (last_wake_ != now_) wakes_ = 0;
    last_wake_ = now_;
    if (++wakes_ > kMostWakes) throw std::logic_error{"a host that is always due"};
    for (Host* host : hosts()) {
        const std::optional<vrrp::TimePoint> deadline = host->next_deadline();
        if (deadline && *deadline <= now_) return host->wake();
    }
}

// ---- the networks

void World::carry(Host& from, netlink::LinkIndex link, const vrrp::OctetString& frame) {
    const Plug* plug = find(from, link);
    const auto ethernet = vrrp::parse_ethernet(frame);
    if (plug == nullptr || !ethernet || !runs(from, link)) return;
    for (const Plug& to : plugs_) {
        const bool here = to.lan == plug->lan && to.host != &from;
        if (!here || !is_addressed(*to.host, to.link, ethernet->destination)) continue;
        if (!plug->lan->carries(from, *to.host, frame)) continue;
        in_flight_.emplace(now_ + plug->lan->latency(), InFlight{to, frame});
    }
}

std::optional<vrrp::MacAddress> World::resolve(Host& from, netlink::LinkIndex link,
                                               const vrrp::IpAddress& address) {
    const Plug* plug = find(from, link);
    if (plug == nullptr) return std::nullopt;
    for (const Plug& to : plugs_) {
        const bool here = to.lan == plug->lan && to.host->is_on() && runs(*to.host, to.link);
        if (here && to.host->kernel.serves(address)) return to.host->link(to.link).mac;
    }
    return std::nullopt;
}

void World::say(const Lan& lan, const vrrp::OctetString& frame) {
    const auto ethernet = vrrp::parse_ethernet(frame);
    for (const Plug& to : plugs_) {
        const bool addressed = ethernet && is_addressed(*to.host, to.link, ethernet->destination);
        if (to.lan == &lan && addressed) in_flight_.emplace(now_, InFlight{to, frame});
    }
    run_for(vrrp::Duration::zero());
}

std::vector<std::string> World::owners(const Lan& lan, const vrrp::IpAddress& address) const {
    std::vector<std::string> names;
    for (const Plug& plug : plugs_) {
        if (plug.lan != &lan || !plug.host->is_on() || !runs(*plug.host, plug.link)) continue;
        if (plug.host->kernel.serves(address)) names.push_back(plug.host->name());
    }
    return names;
}

const World::Plug* World::find(const Host& host, netlink::LinkIndex link) const {
    const auto found = std::ranges::find_if(
        plugs_, [&](const Plug& plug) { return plug.host == &host && plug.link == link; });
    return found == plugs_.end() ? nullptr : &*found;
}

std::vector<Host*> World::hosts() const {
    std::vector<Host*> all;
    for (const Plug& plug : plugs_) {
        if (std::ranges::find(all, plug.host) == all.end()) all.push_back(plug.host);
    }
    return all;
}

}  // namespace highbase::tests
