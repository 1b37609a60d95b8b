// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/hardware_watchdog.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace highbase::daemon {
namespace {

constexpr char kFeed = '\0';
constexpr char kDisarm = 'V';  // the only octet that means something

tl::unexpected<netlink::Error> device_failed(const char* what) {
    const int error = errno;
    return netlink::failure(error, fmt::format("{}: {}", what, std::strerror(error)));
}

}  // namespace

netlink::Result<HardwareWatchdog> HardwareWatchdog::open(const std::string& device,
                                                         std::chrono::seconds timeout) {
    struct stat facts {};
    if (::stat(device.c_str(), &facts) != 0) return device_failed("stat");
    if (!S_ISCHR(facts.st_mode) && !S_ISFIFO(facts.st_mode))
        return netlink::failure(ENODEV, "it is not a device");
    HardwareWatchdog watchdog{
        netlink::Descriptor{::open(device.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)}};
    if (!watchdog.device_) return device_failed("open");
    const auto wanted = static_cast<int>(timeout.count());
    int seconds = wanted;
    if (::ioctl(watchdog.device_.get(), WDIOC_SETTIMEOUT, &seconds) != 0) {
        watchdog.trouble_ = fmt::format("its time cannot be set: {}", std::strerror(errno));
    } else if (seconds != wanted) {
        watchdog.trouble_ = fmt::format("it counts {} s instead of {} s", seconds, wanted);
    }
    return watchdog;
}

netlink::Result<void> HardwareWatchdog::feed() {
    if (::write(device_.get(), &kFeed, 1) == 1) return {};
    return device_failed("write");
}

void HardwareWatchdog::disarm() {
    (void)!::write(device_.get(), &kDisarm, 1);
    device_ = netlink::Descriptor{};
}

}  // namespace highbase::daemon
