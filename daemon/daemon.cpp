// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <stdexcept>

#include "daemon/clock.hpp"
#include "daemon/journal.hpp"
#include "daemon/privileges.hpp"
#include "daemon/secrets.hpp"
#include "health/plugin_output.hpp"
#include "netlink/linux_kernel.hpp"
#include "status/doctor.hpp"
#include "status/switchover.hpp"
#include "vrrp/port/pcap_port.hpp"

namespace highbase::daemon {
namespace {

using boost::asio::posix::descriptor_base;

template <typename T>
T or_throw(netlink::Result<T> result) {
    if (!result) throw std::runtime_error{result.error().message};
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string joined(const std::vector<Diagnostic>& diagnostics, const std::filesystem::path& file) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) {
        if (diagnostic.severity != Severity::error) continue;
        text += (text.empty() ? "" : "\n") + format(diagnostic, file.string());
    }
    return text;
}

Config with_secrets(Config config) {
    std::string faults;
    const auto add = [&](const std::vector<std::string>& more) {
        for (const std::string& fault : more) faults += (faults.empty() ? "" : "\n") + fault;
    };
    add(read_passwords(config.node));
    add(key_faults(config));  // also where nobody would ask for them yet: before anything is changed
    if (!faults.empty()) throw std::runtime_error{faults};
    config.node.boot = boot_id();
    if (config.witness) config.node.witness = config.witness->timeout;
    return config;
}

// Processes of databases, which are another user's.
bool kills_servers(const node::Configuration& configuration) {
    return std::ranges::any_of(configuration.routers, [](const node::RouterConfiguration& router) {
        return router.database && router.database->is_local() && router.database->fence.kill_after;
    });
}

// Whether the event is one that changes the one line that the service manager shows.
bool changes_state(node::EventId id) {
    return id == node::EventId::became_active || id == node::EventId::became_backup ||
           id == node::EventId::became_initialize;
}

}  // namespace

Daemon::Daemon(const Options& options, Config config, std::optional<Sentinel> sentinel)
    : options_{options},
      config_{with_secrets(std::move(config))},
      sentinel_{std::move(sentinel)},
      log_{standard_log_sink(), options.log_level.value_or(config_.log_level)},
      service_manager_{service_environment(), sentinel_ ? sentinel_->process : ::getpid()},
      kernel_{or_throw(netlink::LinuxKernel::open())},
      control_socket_{or_throw(ControlSocket::listen(config_.control_socket, config_.control_group))},
      services_{io_,
                *kernel_,
                config_,
                [this](const auto& event) { speaker_.handle(event); },
                [this](const auto& report) { tell(report); },
                [this](const auto& verdict) { follow_service(verdict); }},
      speaker_{io_,
               *kernel_,
               &vrrp::PcapPort::open,
               config_.node,
               [this](const auto& report) { tell(report); },
               [this](const auto& action) { ask_services(action); }},
      health_{io_,
              {[this](const auto& verdict) { services_.judge(verdict); },
               [this](const auto& notice) { tell_of_check(notice); },
               [this](const auto& notice) { tell(report_of(notice)); }}},
      signals_{io_, SIGTERM, SIGINT, SIGHUP},
      questions_{io_, mailbox_.question_descriptor()},
      sentinel_end_{io_},
      watchdog_{io_} {
    facts_.version = HIGHBASE_VERSION;
    facts_.pid = ::getpid();
    facts_.started = wall_now();
    facts_.configuration_file = options_.config.string();
}

Daemon::~Daemon() {
    control_server_.reset();
    reloader_.reset();
    questions_.release();
    if (sentinel_end_.is_open()) sentinel_end_.release();
    log_.stop();
}

void Daemon::run() {
    give_up_privileges();
    log_.start();
    reloader_.emplace(options_.config);
    const ControlServices services{
        &mailbox_,
        &log_.history(),
        [this](auto done) { reload(std::move(done)); },
        [this](const node::Report& report) { log_.write(report); },
        [this](const auto& request, const auto& done) {
            boost::asio::post(io_, [this, request, done] { examine(request, done); });
        },
        [this](const auto& request, const auto& done) {
            boost::asio::post(io_, [this, request, done] { switch_over(request, done); });
        },
        [this](const auto& request, const auto& done) {
            boost::asio::post(io_, [this, request, done] { give_order(request, done); });
        }};
    control_server_.emplace(std::move(*control_socket_), services);
    log_.write({node::EventId::control_opened, {{"path", config_.control_socket.string()}}});

    watch_signals();
    watch_questions();
    watch_sentinel();
    look_for_agents();
    or_throw(speaker_.start());
    services_.start();
    health_.configure(config_.node);
    tell_service_manager(service_manager_.ready(status::summary(speaker_.snapshot())));
    open_watchdog();
    feed_watchdogs();
    io_.run();
    if (hardware_watchdog_ && !speaker_.unreleased()) hardware_watchdog_->disarm();
}

