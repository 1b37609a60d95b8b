// SPDX-License-Identifier: GPL-2.0-or-later
// Faults that somebody draws: a seed, or octets that a fuzzer mutates.
#pragma once

#include <cstdint>

#include "tests/node/database_world.hpp"

namespace highbase::tests {

// One fault or repair at one of the boxes, and the time until the next.
inline void do_harm(DatabaseWorld& world, std::uint8_t what, std::uint8_t how_long) {
    using namespace std::chrono_literals;
    const std::size_t box = what & 1U;
    switch ((what >> 1U) % 28) {
        case 0: world.kill_server(box); break;
        case 1:
        case 2: world.start_server(box); break;
        case 3: world.freeze_server(box); break;
        case 4:
        case 5: world.thaw_server(box); break;
        case 6: world.kill_daemon(box); break;
        case 7:
        case 8: world.start_daemon(box); break;
        case 9: world.pause_daemon(box); break;
        case 10: world.resume_daemon(box); break;
        case 11: world.ask_for_switchover(box); break;
        case 12: world.ask_to_stop(box); break;
        case 13: world.slow_down(box, std::chrono::milliseconds{how_long * 5}); break;
        case 14: world.slow_down(box, 0s); break;
        case 15: world.fail_tasks(box, how_long % 4); break;
        case 16: world.slow_applier(box, std::chrono::milliseconds{how_long}); break;
        case 17: world.slow_applier(box, 1ms); break;
        case 18: world.cut_lan(box == 0); break;
        case 19: world.cut_link(box, true); break;
        case 20: world.cut_link(box, false); break;
        case 21: world.cut_replication(box == 0); break;
        case 22:
            world.cut_lan(true);
            world.cut_link(0, true);
            world.cut_link(1, true);
            if (box == 0) world.cut_replication(true);
            break;
        case 23: world.kill_speaker(box); break;
        case 24: world.order(box, node::Order::maintenance_on); break;
        case 25: world.order(box, node::Order::maintenance_off); break;
        case 26: world.order(box, node::Order::acknowledge_failovers); break;
        default: world.heal(); break;
    }
    // Most often soon, now and then after a long while.
    world.run_for(std::chrono::milliseconds{how_long < 192 ? how_long * 8 : (how_long - 192) * 150});
}

// The same, of the third vote.
inline void do_harm_to_witness(DatabaseWorld& world, std::uint8_t what, std::uint8_t how_long) {
    const std::size_t box = what & 1U;
    switch ((what >> 1U) % 6) {
        case 0: world.stop_witness(true); break;
        case 1: world.stop_witness(false); break;
        case 2: world.cut_witness(box, true); break;
        case 3: world.cut_witness(box, false); break;
        case 4: world.kill_host(box); break;
        default: world.lose_votes(1 + how_long % 4); break;
    }
    world.run_for(std::chrono::milliseconds{how_long * 12});
}

}  // namespace highbase::tests
