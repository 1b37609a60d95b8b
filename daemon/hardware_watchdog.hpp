// SPDX-License-Identifier: GPL-2.0-or-later
// A watchdog device (Documentation/watchdog/watchdog-api.rst of the kernel): the machine is reset when it is
// not fed in time.
#pragma once

#include <chrono>
#include <string>

#include "netlink/descriptor.hpp"
#include "netlink/result.hpp"

namespace highbase::daemon {

class HardwareWatchdog {
public:
    // From now on it counts. Never waits. What is neither a device nor a FIFO, which stands for one in tests,
    // is an error.
    static netlink::Result<HardwareWatchdog> open(const std::string& device, std::chrono::seconds timeout);

    // Why it counts a time of its own; empty: it took the one of open().
    [[nodiscard]] const std::string& trouble() const { return trouble_; }
    netlink::Result<void> feed();
    // It counts no more. One that is only closed, by the end of this process for instance, goes on to count.
    void disarm();

private:
    explicit HardwareWatchdog(netlink::Descriptor device) : device_{std::move(device)} {}

    netlink::Descriptor device_;
    std::string trouble_;
};

}  // namespace highbase::daemon
