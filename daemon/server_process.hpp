// SPDX-License-Identifier: GPL-2.0-or-later
// The process of a server on this host, known by its Unix socket, so that it can be killed when it answers
// nobody. It is held by a pidfd from when it was last seen well: a number that is used again is nobody's
// here.
#pragma once

#include <utility>  // before Asio, which needs it

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "netlink/descriptor.hpp"
#include "process/detached_task.hpp"
#include "vrrp/time.hpp"

namespace highbase::daemon {

// Who listens on the socket, as the kernel has it: of a process that is stopped as well.
struct Listener {
    enum class Kind : std::uint8_t {
        nobody,   // the kernel refuses connections: nobody can reach a server here
        server,   // `pidfd` is its process
        unknown,  // `trouble` says why
    } kind = Kind::unknown;
    netlink::Descriptor pidfd{};
    pid_t pid = 0;
    std::string trouble{};
};
// Connects, which a server notes in its log as a connection that said nothing. May wait for a disk. A process
// that is no MySQL or MariaDB server (a proxy, systemd that holds the socket for one) is unknown.
Listener find_listener(const std::string& socket);

// Whether /proc/PID/comm and /proc/PID/cmdline are those of such a server, possibly with a loader or a tool
// in front of it.
bool is_server_program(std::string_view command, std::string_view command_line);

class ServerProcess {
public:
    struct Killed {
        pid_t pid = 0;          // 0: nobody had to be killed
        std::string trouble{};  // it has not ended, or could not be killed; empty: no process is left
    };
    using Done = std::function<void(const Killed&)>;
    using TellTrouble = std::function<void(const std::string&)>;

    // `io` outlives it. Trouble to find out who the server is: told once.
    ServerProcess(boost::asio::io_context& io, std::string socket, TellTrouble tell)
        : io_{io}, socket_{std::move(socket)}, tell_{std::move(tell)} {}
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    ~ServerProcess() = default;  // no Done is called any more

    // It has just answered. Cheap while it is the one that is known.
    void seen();
    [[nodiscard]] bool is_known() const;
    // SIGKILL, unless it has ended, or refuses connections because it is ending. `done` is called once, never
    // from within here, at the latest shortly after `patience`.
    void kill(vrrp::Duration patience, const Done& done);

private:
    void take(Listener found);

    boost::asio::io_context& io_;
    std::string socket_;
    TellTrouble tell_;
    netlink::Descriptor pidfd_;
    pid_t pid_ = 0;
    std::optional<vrrp::TimePoint> look_again_;  // after trouble
    bool trouble_told_ = false;
    process::Slots slots_{3};  // with those that hang
    std::unique_ptr<process::DetachedTask> search_;
    std::unique_ptr<process::DetachedTask> kill_;
};

}  // namespace highbase::daemon
