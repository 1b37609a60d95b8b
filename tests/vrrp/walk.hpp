// SPDX-License-Identifier: GPL-2.0-or-later
// An exhaustive walk: from a representative of each state, every event there is, with what comes of it
// written down.
#pragma once

#include <functional>
#include <span>

#include "tests/vrrp/story.hpp"

namespace highbase::tests {

struct Step {
    vrrp::Duration at;
    vrrp::Event event;
    const char* actions;  // as describe() has it
    const char* state;    // "" where it stays as it was
};

// Checks each step from a fresh `setting`, and that no alternative of Event is missing among them. Every kind
// of advertisement must be there as well: priority 0, inferior, equal with a lower and with a higher address,
// superior.
void walk(const std::function<Story()>& setting, std::span<const Step> steps);

// The same events everywhere, so that tables can be read side by side.
inline constexpr vrrp::ParametersChanged kFaster{
    {.priority = vrrp::Priority{150}, .advertisement_interval = vrrp::Centiseconds{10}}};
inline constexpr auto kReleasing = heard(0, vrrp::Centiseconds{50});
inline constexpr auto kInferior = heard(99, vrrp::Centiseconds{50}, kHigherAddress);
inline constexpr auto kEqualLower = heard(100, vrrp::Centiseconds{50}, kLowerAddress);
inline constexpr auto kEqualHigher = heard(100, vrrp::Centiseconds{50}, kHigherAddress);
inline constexpr auto kSuperior = heard(101, vrrp::Centiseconds{50}, kLowerAddress);

}  // namespace highbase::tests
