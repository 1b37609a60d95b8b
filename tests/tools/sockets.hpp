// SPDX-License-Identifier: GPL-2.0-or-later
// The two sockets of the probe: one watches the wire, one sends echo requests through the kernel's own stack.
#pragma once

#include "tests/tools/observed_frame.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>

namespace highbase::tests {

// CLOCK_MONOTONIC since boot: the clock of `time.monotonic_ns()` in Python and of
// `std::chrono::steady_clock`.
using Instant = std::chrono::nanoseconds;

Instant now();

class FileDescriptor {
public:
    // Throws std::system_error carrying errno and `what` when `fd` is negative.
    FileDescriptor(int fd, const char* what);
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor();

    int get() const { return fd_; }

private:
    int fd_;
};

struct TimedFrame {
    Instant at{};  // the kernel's receive time, moved from CLOCK_REALTIME to CLOCK_MONOTONIC
    std::span<const std::uint8_t> bytes;
};

// Frames that arrive on one interface, reduced by a kernel filter to ARP, VRRP and ICMP. Own frames are not
// seen.
class FrameWatch {
public:
    explicit FrameWatch(const std::string& interface);

    int fd() const { return socket_.get(); }

    // The next frame, or nothing when all are read. The bytes are valid until the next call.
    std::optional<TimedFrame> next();

private:
    FileDescriptor socket_;
    std::array<std::uint8_t, 2048> buffer_{};
};

// Echo requests by a raw socket: the kernel routes them and resolves the neighbour as it does for any client.
class EchoSender {
public:
    // `interface` scopes a link-local address.
    EchoSender(const IpAddress& destination, const std::string& interface, std::uint16_t identifier);

    // Never blocks; false when the kernel refuses to send (no route, host unreachable, queue full).
    bool send(std::uint64_t sequence);

private:
    IpAddress destination_;
    unsigned scope_;
    std::uint16_t identifier_;
    FileDescriptor socket_;
};

}  // namespace highbase::tests
