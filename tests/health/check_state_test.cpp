// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/check_state.hpp"

#include <string>

#include "tests/catch.hpp"

namespace highbase::health {
namespace {

// After each sample ('+' ok, '-' failed, 'o' unknown) the verdict: '.' pending, 'U' up, 'D' down. The change
// that take() answers must be the one that is seen.
std::string walk(Thresholds thresholds, const std::string& samples) {
    CheckState state{thresholds};
    std::string verdicts;
    for (const char sample : samples) {
        const Verdict before = state.verdict();
        const bool changed = state.take(sample == '+'   ? Sample::ok
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

}  // namespace
}  // namespace highbase::health
