// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/health_monitor.hpp"

#include <algorithm>
#include <variant>

#include "daemon/clock.hpp"

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
        if (!service) service = std::make_unique<Service>(io_);
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
    service.restart = router.restart;
    service.machine.configure(router.restart.on_service_down, router.restart.budget);
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
        verdicts.push_back(
            {watch.configuration.name, status.verdict, watch.configuration.weight, status.failure});
    }
    service.score = health::score(verdicts);
    if (service.score.is_up) drive(router, health::ServiceChanged{*service.score.is_up});
    tell(router);
}

void HealthMonitor::drive(const std::string& router, const health::RestartEvent& event) {
    Service& service = *services_.at(router);
    for (const health::RestartAction& action : service.machine.handle(boottime_now(), event))
        perform(router, action);
    set_timer(router);
}

void HealthMonitor::perform(const std::string& router, const health::RestartAction& action) {
    Service& service = *services_.at(router);
    if (std::holds_alternative<health::RunRestart>(action)) return run_restart(router);
    if (std::holds_alternative<health::StopRestart>(action)) return service.run.reset();
    service.is_up = std::get<health::TellService>(action).is_up;
    tell(router);
}

void HealthMonitor::run_restart(const std::string& router) {
    Service& service = *services_.at(router);
    const auto notice = [this, router, check = service.score.check,
                         reason = service.score.reason](std::optional<process::Outcome> outcome) {
        if (observers_.restart) observers_.restart({router, std::move(outcome), check, reason});
    };
    notice(std::nullopt);
    process::Command command{.arguments = service.restart.command};
    command.environment = {"HIGHBASE_ROUTER=" + router, "HIGHBASE_CHECK=" + service.score.check};
    command.deadline = service.restart.budget;
    service.run = std::make_unique<process::Run>(
        io_, slots_, std::move(command), [this, router, notice](const process::Outcome& outcome) {
            notice(outcome);
            drive(router, health::RestartEnded{process::has_succeeded(outcome)});
        });
}

void HealthMonitor::set_timer(const std::string& router) {
    Service& service = *services_.at(router);
    const std::optional<vrrp::TimePoint> deadline = service.machine.next_deadline();
    if (!deadline) return static_cast<void>(service.timer.cancel());
    service.timer.expires_after(*deadline - boottime_now());
    service.timer.async_wait([this, router, alive = std::weak_ptr{service.alive}](const auto& error) {
        if (!error && !alive.expired()) drive(router, health::RestartWake{});
    });
}

// Once for each change of what matters to others.
void HealthMonitor::tell(const std::string& router) {
    Service& service = *services_.at(router);
    if (!service.is_up) return;
    const std::pair now{*service.is_up, service.score.deduction};
    if (service.told == now) return;
    service.told = now;
    const bool is_well = *service.is_up && service.score.deduction == 0;
    observers_.service({router, *service.is_up, service.score.deduction,
                        is_well ? std::string{} : service.score.check,
                        is_well ? std::string{} : service.score.reason});
}

std::vector<CheckNotice> HealthMonitor::checks() const {
    std::vector<CheckNotice> result;
    for (const auto& [router, service] : services_) {
        for (const Watch& watch : service->checks)
            result.push_back({router, watch.configuration.name, watch.runner->status()});
    }
    return result;
}

}  // namespace highbase::daemon
