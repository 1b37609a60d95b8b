// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's end of the control socket (docs/control-protocol.md), on a thread of its own. Clients may ask
// as much and as wrongly as they like: of the speaker they get one status at a time, when it has the time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "daemon/control_socket.hpp"
#include "daemon/log_history.hpp"
#include "daemon/status_mailbox.hpp"
#include "daemon/worker_thread.hpp"
#include "node/report.hpp"
#include "status/control_protocol.hpp"

namespace highbase::daemon {

struct ControlLimits {
    std::size_t clients = 64;                                     // connected at once
    std::size_t request_size = std::size_t{64} * 1024;            // octets of a request line with its end
    std::chrono::milliseconds idle{std::chrono::seconds{30}};     // for a whole request to arrive
    std::chrono::milliseconds reading{std::chrono::seconds{10}};  // for a client to take an answer
    std::chrono::milliseconds speaker{std::chrono::seconds{2}};   // for the speaker to answer
    std::chrono::milliseconds reuse{5};  // how old a status may be that another client asked for
};

// What was applied, in words for the client; or why the configuration was refused.
using ReloadResult = tl::expected<std::string, std::string>;

// The result of a verb as JSON, or the error that the client is told.
using ControlOutcome = tl::expected<status::Json, status::ProtocolError>;
using ControlDone = std::function<void(ControlOutcome)>;

struct ControlServices {
    StatusMailbox* mailbox = nullptr;  // all three outlive the server
    EventHistory* history = nullptr;
    // Called on the server's thread, must not wait. `done` may be called on any thread, also when the server
    // is gone.
    std::function<void(std::function<void(ReloadResult)> done)> reload;
    std::function<void(const node::Report&)> report;  // called on the server's thread
    // As `reload`.
    std::function<void(status::DoctorRequest, ControlDone done)> doctor;
    std::function<void(status::SwitchoverRequest, ControlDone done)> switchover;
    std::function<void(status::OrderRequest, ControlDone done)> order;
};

class ControlHub;

class ControlServer {
public:
    // Serves from now on. Throws std::system_error.
    ControlServer(ControlSocket socket, ControlServices services, const ControlLimits& limits = {});
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;
    ~ControlServer();  // closes every connection and removes the socket's file

private:
    std::shared_ptr<ControlHub> hub_;
    std::optional<WorkerThread> thread_;
};

}  // namespace highbase::daemon
