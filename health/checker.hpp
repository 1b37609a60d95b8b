// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>

#include "health/check_state.hpp"

namespace highbase::health {

struct Finding {
    Sample sample = Sample::unknown;
    std::string reason;  // for an operator; empty when all is well
};

// One way of asking whether a service can serve. One probe at a time.
class Checker {
public:
    Checker() = default;
    Checker(const Checker&) = delete;
    Checker& operator=(const Checker&) = delete;
    virtual ~Checker() = default;

    // Begins a probe and returns at once. `done` is called once, never from within start(), unless the probe
    // is cancelled first.
    virtual void start(std::function<void(Finding)> done) = 0;
    // Ends the probe that is under way, if any; its `done` will not be called.
    virtual void cancel() = 0;
};

}  // namespace highbase::health
