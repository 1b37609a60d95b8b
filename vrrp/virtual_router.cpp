// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/virtual_router.hpp"

#include <algorithm>
#include <utility>

namespace highbase::vrrp {

Actions VirtualRouter::handle(TimePoint now, const Event& event) {
    // Whatever woke us: first see whether we slept so long that another router may have taken over.
    Actions actions = give_up_after_sleep(now);
    // The state is copied: a handler may replace state_ while it still reads the old one.
    Actions more =
        std::visit([&](auto state, const auto& e) { return on(state, e, now); }, State{state_}, event);
    actions.insert(actions.end(), more.begin(), more.end());
    return actions;
}

std::optional<TimePoint> VirtualRouter::next_deadline() const {
    if (const auto* backup = std::get_if<Backup>(&state_)) return takeover_time(*backup);
    const auto* active = std::get_if<Active>(&state_);
    if (active == nullptr) return std::nullopt;
    TimePoint next = active->adver_timer;
    if (active->serving) {
        next = std::min(next, active->serving->renewal_timer);
        next = std::min(next, active->serving->announcements.next().value_or(next));
    }
    return next;
}

bool VirtualRouter::ready_to_take_over(TimePoint now) const {
    const auto* backup = std::get_if<Backup>(&state_);
    if (backup == nullptr) return false;
    const std::optional<TimePoint> time = takeover_time(*backup);
    return time && *time <= now;
}

std::optional<Duration> VirtualRouter::overslept(TimePoint now) const {
    const auto* active = std::get_if<Active>(&state_);
    if (active == nullptr) return std::nullopt;
    const Duration limit = active_down_interval(parameters_.priority, parameters_.advertisement_interval);
    const Duration silent = now - active->last_advertisement;
    return silent > limit ? std::optional{silent - limit} : std::nullopt;
}

// The advertisements of the time that a paused host slept were lost: its silence proves nothing.
bool VirtualRouter::listens_again_after(Duration late) const {
    const auto* backup = std::get_if<Backup>(&state_);
    return backup != nullptr && late > backup->active_adver_interval && !backup->listening_again;
}

// ---- 6.4.1 Initialize

Actions VirtualRouter::on(Initialize, const Startup& e, TimePoint now) {
    primary_address_ = e.primary_address;
    const bool may_serve = eligible_ && now >= held_down_until_;
    if (parameters_.priority == kPriorityOwner && may_serve) return become_active(now);
    Backup backup = fresh_backup(now, parameters_.advertisement_interval);
    backup.ears_open_by = now + parameters_.ears_open_timeout;
    backup.preempt_from = now + parameters_.preempt_delay;
    state_ = backup;
    return {};
}

// ---- 6.4.2 Backup

Actions VirtualRouter::on(Backup, const Shutdown&, TimePoint) {
    state_ = Initialize{};
    return {};
}

Actions VirtualRouter::on(Backup, const InterfaceLost&, TimePoint) {
    state_ = Initialize{};
    return {};
}

Actions VirtualRouter::on(Backup backup, const TimerExpired& e, TimePoint now) {
    if (!ready_to_take_over(now)) return {};  // a stale wake-up
    if (listens_again_after(e.late)) {
        backup.active_down_timer = now + backup.active_adver_interval +
                                   skew_time(parameters_.priority, backup.active_adver_interval);
        backup.listening_again = true;
        state_ = backup;
        return {};
    }
    return become_active(now);
}

Actions VirtualRouter::on(Backup backup, const AdvertisementReceived& e, TimePoint now) {
    open_ears(backup, now);
    const TimePoint heard = now - e.age;
    if (e.priority == kPriorityReleasing) {
        const Duration skew = skew_time(parameters_.priority, backup.active_adver_interval);
        backup.active_down_timer = std::max(heard + skew, now);
    } else if (e.priority >= parameters_.priority || !may_preempt(backup, now)) {
        backup.active_adver_interval = e.max_advertise_interval;
        const Duration wait = active_down_interval(parameters_.priority, backup.active_adver_interval);
        backup.active_down_timer = std::max(heard + wait, now);
        backup.listening_again = false;
    }
    state_ = backup;
    return {};
}

Actions VirtualRouter::on(Backup backup, const FrameReceived&, TimePoint now) {
    open_ears(backup, now);
    state_ = backup;
    return {};
}

// It gave up, after a sleep, before the kernel had answered.
Actions VirtualRouter::on(Backup, const AcquisitionFailed&, TimePoint now) {
    held_down_until_ = std::max(held_down_until_, now + parameters_.hold_down);
    return {};
}

// Takes over when the driver next asks for the time; a sync group once all of its members may.
Actions VirtualRouter::on(Backup backup, const NamedSuccessor&, TimePoint now) {
    if (backup.listening_again) return {};  // who has slept looks first whether somebody else has taken over
    backup.ears_open_by.reset();
    backup.active_down_timer = now;
    state_ = backup;
    return {};
}

// ---- 6.4.3 Active

Actions VirtualRouter::on(Active, const Shutdown&, TimePoint) {
    state_ = Initialize{};
    // The successor may own the addresses within Skew_Time: they are let go before it is told.
    return {ReleaseAddresses{}, SendAdvertisement{kPriorityReleasing}};
}

Actions VirtualRouter::on(Active, const InterfaceLost&, TimePoint) {
    state_ = Initialize{};
    return {ReleaseAddresses{}};
}

Actions VirtualRouter::on(Active active, const TimerExpired&, TimePoint now) {
    Actions actions;
    if (active.adver_timer <= now) {
        // The beat is kept: lateness of one wake-up must not stretch the interval that Backups count on.
        const TimePoint next = active.adver_timer + parameters_.advertisement_interval;
        actions.push_back(SendAdvertisement{parameters_.priority});
        active.adver_timer = next > now ? next : now + parameters_.advertisement_interval;
        active.last_advertisement = now;
    }
    if (active.serving && active.serving->renewal_timer <= now) {
        actions.push_back(RenewAddresses{});
        active.serving->renewal_timer = now + kAddressRenewal;
    }
    announce_if_due(actions, active, now);
    state_ = active;
    return actions;
}

Actions VirtualRouter::on(Active active, const AdvertisementReceived& e, TimePoint now) {
    if (e.priority == kPriorityReleasing) return advertise(now);
    const bool sender_wins = e.priority > parameters_.priority ||
                             (e.priority == parameters_.priority && e.source > primary_address_);
    if (sender_wins) {
        state_ = fresh_backup(now, e.max_advertise_interval);
        return {ReleaseAddresses{}};
    }
    // New in RFC 9568: the inferior router is answered at once, and bridges learn again where we are.
    // Adver_Timer runs on.
    Actions actions{SendAdvertisement{parameters_.priority}};
    active.last_advertisement = now;
    if (active.serving) active.serving->announcements.contend(now);
    announce_if_due(actions, active, now);
    state_ = active;
    return actions;
}

Actions VirtualRouter::on(Active active, const AddressesAcquired&, TimePoint now) {
    if (active.serving) return {};
    active.serving = Serving{AnnouncementSchedule{parameters_.announce, now}, now + kAddressRenewal};
    Actions actions;
    announce_if_due(actions, active, now);
    state_ = active;
    return actions;
}

Actions VirtualRouter::on(Active, const AcquisitionFailed&, TimePoint now) {
    return leave_active(now, parameters_.hold_down);
}

Actions VirtualRouter::on(Active, const Resign& e, TimePoint now) {
    return leave_active(now, e.hold_down);
}

Actions VirtualRouter::on(Active active, const Contention&, TimePoint now) {
    Actions actions;
    if (active.serving) active.serving->announcements.contend(now);
    announce_if_due(actions, active, now);
    state_ = active;
    return actions;
}

Actions VirtualRouter::on(Active active, const AddressesRestored&, TimePoint now) {
    Actions actions;
    if (active.serving) active.serving->announcements.restart(now);
    announce_if_due(actions, active, now);
    state_ = active;
    return actions;
}

// ---- in every state

Actions VirtualRouter::on(const auto&, const PrimaryAddressChanged& e, TimePoint) {
    primary_address_ = e.primary_address;
    return {};
}

Actions VirtualRouter::on(const auto&, const Resign& e, TimePoint now) {
    held_down_until_ = std::max(held_down_until_, now + e.hold_down);
    return {};
}

Actions VirtualRouter::on(const auto&, const EligibilityChanged& e, TimePoint now) {
    if (e.eligible == eligible_) return {};
    eligible_ = e.eligible;
    if (eligible_) held_down_until_ = now;
    auto* backup = std::get_if<Backup>(&state_);
    if (eligible_ && backup != nullptr) {
        backup->preempt_from = now + parameters_.preempt_delay;
        backup->active_down_timer = std::max(backup->active_down_timer, now);
    }
    return {};
}

Actions VirtualRouter::on(const auto&, const ParametersChanged& e, TimePoint now) {
    const Parameters before = std::exchange(parameters_, e.parameters);
    if (auto* backup = std::get_if<Backup>(&state_)) {
        const Duration learned = backup->active_adver_interval;
        backup->active_down_timer +=
            skew_time(parameters_.priority, learned) - skew_time(before.priority, learned);
        backup->active_down_timer = std::max(backup->active_down_timer, now);
    }
    auto* active = std::get_if<Active>(&state_);
    if (active == nullptr) return {};
    if (before.announce != parameters_.announce && active->serving) {
        active->serving->announcements = AnnouncementSchedule{parameters_.announce, now};
    }
    const bool on_the_wire = before.priority != parameters_.priority ||
                             before.advertisement_interval != parameters_.advertisement_interval;
    return on_the_wire ? advertise(now) : Actions{};
}

// ---- steps

Actions VirtualRouter::become_active(TimePoint now) {
    state_ = Active{now + parameters_.advertisement_interval, now, std::nullopt};
    return {SendAdvertisement{parameters_.priority},
            AcquireAddresses{}};  // win the election first, then serve
}

Actions VirtualRouter::leave_active(TimePoint now, Duration hold_down) {
    state_ = fresh_backup(now, parameters_.advertisement_interval);
    held_down_until_ = now + hold_down;
    return {ReleaseAddresses{}, SendAdvertisement{kPriorityReleasing}};
}

// A host that was paused or starved past its own Active_Down_Interval has been given up by its Backups,
// whatever it remembers. It lets go of the addresses before anything else, and listens one interval before it
// decides again.
Actions VirtualRouter::give_up_after_sleep(TimePoint now) {
    if (!overslept(now)) return {};
    const Duration interval = parameters_.advertisement_interval;
    Backup backup = fresh_backup(now, interval);
    backup.active_down_timer = now + interval + skew_time(parameters_.priority, interval);
    backup.listening_again = true;
    state_ = backup;
    return {ReleaseAddresses{}};
}

// Silence counts only from the time at which something could have been heard.
void VirtualRouter::open_ears(Backup& backup, TimePoint now) const {
    if (!backup.ears_open_by) return;
    backup.ears_open_by.reset();
    const Duration wait = active_down_interval(parameters_.priority, backup.active_adver_interval);
    backup.active_down_timer = std::max(backup.active_down_timer, now + wait);
}

Backup VirtualRouter::fresh_backup(TimePoint now, Duration active_adver_interval) const {
    return Backup{
        .active_adver_interval = active_adver_interval,
        .active_down_timer = now + active_down_interval(parameters_.priority, active_adver_interval),
        .ears_open_by = std::nullopt,
        .preempt_from = now};
}

Actions VirtualRouter::advertise(TimePoint now) {
    auto& active = std::get<Active>(state_);
    active.adver_timer = now + parameters_.advertisement_interval;
    active.last_advertisement = now;
    return {SendAdvertisement{parameters_.priority}};
}

void VirtualRouter::announce_if_due(Actions& actions, Active& active, TimePoint now) {
    if (active.serving && active.serving->announcements.take_due(now)) actions.push_back(AnnounceAddresses{});
}

bool VirtualRouter::may_preempt(const Backup& backup, TimePoint now) const {
    const bool wanted = parameters_.preempt_mode || parameters_.priority == kPriorityOwner;
    return wanted && eligible_ && now >= held_down_until_ && now >= backup.preempt_from;
}

// Nothing: not on any silence. Every change of what it depends on keeps it from lying in the past when it
// becomes due, so that the driver's lateness (TimerExpired) is the driver's own.
std::optional<TimePoint> VirtualRouter::takeover_time(const Backup& backup) const {
    if (!eligible_) return std::nullopt;
    const TimePoint quiet = std::max(backup.active_down_timer, held_down_until_);
    return backup.ears_open_by ? std::max(quiet, *backup.ears_open_by) : quiet;
}

}  // namespace highbase::vrrp
