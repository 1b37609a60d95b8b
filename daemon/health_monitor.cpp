// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/health_monitor.hpp"

#include <algorithm>
#include <variant>

namespace highbase::daemon {
namespace {

std::unique_ptr<health::Checker> checker_for(boost::asio::io_context& io,
                                             const health::CheckConfiguration& check) {
    const health::CheckContext context{io, check.timeout};
    return std::visit([&context](const auto& options) { return make_checker(context, options); },
                      check.options);
}

}  // namespace

void HealthMonitor::configure(const node::Configuration& configuration) {
    auto before = std::exchange(services_, {});
    for (const node::RouterConfiguration& router : configuration.routers) {
        if (router.checks.empty()) continue;
        auto service = std::move(before[router.name]);
        if (!service) service = std::make_unique<Service>();
        Service& adopted = *(services_[router.name] = std::move(service));
        adopt(adopted, router);
    }
    // The only check that was down may be gone.
    for (const auto& [router, service] : services_) judge(router);
}

void HealthMonitor::adopt(Service& service, const node::RouterConfiguration& router) {
    std::vector<Watch> before = std::exchange(service.checks, {});
    for (const health::CheckConfiguration& check : router.checks) {
        const auto same = std::ranges::find(before, check, &Watch::configuration);
        if (same == before.end()) {
            service.checks.push_back(begin(router.name, check));
        } else {
            service.checks.push_back(std::move(*same));
            before.erase(same);
        }
    }
    if (!service.restart)
        service.restart = std::make_unique<ServiceRestart>(
            io_, slots_, router.name,
            ServiceRestart::Observers{[this, name = router.name](bool is_up) {
                                          services_.at(name)->is_up = is_up;
                                          tell(name);
                                      },
                                      observers_.restart});
    // One restart for a server and its checks: of that somebody else takes care (joint_restart.hpp).
    service.restart->configure(router.database ? health::RestartConfiguration{} : router.restart);
}

HealthMonitor::Watch HealthMonitor::begin(const std::string& router,
                                          const health::CheckConfiguration& check) {
    auto runner = std::make_unique<health::CheckRunner>(
        io_, checker_for(io_, check), check.thresholds, health::Timing{check.interval, check.timeout},
        [this, router, name = check.name](const health::CheckStatus& status) {
            if (observers_.check) observers_.check({router, name, status});
            judge(router);
        });
    runner->start();
    return {check, std::move(runner)};
}

void HealthMonitor::judge(const std::string& router) {
    Service& service = *services_.at(router);
    std::vector<health::WeighedVerdict> verdicts;
    for (const Watch& watch : service.checks) {
        const health::CheckStatus& status = watch.runner->status();
        verdicts.push_back({watch.configuration.name, status.verdict, watch.configuration.weight,
                            status.failure,
                            std::holds_alternative<health::GatewayOptions>(watch.configuration.options)});
    }
    service.score = health::score(verdicts);
    if (service.score.is_up)
        service.restart->judge(*service.score.is_up, service.score.check, service.score.reason);
    tell(router);
}

// Once for each change of what matters to others.
void HealthMonitor::tell(const std::string& router) {
    Service& service = *services_.at(router);
    if (!service.is_up) return;
    const std::tuple now{*service.is_up, service.score.deduction, service.score.anchor};
    if (service.told == now) return;
    service.told = now;
    const bool is_well = *service.is_up && service.score.deduction == 0;
    observers_.service({router, *service.is_up, service.score.deduction,
                        is_well ? std::string{} : service.score.check,
                        is_well ? std::string{} : service.score.reason, service.score.anchor});
}

std::vector<status::CheckFacts> HealthMonitor::checks() const {
    std::vector<status::CheckFacts> result;
    for (const auto& [router, service] : services_) {
        for (const Watch& watch : service->checks)
            result.push_back({router, watch.configuration.name, watch.runner->status(), watch.runner->age()});
    }
    return result;
}

}  // namespace highbase::daemon
