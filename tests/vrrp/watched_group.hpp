// SPDX-License-Identifier: GPL-2.0-or-later
// A sync group under observation: does what SyncGroup does, and keeps a diary of its own to hold against it.
// The rules are those that must hold after any events in any order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vrrp/sync_group.hpp"

namespace highbase::tests {

class WatchedGroup {
public:
    explicit WatchedGroup(const std::vector<vrrp::Parameters>& members);

    vrrp::MemberActions handle(vrrp::TimePoint now, std::size_t member, const vrrp::Event& event);
    vrrp::MemberActions handle_timer(vrrp::TimePoint now);

    [[nodiscard]] const vrrp::SyncGroup& group() const { return group_; }
    [[nodiscard]] bool is_active() const { return group_.member(0).is_active(); }
    // The first rule that was broken, with what broke it; empty as long as all hold.
    [[nodiscard]] const std::string& broken() const { return broken_; }

private:
    enum class Addresses { none, asked_for, held };

    // What is known of a member from its events and actions alone.
    struct Diary {
        vrrp::Parameters parameters;
        Addresses addresses = Addresses::none;
        bool eligible = true;
        bool hears = false;            // a frame arrived since the link came up
        vrrp::TimePoint deaf_until{};  // the bounded time of a link without a frame
        vrrp::TimePoint held_until{};
        vrrp::TimePoint preempts_from{};
        vrrp::TimePoint silence_counts_until{};  // no takeover before, by anything heard or done
        vrrp::TimePoint last_sent{};
        vrrp::TimePoint last_renewed{};
        vrrp::Duration learned{};
    };
    struct Before {
        std::vector<bool> active;
        std::vector<bool> backup;
        std::vector<bool> overslept;
        std::optional<vrrp::TimePoint> deadline;
    };

    [[nodiscard]] Before look(vrrp::TimePoint now) const;
    void note(vrrp::TimePoint now, std::size_t member, const vrrp::Event& event, const Before& before);
    void note_heard(vrrp::TimePoint now, Diary& diary, const vrrp::AdvertisementReceived& heard,
                    bool was_backup);
    void note_left(vrrp::TimePoint now, std::size_t member, const Before& before);
    void check_actions(vrrp::TimePoint now, std::size_t member, const vrrp::Actions& actions,
                       const Before& before);
    void check_action(vrrp::TimePoint now, std::size_t member, const vrrp::Actions& actions,
                      std::size_t index);
    void check_takeover(vrrp::TimePoint now, std::size_t member);
    void check_group(vrrp::TimePoint now, const Before& before, bool timers_were_handled);
    void check(vrrp::TimePoint now, const vrrp::MemberActions& actions, const Before& before, bool timer);
    void require(bool holds, const char* rule);

    vrrp::SyncGroup group_;
    std::vector<Diary> diaries_;
    std::string broken_;
    std::size_t event_ = 0;  // the index of the latest
};

}  // namespace highbase::tests
