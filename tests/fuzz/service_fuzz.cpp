// SPDX-License-Identifier: GPL-2.0-or-later
// A pair with a database: octets become faults, in whatever order and at whatever moment. No acknowledged
// transaction is lost, never can two servers acknowledge, and when all is well again one of them serves.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/node/database_chaos.hpp"

using namespace highbase;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMostFaults = 24;

[[noreturn]] void tell(const tests::DatabaseWorld& world) {
    for (const std::string& line : world.story()) std::fprintf(stderr, "%s\n", line.c_str());
    if (world.broken().empty())
        std::fprintf(stderr, "does not hold: when all is well again, one of them serves\n");
    std::fprintf(stderr, "%s", world.state().c_str());
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    tests::DatabaseWorld world{data[0]};
    world.run_for(6s);
    const std::size_t faults = std::min((size - 1) / 2, kMostFaults);
    for (std::size_t i = 0; i < faults; ++i) tests::do_harm(world, data[1 + 2 * i], data[2 + 2 * i]);
    world.heal();
    for (int i = 0; i < 12 && world.broken().empty() && !world.is_well(); ++i) {
        world.run_for(5s);
        if (i == 1) world.heal();  // a daemon that was still about to stop
    }
    if (!world.broken().empty() || !world.is_well()) tell(world);
    return 0;
}
