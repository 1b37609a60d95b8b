// SPDX-License-Identifier: GPL-2.0-or-later
// From single samples of a check to a verdict: quick to fall, slow to rise, and never moved by what is not
// known.
#pragma once

#include <cstdint>
#include <string>

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

// After so many samples in a row that were not known, whatever the verdict says is an old story.
inline constexpr std::uint32_t kStaleAfter = 10;

class CheckState {
public:
    explicit CheckState(Thresholds thresholds) : thresholds_{thresholds} {}

    // Whether the verdict has changed.
    bool take(Sample sample) {
        if (sample == Sample::unknown) {  // neither counts nor interrupts a row
            if (unknown_ < kStaleAfter) ++unknown_;
            return false;
        }
        unknown_ = 0;
        if (sample != last_) row_ = 0;
        last_ = sample;
        const bool ok = sample == Sample::ok;
        const std::uint32_t needed = ok ? thresholds_.rise : thresholds_.fall;
        if (row_ < needed) ++row_;
        return row_ >= needed && decide(ok ? Verdict::up : Verdict::down);
    }
    // A failure beyond doubt. Whether the verdict has changed.
    bool fall() {
        unknown_ = 0;
        last_ = Sample::failed;
        row_ = thresholds_.fall;
        return decide(Verdict::down);
    }

    [[nodiscard]] Verdict verdict() const { return verdict_; }
    [[nodiscard]] bool is_stale() const { return unknown_ >= kStaleAfter; }
    friend bool operator==(const CheckState&, const CheckState&) = default;

private:
    bool decide(Verdict verdict) {
        if (verdict_ == verdict) return false;
        verdict_ = verdict;
        return true;
    }

    Thresholds thresholds_;
    Verdict verdict_ = Verdict::pending;
    Sample last_ = Sample::unknown;
    std::uint32_t row_ = 0;      // equal samples since the last different one, as far as they count
    std::uint32_t unknown_ = 0;  // since the last one that was known, as far as they count
};

// A check as others see it. Texts may hold octets from outside.
struct CheckStatus {
    Verdict verdict = Verdict::pending;
    bool is_stale = false;     // not known for long; the verdict stands
    bool has_warning = false;  // the last probe succeeded, and yet there is a reason
    std::string reason = {};   // of the last probe
    std::string failure = {};  // the reason of the last probe that failed
    std::string measure = {};  // of the last probe
    friend bool operator==(const CheckStatus&, const CheckStatus&) = default;
};

}  // namespace highbase::health
