// SPDX-License-Identifier: GPL-2.0-or-later
// Turns the times of answers into outages. Pure: it reads no clock.
#pragma once

#include "tests/tools/observed_frame.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace highbase::tests {

struct Outage {
    std::chrono::nanoseconds start{};  // last answer before
    std::chrono::nanoseconds end{};    // first answer after

    std::chrono::nanoseconds length() const { return end - start; }
};

// The longest gap is counted from answer to answer, so even a flawless run shows one probe interval.
class OutageMeter {
public:
    // A silence longer than `threshold` is an outage.
    explicit OutageMeter(std::chrono::nanoseconds threshold) : threshold_(threshold) {}

    struct Answer {
        std::optional<Outage> ended;  // the outage that this answer ends
        bool other_owner = false;     // it comes from another MAC than the one before; true for the first
        bool duplicate = false;       // the same probe was answered before
    };

    Answer answered(std::chrono::nanoseconds at, std::uint64_t sequence, const Mac& owner) {
        Answer result;
        result.duplicate = !remember(sequence);
        result.other_owner = owner_ != owner;
        owner_ = owner;
        if (last_) {
            const Outage gap{*last_, std::max(at, *last_)};
            note(gap);
            if (gap.length() > threshold_) {
                result.ended = gap;
            }
        }
        last_ = last_ ? std::max(at, *last_) : at;
        in_outage_ = false;
        return result;
    }

    // The start of an outage that is noticed now: told once, and only after a first answer.
    std::optional<std::chrono::nanoseconds> silence(std::chrono::nanoseconds at) {
        if (!last_ || in_outage_ || at - *last_ <= threshold_) {
            return std::nullopt;
        }
        in_outage_ = true;
        return last_;
    }

    // Counts a silence that lasts until the end. True when it is an outage.
    bool finish(std::chrono::nanoseconds at) {
        if (!last_ || at <= *last_) {
            return false;
        }
        note({*last_, at});
        return at - *last_ > threshold_;
    }

    std::chrono::nanoseconds longest() const { return longest_.length(); }
    std::uint64_t answers() const { return answers_; }
    std::uint64_t duplicates() const { return duplicates_; }

private:
    static constexpr std::size_t kRemembered = 4096;

    bool remember(std::uint64_t sequence) {
        std::uint64_t& slot = recent_[sequence % kRemembered];
        const bool fresh = slot != sequence + 1;
        slot = sequence + 1;
        ++(fresh ? answers_ : duplicates_);
        return fresh;
    }

    void note(const Outage& gap) {
        if (gap.length() > longest_.length()) {
            longest_ = gap;
        }
    }

    std::chrono::nanoseconds threshold_;
    std::optional<std::chrono::nanoseconds> last_;
    std::optional<Mac> owner_;
    bool in_outage_ = false;
    Outage longest_;
    std::uint64_t answers_ = 0;
    std::uint64_t duplicates_ = 0;
    std::vector<std::uint64_t> recent_ = std::vector<std::uint64_t>(kRemembered);
};

}  // namespace highbase::tests
