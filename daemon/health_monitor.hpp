// SPDX-License-Identifier: GPL-2.0-or-later
// Watches the services behind the virtual routers: runs their checks, and tells when a service as a whole
// goes down or comes up, and how much worse it is than it could be. Where a service may be restarted first,
// it is told to be down only when that has not helped; with a database behind the router, at once.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/service_restart.hpp"
#include "health/check_runner.hpp"
#include "health/score.hpp"
#include "node/configuration.hpp"
#include "status/status.hpp"

namespace highbase::daemon {

struct ServiceVerdict {
    std::string router;
    bool up = false;
    std::uint8_t deduction = 0;  // from the priority, for the soft checks that are down
    std::string check;           // the worst one that is down: a hard one when not up; empty where none is
    std::string reason;          // of its last probe that failed
    health::Anchor anchor = health::Anchor::none;
    friend bool operator==(const ServiceVerdict&, const ServiceVerdict&) = default;
};

// One check has changed: its verdict, whether it is stale, or whether there is a warning.
struct CheckNotice {
    std::string router;
    std::string check;
    health::CheckStatus status;
    friend bool operator==(const CheckNotice&, const CheckNotice&) = default;
};

// Called on the loop's thread, also from within configure(), which they must not call. The first is there;
// others that are empty are not called.
struct HealthObservers {
    std::function<void(const ServiceVerdict&)> service;  // whenever what matters to others is not what it was
    std::function<void(const CheckNotice&)> check = {};
    std::function<void(const RestartNotice&)> restart = {};
};

class HealthMonitor {
public:
    // `io` outlives the monitor.
    HealthMonitor(boost::asio::io_context& io, HealthObservers observers)
        : io_{io}, observers_{std::move(observers)} {}
    HealthMonitor(const HealthMonitor&) = delete;
    HealthMonitor& operator=(const HealthMonitor&) = delete;
    ~HealthMonitor() = default;

    // A check that was there before and has not changed goes on and keeps its verdict; so does a restart.
    void configure(const node::Configuration& configuration);

    // Of every check, by router and in the order of its configuration.
    [[nodiscard]] std::vector<status::CheckFacts> checks() const;

private:
    struct Watch {
        health::CheckConfiguration configuration;
        std::unique_ptr<health::CheckRunner> runner;
    };
    struct Service {
        std::vector<Watch> checks;
        std::unique_ptr<ServiceRestart> restart;
        std::optional<bool> is_up;  // as the restart lets others know
        std::optional<std::tuple<bool, std::uint8_t, health::Anchor>> told;  // up, deduction, anchor
        health::Score score;
    };

    void adopt(Service& service, const node::RouterConfiguration& router);
    [[nodiscard]] Watch begin(const std::string& router, const health::CheckConfiguration& check);
    void judge(const std::string& router);
    void tell(const std::string& router);

    boost::asio::io_context& io_;
    HealthObservers observers_;
    process::Slots slots_{8};                                   // of restart commands
    std::map<std::string, std::unique_ptr<Service>> services_;  // by the router's name; those with checks
};

}  // namespace highbase::daemon
