// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "tests/catch.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;

// Stands for systemd: a datagram socket at a path, or at an abstract name ('@').
class Receiver {
public:
    explicit Receiver(const std::string& name) : socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        name.copy(address.sun_path, sizeof address.sun_path);
        if (name.front() == '@') address.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    }
    // Empty: nothing came. A local datagram has arrived when it was sent.
    std::string take() const {
        std::array<char, 4096> buffer{};
        const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }

private:
    netlink::Descriptor socket_;
};

constexpr int kPid = 4711;

TEST_CASE("Each message as the service manager gets it") {
    const TemporaryDirectory directory;
    const std::string name = GENERATE_REF(std::string{(directory / "notify").native()},
                                          "@highbase-test-" + std::to_string(::getpid()));
    const Receiver receiver{name};
    ServiceManager service{{name.c_str(), nullptr, nullptr}, kPid};
    CHECK(service.ready("db Active"));
    CHECK(receiver.take() == "READY=1\nSTATUS=db Active");
    CHECK(service.status("a\nREADY=1"));
    CHECK(receiver.take() == "STATUS=a READY=1");
    CHECK(service.reloading(vrrp::TimePoint{12s + 345'678'999ns}));
    CHECK(receiver.take() == "RELOADING=1\nMONOTONIC_USEC=12345678");
    CHECK(service.keep_alive());
    CHECK(receiver.take() == "WATCHDOG=1");
    CHECK(service.stopping());
    CHECK(receiver.take() == "STOPPING=1");
}

TEST_CASE("Without a service manager nothing is sent, and nothing fails") {
    ServiceManager none{{nullptr, "2000000", nullptr}, kPid};
    CHECK(none.ready("x"));
    CHECK(none.keep_alive());
    CHECK_FALSE(none.watchdog_interval());
    ServiceManager empty{{"", nullptr, nullptr}, kPid};
    CHECK(empty.ready("x"));
}

TEST_CASE("A service manager that cannot be reached is an error, and may come back") {
    const TemporaryDirectory directory;
    const std::string name = (directory / "notify").native();
    ServiceManager service{{name.c_str(), nullptr, nullptr}, kPid};
    const auto lost = service.keep_alive();
    REQUIRE_FALSE(lost);
    CHECK(lost.error() == netlink::Error{ENOENT, name + ": No such file or directory"});
    const Receiver receiver{name};
    CHECK(service.keep_alive());
    CHECK(receiver.take() == "WATCHDOG=1");

    const std::string long_name(200, 'x');
    ServiceManager unreachable{{long_name.c_str(), nullptr, nullptr}, kPid};
    CHECK(unreachable.ready("x").error().code == ENAMETOOLONG);
}

TEST_CASE("A service manager that does not read never makes the daemon wait") {
    const TemporaryDirectory directory;
    const std::string name = (directory / "notify").native();
    const Receiver receiver{name};
    ServiceManager service{{name.c_str(), nullptr, nullptr}, kPid};
    int sent = 0;
    netlink::Result<void> result;
    while ((result = service.keep_alive()) && sent < 100'000) ++sent;
    REQUIRE_FALSE(result);
    CHECK(result.error().code == EAGAIN);
    CHECK(sent > 0);
}

TEST_CASE("The watchdog is fed twice in the time it allows") {
    const auto interval = [](const char* usec, const char* pid) {
        return ServiceManager{{"@x", usec, pid}, kPid}.watchdog_interval();
    };
    CHECK(interval("2000000", nullptr) == 1s);
    CHECK(interval("2000000", "4711") == 1s);
    CHECK(interval("3", "4711") == 1500ns);
    CHECK_FALSE(interval("2000000", "4712"));
    CHECK_FALSE(interval("2000000", "x"));
    CHECK_FALSE(interval(nullptr, "4711"));
    CHECK_FALSE(interval("0", nullptr));
    CHECK_FALSE(interval("-5", nullptr));
    CHECK_FALSE(interval("2s", nullptr));
    CHECK_FALSE(interval("", nullptr));
    CHECK_FALSE(interval("18446744073709551615", nullptr));
    CHECK_FALSE(interval("9223372036854775807", nullptr));
}

TEST_CASE("The environment's variables are the ones of sd_notify") {
    REQUIRE(::setenv("NOTIFY_SOCKET", "@a", 1) == 0);
    REQUIRE(::setenv("WATCHDOG_USEC", "7", 1) == 0);
    REQUIRE(::unsetenv("WATCHDOG_PID") == 0);
    const ServiceEnvironment environment = service_environment();
    CHECK(std::string{environment.notify_socket} == "@a");
    CHECK(std::string{environment.watchdog_usec} == "7");
    CHECK(environment.watchdog_pid == nullptr);
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
}

}  // namespace
}  // namespace highbase::daemon
