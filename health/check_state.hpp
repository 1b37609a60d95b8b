// SPDX-License-Identifier: GPL-2.0-or-later
// From single samples of a check to a verdict: quick to fall, slow to rise, and never moved by what is not
// known.
#pragma once

#include <cstdint>

namespace highbase::health {

// What one probe found. A probe that could not even ask (a wrong password, a name that does not resolve) says
// `unknown`: it is no proof against the service, and must not move an address.
enum class Sample : std::uint8_t { ok, failed, unknown };

// `pending` until the first samples have decided.
enum class Verdict : std::uint8_t { pending, up, down };

struct Thresholds {
    std::uint32_t rise = 2;  // so many `ok` in a row make it up
    std::uint32_t fall = 3;  // so many `failed` in a row make it down
    friend bool operator==(const Thresholds&, const Thresholds&) = default;
};

class CheckState {
public:
    explicit CheckState(Thresholds thresholds) : thresholds_{thresholds} {}

    // Whether the verdict has changed.
    bool take(Sample sample) {
        if (sample == Sample::unknown) return false;  // neither counts nor interrupts a row
        if (sample != last_) row_ = 0;
        last_ = sample;
        const bool ok = sample == Sample::ok;
        const std::uint32_t needed = ok ? thresholds_.rise : thresholds_.fall;
        if (row_ < needed) ++row_;
        const Verdict wanted = ok ? Verdict::up : Verdict::down;
        if (row_ < needed || verdict_ == wanted) return false;
        verdict_ = wanted;
        return true;
    }

    [[nodiscard]] Verdict verdict() const { return verdict_; }
    friend bool operator==(const CheckState&, const CheckState&) = default;

private:
    Thresholds thresholds_;
    Verdict verdict_ = Verdict::pending;
    Sample last_ = Sample::unknown;
    std::uint32_t row_ = 0;  // equal samples since the last different one, as far as they count
};

}  // namespace highbase::health
