// SPDX-License-Identifier: GPL-2.0-or-later
// One client of the control server. It gets one answer at a time: while it does not read, nothing more is
// prepared for it, and after a while it is dropped.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/control_server.hpp"
#include "status/control_protocol.hpp"

namespace highbase::daemon {

class ControlSession : public std::enable_shared_from_this<ControlSession> {
public:
    ControlSession(ControlHub& hub, boost::asio::local::stream_protocol::socket socket);

    void start();
    // There are new events in the history.
    void on_history();

private:
    using Next = void (ControlSession::*)();

    void read_request();
    void on_line(std::string_view line);
    void answer(const status::StatusRequest& request);
    void answer(const status::WatchRequest& request);
    void answer(const status::EventsRequest& request);
    void answer(const status::ReloadRequest& request);
    void answer(const status::DoctorRequest& request);
    void answer(const status::SwitchoverRequest& request);
    void answer(const status::OrderRequest& request);
    void refuse(const status::ProtocolError& error, Next next);

    void tell_who_steers(std::string_view verb);
    void await_hangup();
    // What the hub calls with what came of a verb.
    std::function<void(const ControlOutcome&)> show_outcome();
    void show_status();
    void await_tick();
    void show_events();

    void write(std::string text, Next next);
    void set_deadline(std::chrono::milliseconds limit, const char* reason);
    void drop(const std::string& reason);
    void close();

    ControlHub& hub_;
    boost::asio::local::stream_protocol::socket socket_;
    boost::asio::steady_timer deadline_;
    boost::asio::steady_timer tick_;
    std::string uid_ = "?";  // of the client's process, as its pid
    std::string pid_ = "?";
    std::string input_;
    std::string output_;
    std::chrono::milliseconds interval_{0};
    std::uint64_t shown_ = 0;  // the last event that was sent
    bool follow_ = false;
    bool awaits_event_ = false;
};

}  // namespace highbase::daemon
