// SPDX-License-Identifier: GPL-2.0-or-later
// Virtual routers that move together: an IPv4 and an IPv6 address of one service, or the sides of a gateway.
//
// Each member speaks the protocol for itself. The group adds two rules, and nothing on the wire:
//  - it takes over when every member is ready to, that is when the Active has been silent on all of them:
//    one path that fails alone moves nothing;
//  - when one member leaves Active, for whatever reason, the others resign with it.
// A virtual router that moves alone is a group of one, for which both rules are without effect.
#pragma once

#include <cstddef>
#include <vector>

#include "vrrp/virtual_router.hpp"

namespace highbase::vrrp {

struct MemberAction {
    std::size_t member;
    Action action;
    friend bool operator==(const MemberAction&, const MemberAction&) = default;
};
using MemberActions = std::vector<MemberAction>;

class SyncGroup {
public:
    // An address owner (priority 255) must be alone: it takes over without waiting for anybody.
    explicit SyncGroup(const std::vector<Parameters>& members);

    // Any event but TimerExpired, for one member. A member that is not there is a mistake of the caller.
    [[nodiscard]] MemberActions handle(TimePoint now, std::size_t member, const Event& event);
    // TimerExpired for whomever it concerns; harmless when it is nobody.
    [[nodiscard]] MemberActions handle_timer(TimePoint now);
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;
    // Where it is a takeover: all members are Backups, and none is kept from becoming Active.
    [[nodiscard]] std::optional<TimePoint> next_takeover() const;

    [[nodiscard]] std::size_t size() const { return members_.size(); }
    [[nodiscard]] const VirtualRouter& member(std::size_t index) const { return members_.at(index); }

private:
    void resign_with_the_leaver(MemberActions& actions, TimePoint now, bool left);
    [[nodiscard]] bool any_active() const;

    std::vector<VirtualRouter> members_;
};

}  // namespace highbase::vrrp
