// SPDX-License-Identifier: GPL-2.0-or-later
// A pair with a third vote: what it keeps under faults is what every pair keeps, and no host's death needs a
// person.
#include <memory>
#include <random>

#include "tests/catch.hpp"
#include "tests/node/database_chaos.hpp"

using namespace highbase;
using namespace highbase::tests;
using namespace std::chrono_literals;
using cluster::Role;

namespace {

constexpr std::uint64_t kVoteSeeds = 150;
constexpr int kVoteFaults = 16;

// A pair that works, and that the witness knows.
std::unique_ptr<DatabaseWorld> pair_with_witness(std::uint64_t seed) {
    auto world = std::make_unique<DatabaseWorld>(seed, node::Mode::lossless, DatabaseWorld::Vote::witness);
    world->run_for(8s);
    REQUIRE(world->broken() == "");
    REQUIRE(world->service(0).said.role == Role::primary);
    REQUIRE(world->record().has_value());
    REQUIRE(world->record()->owner == "a");
    REQUIRE(world->record()->in_sync == "b");
    return world;
}

// Clients get answers.
bool answers_clients(DatabaseWorld& world, std::size_t box) {
    if (world.service(box).said.role != Role::primary) return false;
    const std::size_t before = world.acknowledged();
    world.run_for(1s);
    CHECK(world.broken() == "");
    return world.acknowledged() > before + 10;
}

std::string what_breaks(std::uint64_t seed) {
    std::mt19937_64 random{seed};
    DatabaseWorld world{seed, node::Mode::lossless, DatabaseWorld::Vote::witness};
    world.run_for(8s);
    for (int i = 0; i < kVoteFaults && world.broken().empty(); ++i) {
        const auto draw = random();
        const auto what = static_cast<std::uint8_t>(draw);
        const auto how_long = static_cast<std::uint8_t>(draw >> 8U);
        if ((draw >> 16U) % 3 == 0) {
            do_harm_to_witness(world, what, how_long);
        } else {
            do_harm(world, what, how_long);
        }
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

TEST_CASE("the replica's host dies: the primary goes on alone by a vote") {
    const auto world = pair_with_witness(1);
    world->kill_host(1);
    world->run_for(6s);
    CHECK(answers_clients(*world, 0));
    CHECK(world->record()->owner == "a");
    CHECK_FALSE(world->record()->in_sync);
    world->start_host(1);
    world->run_for(15s);
    CHECK(world->is_well());
    CHECK(world->record()->in_sync == "b");
}

TEST_CASE("the primary's host dies: the replica is promoted by a vote") {
    const auto world = pair_with_witness(2);
    world->kill_host(0);
    world->run_for(4s);
    CHECK(answers_clients(*world, 1));
    CHECK(world->record()->owner == "b");
    world->start_host(0);
    world->run_for(15s);
    CHECK(world->is_well());
    // Or kept away by what it wrote last.
    CHECK((world->record()->in_sync == "a") == world->service(0).said.in_sync);
}

TEST_CASE("nobody acts on silence while the witness is silent, and both do when it answers") {
    for (const std::size_t dead : {0U, 1U}) {
        CAPTURE(dead);
        const auto world = pair_with_witness(3);
        world->stop_witness(true);
        world->kill_host(dead);
        world->run_for(20s);
        const std::size_t before = world->acknowledged();
        world->run_for(10s);
        CHECK(world->acknowledged() == before);
        CHECK(world->broken() == "");
        world->stop_witness(false);
        world->run_for(15s);
        CHECK(answers_clients(*world, 1 - dead));
    }
}

TEST_CASE("without the witness service goes on, and moves with the other box's word") {
    for (const bool by_fault : {false, true}) {
        CAPTURE(by_fault);
        const auto world = pair_with_witness(4);
        world->stop_witness(true);
        if (by_fault) {
            world->kill_server(0);
        } else {
            world->ask_for_switchover(0);
        }
        world->run_for(3s);
        CHECK(answers_clients(*world, 1));
        CHECK(world->record()->owner == "a");  // it is behind
        world->start_server(0);
        world->run_for(10s);
        CHECK(world->is_well());
        world->stop_witness(false);
        world->run_for(10s);
        CHECK(world->record()->owner == "b");
        CHECK((world->record()->in_sync == "a") == world->service(0).said.in_sync);
    }
}

// The record is behind all that time, and says that box 0 may begin.
TEST_CASE("a term that the witness has not heard of is kept from the owner of the one before") {
    const auto world = pair_with_witness(5);
    world->stop_witness(true);
    world->ask_for_switchover(0);
    for (int i = 0; i < 300 && world->service(1).said.role != Role::primary; ++i) world->run_for(10ms);
    REQUIRE(world->service(1).said.role == Role::primary);
    REQUIRE_FALSE(world->service(0).said.in_sync);  // not yet again
    world->cut_lan(true);
    world->cut_link(0, true);
    world->cut_link(1, true);
    world->cut_replication(true);
    world->cut_witness(1, true);
    world->stop_witness(false);
    world->run_for(20s);
    CHECK(world->broken() == "");
    CHECK(world->service(0).said.role != Role::primary);
    world->heal();
    world->run_for(20s);
    CHECK(world->is_well());
}

TEST_CASE("the daemon of the primary ends in order while the witness is silent: the other one serves") {
    const auto world = pair_with_witness(6);
    world->cut_witness(0, true);
    world->cut_witness(1, true);
    world->ask_to_stop(0);
    world->run_for(5s);
    CHECK(answers_clients(*world, 1));
}

TEST_CASE("a primary that is cut off from the witness as well does not go alone") {
    const auto world = pair_with_witness(7);
    world->cut_lan(true);
    world->cut_link(0, true);
    world->cut_link(1, true);
    world->cut_replication(true);
    world->cut_witness(0, true);
    world->run_for(10s);
    CHECK(answers_clients(*world, 1));
    CHECK(world->record()->owner == "b");
    world->heal();
    world->run_for(20s);
    CHECK(world->is_well());
}

// One of the two is allowed the next step, and the other one learns of it from the witness.
TEST_CASE("cut off from each other only: one serves, and the other one's term is over") {
    const auto world = pair_with_witness(8);
    world->cut_lan(true);
    world->cut_link(0, true);
    world->cut_link(1, true);
    world->cut_replication(true);
    world->run_for(10s);
    const bool first = world->service(0).said.role == Role::primary;
    const bool second = world->service(1).said.role == Role::primary;
    CHECK(first != second);
    CHECK(answers_clients(*world, first ? 0 : 1));
    world->heal();
    world->run_for(20s);
    CHECK(world->is_well());
}

TEST_CASE("both hosts lose power: the owner of the term begins again alone, and the replica does not") {
    for (const std::size_t returns : {0U, 1U}) {
        CAPTURE(returns);
        const auto world = pair_with_witness(9);
        world->kill_host(0);
        world->kill_host(1);
        world->run_for(2s);
        world->start_host(returns);
        world->run_for(40s);  // a link on which nothing is heard may be deaf: ears_open_timeout
        CHECK(world->broken() == "");
        CHECK(answers_clients(*world, returns) == (returns == 0));
        world->start_host(1 - returns);
        world->run_for(20s);
        CHECK(world->is_well());
    }
}

TEST_CASE("a pair with a witness keeps its promises under faults, and comes back") {
    for (std::uint64_t seed = 1; seed <= kVoteSeeds; ++seed) REQUIRE(what_breaks(seed) == "");
}
