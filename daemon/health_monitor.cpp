// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/health_monitor.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "health/tcp_checker.hpp"

namespace highbase::daemon {
namespace {

std::unique_ptr<health::Checker> make_checker(boost::asio::io_context& io,
                                              const health::CheckConfiguration& check) {
    const vrrp::Endpoint& server = check.server;
    const auto address = boost::asio::ip::make_address(server.address.to_string());
    switch (check.type) {
        case health::CheckType::tcp:
            return std::make_unique<health::TcpChecker>(io,
                                                        boost::asio::ip::tcp::endpoint{address, server.port});
    }
    return nullptr;
}

}  // namespace

void HealthMonitor::configure(const node::Configuration& configuration) {
    std::map<std::string, Service> before = std::exchange(services_, {});
    for (const node::RouterConfiguration& router : configuration.routers) {
        if (router.checks.empty()) continue;
        services_[router.name] = take_over(std::move(before[router.name]), router);
    }
    // The only check that was down may be gone.
    for (const auto& [router, service] : services_) judge(router, "", "");
}

HealthMonitor::Service HealthMonitor::take_over(Service before, const node::RouterConfiguration& router) {
    Service service{{}, before.told};
    for (const health::CheckConfiguration& check : router.checks) {
        const auto same = std::ranges::find(before.checks, check, &Watch::configuration);
        if (same == before.checks.end()) {
            service.checks.push_back(begin(router.name, check));
        } else {
            service.checks.push_back(std::move(*same));
            before.checks.erase(same);
        }
    }
    return service;
}

HealthMonitor::Watch HealthMonitor::begin(const std::string& router,
                                          const health::CheckConfiguration& check) {
    auto runner = std::make_unique<health::CheckRunner>(
        io_, make_checker(io_, check), check.thresholds, health::Timing{check.interval, check.timeout},
        [this, router, name = check.name](health::Verdict, const std::string& reason) {
            judge(router, name, reason);
        });
    runner->start();
    return {check, std::move(runner)};
}

// Down with the first check that is down, up with the last one; in between it stays what it was.
void HealthMonitor::judge(const std::string& router, const std::string& check, const std::string& reason) {
    Service& service = services_.at(router);
    const auto is = [](health::Verdict verdict) {
        return [verdict](const Watch& watch) { return watch.runner->verdict() == verdict; };
    };
    const bool down = std::ranges::any_of(service.checks, is(health::Verdict::down));
    if (!down && !std::ranges::all_of(service.checks, is(health::Verdict::up))) return;
    if (service.told == !down) return;
    service.told = !down;
    changed_(down ? ServiceVerdict{router, false, check, reason} : ServiceVerdict{router, true, "", ""});
}

}  // namespace highbase::daemon
