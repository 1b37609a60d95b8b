// SPDX-License-Identifier: GPL-2.0-or-later
// Watches the services behind the virtual routers: runs their checks, and tells when a service as a whole
// goes down or comes up.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "health/check_runner.hpp"
#include "node/configuration.hpp"

namespace highbase::daemon {

struct ServiceVerdict {
    std::string router;
    bool up = false;
    std::string check;   // that went down; empty when up
    std::string reason;  // of its last probe; empty when up
    friend bool operator==(const ServiceVerdict&, const ServiceVerdict&) = default;
};

class HealthMonitor {
public:
    using Changed = std::function<void(const ServiceVerdict&)>;

    // `io` outlives the monitor. `changed` is called on its thread, also from within configure(), and must
    // not call configure().
    HealthMonitor(boost::asio::io_context& io, Changed changed) : io_{io}, changed_{std::move(changed)} {}
    HealthMonitor(const HealthMonitor&) = delete;
    HealthMonitor& operator=(const HealthMonitor&) = delete;
    ~HealthMonitor() = default;

    // A check that was there before and has not changed goes on and keeps its verdict.
    void configure(const node::Configuration& configuration);

private:
    struct Watch {
        health::CheckConfiguration configuration;
        std::unique_ptr<health::CheckRunner> runner;
    };
    struct Service {
        std::vector<Watch> checks;
        std::optional<bool> told;  // whether it was said to be up
    };

    [[nodiscard]] Service take_over(Service before, const node::RouterConfiguration& router);
    [[nodiscard]] Watch begin(const std::string& router, const health::CheckConfiguration& check);
    void judge(const std::string& router, const std::string& check, const std::string& reason);

    boost::asio::io_context& io_;
    Changed changed_;
    std::map<std::string, Service> services_;  // by the router's name; only those that have checks
};

}  // namespace highbase::daemon
