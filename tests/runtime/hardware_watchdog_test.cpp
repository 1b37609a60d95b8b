// SPDX-License-Identifier: GPL-2.0-or-later
// A FIFO stands for the device: what is written to it is what the driver of a real one would get.
#include "daemon/hardware_watchdog.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

#include "tests/catch.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;

struct Device {
    TemporaryDirectory directory;
    std::string path = (directory / "watchdog").native();
    netlink::Descriptor reader;

    Device() {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        reader = netlink::Descriptor{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
        REQUIRE(reader);
    }
    // What has been written since.
    std::string take() const {
        std::array<char, 64> buffer{};
        const auto size = ::read(reader.get(), buffer.data(), buffer.size());
        return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }
};

std::string why_not(const std::string& path) {
    const auto opened = HardwareWatchdog::open(path, 10s);
    return opened ? "opened" : opened.error().message;
}

TEST_CASE("A watchdog is fed with anything but V, and disarmed with it") {
    const Device device;
    auto watchdog = HardwareWatchdog::open(device.path, 10s);
    REQUIRE(watchdog);
    CHECK(device.take().empty());
    CHECK(watchdog->feed());
    CHECK(watchdog->feed());
    CHECK(device.take() == std::string(2, '\0'));
    watchdog->disarm();
    CHECK(device.take() == "V");
}

TEST_CASE("One that is only closed goes on to count") {
    const Device device;
    {
        auto watchdog = HardwareWatchdog::open(device.path, 10s);
        REQUIRE(watchdog);
        CHECK(watchdog->feed());
    }
    CHECK(device.take() == std::string(1, '\0'));
}

TEST_CASE("A device that takes no time is used all the same, and says so") {
    const Device device;
    const auto watchdog = HardwareWatchdog::open(device.path, 10s);
    REQUIRE(watchdog);
    CHECK(watchdog->trouble() == "its time cannot be set: Inappropriate ioctl for device");
}

TEST_CASE("A device that nobody reads any more cannot be fed") {
    Device device;
    auto watchdog = HardwareWatchdog::open(device.path, 10s);
    REQUIRE(watchdog);
    while (watchdog->feed()) {}  // until it is full
    CHECK(watchdog->feed().error().message == "write: Resource temporarily unavailable");
}

TEST_CASE("What is no device is refused, and not written to") {
    const TemporaryDirectory directory;
    const std::string file = (directory / "file").native();
    std::ofstream{file} << "kept";
    CHECK(why_not(file) == "it is not a device");
    CHECK(why_not((directory / "none").native()) == "stat: No such file or directory");
    const std::string unread = (directory / "fifo").native();
    REQUIRE(::mkfifo(unread.c_str(), 0600) == 0);
    CHECK(why_not(unread) == "open: No such device or address");
}

}  // namespace
}  // namespace highbase::daemon
