// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/score.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <vector>

#include "tests/catch.hpp"

namespace highbase::health {
namespace {

using Verdicts = std::vector<WeighedVerdict>;

constexpr Verdict kUp = Verdict::up;
constexpr Verdict kDown = Verdict::down;
constexpr Verdict kPending = Verdict::pending;

TEST_CASE("hard checks decide together") {
    CHECK(score(Verdicts{{"a", kUp}, {"b", kUp}}) == Score{true, 0, "", ""});
    CHECK(score(Verdicts{{"a", kUp}, {"b", kDown, 0, "why"}}) == Score{false, 0, "b", "why"});
    CHECK(score(Verdicts{{"a", kDown, 0, "1"}, {"b", kDown, 0, "2"}}) == Score{false, 0, "a", "1"});
    CHECK(score(Verdicts{{"a", kPending}, {"b", kUp}}) == Score{std::nullopt, 0, "", ""});
    CHECK(score(Verdicts{{"a", kPending}, {"b", kDown, 0, "why"}}) == Score{false, 0, "b", "why"});
}

TEST_CASE("soft checks take off what they weigh, and end nothing") {
    CHECK(score(Verdicts{{"a", kDown, 20, "slow"}}) == Score{true, 20, "a", "slow"});
    CHECK(score(Verdicts{{"a", kPending, 20}, {"b", kUp, 30}}) == Score{true, 0, "", ""});
    CHECK(score(Verdicts{{"a", kDown, 20, "1"}, {"b", kUp, 30}, {"c", kDown, 5, "2"}}) ==
          Score{true, 25, "a", "1"});
    CHECK(score(Verdicts{{"a", kDown, 254, "1"}, {"b", kDown, 254, "2"}}) == Score{true, 253, "a", "1"});
    CHECK(score(Verdicts{{"a", kDown, 20, "1"}, {"b", kPending}}) == Score{std::nullopt, 20, "a", "1"});
}

TEST_CASE("one gateway that answers, or is not known yet, is an anchor") {
    const auto anchor = [](const std::vector<Verdict>& gateways) {
        Verdicts all{{"server", kDown, 20, "why"}};
        for (const Verdict verdict : gateways) all.push_back({"gateway", verdict, 10, "why", true});
        return score(all).anchor;
    };
    CHECK(anchor({}) == Anchor::none);
    CHECK(anchor({kUp}) == Anchor::answers);
    CHECK(anchor({kPending}) == Anchor::answers);
    CHECK(anchor({kDown}) == Anchor::silent);
    CHECK(anchor({kDown, kUp}) == Anchor::answers);
    CHECK(anchor({kUp, kDown}) == Anchor::answers);
    CHECK(anchor({kDown, kDown}) == Anchor::silent);
}

TEST_CASE("a hard check that is down is the reason, whatever is soft") {
    CHECK(score(Verdicts{{"a", kDown, 20, "1"}, {"b", kDown, 0, "2"}}) == Score{false, 20, "b", "2"});
}

TEST_CASE("without checks nothing speaks against it") {
    CHECK(score({}) == Score{true, 0, "", ""});
}

TEST_CASE("no soft check ever brings a service down, and no hard one that is down leaves it up") {
    CHECK(rc::check([] {
        const auto many = *rc::gen::container<Verdicts>(rc::gen::build<WeighedVerdict>(
            rc::gen::set(&WeighedVerdict::verdict, rc::gen::element(kUp, kDown, kPending)),
            rc::gen::set(&WeighedVerdict::weight, rc::gen::element<std::uint8_t>(0, 0, 1, 20, 254))));
        const Score result = score(many);
        const bool hard_down = std::ranges::any_of(
            many, [](const auto& one) { return one.weight == 0 && one.verdict == Verdict::down; });
        RC_ASSERT((result.is_up == false) == hard_down);
        RC_ASSERT(result.deduction <= 253);
    }));
}

}  // namespace
}  // namespace highbase::health
