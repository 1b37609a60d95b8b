// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/sync_group.hpp"

#include <algorithm>
#include <stdexcept>

namespace highbase::vrrp {
namespace {

void append(MemberActions& all, std::size_t member, const Actions& actions) {
    for (const Action& action : actions) all.push_back({member, action});
}

void refuse_owner(const Parameters& parameters, std::size_t size) {
    if (size > 1 && parameters.priority == kPriorityOwner) {
        throw std::logic_error{"an address owner cannot be in a sync group"};
    }
}

}  // namespace

SyncGroup::SyncGroup(const std::vector<Parameters>& members) {
    for (const Parameters& parameters : members) {
        refuse_owner(parameters, members.size());
        members_.emplace_back(parameters);
    }
    if (members_.empty()) throw std::logic_error{"a sync group without members"};
}

MemberActions SyncGroup::handle(TimePoint now, std::size_t member, const Event& event) {
    if (const auto* changed = std::get_if<ParametersChanged>(&event))
        refuse_owner(changed->parameters, size());
    if (std::holds_alternative<TimerExpired>(event)) {
        throw std::logic_error{"time is for the whole group: handle_timer()"};
    }
    const bool was_active = members_.at(member).is_active();
    MemberActions actions;
    append(actions, member, members_[member].handle(now, event));
    resign_with_the_leaver(actions, now, was_active && !members_[member].is_active());
    return actions;
}

MemberActions SyncGroup::handle_timer(TimePoint now) {
    MemberActions actions;
    if (any_active()) {
        // Sleepers alone: the others leave with them, and must not announce the addresses once more.
        const auto sleeps = [&](const VirtualRouter& member) { return member.overslept(now).has_value(); };
        const bool somebody_slept = std::ranges::any_of(members_, sleeps);
        for (std::size_t i = 0; i < members_.size(); ++i) {
            if (!members_[i].is_active() || (somebody_slept && !sleeps(members_[i]))) continue;
            append(actions, i, members_[i].handle(now, TimerExpired{}));
        }
        resign_with_the_leaver(actions, now, somebody_slept);
        return actions;
    }
    const std::optional<TimePoint> deadline = next_takeover();
    if (!deadline || now < *deadline) return {};
    // All or none: while one of them wants to listen again, only those that do hear of the time.
    const TimerExpired expired{now - *deadline};
    const auto listens = [&](const VirtualRouter& member) {
        return member.listens_again_after(expired.late);
    };
    const bool somebody_listens = std::ranges::any_of(members_, listens);
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (somebody_listens && !listens(members_[i])) continue;
        append(actions, i, members_[i].handle(now, expired));
    }
    return actions;
}

std::optional<TimePoint> SyncGroup::next_deadline() const {
    if (!any_active()) return next_takeover();
    std::optional<TimePoint> first;
    for (const VirtualRouter& member : members_) {
        if (member.is_active()) first = std::min(first.value_or(TimePoint::max()), *member.next_deadline());
    }
    return first;
}

// The last member's time; nothing while one of them cannot take over at all.
std::optional<TimePoint> SyncGroup::next_takeover() const {
    if (any_active()) return std::nullopt;
    TimePoint last = TimePoint::min();
    for (const VirtualRouter& member : members_) {
        const std::optional<TimePoint> deadline = member.next_deadline();
        if (!deadline) return std::nullopt;
        last = std::max(last, *deadline);
    }
    return last;
}

void SyncGroup::resign_with_the_leaver(MemberActions& actions, TimePoint now, bool left) {
    if (!left) return;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (members_[i].is_active()) append(actions, i, members_[i].handle(now, Resign{}));
    }
}

bool SyncGroup::any_active() const {
    return std::ranges::any_of(members_, &VirtualRouter::is_active);
}

}  // namespace highbase::vrrp
