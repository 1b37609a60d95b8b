// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vrrp/watched_group.hpp"

#include <algorithm>

#include "tests/vrrp/describe.hpp"

namespace highbase::tests {

using namespace vrrp;

namespace {

// Advertise, renew, announce, release, and say so: nothing takes more of one member than that.
constexpr std::size_t kMostActions = 5;

bool is(const Action& action, const Action& other) {
    return action == other;
}

}  // namespace

WatchedGroup::WatchedGroup(const std::vector<Parameters>& members) : group_{members} {
    for (const Parameters& parameters : members) diaries_.push_back({.parameters = parameters});
}

MemberActions WatchedGroup::handle(TimePoint now, std::size_t member, const Event& event) {
    event_ = event.index();
    const Before before = look(now);
    note(now, member, event, before);
    const MemberActions actions = group_.handle(now, member, event);
    check(now, actions, before, false);
    return actions;
}

MemberActions WatchedGroup::handle_timer(TimePoint now) {
    event_ = Event{TimerExpired{}}.index();
    const Before before = look(now);
    const MemberActions actions = group_.handle_timer(now);
    check(now, actions, before, true);
    return actions;
}

WatchedGroup::Before WatchedGroup::look(TimePoint now) const {
    Before before{{}, {}, {}, group_.next_deadline()};
    for (std::size_t i = 0; i < group_.size(); ++i) {
        const Diary& diary = diaries_[i];
        const bool active = group_.member(i).is_active();
        const Duration patience =
            active_down_interval(diary.parameters.priority, diary.parameters.advertisement_interval);
        before.active.push_back(active);
        before.backup.push_back(std::holds_alternative<Backup>(group_.member(i).state()));
        before.overslept.push_back(active && now - diary.last_sent > patience);
    }
    return before;
}

// ---- the diary: what the events mean for what may happen

void WatchedGroup::note(TimePoint now, std::size_t member, const Event& event, const Before& before) {
    Diary& diary = diaries_.at(member);
    const bool was_idle = !before.active[member] && !before.backup[member];
    const bool holds_on = before.active[member] && !before.overslept[member];
    if (std::holds_alternative<Startup>(event) && was_idle) {
        diary.hears = false;
        diary.learned = diary.parameters.advertisement_interval;
        diary.deaf_until = now + diary.parameters.ears_open_timeout;
        diary.preempts_from = now + diary.parameters.preempt_delay;
        diary.silence_counts_until = now + 3 * diary.learned;
    } else if (const auto* heard = std::get_if<AdvertisementReceived>(&event)) {
        note_heard(now, diary, *heard, before.backup[member]);
    } else if (std::holds_alternative<FrameReceived>(event) && before.backup[member] && !diary.hears) {
        diary.hears = true;
        diary.silence_counts_until = std::max(diary.silence_counts_until, now + 3 * diary.learned);
    } else if (std::holds_alternative<NamedSuccessor>(event) && before.backup[member]) {
        diary.hears = true;
        diary.silence_counts_until = now;
    } else if (std::holds_alternative<AddressesAcquired>(event) && holds_on) {
        if (diary.addresses == Addresses::asked_for) diary.last_renewed = now;
        diary.addresses = Addresses::held;
    } else if (std::holds_alternative<AcquisitionFailed>(event) && !was_idle) {
        diary.held_until = std::max(diary.held_until, now + diary.parameters.hold_down);
    } else if (const auto* resign = std::get_if<Resign>(&event)) {
        diary.held_until = std::max(diary.held_until, now + resign->hold_down);
    } else if (const auto* changed = std::get_if<EligibilityChanged>(&event)) {
        if (changed->eligible && !diary.eligible) {
            diary.held_until = now;
            diary.preempts_from = now + diary.parameters.preempt_delay;
        }
        diary.eligible = changed->eligible;
    } else if (const auto* parameters = std::get_if<ParametersChanged>(&event)) {
        diary.parameters = parameters->parameters;
    }
}

void WatchedGroup::note_heard(TimePoint now, Diary& diary, const AdvertisementReceived& heard,
                              bool was_backup) {
    if (!was_backup) {
        // For the case that it finds an Active that leaves; an Active that has left is waited for no longer.
        const bool gone = heard.priority == kPriorityReleasing;
        diary.learned = gone ? Duration::zero() : Duration{heard.max_advertise_interval};
        return;
    }
    if (!diary.hears && heard.priority != kPriorityReleasing) {
        diary.silence_counts_until = std::max(diary.silence_counts_until, now + 3 * diary.learned);
    }
    diary.hears = true;
    const bool wants = diary.parameters.preempt_mode || diary.parameters.priority == kPriorityOwner;
    const bool may = wants && diary.eligible && now >= diary.held_until && now >= diary.preempts_from;
    if (heard.priority == kPriorityReleasing) {
        diary.silence_counts_until = now;
    } else if (heard.priority >= diary.parameters.priority || !may) {
        diary.learned = heard.max_advertise_interval;
        diary.silence_counts_until = now - heard.age + 3 * diary.learned;
    }
}

// ---- the rules

void WatchedGroup::check(TimePoint now, const MemberActions& actions, const Before& before, bool timer) {
    std::vector<Actions> of_member(group_.size());
    for (const auto& [member, action] : actions) of_member.at(member).push_back(action);
    for (std::size_t i = 0; i < group_.size(); ++i) {
        check_actions(now, i, of_member[i], before);
        if (before.active[i] && !group_.member(i).is_active()) note_left(now, i, before);
        if (!before.active[i] && group_.member(i).is_active()) {
            const bool owner = diaries_[i].parameters.priority == kPriorityOwner;
            require(timer || (owner && !before.backup[i]), "only time makes a Backup Active");
            if (timer) check_takeover(now, i);
            require(diaries_[i].eligible, "who is not eligible does not become Active");
            require(now >= diaries_[i].held_until, "who is held down does not become Active");
        }
    }
    check_group(now, before, timer);
}

void WatchedGroup::note_left(TimePoint now, std::size_t member, const Before& before) {
    Diary& diary = diaries_[member];
    const Duration interval = std::min(diary.learned, Duration{diary.parameters.advertisement_interval});
    diary.hears = true;
    diary.preempts_from = now;
    diary.silence_counts_until = now + (before.overslept[member] ? 1 : 3) * interval;
}

void WatchedGroup::check_takeover(TimePoint now, std::size_t member) {
    const Diary& diary = diaries_[member];
    require(now >= diary.silence_counts_until, "who heard an Active waits three of its intervals");
    require(diary.hears || now >= diary.deaf_until, "who has heard nothing at all waits its bounded time");
}

void WatchedGroup::check_actions(TimePoint now, std::size_t member, const Actions& actions,
                                 const Before& before) {
    require(actions.size() <= kMostActions, "an event has a bounded number of actions");
    for (std::size_t i = 0; i < actions.size(); ++i) check_action(now, member, actions, i);
    const bool active = group_.member(member).is_active();
    require(active == (diaries_[member].addresses != Addresses::none), "addresses go with the state");
    if (before.overslept[member] && !actions.empty()) {
        require(actions == Actions{ReleaseAddresses{}}, "who overslept lets go, and says nothing");
    }
}

void WatchedGroup::check_action(TimePoint now, std::size_t member, const Actions& actions,
                                std::size_t index) {
    Diary& diary = diaries_[member];
    const Action& action = actions[index];
    const auto* sent = std::get_if<SendAdvertisement>(&action);
    const Action* before = index > 0 ? &actions[index - 1] : nullptr;
    const Action* after = index + 1 < actions.size() ? &actions[index + 1] : nullptr;
    if (sent != nullptr && sent->priority == kPriorityReleasing) {
        require(before != nullptr && is(*before, ReleaseAddresses{}), "priority 0 follows a release");
    } else if (sent != nullptr) {
        const bool taking_over = after != nullptr && is(*after, AcquireAddresses{});
        require(diary.addresses != Addresses::none || taking_over, "only an Active advertises");
        require(sent->priority == diary.parameters.priority, "what is advertised is the priority");
        diary.last_sent = now;
    } else if (is(action, AcquireAddresses{})) {
        require(diary.addresses == Addresses::none, "addresses are acquired once");
        diary.addresses = Addresses::asked_for;
    } else if (is(action, ReleaseAddresses{})) {
        require(diary.addresses != Addresses::none, "addresses are released once");
        diary.addresses = Addresses::none;
    } else {
        require(diary.addresses == Addresses::held,
                "only addresses that are there are renewed and announced");
        if (is(action, RenewAddresses{})) diary.last_renewed = now;
        const bool announces = diary.parameters.announce != AnnouncePolicy::none;
        require(announces || !is(action, AnnounceAddresses{}), "policy none announces nothing");
    }
}

void WatchedGroup::check_group(TimePoint now, const Before& before, bool timers_were_handled) {
    std::size_t actives = 0;
    Duration shortest = Duration::max();
    for (std::size_t i = 0; i < group_.size(); ++i) {
        const Diary& diary = diaries_[i];
        actives += group_.member(i).is_active() ? 1 : 0;
        shortest = std::min(shortest, Duration{diary.parameters.advertisement_interval});
        if (diary.addresses == Addresses::held)
            shortest = std::min(shortest, diary.last_renewed + kAddressRenewal - now);
    }
    require(actives == 0 || actives == group_.size(), "all members are Active or none is");
    const std::optional<TimePoint> deadline = group_.next_deadline();
    if (actives != 0)
        require(deadline && *deadline <= now + shortest, "an Active is never idle for an interval");
    if (timers_were_handled)
        require(!deadline || *deadline > now, "a timer that was handled is not due again");
    const bool was_late = before.deadline && *before.deadline < now;
    if (!was_late) require(!deadline || *deadline >= now, "no event moves the deadline into the past");
}

void WatchedGroup::require(bool holds, const char* rule) {
    if (!holds && broken_.empty()) broken_ = std::string{rule} + " (event " + std::to_string(event_) + ")";
}

}  // namespace highbase::tests
