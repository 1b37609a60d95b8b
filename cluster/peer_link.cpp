// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/peer_link.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace highbase::cluster {
namespace {

using vrrp::Duration;
using vrrp::TimePoint;

constexpr Duration kTimeoutMargin = std::chrono::milliseconds{50};
// Changes are told at once, but not more often than so many times an interval.
constexpr int kMostInAnInterval = 10;
// A word is what the other box waits for: until it is acknowledged it is repeated five times as often as
// anything else, for five intervals.
constexpr int kHurry = 5;
constexpr std::size_t kHurriedMessages = 25;

template <typename... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

void require(bool holds, const std::string& what) {
    if (!holds) throw std::logic_error{what};
}

void require_sayable(const NodeState& state) {
    if (const auto fault = fault_of(state)) throw std::logic_error{*fault};
}

}  // namespace

PeerLink::PeerLink(TimePoint now, const PeerTiming& timing, std::size_t paths, SessionId session,
                   NodeState own)
    : timing_{timing}, session_{session}, own_{std::move(own)}, paths_(paths), send_at_{now} {
    require(timing.interval >= kShortestPeerInterval && timing.interval <= kLongestPeerInterval,
            "an interval is 10 ms to 10 s");
    require(!timing.timeout || *timing.timeout >= 2 * timing.interval,
            "a timeout is at least two intervals: one message may be lost");
    require(paths > 0, "a link has a path");
    require(session != kNoSession, "a session has an id");
    require_sayable(own_);
    note_words();
    told_ = tell(now);
}

PeerActions PeerLink::handle(TimePoint now, const PeerEvent& event) {
    std::visit(Overloaded{
                   [&](const MessageReceived& e) { receive(now, e); },
                   [&](const DatagramRefused& e) { refuse(paths_.at(e.path), e.refusal); },
                   [&](const StateChanged& e) { say(now, e.state); },
                   [&](const ClientsChanged& e) { own_clients_.replace(e.clients); },
                   [](const TimerExpired&) {},
               },
               event);
    PeerActions actions;
    if (now >= send_at_) send(actions, now);
    if (Told current = tell(now); current != told_) {
        told_ = std::move(current);
        actions.emplace_back(Changed{});
    }
    return actions;
}

TimePoint PeerLink::next_deadline() const {
    TimePoint deadline = send_at_;
    const auto until = [&](const Times& time) {
        if (time) deadline = std::min(deadline, *time + timeout());
    };
    if (told_.standing == Standing::fresh) until(current_at_);
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        if (told_.paths[i] != Standing::silent) until(paths_[i].heard_at);
        if (told_.paths[i] == Standing::fresh) until(paths_[i].echoed_at);
    }
    return deadline;
}

// ---- hearing

void PeerLink::receive(TimePoint now, const MessageReceived& event) {
    Path& path = paths_.at(event.path);
    const auto message = decode(event.octets);
    const std::optional<Refusal> refusal = message ? judge(now, path, *message) : message.error();
    if (refusal) refuse(path, *refusal);
}

void PeerLink::refuse(Path& path, Refusal refusal) {
    if (path.refusals[refusal] == 0) ++changes_;
    path.refusals.count(refusal);
}

std::optional<Refusal> PeerLink::judge(TimePoint now, Path& path, const PeerMessage& message) {
    const Stamp& stamp = message.stamp;
    if (message.state.node == own_.node) return Refusal::own;
    if (const NodeState* peer = fresh(now); peer != nullptr && peer->node != message.state.node)
        return Refusal::third_node;
    const bool echoes_us = stamp.echoed_session == session_;
    if (echoes_us && stamp.echoed_number > number_) return Refusal::echo_ahead;
    if (stamp.session != peer_) {
        if (!echoes_us || stamp.echoed_number <= floor_) return greet(now, path, stamp);
        establish(now, stamp.session);
    }
    if (!echoes_us) return Refusal::unproven;
    if (!path.window.take(stamp.number)) return Refusal::replayed;
    hear(now, path, stamp);
    measure(now, path, stamp);
    if (stamp.number > believed_) believe(now, message);
    return std::nullopt;
}

// An answer at once is what lets the other prove itself.
std::optional<Refusal> PeerLink::greet(TimePoint now, Path& path, const Stamp& stamp) {
    if (stamp.session == path.session && stamp.number <= path.greatest) return Refusal::replayed;
    hear(now, path, stamp);
    if (stamp.session != greeted_ || stamp.number > greeted_number_) {
        greeted_ = stamp.session;
        greeted_number_ = stamp.number;
        send_soon(now);
    }
    return Refusal::unproven;
}

void PeerLink::establish(TimePoint now, SessionId session) {
    peer_ = session;
    believed_ = kNoNumber;
    peer_clients_.clear();
    for (Path& path : paths_) path.window = {};
    ++changes_;
    send_soon(now);
}

void PeerLink::hear(TimePoint now, Path& path, const Stamp& stamp) {
    path.heard_at = now;
    if (stamp.session == path.session && stamp.number <= path.greatest) return;
    path.session = stamp.session;
    path.greatest = stamp.number;
    path.greatest_at = now;
}

void PeerLink::measure(TimePoint now, Path& path, const Stamp& stamp) {
    const Times sent = sent_.find(stamp.path_number);
    if (!is_within(sent, now)) return;
    path.echoed_at = now;
    if (stamp.path_number <= path.measured || !stamp.held) return;
    path.measured = stamp.path_number;
    const Duration sample = now - *sent - *stamp.held;
    if (sample < Duration::zero()) return;
    // RFC 6298 2.3: alpha is 1/8.
    path.round_trip = path.round_trip ? (*path.round_trip * 7 + sample) / 8 : sample;
}

