// SPDX-License-Identifier: GPL-2.0-or-later
// Words for what a virtual router does and where it stands: for tables of expectations, and for failure
// messages.
#pragma once

#include <string>

#include "tests/catch.hpp"
#include "vrrp/sync_group.hpp"
#include "vrrp/virtual_router.hpp"

namespace highbase::tests {

// When every story begins. Not the epoch: a time that was never set must not look like the first moment.
inline constexpr vrrp::TimePoint kStart{std::chrono::hours{1}};

// "send 100", "acquire", "renew", "release", "announce"; lists with commas, "" for an empty one.
std::string describe(const vrrp::Action& action);
std::string describe(const vrrp::Actions& actions);
// "0: send 100, 1: acquire": which member does what.
std::string describe(const vrrp::MemberActions& actions);

// Every field, times in milliseconds since `origin`, intervals in milliseconds:
//   "initialize"
//   "backup A=1000 down=3609.375 preempt=0 ears=30000 again"   (without ears: open; again: listening again)
//   "active adver=1000 last=0 renew=1250 announce=270"         (without renew: not serving yet)
// and then "held=10000" and "ineligible" where they are so.
std::string describe(const vrrp::VirtualRouter& router, vrrp::TimePoint origin = kStart);

// Milliseconds, with as many decimals as it takes.
std::string milliseconds(vrrp::Duration duration);

}  // namespace highbase::tests

namespace Catch {

template <>
struct StringMaker<highbase::vrrp::Action> {
    static std::string convert(const highbase::vrrp::Action& action) {
        return highbase::tests::describe(action);
    }
};
template <>
struct StringMaker<highbase::vrrp::MemberAction> {
    static std::string convert(const highbase::vrrp::MemberAction& action) {
        return highbase::tests::describe(highbase::vrrp::MemberActions{action});
    }
};

}  // namespace Catch
