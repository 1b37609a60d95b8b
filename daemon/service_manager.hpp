// SPDX-License-Identifier: GPL-2.0-or-later
// What the service manager (systemd, Type=notify) is told, in the protocol of sd_notify(3).
//
// Not through sd_notify() itself: it may wait while the service manager is busy, and the watchdog has to be
// fed by the speaker, since it is the speaker's life that it watches.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "netlink/descriptor.hpp"
#include "netlink/result.hpp"
#include "vrrp/time.hpp"

namespace highbase::daemon {

// The three variables that a service manager sets; null where it did not.
struct ServiceEnvironment {
    const char* notify_socket = nullptr;  // NOTIFY_SOCKET: a path, or '@' and an abstract name
    const char* watchdog_usec = nullptr;  // WATCHDOG_USEC
    const char* watchdog_pid = nullptr;   // WATCHDOG_PID
};
ServiceEnvironment service_environment();

class ServiceManager {
public:
    // Opens nothing and sends nothing where there is no service manager. `pid`: this process.
    ServiceManager(const ServiceEnvironment& environment, int pid);

    // Each may be called from any one thread and never waits. An error (EAGAIN: its queue is full) means that
    // the message is lost.
    netlink::Result<void> ready(std::string_view status);        // the start or the reload has ended
    netlink::Result<void> status(std::string_view status);       // one line, shown by systemctl status
    netlink::Result<void> reloading(vrrp::TimePoint monotonic);  // CLOCK_MONOTONIC
    netlink::Result<void> stopping();
    netlink::Result<void> keep_alive();

    // How often keep_alive() is to be called: half of what the service manager allows. Nothing: it does not
    // watch.
    [[nodiscard]] std::optional<vrrp::Duration> watchdog_interval() const { return watchdog_interval_; }

private:
    netlink::Result<void> send(std::string_view message);

    std::string path_;  // empty: no service manager
    netlink::Descriptor socket_;
    std::optional<vrrp::Duration> watchdog_interval_;
};

}  // namespace highbase::daemon
