// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vrrp/lan.hpp"

#include <algorithm>

#include "tests/vrrp/describe.hpp"

namespace highbase::tests {

using namespace vrrp;

Lan::Lan(const std::vector<std::vector<Parameters>>& hosts, Loss loss)
    : loss_{std::move(loss)}, now_{kStart}, gap_began_{kStart} {
    for (const auto& members : hosts) hosts_.push_back({WatchedGroup{members}});
}

void Lan::start(std::size_t host) {
    const auto address = IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(host + 1));
    for (std::size_t member = 0; member < hosts_.at(host).group.group().size(); ++member) {
        give(host, member, Startup{address});
        give(host, member, FrameReceived{});
    }
}

void Lan::give(std::size_t host, std::size_t member, const Event& event) {
    const bool was_served = !actives().empty();
    perform(host, hosts_.at(host).group.handle(now_, member, event));
    watch_gap(was_served);
}

void Lan::perform(std::size_t host, const MemberActions& actions) {
    for (const auto& [member, action] : actions) {
        if (const auto* sent = std::get_if<SendAdvertisement>(&action)) send(host, member, sent->priority);
        if (std::holds_alternative<AcquireAddresses>(action)) {
            agenda_.emplace(now_ + kAcquisition, [this, host, member = member] {
                // A router that has let go meanwhile gets no answer, as the driver forgets the question.
                if (hosts_[host].group.group().member(member).is_active())
                    give(host, member, AddressesAcquired{});
            });
        }
    }
}

void Lan::send(std::size_t host, std::size_t member, Priority priority) {
    const VirtualRouter& sender = router(host, member);
    const auto address = IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(host + 1));
    for (std::size_t to = 0; to < hosts_.size(); ++to) {
        const Frame frame{host, to, member, {priority, sender.parameters().advertisement_interval, address}};
        if (to == host || member >= hosts_[to].group.group().size() || (loss_ && loss_(now_, frame)))
            continue;
        agenda_.emplace(now_ + kLatency, [this, frame] {
            if (!hosts_[frame.to].paused) give(frame.to, frame.member, frame.advertisement);
        });
    }
}

TimePoint Lan::next_time() const {
    TimePoint next = agenda_.empty() ? TimePoint::max() : agenda_.begin()->first;
    for (const Host& host : hosts_) {
        const std::optional<TimePoint> deadline = host.group.group().next_deadline();
        if (deadline && !host.paused) next = std::min(next, std::max(now_, *deadline + kLateness));
    }
    return next;
}

// Frames first: a driver looks at what has arrived before it believes in a silence.
void Lan::step(TimePoint time) {
    now_ = time;
    if (!agenda_.empty() && agenda_.begin()->first <= now_) {
        const auto due = agenda_.begin()->second;
        agenda_.erase(agenda_.begin());
        due();
        return;
    }
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        const std::optional<TimePoint> deadline = hosts_[i].group.group().next_deadline();
        if (hosts_[i].paused || !deadline || *deadline + kLateness > now_) continue;
        const bool was_served = !actives().empty();
        perform(i, hosts_[i].group.handle_timer(now_));
        watch_gap(was_served);
    }
}

void Lan::run_until(TimePoint end) {
    while (next_time() <= end) step(next_time());
    now_ = end;
}

void Lan::watch_gap(bool was_served) {
    const bool served = !actives().empty();
    if (was_served && !served) gap_began_ = now_;
    if (!was_served && served) longest_gap_ = std::max(longest_gap_, now_ - gap_began_);
}

Duration Lan::longest_gap() {
    const Duration open = actives().empty() ? now_ - gap_began_ : Duration::zero();
    const Duration longest = std::max(longest_gap_, open);
    longest_gap_ = Duration::zero();
    gap_began_ = now_;
    return longest;
}

std::vector<std::size_t> Lan::actives() const {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        if (hosts_[i].group.is_active() && !hosts_[i].paused) result.push_back(i);
    }
    return result;
}

std::string Lan::broken() const {
    for (const Host& host : hosts_) {
        if (!host.group.broken().empty()) return host.group.broken();
    }
    return "";
}

}  // namespace highbase::tests
