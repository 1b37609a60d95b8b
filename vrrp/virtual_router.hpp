// SPDX-License-Identifier: GPL-2.0-or-later
// The state machine of RFC 9568 section 6.4 for one virtual router, and what a database address needs beyond
// it.
//
// A pure machine: handle() takes the time and an event and answers what is to be done, in order. It reads no
// clock and touches nothing. The driver performs the actions, tells the outcome of AcquireAddresses with an
// event, and sends TimerExpired when next_deadline() has come.
//
// Beyond the RFC (each is off or without effect where the RFC's own events are the only ones):
//  - AddressesAcquired stands between taking over and announcing: neighbours are told only of an address that
//  is there.
//  - Ears open: no takeover on the silence of a link that nothing has been heard on since it came up.
//  - Late wake-up: a router that slept through its own timers does not trust what it believed before it
//  slept.
//  - Eligibility, Resign, hold-down: whoever watches the service can make the router leave and keep it away.
//  - NamedSuccessor: the Active has left, and said so to this router alone.
//  - preempt_delay, and kernel lifetimes of the addresses, renewed while Active (RenewAddresses).
#pragma once

#include <optional>
#include <variant>

#include "vrrp/action.hpp"
#include "vrrp/address.hpp"
#include "vrrp/announcement.hpp"
#include "vrrp/event.hpp"
#include "vrrp/parameters.hpp"
#include "vrrp/time.hpp"

namespace highbase::vrrp {

// ---- states: each holds exactly the data, timers included, that exists in it

struct Initialize {
    friend bool operator==(const Initialize&, const Initialize&) = default;
};
struct Backup {
    Duration active_adver_interval;
    TimePoint active_down_timer;
    std::optional<TimePoint> ears_open_by;  // nothing: the ears are open
    TimePoint preempt_from{};               // an inferior Active is left alone before
    bool listening_again = false;           // woke late in this silence, and gave the Active another chance
    friend bool operator==(const Backup&, const Backup&) = default;
};
// What exists once the addresses are on the interface.
struct Serving {
    AnnouncementSchedule announcements;
    TimePoint renewal_timer;
    friend bool operator==(const Serving&, const Serving&) = default;
};
struct Active {
    TimePoint adver_timer;
    TimePoint last_advertisement;
    std::optional<Serving> serving;
    friend bool operator==(const Active&, const Active&) = default;
};
using State = std::variant<Initialize, Backup, Active>;

class VirtualRouter {
public:
    explicit VirtualRouter(Parameters parameters) : parameters_{parameters} {}

    [[nodiscard]] Actions handle(TimePoint now, const Event& event);
    // When to send TimerExpired; nothing in Initialize, and in a Backup that must not take over.
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;
    // A Backup whose deadline has come; a sync group waits until all of its members are.
    [[nodiscard]] bool ready_to_take_over(TimePoint now) const;
    // An Active that nobody woke in time: how long after its Active_Down_Interval. Whatever comes next, it
    // gives up.
    [[nodiscard]] std::optional<Duration> overslept(TimePoint now) const;
    // A Backup that wakes this much later than its deadline gives the Active another chance to be heard,
    // once.
    [[nodiscard]] bool listens_again_after(Duration late) const;

    [[nodiscard]] const State& state() const { return state_; }
    [[nodiscard]] bool is_active() const { return std::holds_alternative<Active>(state_); }
    [[nodiscard]] bool is_eligible() const { return eligible_; }
    [[nodiscard]] TimePoint held_down_until() const { return held_down_until_; }
    [[nodiscard]] const Parameters& parameters() const { return parameters_; }

private:
    Actions on(Initialize, const Startup&, TimePoint);
    Actions on(Backup, const Shutdown&, TimePoint);
    Actions on(Backup, const InterfaceLost&, TimePoint);
    Actions on(Backup, const TimerExpired&, TimePoint);
    Actions on(Backup, const AdvertisementReceived&, TimePoint);
    Actions on(Backup, const FrameReceived&, TimePoint);
    Actions on(Backup, const AcquisitionFailed&, TimePoint);
    Actions on(Backup, const NamedSuccessor&, TimePoint);
    Actions on(Active, const Shutdown&, TimePoint);
    Actions on(Active, const InterfaceLost&, TimePoint);
    Actions on(Active, const TimerExpired&, TimePoint);
    Actions on(Active, const AdvertisementReceived&, TimePoint);
    Actions on(Active, const AddressesAcquired&, TimePoint);
    Actions on(Active, const AcquisitionFailed&, TimePoint);
    Actions on(Active, const Resign&, TimePoint);
    Actions on(Active, const Contention&, TimePoint);
    Actions on(Active, const AddressesRestored&, TimePoint);
    Actions on(const auto&, const PrimaryAddressChanged&, TimePoint);
    Actions on(const auto&, const Resign&, TimePoint);
    Actions on(const auto&, const EligibilityChanged&, TimePoint);
    Actions on(const auto&, const ParametersChanged&, TimePoint);
    Actions on(const auto&, const auto&, TimePoint) { return {}; }  // every other cell of the table

    Actions become_active(TimePoint now);
    Actions leave_active(TimePoint now, Duration hold_down);
    Actions give_up_after_sleep(TimePoint now);
    void open_ears(Backup& backup, TimePoint now) const;
    Backup fresh_backup(TimePoint now, Duration active_adver_interval) const;
    Actions advertise(TimePoint now);
    void announce_if_due(Actions& actions, Active& active, TimePoint now);
    [[nodiscard]] bool may_preempt(const Backup& backup, TimePoint now) const;
    [[nodiscard]] std::optional<TimePoint> takeover_time(const Backup& backup) const;

    Parameters parameters_;
    IpAddress primary_address_;
    bool eligible_ = true;
    TimePoint held_down_until_{};  // no takeover before; outlives a link that flaps
    State state_ = Initialize{};
};

}  // namespace highbase::vrrp
