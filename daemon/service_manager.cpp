// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_manager.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace highbase::daemon {
namespace {

std::optional<std::int64_t> positive_number(const char* text) {
    if (text == nullptr) return std::nullopt;
    const std::string_view digits{text};
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value <= 0) return std::nullopt;
    return value;
}

std::optional<vrrp::Duration> half_of_watchdog(const ServiceEnvironment& environment, int pid) {
    const auto microseconds = positive_number(environment.watchdog_usec);
    if (!microseconds || *microseconds > std::chrono::microseconds{std::chrono::hours{24}}.count())
        return std::nullopt;
    // Meant for another process, which has handed its environment down.
    if (environment.watchdog_pid != nullptr && positive_number(environment.watchdog_pid) != pid)
        return std::nullopt;
    return vrrp::Duration{std::chrono::microseconds{*microseconds}} / 2;
}

// A line end would begin another assignment of the protocol.
std::string one_line(std::string_view text) {
    std::string result{text};
    std::ranges::replace(result, '\n', ' ');
    return result;
}

}  // namespace

ServiceEnvironment service_environment() {
    return {std::getenv("NOTIFY_SOCKET"), std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID")};
}

ServiceManager::ServiceManager(const ServiceEnvironment& environment, int pid) {
    if (environment.notify_socket == nullptr || *environment.notify_socket == '\0') return;
    path_ = environment.notify_socket;
    socket_ = netlink::Descriptor{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    watchdog_interval_ = half_of_watchdog(environment, pid);
}

netlink::Result<void> ServiceManager::ready(std::string_view status) {
    return send(fmt::format("READY=1\nSTATUS={}", one_line(status)));
}

netlink::Result<void> ServiceManager::status(std::string_view status) {
    return send(fmt::format("STATUS={}", one_line(status)));
}

netlink::Result<void> ServiceManager::reloading(vrrp::TimePoint monotonic) {
    const auto since_boot = std::chrono::floor<std::chrono::microseconds>(monotonic.time_since_epoch());
    return send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", since_boot.count()));
}

netlink::Result<void> ServiceManager::stopping() {
    return send("STOPPING=1");
}

netlink::Result<void> ServiceManager::keep_alive() {
    return send("WATCHDOG=1");
}

netlink::Result<void> ServiceManager::send(std::string_view message) {
    if (path_.empty()) return {};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() > sizeof address.sun_path) {
        return netlink::failure(ENAMETOOLONG, fmt::format("NOTIFY_SOCKET {}: too long", path_));
    }
    path_.copy(address.sun_path, path_.size());
    if (path_.front() == '@') address.sun_path[0] = '\0';  // abstract: no file, and no NUL at its end
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
    // The address each time, not one connect: the socket outlives a restart of the service manager.
    const auto sent = ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address), size);
    if (sent < 0) {
        const int error = errno;
        return netlink::failure(error, fmt::format("{}: {}", path_, std::strerror(error)));
    }
    return {};
}

}  // namespace highbase::daemon
