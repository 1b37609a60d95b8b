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

constexpr std::uint64_t kSeeds = 150;
constexpr int kFaults = 14;

// Empty, or the story.
std::string failure_of(std::uint64_t seed, DatabaseWorld::Placement placement) {
    std::mt19937_64 random{seed};
    DatabaseWorld world{seed, node::Mode::lossless, DatabaseWorld::Vote::none, placement};
    world.run_for(6s);
    for (int i = 0; i < kFaults && world.broken().empty(); ++i) {
        const auto draw = random();
        do_harm(world, static_cast<std::uint8_t>(draw), static_cast<std::uint8_t>(draw >> 8U));
    }
    world.heal();
    for (int i = 0; i < 12 && world.broken().empty() && !world.is_well(); ++i) {
        world.run_for(5s);
        if (i == 1) world.heal();  // a daemon that was still about to stop
    }
    if (world.broken().empty() && world.is_well()) return "";
    std::string text = "seed " + std::to_string(seed) + "\n";
    for (const std::string& line : world.story()) text += line + "\n";
    if (world.broken().empty()) text += "does not hold: when all is well again, one of them serves\n";
    return text + world.state();
}

}  // namespace

// Cut off from each other in the middle of what one of them begins, and at each of its steps.
TEST_CASE("a box that begins again leaves nobody behind who may begin as well") {
    for (int step = 0; step < 30; step += 2) {
        CAPTURE(step);
        DatabaseWorld world{1};
        world.run_for(6s);
        world.kill_daemon(0);
        world.kill_daemon(1);
        world.run_for(100ms);
        world.start_daemon(0);
        world.start_daemon(1);
        const auto begins = [&] { return world.service(0).said.role == cluster::Role::promoting; };
        for (int i = 0; i < 5000 && !begins(); ++i) world.run_for(1ms);
        REQUIRE(begins());
        world.run_for(std::chrono::milliseconds{step});
        world.cut_lan(true);
        world.cut_link(0, true);
        world.cut_link(1, true);
        world.run_for(5s);
        CHECK(world.broken() == "");
        world.heal();
        world.run_for(20s);
        CHECK(world.broken() == "");
        CHECK(world.is_well());
    }
}

TEST_CASE("a pair with a database keeps its promises under faults, and comes back") {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
        REQUIRE(failure_of(seed, DatabaseWorld::Placement::on_box) == "");
}

// A daemon that is killed stands for a box: its server lives on.
TEST_CASE("so does a pair of gateways to two servers") {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
        REQUIRE(failure_of(seed, DatabaseWorld::Placement::behind) == "");
}
