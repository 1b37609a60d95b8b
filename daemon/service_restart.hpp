// SPDX-License-Identifier: GPL-2.0-or-later
// Stands between a service and those who are to know that it is down. Where the service may be restarted
// first, they are told only when that has not helped.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "health/restart.hpp"
#include "node/report.hpp"
#include "process/run.hpp"

namespace highbase::daemon {

struct RestartNotice {
    std::string router;
    std::optional<process::Outcome> outcome;  // nothing: it begins
    std::string check;                        // that went down
    std::string reason;
    friend bool operator==(const RestartNotice&, const RestartNotice&) = default;
};

// As an event: restart_begun, restart_ended.
[[nodiscard]] node::Report report_of(const RestartNotice& notice);

class ServiceRestart {
public:
    struct Observers {
        std::function<void(bool is_up)> service;                 // never twice the same
        std::function<void(const RestartNotice&)> restart = {};  // may be empty
    };

    // `io` and `slots` outlive it. The observers are called also from within judge().
    ServiceRestart(boost::asio::io_context& io, const process::Slots& slots, std::string router,
                   Observers observers)
        : io_{io}, slots_{slots}, router_{std::move(router)}, observers_{std::move(observers)}, timer_{io} {}
    ServiceRestart(const ServiceRestart&) = delete;
    ServiceRestart& operator=(const ServiceRestart&) = delete;
    ~ServiceRestart() = default;  // a command that runs is killed

    // Counts from the next time that the service goes down; a restart that is under way goes on.
    void configure(const health::RestartConfiguration& configuration);
    // `check` and `reason`: what is down, and why; they are told with a restart.
    void judge(bool is_up, const std::string& check, const std::string& reason);

private:
    void drive(const health::RestartEvent& event);
    void perform(const health::RestartAction& action);
    void run();

    boost::asio::io_context& io_;
    const process::Slots& slots_;
    std::string router_;
    Observers observers_;
    health::RestartConfiguration configuration_;
    health::RestartMachine machine_;
    std::string check_;
    std::string reason_;
    std::unique_ptr<process::Run> run_;
    boost::asio::steady_timer timer_;                                         // of the machine
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for handlers in a queue
};

}  // namespace highbase::daemon