// Told, and no reason not to serve: it is needed only when the other box falls silent.
void Daemon::look_for_agents() {
    for (const AgentFault& fault : agent_faults(config_.node))
        log_.write({node::EventId::fence_agent_unusable,
                    {{"router", fault.service}, {"agent", fault.agent}, {"error", fault.error}}});
}

// Before any other thread exists: capabilities and real-time priority belong to threads.
void Daemon::give_up_privileges() {
    bool memory_locked = false;
    if (config_.realtime) {
        const RealtimeOutcome outcome = enter_realtime();
        for (const node::Report& report : outcome.reports) log_.write(report);
        memory_locked = outcome.memory_locked;
        facts_.realtime = outcome.memory_locked && outcome.priority_raised;
    }
    const bool kills = kills_servers(config_.node);
    if (kills && !may_kill()) log_.write({node::EventId::kill_refused, {}});
    or_throw(give_up_capabilities(memory_locked, kills && may_kill()));
}

void Daemon::watch_signals() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) return;
        if (signal == SIGHUP) {
            reload([](const ReloadResult&) {});
        } else if (std::exchange(asked_to_stop_, true)) {
            return stop();  // twice: somebody does not want to wait
        } else {
            ask_to_stop();
        }
        watch_signals();
    });
}

// A primary hands over first, and a replica lets the primary go on alone: a few milliseconds, mostly.
void Daemon::ask_to_stop() {
    if (facts_.state == status::DaemonState::stopping) return;
    facts_.state = status::DaemonState::stopping;
    tell_service_manager(service_manager_.stopping());
    speaker_.handle(node::StopAsked{});
}

void Daemon::stop() {
    speaker_.handle(node::Shutdown{});
    io_.stop();
}

void Daemon::watch_questions() {
    questions_.async_wait(descriptor_base::wait_read, [this](const boost::system::error_code& error) {
        if (error) return;
        if (mailbox_.is_asked()) mailbox_.reply(status());
        watch_questions();
    });
}

// Without it this process would serve on, and nobody would do anything if it died. The service manager starts
// both anew.
void Daemon::watch_sentinel() {
    if (!sentinel_) return;
    sentinel_end_.assign(sentinel_->end.get());
    sentinel_end_.async_wait(descriptor_base::wait_read, [this](const boost::system::error_code& error) {
        if (error) return;
        log_.write({node::EventId::sentinel_died, {}});
        ask_to_stop();
    });
}

// ---- a changed configuration file

void Daemon::reload(std::function<void(ReloadResult)> done) {
    reloader_->read([this, done = std::move(done)](ParseResult result) {
        boost::asio::post(io_, [this, done, result = std::move(result)] { apply(result, done); });
    });
}

void Daemon::apply(const ParseResult& result, const std::function<void(ReloadResult)>& done) {
    if (!result.config) {
        const std::string mistakes = joined(result.diagnostics, options_.config);
        facts_.last_reload = status::Reload{wall_now(), false, mistakes};
        log_.write({node::EventId::configuration_refused, {{"mistakes", mistakes}}});
        return done(tl::make_unexpected(mistakes));
    }
    std::string kept;
    for (const std::string& key : needs_restart(config_, *result.config))
        kept += (kept.empty() ? "" : ", ") + key;
    const std::string note =
        kept.empty() ? "applied" : "applied, but for " + kept + ": restart hbvrrp for that";
    if (!kept.empty()) log_.write({node::EventId::restart_needed, {{"keys", kept}}});

    config_ = without_restart(config_, *result.config);
    log_.set_level(options_.log_level.value_or(config_.log_level));
    facts_.last_reload = status::Reload{wall_now(), true, note};
    speaker_.handle(node::ConfigurationChanged{config_.node});
    services_.configure(config_.node);
    health_.configure(config_.node);
    look_for_agents();
    tell_service_manager(service_manager_.status(status::summary(speaker_.snapshot())));
    done(note);
}

// ---- the service behind the addresses

void Daemon::examine(const status::DoctorRequest& request, const ControlDone& done) {
    const auto service = find_service(request.service);
    if (!service) return done(tl::make_unexpected(service.error()));
    services_.examine(*service, [name = *service, done](const Doctor::Findings& findings) {
        if (findings) return done(status::doctor_answer(name, *findings));
        done(tl::make_unexpected(status::protocol_error(status::ErrorCode::refused, findings.error())));
    });
}

void Daemon::follow_service(const ServiceVerdict& verdict) {
    const std::string& router = verdict.router;
    const std::pair now{verdict.up, verdict.deduction};
    if (std::exchange(told_services_[router], now) == now) {
        // A gateway alone has changed, and of that its check has told.
    } else if (verdict.up && verdict.deduction == 0) {
        tell({node::EventId::service_up, {{"router", router}}});
    } else if (verdict.up) {
        tell({node::EventId::service_lowered,
              {{"router", router},
               {"check", verdict.check},
               {"deduction", std::to_string(verdict.deduction)},
               {"reason", verdict.reason}}});
    } else {
        tell({node::EventId::service_down,
              {{"router", router}, {"check", verdict.check}, {"reason", verdict.reason}}});
    }
    speaker_.handle(
        node::HealthChanged{router, verdict.up, verdict.deduction, verdict.reason, verdict.anchor});
}

