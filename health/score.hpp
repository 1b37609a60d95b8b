// SPDX-License-Identifier: GPL-2.0-or-later
// From the verdicts of a service's checks to one answer: can it serve here, and how well.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "health/check_state.hpp"

namespace highbase::health {

struct WeighedVerdict {
    std::string check;
    Verdict verdict = Verdict::pending;
    std::uint8_t weight = 0;  // 0: hard
    std::string failure = {};
    bool of_gateway = false;
};

// Whether the network beyond this box and its peer answers: the gateways that are checked, if any.
enum class Anchor : std::uint8_t {
    none,     // no gateway is checked
    answers,  // one of them, or it is not known yet
    silent,   // not one
};

// The most that soft checks take together: less than the whole range of priorities, so that they alone never
// end a role.
inline constexpr std::uint8_t kMostDeduction = 253;

struct Score {
    // False as soon as a hard check is down, true when all of them are up, nothing in between: not known yet,
    // and no reason to change anything.
    std::optional<bool> is_up;
    std::uint8_t deduction = 0;  // from the priority
    // The check that takes the most: the first hard one that is down, or else the first soft one. Empty where
    // none is.
    std::string check;
    std::string reason;
    Anchor anchor = Anchor::none;
    friend bool operator==(const Score&, const Score&) = default;
};

// A verdict that is pending takes nothing off.
Score score(std::span<const WeighedVerdict> verdicts);

}  // namespace highbase::health
