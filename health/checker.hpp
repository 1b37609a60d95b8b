// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "health/check_state.hpp"
#include "vrrp/time.hpp"

namespace highbase::health {

struct Finding {
    Sample sample = Sample::unknown;
    std::string reason = {};   // for an operator; with `ok` a warning, or empty when all is well
    std::string measure = {};  // what was measured, in the words of the check; not judged
    bool is_proof = false;     // with `failed`: beyond doubt, no further samples are needed
};

// What a checker stands on.
struct CheckContext {
    boost::asio::io_context& io;  // outlives the checker; its thread is the one that uses it
    vrrp::Duration timeout;       // after which a probe is cancelled
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
    // Called once, before the first probe. `found` is called, at any time but never from within a call of the
    // checker, when it sees by itself, without being asked, that the service is gone.
    // NOLINTNEXTLINE(performance-unnecessary-value-param): those that watch keep it
    virtual void watch(std::function<void(Finding)> /*found*/) {}
};

}  // namespace highbase::health