void Daemon::tell_of_check(const CheckNotice& notice) {
    const health::CheckStatus& status = notice.status;
    if (!status.is_stale && !status.has_warning) return;
    tell({status.is_stale ? node::EventId::check_stale : node::EventId::check_warned,
          {{"router", notice.router}, {"check", notice.check}, {"reason", status.reason}}});
}

void Daemon::ask_services(const node::Action& action) {
    if (const auto* task = std::get_if<node::ServiceTask>(&action)) return services_.perform(*task);
    if (const auto* say = std::get_if<node::SayState>(&action)) return services_.say(say->state);
    if (const auto* leave = std::get_if<node::LeaveWill>(&action)) return leave_will(leave->will);
    if (const auto* tickle = std::get_if<node::TickleClients>(&action)) return services_.tickle(*tickle);
    if (const auto* answer = std::get_if<node::SwitchoverAnswer>(&action)) return end_switchover(*answer);
    if (const auto* answered = std::get_if<node::OrderAnswered>(&action)) order_answer_ = answered->answer;
    // Not from here: the speaker is in the middle of its actions.
    if (std::holds_alternative<node::ReadyToStop>(action)) boost::asio::post(io_, [this] { stop(); });
}

void Daemon::leave_will(const node::Will& will) {
    if (sentinel_ && !sentinel_->will->leave(will)) log_.write({node::EventId::will_too_long, {}});
}

// What can be refused is refused while it is asked for; what has begun is answered at its end.
void Daemon::switch_over(const status::SwitchoverRequest& request, const ControlDone& done) {
    const auto service = find_service(request.service);
    if (!service) return done(tl::make_unexpected(service.error()));
    refusal_.reset();
    asking_ = true;
    speaker_.handle(node::ServiceHappened{*service, node::SwitchoverAsked{request.to, request.dry_run}});
    asking_ = false;
    if (!refusal_) {
        switchovers_[*service] = done;
        return;
    }
    const node::SwitchoverEnded& result = refusal_->result;
    done(request.dry_run ? status::dry_run_answer(result) : status::switchover_answer(result));
}

// Answered while it is given.
void Daemon::give_order(const status::OrderRequest& request, const ControlDone& done) {
    const auto service = find_service(request.service);
    if (!service) return done(tl::make_unexpected(service.error()));
    order_answer_ = node::OrderAnswer{};
    speaker_.handle(node::ServiceHappened{*service, node::OrderGiven{request.order, request.dry_run}});
    done(status::order_answer(*order_answer_, request.dry_run));
}

void Daemon::end_switchover(const node::SwitchoverAnswer& answer) {
    if (asking_) {
        refusal_ = answer;
        return;
    }
    const auto waiting = switchovers_.find(answer.service);
    if (waiting == switchovers_.end()) return;
    const ControlDone done = std::move(waiting->second);
    switchovers_.erase(waiting);
    done(status::switchover_answer(answer.result));
}

tl::expected<std::string, status::ProtocolError> Daemon::find_service(const std::string& name) const {
    std::string known;
    std::size_t count = 0;
    std::string only;
    for (const node::ServiceSnapshot& service : speaker_.snapshot().services) {
        if (service.said.name == name) return name;
        known += (known.empty() ? "" : ", ") + service.said.name;
        only = service.said.name;
        ++count;
    }
    if (name.empty() && count == 1) return only;
    std::string message = "no virtual router has a database";
    if (count > 0 && name.empty())
        message = "more than one virtual router has a database: say which: " + known;
    if (count > 0 && !name.empty()) message = "no database behind " + name + ": there is one behind " + known;
    return tl::make_unexpected(status::protocol_error(status::ErrorCode::refused, message));
}

// ---- what others are told

void Daemon::tell(const node::Report& report) {
    log_.write(report);
    if (!changes_state(report.id)) return;
    // Not from here: the speaker is in the middle of its actions.
    boost::asio::post(
        io_, [this] { tell_service_manager(service_manager_.status(status::summary(speaker_.snapshot()))); });
}

void Daemon::tell_service_manager(const netlink::Result<void>& result) {
    if (!result) log_.write({node::EventId::service_manager_deaf, {{"error", result.error().message}}});
}

status::Status Daemon::status() const {
    status::DaemonFacts facts = facts_;
    facts.reports_lost = log_.lost();
    return {std::move(facts), speaker_.snapshot(), wall_now(), services_.peer(), health_.checks()};
}

}  // namespace highbase::daemon
