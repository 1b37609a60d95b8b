// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/check_state.hpp"

#include <string>

#include "tests/catch.hpp"

namespace highbase::health {
namespace {

// After each sample ('+' ok, '-' failed, 'o' unknown, '!' failed beyond doubt) the verdict: '.' pending, 'U'
// up, 'D' down. The change that is answered must be the one that is seen.
std::string walk(Thresholds thresholds, const std::string& samples) {
    CheckState state{thresholds};
    std::string verdicts;
    for (const char sample : samples) {
        const Verdict before = state.verdict();
        const bool changed = sample == '!' ? state.fall()
                                           : state.take(sample == '+'   ? Sample::ok
                                                        : sample == '-' ? Sample::failed
                                                                        : Sample::unknown);
        CHECK(changed == (state.verdict() != before));
        verdicts += state.verdict() == Verdict::pending ? '.' : state.verdict() == Verdict::up ? 'U' : 'D';
    }
    return verdicts;
}

TEST_CASE("rise and fall count samples in a row") {
    CHECK(walk({2, 3}, "++---++") == ".UUUDDU");
    CHECK(walk({2, 3}, "---++") == "..DDU");
    CHECK(walk({1, 1}, "+-+-") == "UDUD");
    CHECK(walk({3, 2}, "+++--+++") == "..UUDDDU");
}

TEST_CASE("a row that is interrupted begins anew") {
    CHECK(walk({2, 3}, "++--+--+---") == ".UUUUUUUUUD");
    CHECK(walk({2, 3}, "---+-+-++") == "..DDDDDDU");
    CHECK(walk({2, 3}, "+-+-+-+") == ".......");
}

TEST_CASE("what is not known neither counts nor interrupts") {
    CHECK(walk({2, 3}, "ooooo") == ".....");
    CHECK(walk({2, 3}, "+o+") == "..U");
    CHECK(walk({2, 3}, "++-o-oo-") == ".UUUUUUD");
    CHECK(walk({2, 3}, "---oooo") == "..DDDDD");
    CHECK(walk({2, 3}, "++--o+o-o-") == ".UUUUUUUUU");
}

TEST_CASE("a long row changes the verdict once") {
    CHECK(walk({2, 3}, "++++++++++---") == ".UUUUUUUUUUUD");
}

TEST_CASE("a failure beyond doubt counts at once, and what follows in a row") {
    CHECK(walk({2, 3}, "++!") == ".UD");
    CHECK(walk({2, 3}, "!++") == "DDU");
    CHECK(walk({2, 3}, "++!!-+-++") == ".UDDDDDDU");
    CHECK(walk({2, 3}, "++-!-++--") == ".UUDDDUUU");
}

TEST_CASE("ten samples in a row that are not known make it stale") {
    CheckState state{{1, 1}};
    const auto take = [&](int count, Sample sample) {
        for (int i = 0; i < count; ++i) state.take(sample);
        return state.is_stale();
    };
    CHECK_FALSE(take(9, Sample::unknown));
    CHECK(take(1, Sample::unknown));
    CHECK(take(50, Sample::unknown));
    CHECK_FALSE(take(1, Sample::failed));
    CHECK_FALSE(take(9, Sample::unknown));
    CHECK(take(1, Sample::unknown));
    CHECK(state.verdict() == Verdict::down);
    state.fall();
    CHECK_FALSE(state.is_stale());
}

}  // namespace
}  // namespace highbase::health
