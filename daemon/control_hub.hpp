// SPDX-License-Identifier: GPL-2.0-or-later
// What the sessions of the control server share: the socket, and the one status that is asked of the speaker
// for all of them. Everything here runs on the server's thread, but for stop() and what is said to.
#pragma once

#include <utility>  // before Asio, which needs it

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/control_server.hpp"

namespace highbase::daemon {

class ControlSession;

class ControlHub : public std::enable_shared_from_this<ControlHub> {
public:
    ControlHub(ControlSocket socket, ControlServices services, const ControlLimits& limits);

    void start();  // on the thread that made it
    void run();    // on the server's thread, until stop()
    void stop();   // from any thread
    void clear();  // after run() has returned

    // ---- for sessions
    // Null: the speaker did not answer in time. The text is the JSON of a status.
    using StatusHandler = std::function<void(const std::string* json_text)>;
    void with_status(StatusHandler handler);
    // The handlers are called once, on the server's thread, unless it stops before.
    using OutcomeHandler = std::function<void(const ControlOutcome&)>;
    void reload(OutcomeHandler handler);
    void doctor(const status::DoctorRequest& request, OutcomeHandler handler);
    void switchover(const status::SwitchoverRequest& request, OutcomeHandler handler);
    void order(const status::OrderRequest& request, OutcomeHandler handler);
    void leave(const std::shared_ptr<ControlSession>& session);
    void report(const node::Report& report) { services_.report(report); }
    [[nodiscard]] const EventHistory& history() const { return *services_.history; }
    [[nodiscard]] const ControlLimits& limits() const { return limits_; }
    [[nodiscard]] boost::asio::io_context& io() { return io_; }

private:
    void accept();
    void welcome(boost::asio::local::stream_protocol::socket socket);
    void await_answer();
    void on_answer();
    void on_silence();
    void give(const std::string* json_text);
    ControlDone expect(OutcomeHandler handler);
    void on_outcome(std::uint64_t number, const ControlOutcome& outcome);
    void on_history();  // on the log's thread

    boost::asio::io_context io_{1};
    ControlSocket socket_;
    ControlServices services_;
    ControlLimits limits_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer accept_again_;
    std::set<std::shared_ptr<ControlSession>> sessions_;

    boost::asio::posix::stream_descriptor answers_;
    boost::asio::steady_timer silence_;
    std::vector<StatusHandler> waiting_;
    std::string status_;  // the latest, as JSON text
    std::chrono::steady_clock::time_point status_good_until_{};

    std::map<std::uint64_t, OutcomeHandler> expected_;
    std::uint64_t expectations_ = 0;

    std::atomic<bool> history_told_{false};
};

}  // namespace highbase::daemon
