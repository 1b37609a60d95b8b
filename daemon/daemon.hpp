// SPDX-License-Identifier: GPL-2.0-or-later
// The running program: the speaker on this thread, and around it what lets people see and steer it.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config.hpp"
#include "daemon/control_server.hpp"
#include "daemon/hardware_watchdog.hpp"
#include "daemon/health_monitor.hpp"
#include "daemon/log.hpp"
#include "daemon/options.hpp"
#include "daemon/reloader.hpp"
#include "daemon/sentinel.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/services.hpp"
#include "daemon/speaker.hpp"
#include "daemon/status_mailbox.hpp"

namespace highbase::daemon {

class Daemon {
public:
    // Takes what the system must give (kernel, control socket) before anything is changed. Throws
    // std::runtime_error with a text for the operator.
    Daemon(const Options& options, Config config, std::optional<Sentinel> sentinel = std::nullopt);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();

    // Until SIGTERM or SIGINT. Throws std::runtime_error where it cannot begin.
    void run();

private:
    void give_up_privileges();
    void watch_signals();
    void watch_questions();
    void watch_sentinel();
    void open_watchdog();
    void feed_watchdogs();
    [[nodiscard]] bool may_feed();
    void look_for_agents();
    void ask_to_stop();
    void stop();

    void reload(std::function<void(ReloadResult)> done);
    void apply(const ParseResult& result, const std::function<void(ReloadResult)>& done);
    void examine(const status::DoctorRequest& request, const ControlDone& done);
    void follow_service(const ServiceVerdict& verdict);
    void tell_of_check(const CheckNotice& notice);
    void ask_services(const node::Action& action);
    void leave_will(const node::Will& will);
    void switch_over(const status::SwitchoverRequest& request, const ControlDone& done);
    void give_order(const status::OrderRequest& request, const ControlDone& done);
    void end_switchover(const node::SwitchoverAnswer& answer);
    [[nodiscard]] tl::expected<std::string, status::ProtocolError> find_service(
        const std::string& name) const;
    void tell(const node::Report& report);
    void tell_service_manager(const netlink::Result<void>& result);
    [[nodiscard]] status::Status status() const;

    Options options_;
    Config config_;
    std::optional<Sentinel> sentinel_;
    boost::asio::io_context io_{1};
    Log log_;
    ServiceManager service_manager_;
    std::unique_ptr<netlink::Kernel> kernel_;
    std::optional<ControlSocket> control_socket_;
    StatusMailbox mailbox_;
    status::DaemonFacts facts_;
    Services services_;
    std::map<std::string, ControlDone> switchovers_;  // by service: who waits for the end of one
    bool asking_ = false;                             // for one, at this moment
    std::optional<node::OrderAnswer> order_answer_;   // of the last one
    std::optional<node::SwitchoverAnswer> refusal_;   // what came of that at once
    Speaker speaker_;
    // By router: whether it is up, and the deduction.
    std::map<std::string, std::optional<std::pair<bool, std::uint8_t>>> told_services_;
    HealthMonitor health_;
    boost::asio::signal_set signals_;
    boost::asio::posix::stream_descriptor questions_;
    boost::asio::posix::stream_descriptor sentinel_end_;  // lent
    bool asked_to_stop_ = false;                          // by a signal
    boost::asio::steady_timer watchdog_;
    std::optional<HardwareWatchdog> hardware_watchdog_;
    bool starves_ = false;  // nothing is fed
    std::optional<Reloader> reloader_;
    std::optional<ControlServer> control_server_;
};

}  // namespace highbase::daemon
