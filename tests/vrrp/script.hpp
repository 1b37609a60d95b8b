// SPDX-License-Identifier: GPL-2.0-or-later
// Any octets at all as the life of a sync group: the same interpreter serves the fuzzer and the property
// tests.
//
//   octet 0: number of members (1 to 3); then 4 octets a member: its parameters
//   then 3 octets a step: how much time passes, what happens, to whom and with which value
#pragma once

#include <cstddef>
#include <string>

#include "vrrp/octets.hpp"

namespace highbase::tests {

struct Played {
    std::string broken;  // see WatchedGroup::broken()
    std::size_t steps = 0;
    std::size_t takeovers = 0;  // of the whole group, so that a test can see that something happened
};

Played play(vrrp::Octets script);

}  // namespace highbase::tests
