// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_restart.hpp"

#include <variant>

#include "daemon/clock.hpp"
#include "health/plugin_output.hpp"

namespace highbase::daemon {

node::Report report_of(const RestartNotice& notice) {
    if (!notice.outcome) {
        return {node::EventId::restart_begun,
                {{"router", notice.router}, {"check", notice.check}, {"reason", notice.reason}}};
    }
    const std::string& said = notice.outcome->error.empty() ? notice.outcome->output : notice.outcome->error;
    const std::string output =
        said.empty() ? "no output" : health::plain_text(said.substr(0, said.find('\n')));
    return {node::EventId::restart_ended,
            {{"router", notice.router},
             {"ending", process::describe(notice.outcome->ending)},
             {"output", output}}};
}

void ServiceRestart::configure(const health::RestartConfiguration& configuration) {
    configuration_ = configuration;
    machine_.configure(configuration.on_service_down, configuration.budget);
}

void ServiceRestart::judge(bool is_up, const std::string& check, const std::string& reason) {
    check_ = check;
    reason_ = reason;
    drive(health::ServiceChanged{is_up});
}

void ServiceRestart::drive(const health::RestartEvent& event) {
    for (const health::RestartAction& action : machine_.handle(boottime_now(), event)) perform(action);
    const std::optional<vrrp::TimePoint> deadline = machine_.next_deadline();
    if (!deadline) return static_cast<void>(timer_.cancel());
    timer_.expires_after(*deadline - boottime_now());
    timer_.async_wait([this, alive = std::weak_ptr{alive_}](const auto& error) {
        if (!error && !alive.expired()) drive(health::RestartWake{});
    });
}

void ServiceRestart::perform(const health::RestartAction& action) {
    if (std::holds_alternative<health::RunRestart>(action)) return run();
    if (std::holds_alternative<health::StopRestart>(action)) return run_.reset();
    observers_.service(std::get<health::TellService>(action).is_up);
}

void ServiceRestart::run() {
    const auto notice = [this, check = check_, reason = reason_](std::optional<process::Outcome> outcome) {
        if (observers_.restart) observers_.restart({router_, std::move(outcome), check, reason});
    };
    notice(std::nullopt);
    process::Command command{.arguments = configuration_.command};
    command.environment = {"HIGHBASE_ROUTER=" + router_, "HIGHBASE_CHECK=" + check_};
    command.deadline = configuration_.budget;
    run_ = std::make_unique<process::Run>(io_, slots_, std::move(command),
                                          [this, notice](const process::Outcome& outcome) {
                                              notice(outcome);
                                              drive(health::RestartEnded{process::has_succeeded(outcome)});
                                          });
}

}  // namespace highbase::daemon
