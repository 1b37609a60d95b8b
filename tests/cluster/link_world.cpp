// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/cluster/link_world.hpp"

#include <algorithm>
#include <utility>

namespace highbase::tests {
namespace {

constexpr std::size_t kSocketBuffer = 100;

cluster::Epoch to_epoch(vrrp::Duration time) {
    return cluster::Epoch{static_cast<std::uint64_t>(time.count())};
}

}  // namespace

LinkWorld::LinkWorld(std::size_t paths, std::array<Clock, 2> clocks, std::uint32_t seed,
                     cluster::PeerTiming timing)
    : timing_{timing}, random_{seed} {
    for (const Clock& clock : clocks) {
        boxes_.emplace_back();
        boxes_.back().clock = clock;
    }
    for (std::vector<Way>& ways : ways_) ways.resize(paths);
}

void LinkWorld::set_ways(const Way& way) {
    for (std::vector<Way>& ways : ways_) std::ranges::fill(ways, way);
}

void LinkWorld::start(std::size_t index) {
    Box& box = boxes_.at(index);
    box.asleep = false;
    box.waiting.clear();
    const std::uint64_t session = ++box.starts * 2 + index + 100;
    box.link.emplace(local_time(box), timing_, ways_[0].size(), cluster::SessionId{session}, state_of(index));
}

void LinkWorld::wake(std::size_t index) {
    Box& box = boxes_.at(index);
    box.asleep = false;
    // What it knew when it fell asleep is not said any more.
    if (box.link) tell(index, cluster::StateChanged{state_of(index)});
    for (const Recorded& datagram : std::exchange(box.waiting, {})) arrive(datagram);
}

void LinkWorld::run_until(vrrp::Duration end) {
    for (vrrp::Duration next = next_event(end); next < end; next = next_event(end)) {
        now_ = std::max(now_, next);
        for (std::size_t i = 0; i < boxes_.size(); ++i) {
            if (boxes_[i].link && !boxes_[i].asleep) let_speak(i);
        }
        const auto due = std::stable_partition(flights_.begin(), flights_.end(),
                                               [&](const Flight& flight) { return flight.arrival > now_; });
        const std::vector<Flight> arrived{due, flights_.end()};
        flights_.erase(due, flights_.end());
        for (const Flight& flight : arrived) arrive(flight.datagram);
    }
    now_ = end;
}

vrrp::Duration LinkWorld::next_event(vrrp::Duration end) const {
    vrrp::Duration next = end;
    for (const Flight& flight : flights_) next = std::min(next, flight.arrival);
    for (const Box& box : boxes_) {
        if (!box.link || box.asleep) continue;
        next = std::min({next, box.next_epoch, true_time(box, box.link->next_deadline())});
    }
    return next;
}

void LinkWorld::let_speak(std::size_t index) {
    Box& box = boxes_[index];
    if (now_ >= box.next_epoch) tell(index, cluster::StateChanged{state_of(index)});
    if (local_time(box) >= box.link->next_deadline()) tell(index, cluster::TimerExpired{});
}

void LinkWorld::play(const Recorded& record, std::size_t path) {
    Recorded copy = record;
    copy.path = path;
    arrive(copy);
}

void LinkWorld::say(std::size_t index, const cluster::Word& word) {
    boxes_.at(index).word = word;
    tell(index, cluster::StateChanged{state_of(index)});
}

void LinkWorld::serve(std::size_t index, std::vector<vrrp::Connection> clients) {
    tell(index, cluster::ClientsChanged{std::move(clients)});
}

cluster::Standing LinkWorld::standing(std::size_t box) const {
    return link(box).standing(local_time(boxes_[box]));
}

cluster::PeerView LinkWorld::view(std::size_t box) const {
    return link(box).view(local_time(boxes_[box]));
}

std::optional<vrrp::Duration> LinkWorld::age_of_belief(std::size_t box) const {
    const std::optional<cluster::NodeState> last = view(box).last;
    if (!last) return std::nullopt;
    const auto made = static_cast<std::int64_t>(last->services.at(0).epoch);
    return now_ - vrrp::Duration{made};
}

std::uint64_t LinkWorld::refused(std::size_t box, cluster::Refusal refusal) const {
    std::uint64_t count = 0;
    for (const cluster::PathView& path : view(box).paths) count += path.refusals[refusal];
    return count;
}

vrrp::TimePoint LinkWorld::local_time(const Box& box) const {
    return box.clock.start + now_ + now_ / 1'000'000 * box.clock.drift_ppm;
}

// The first instant at which the box's clock shows that time, or a little later.
vrrp::Duration LinkWorld::true_time(const Box& box, vrrp::TimePoint local) const {
    const vrrp::Duration ahead = local - local_time(box);
    return now_ + (ahead <= 0ns ? 0ns : ahead + ahead / 1000 + 1us);
}

cluster::NodeState LinkWorld::state_of(std::size_t index) {
    Box& box = boxes_.at(index);
    box.next_epoch = now_ + 100ms;
    return {index == 0 ? "gw1" : "gw2", {{.name = "db", .epoch = to_epoch(now_), .word = box.word}}};
}

void LinkWorld::tell(std::size_t index, const cluster::PeerEvent& event) {
    Box& box = boxes_.at(index);
    for (cluster::PeerAction& action : box.link->handle(local_time(box), event)) {
        auto* send = std::get_if<cluster::Send>(&action);
        if (send == nullptr) continue;
        records_.push_back({1 - index, send->path, std::move(send->octets), now_});
        launch(records_.back());
    }
    if (watch) watch();
}

void LinkWorld::launch(const Recorded& datagram) {
    const Way& way = ways_.at(datagram.to).at(datagram.path);
    const int copies = chance(way.lost) ? 0 : chance(way.doubled) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
        const std::int64_t range = (way.longest - way.shortest).count();
        const std::int64_t extra = range == 0 ? 0 : static_cast<std::int64_t>(random_()) % range;
        flights_.push_back({now_ + way.shortest + vrrp::Duration{extra}, datagram});
    }
}

void LinkWorld::arrive(const Recorded& datagram) {
    Box& box = boxes_.at(datagram.to);
    if (!box.link) return;
    if (!box.asleep) return tell(datagram.to, cluster::MessageReceived{datagram.path, datagram.octets});
    if (box.waiting.size() < kSocketBuffer) box.waiting.push_back(datagram);
}

bool LinkWorld::chance(int of_a_thousand) {
    return static_cast<int>(random_() % 1000) < of_a_thousand;
}

}  // namespace highbase::tests
