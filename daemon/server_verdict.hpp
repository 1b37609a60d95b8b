// SPDX-License-Identifier: GPL-2.0-or-later
// What is said of a server, from one look at it to the next. Pure.
#pragma once

#include <cstdint>

#include "health/check_state.hpp"

namespace highbase::daemon {

class ServerVerdict {
public:
    enum class Word : std::uint8_t { nothing, seen, down, unknown };

    explicit ServerVerdict(health::Thresholds thresholds) : state_{thresholds}, fall_{thresholds.fall} {}

    Word answered() {
        unknown_in_a_row_ = 0;
        state_.take(health::Sample::ok);
        return state_.verdict() == health::Verdict::up ? say(Word::seen) : Word::nothing;
    }
    Word failed() {
        unknown_in_a_row_ = 0;
        state_.take(health::Sample::failed);
        return say_if_down();
    }
    // A failure beyond doubt.
    Word gone() {
        state_.fall();
        return say_if_down();
    }
    // It could not be asked. Once may be bad luck; what lasts is said.
    Word unknown() {
        state_.take(health::Sample::unknown);
        return ++unknown_in_a_row_ >= fall_ ? say(Word::unknown) : Word::nothing;
    }

private:
    // Once; and again where something else was said since, though the samples had not moved the verdict.
    Word say_if_down() {
        const bool is_news = state_.verdict() == health::Verdict::down && said_ != Word::down;
        return is_news ? say(Word::down) : Word::nothing;
    }
    Word say(Word word) { return said_ = word; }

    health::CheckState state_;
    std::uint32_t fall_;
    std::uint32_t unknown_in_a_row_ = 0;
    Word said_ = Word::nothing;
};

}  // namespace highbase::daemon
