// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever happens to a pair with a database, and in whatever order: nothing acknowledged is lost, never do
// two servers acknowledge, and when all is well again one of them serves and the other one stands by.
#include <cstdlib>
#include <random>

#include "tests/catch.hpp"
#include "tests/node/database_chaos.hpp"

using namespace highbase;
using namespace highbase::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kSeeds = 300;
constexpr int kFaults = 14;

// Empty, or the story.
std::string failure_of(std::uint64_t seed) {
    std::mt19937_64 random{seed};
    DatabaseWorld world{seed};
    world.run_for(6s);
    for (int i = 0; i < kFaults && world.broken().empty(); ++i) {
        const auto draw = random();
        do_harm(world, static_cast<std::uint8_t>(draw), static_cast<std::uint8_t>(draw >> 8U));
    }
    world.heal();
    for (int second = 0; second < 60 && world.broken().empty() && !world.is_well(); second += 5) {
        world.run_for(5s);
        if (second == 5) world.heal();  // a daemon that was still about to stop
        world.run_for(5s);
        if (world.broken().empty() && world.is_well()) return "";
        std::string text = "seed " + std::to_string(seed) + "\n";
        for (const std::string& line : world.story()) text += line + "\n";
        if (world.broken().empty()) text += "does not hold: when all is well again, one of them serves\n";
        return text + world.state();
    }

}  // namespace

TEST_CASE("a pair with a database keeps its promises under faults, and comes back") {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        const std::string failure = failure_of(seed);
        if (failure.empty()) continue;
        FAIL(failure);
    }
}
