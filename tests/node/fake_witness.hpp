// SPDX-License-Identifier: GPL-2.0-or-later
// A witness in memory: one record that is changed by compare-and-swap, as etcd does it, judged by the real
// rules. It can be down, be cut off from a box, and lose what it is sent or what it answers.
#pragma once

#include <array>
#include <cstdint>

#include "witness/question.hpp"

namespace highbase::tests {

struct FakeWitness {
    bool is_down = false;
    std::array<bool, 2> is_cut{};  // from that box: who asks waits until its patience ends
    int losses = 0;                // of the next swaps something is lost: the answer, or the swap for a while
    witness::Found found;

    [[nodiscard]] witness::Outcome read() const { return found; }
    witness::Outcome apply(const witness::Swap& swap) {
        if (found.revision != swap.expected) return witness::Conflict{found};
        found = {witness::Revision{static_cast<std::int64_t>(found.revision) + 1}, swap.record};
        return witness::Swapped{};
    }
};

}  // namespace highbase::tests
