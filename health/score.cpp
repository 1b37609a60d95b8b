// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/score.hpp"

#include <algorithm>

namespace highbase::health {

Score score(std::span<const WeighedVerdict> verdicts) {
    Score result;
    result.is_up = true;
    const WeighedVerdict* hard = nullptr;
    const WeighedVerdict* soft = nullptr;
    std::uint32_t deduction = 0;
    for (const WeighedVerdict& one : verdicts) {
        const bool is_hard = one.weight == 0;
        if (one.of_gateway && one.verdict != Verdict::down) result.anchor = Anchor::answers;
        if (one.of_gateway && result.anchor == Anchor::none) result.anchor = Anchor::silent;
        if (is_hard && one.verdict != Verdict::up) result.is_up.reset();
        if (one.verdict != Verdict::down) continue;
        deduction += one.weight;
        const WeighedVerdict*& first = is_hard ? hard : soft;
        if (first == nullptr) first = &one;
    }
    if (hard != nullptr) result.is_up = false;
    result.deduction = static_cast<std::uint8_t>(std::min<std::uint32_t>(deduction, kMostDeduction));
    if (const WeighedVerdict* worst = hard != nullptr ? hard : soft) {
        result.check = worst->check;
        result.reason = worst->failure;
    }
    return result;
}

}  // namespace highbase::health
