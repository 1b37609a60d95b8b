// SPDX-License-Identifier: GPL-2.0-or-later
// One service of two parts: a database server, and the checks beside it. Whichever goes down, there is one
// restart; those that are down are told to be so only when it has not helped. What comes up is told at once.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <string>

#include "daemon/health_monitor.hpp"
#include "daemon/service_restart.hpp"
#include "node/service_event.hpp"

namespace highbase::daemon {

class JointRestart {
public:
    // Called also from within server() and checks(). None is empty.
    struct Observers {
        std::function<void(const node::ServiceEvent&)> server;
        std::function<void(const ServiceVerdict&)> checks;
        std::function<void(const RestartNotice&)> restart;
    };

    // `io` and `slots` outlive it.
    JointRestart(boost::asio::io_context& io, const process::Slots& slots, std::string router,
                 Observers observers);
    JointRestart(const JointRestart&) = delete;
    JointRestart& operator=(const JointRestart&) = delete;
    ~JointRestart() = default;  // a command that runs is killed

    // Counts from the next time that the service goes down; a restart that is under way goes on.
    void configure(const health::RestartConfiguration& configuration) { restart_.configure(configuration); }
    // ServerSeen, ServerDown or ServerUnknown.
    void server(const node::ServiceEvent& event);
    // Of a monitor that restarts nothing by itself.
    void checks(const ServiceVerdict& verdict);
    // There are none any more.
    void forget_checks();

private:
    void judge();
    void tell_what_is_down();

    Observers observers_;
    std::optional<bool> server_is_up_;  // nothing: not known yet
    bool checks_are_up_ = true;         // until they say something else
    // Down, and not told: a restart may still help.
    std::optional<node::ServerDown> server_down_;
    std::optional<ServiceVerdict> checks_down_;
    std::optional<ServiceVerdict> told_;  // the last verdict of the checks
    bool has_failed_ = false;             // no restart helps
    ServiceRestart restart_;
};

}  // namespace highbase::daemon
