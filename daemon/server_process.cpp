// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/server_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "daemon/clock.hpp"

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 forgot to say that it is C
}

namespace highbase::daemon {
namespace {

using netlink::Descriptor;

constexpr vrrp::Duration kLookAgain = std::chrono::minutes{1};
constexpr std::size_t kWords = 4;  // "ld.so --library-path DIRECTORY mysqld": the server is one of the first
constexpr std::array<std::string_view, 2> kPrograms{"mariadbd", "mysqld"};

std::string error_text(const std::string& what) {
    return what + ": " + std::strerror(errno);
}

bool has_ended(const Descriptor& pidfd, std::chrono::milliseconds patience = {}) {
    pollfd question{pidfd.get(), POLLIN, 0};
    return ::poll(&question, 1, static_cast<int>(patience.count())) == 1;
}

std::string beginning_of(const std::string& file) {
    const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    std::array<char, 4096> buffer{};
    const ssize_t size = descriptor ? ::read(descriptor.get(), buffer.data(), buffer.size()) : 0;
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

Listener unknown(std::string trouble) {
    return {Listener::Kind::unknown, {}, 0, std::move(trouble)};
}

// The process was there before its names were read, and is still there: they are its own.
Listener identify(pid_t pid, const std::string& socket) {
    if (pid <= 1) return unknown(fmt::format("{} is held by the service manager or from outside", socket));
    Descriptor pidfd{::pidfd_open(pid, 0)};
    if (!pidfd) return unknown(error_text(fmt::format("process {}", pid)));
    const std::string place = fmt::format("/proc/{}/", pid);
    std::string command = beginning_of(place + "comm");
    if (!command.empty() && command.back() == '\n') command.pop_back();
    const bool is_server = is_server_program(command, beginning_of(place + "cmdline"));
    if (has_ended(pidfd)) return {Listener::Kind::nobody, {}, 0, {}};
    if (!is_server)
        return unknown(
            fmt::format("process {} ({}), which listens on {}, is no database server", pid, command, socket));
    return {Listener::Kind::server, std::move(pidfd), pid, {}};
}

// Of the server that is known, or else of the one that listens.
ServerProcess::Killed kill_now(const std::string& socket, Descriptor pidfd, pid_t pid,
                               std::chrono::milliseconds patience) {
    if (pidfd && has_ended(pidfd)) return {};
    Listener listener = find_listener(socket);
    if (listener.kind == Listener::Kind::nobody) return {};
    if (!pidfd) {
        if (listener.kind == Listener::Kind::unknown) return {0, std::move(listener.trouble)};
        pidfd = std::move(listener.pidfd);
        pid = listener.pid;
    }
    if (::pidfd_send_signal(pidfd.get(), SIGKILL, nullptr, 0) != 0) {
        if (errno == ESRCH) return {};
        return {0, error_text(fmt::format("process {} cannot be killed", pid))};
    }
    if (has_ended(pidfd, patience)) return {pid, {}};
    return {pid, fmt::format("process {} is killed, and hangs in the kernel", pid)};
}

}  // namespace

bool is_server_program(std::string_view command, std::string_view command_line) {
    const auto is_one = [](std::string_view name) {
        return std::ranges::find(kPrograms, name) != kPrograms.end();
    };
    if (is_one(command)) return true;
    for (std::size_t i = 0; i < kWords && !command_line.empty(); ++i) {
        const std::string_view word = command_line.substr(0, command_line.find('\0'));
        if (is_one(word.substr(word.rfind('/') + 1))) return true;
        command_line.remove_prefix(std::min(word.size() + 1, command_line.size()));
    }
    return false;
}

// The peer of a connected Unix socket is who called listen(2). One whose queue is full is there as well, but
// does not say who it is.
Listener find_listener(const std::string& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.size() >= sizeof address.sun_path) return unknown(socket + " is too long");
    socket.copy(address.sun_path, socket.size());
    const Descriptor client{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!client) return unknown(error_text("socket"));
    if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const bool is_gone = errno == ENOENT || errno == ECONNREFUSED;
        return is_gone ? Listener{Listener::Kind::nobody, {}, 0, {}} : unknown(error_text(socket));
    }
    ucred peer{};
    socklen_t size = sizeof peer;
    ::getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size);
    return identify(peer.pid, socket);
}

bool ServerProcess::is_known() const {
    return pidfd_ && !has_ended(pidfd_);
}

// Files and sockets may be on a disk that hangs.
void ServerProcess::seen() {
    if (search_ || is_known()) return;
    if (look_again_ && boottime_now() < *look_again_) return;
    look_again_ = boottime_now() + kLookAgain;
    const auto found = std::make_shared<Listener>();
    auto task = process::DetachedTask::start(
        io_, slots_.take(), [found, socket = socket_] { *found = find_listener(socket); },
        [this, found] { take(std::move(*found)); });
    if (task) search_ = std::move(*task);
}

void ServerProcess::take(Listener found) {
    search_.reset();
    if (found.kind != Listener::Kind::unknown) look_again_.reset();
    if (found.kind == Listener::Kind::server) {
        pidfd_ = std::move(found.pidfd);
        pid_ = found.pid;
    } else if (found.kind == Listener::Kind::unknown && !std::exchange(trouble_told_, true)) {
        tell_(found.trouble);
    }
}

void ServerProcess::kill(vrrp::Duration patience, const Done& done) {
    const auto killed = std::make_shared<Killed>();
    const auto known = std::make_shared<Descriptor>(pidfd_ ? ::fcntl(pidfd_.get(), F_DUPFD_CLOEXEC, 0) : -1);
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(patience) * 3 / 4;
    auto task = process::DetachedTask::start(
        io_, slots_.take(),
        [killed, known, wait, socket = socket_, pid = pid_] {
            *killed = kill_now(socket, std::move(*known), pid, wait);
        },
        [killed, done] { done(*killed); });
    if (task) {
        kill_ = std::move(*task);
        return;
    }
    boost::asio::post(io_, [done, trouble = task.error().message] { done({0, trouble}); });
}

}  // namespace highbase::daemon