void PeerLink::believe(TimePoint now, const PeerMessage& message) {
    const Stamp& stamp = message.stamp;
    believed_ = stamp.number;
    floor_ = number_;
    peer_interval_ = stamp.interval;
    peer_clients_.hear(stamp.number, message.clients);
    if (says_new_word(message.state)) send_soon(now);  // the other waits for the acknowledgement
    if (last_ != message.state) {
        last_ = message.state;
        ++changes_;
    }
    proved_at_ = sent_.find(stamp.echoed_number);
    if (is_within(proved_at_, now)) current_at_ = now;
    if (!stamp.accepted || stamp.echoed_number <= acknowledged_) return;
    const MessageNumber before = std::exchange(acknowledged_, stamp.echoed_number);
    for (const auto& [service, said] : words_) {
        if (said.since > before && said.since <= acknowledged_) ++changes_;
    }
}

bool PeerLink::says_new_word(const NodeState& state) const {
    return std::ranges::any_of(state.services, [&](const ServiceState& service) {
        const ServiceState* before = last_ ? last_->find(service.name) : nullptr;
        return service.word != (before != nullptr ? before->word : Word{});
    });
}

// ---- saying

void PeerLink::say(TimePoint now, const NodeState& state) {
    if (state == own_) return;
    require_sayable(state);
    require(state.node == own_.node, "a node keeps its name");
    own_ = state;
    note_words();
    send_soon(now);
}

void PeerLink::note_words() {
    std::map<std::string, SaidWord, std::less<>> words;
    for (const ServiceState& service : own_.services) {
        const auto before = words_.find(service.name);
        const bool never = before == words_.end();
        if (never && std::holds_alternative<std::monostate>(service.word)) continue;
        const bool is_new = never || before->second.word != service.word;
        if (is_new) hurried_left_ = kHurriedMessages;
        words[service.name] = is_new ? SaidWord{service.word, next(number_)} : before->second;
    }
    words_ = std::move(words);
}

void PeerLink::send_soon(TimePoint now) {
    const TimePoint earliest = last_sent_ ? *last_sent_ + timing_.interval / kMostInAnInterval : now;
    send_at_ = std::max(now, earliest);
}

void PeerLink::send(PeerActions& actions, TimePoint now) {
    number_ = next(number_);
    last_sent_ = now;
    sent_.add(number_, now, now - timeout());
    PeerMessage message = fitted({{}, own_, own_clients_.turn()});
    own_clients_.told(message.clients.size());
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        message.stamp = stamp_for(paths_[i], now);
        auto octets = encode(message);
        if (!octets) throw std::logic_error{octets.error()};
        actions.emplace_back(Send{i, std::move(*octets)});
    }
    const bool hurried = is_hurried();
    if (hurried) --hurried_left_;
    send_at_ = now + (hurried ? timing_.interval / kHurry : timing_.interval);
}

Stamp PeerLink::stamp_for(const Path& path, TimePoint now) const {
    Stamp stamp;
    stamp.session = session_;
    stamp.number = number_;
    stamp.accepted = peer_ != kNoSession;
    stamp.echoed_session = stamp.accepted ? peer_ : greeted_;
    stamp.echoed_number = stamp.accepted ? believed_ : greeted_number_;
    stamp.interval = std::chrono::ceil<std::chrono::milliseconds>(timing_.interval);
    if (stamp.echoed_session == kNoSession || path.session != stamp.echoed_session) return stamp;
    stamp.path_number = std::min(path.greatest, stamp.echoed_number);
    stamp.held = std::chrono::floor<std::chrono::microseconds>(now - *path.greatest_at);
    return stamp;
}

bool PeerLink::is_hurried() const {
    return hurried_left_ > 0 &&
           std::ranges::any_of(words_, [&](const auto& entry) { return entry.second.since > acknowledged_; });
}

// ---- looking

Duration PeerLink::timeout() const {
    if (timing_.timeout) return *timing_.timeout;
    return 3 * std::max(timing_.interval, peer_interval_) + kTimeoutMargin;
}

bool PeerLink::is_within(const Times& time, TimePoint now) const {
    return time && now < *time + timeout();
}

Standing PeerLink::standing(TimePoint now) const {
    if (is_within(current_at_, now)) return Standing::fresh;
    const bool heard =
        std::ranges::any_of(paths_, [&](const Path& path) { return is_within(path.heard_at, now); });
    return heard ? Standing::one_way : Standing::silent;
}

Standing PeerLink::standing(const Path& path, TimePoint now) const {
    if (!is_within(path.heard_at, now)) return Standing::silent;
    return is_within(path.echoed_at, now) ? Standing::fresh : Standing::one_way;
}

const NodeState* PeerLink::fresh(TimePoint now) const {
    return standing(now) == Standing::fresh ? &*last_ : nullptr;
}

bool PeerLink::is_acknowledged(std::string_view service) const {
    const auto said = words_.find(service);
    return said != words_.end() && said->second.since <= acknowledged_;
}

PeerLink::Told PeerLink::tell(TimePoint now) const {
    Told told{standing(now), {}, changes_};
    for (const Path& path : paths_) told.paths.push_back(standing(path, now));
    return told;
}

PeerView PeerLink::view(TimePoint now) const {
    PeerView view{standing(now), peer_, last_, std::nullopt, {}, peer_clients_.size()};
    if (proved_at_) view.age = now - *proved_at_;
    for (const Path& path : paths_) {
        PathView& shown = view.paths.emplace_back();
        shown.standing = standing(path, now);
        if (path.heard_at) shown.heard = now - *path.heard_at;
        shown.round_trip = path.round_trip;
        shown.refusals = path.refusals;
    }
    return view;
}

}  // namespace highbase::cluster
