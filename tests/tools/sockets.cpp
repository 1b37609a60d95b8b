// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/tools/sockets.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

namespace highbase::tests {
namespace {

constexpr int kReceiveBuffer = 4 * 1024 * 1024;
constexpr int kSendBuffer = 1024 * 1024;
constexpr std::uint16_t kAllProtocols = 0x0003;

void check(int result, const char* what) {
    if (result < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

template <typename Value>
void set_option(int fd, int level, int name, const Value& value, const char* what) {
    check(::setsockopt(fd, level, name, &value, sizeof value), what);
}

// ARP; IPv4 with protocol 1 or 112; IPv6 with next header 58 or 112.
constexpr std::array<sock_filter, 12> kFilter{{
    {BPF_LD | BPF_H | BPF_ABS, 0, 0, 12},
    {BPF_JMP | BPF_JEQ | BPF_K, 8, 0, 0x0806},
    {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0x0800},
    {BPF_LD | BPF_B | BPF_ABS, 0, 0, 23},
    {BPF_JMP | BPF_JEQ | BPF_K, 5, 0, 112},
    {BPF_JMP | BPF_JEQ | BPF_K, 4, 5, 1},
    {BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0x86dd},
    {BPF_LD | BPF_B | BPF_ABS, 0, 0, 20},
    {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 112},
    {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 58},
    {BPF_RET | BPF_K, 0, 0, 0xffff},
    {BPF_RET | BPF_K, 0, 0, 0},
}};

unsigned interface_index(const std::string& interface) {
    const unsigned index = ::if_nametoindex(interface.c_str());
    check(index == 0 ? -1 : 0, interface.c_str());
    return index;
}

Instant read_clock(clockid_t clock) {
    timespec value{};
    ::clock_gettime(clock, &value);
    return std::chrono::seconds(value.tv_sec) + std::chrono::nanoseconds(value.tv_nsec);
}

// The kernel stamps frames by the wall clock. Comparing both clocks at reading, not once at start, keeps a
// clock step out.
Instant monotonic(const timespec& wall_clock) {
    const Instant stamp =
        std::chrono::seconds(wall_clock.tv_sec) + std::chrono::nanoseconds(wall_clock.tv_nsec);
    return stamp - (read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC));
}

Instant receive_time(msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
            timespec stamp{};
            std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
            return monotonic(stamp);
        }
    }
    return now();
}

void store(std::span<std::uint8_t> bytes, std::uint64_t value) {
    for (auto octet = bytes.rbegin(); octet != bytes.rend(); ++octet) {
        *octet = static_cast<std::uint8_t>(value & 0xffU);
        value >>= 8U;
    }
}

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        sum += static_cast<std::uint32_t>(bytes[i]) << 8U | bytes[i + 1];
    }
    sum = (sum & 0xffffU) + (sum >> 16U);
    sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum);
}

constexpr std::size_t kEchoHeader = 8;
using EchoRequest = std::array<std::uint8_t, kEchoHeader + kProbePayloadSize>;

EchoRequest echo_request(int family, std::uint16_t identifier, std::uint64_t sequence) {
    constexpr std::uint8_t kEcho = 8;
    constexpr std::uint8_t kEchoV6 = 128;
    EchoRequest request{};
    const std::span<std::uint8_t> bytes(request);
    request[0] = family == AF_INET ? kEcho : kEchoV6;
    store(bytes.subspan(4, 2), identifier);
    store(bytes.subspan(6, 2), sequence);
    store(bytes.subspan(8, 8), kProbeMarker);
    store(bytes.subspan(16, 8), sequence);
    if (family == AF_INET) {  // the kernel fills it in for ICMPv6
        store(bytes.subspan(2, 2), internet_checksum(bytes));
    }
    return request;
}

}  // namespace

Instant now() {
    return read_clock(CLOCK_MONOTONIC);
}

FileDescriptor::FileDescriptor(int fd, const char* what) : fd_(fd) {
    check(fd, what);
}

FileDescriptor::~FileDescriptor() {
    ::close(fd_);
}

FrameWatch::FrameWatch(const std::string& interface)
    : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "packet socket") {
    const sock_fprog program{kFilter.size(), const_cast<sock_filter*>(kFilter.data())};
    set_option(fd(), SOL_SOCKET, SO_ATTACH_FILTER, program, "SO_ATTACH_FILTER");
    set_option(fd(), SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
    set_option(fd(), SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer, "SO_RCVBUFFORCE");
    set_option(fd(), SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(kAllProtocols);
    address.sll_ifindex = static_cast<int>(interface_index(interface));
    check(::bind(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind packet socket");
}

std::optional<TimedFrame> FrameWatch::next() {
    alignas(cmsghdr) std::array<std::uint8_t, 128> control{};
    iovec part{buffer_.data(), buffer_.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(fd(), &message, 0);
    if (size < 0) {  // nothing left, or the interface went down (ENETDOWN), which is not the end of the watch
        return std::nullopt;
    }
    return TimedFrame{receive_time(message), {buffer_.data(), static_cast<std::size_t>(size)}};
}

EchoSender::EchoSender(const IpAddress& destination, const std::string& interface, std::uint16_t identifier)
    : destination_(destination),
      scope_(interface_index(interface)),
      identifier_(identifier),
      socket_(::socket(destination.family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                       destination.family == AF_INET ? static_cast<int>(IPPROTO_ICMP)
                                                     : static_cast<int>(IPPROTO_ICMPV6)),
              "ICMP socket") {
    // Answers are read from the wire, with their Ethernet source; here they would only fill a buffer.
    const sock_filter drop_all{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, const_cast<sock_filter*>(&drop_all)};
    set_option(socket_.get(), SOL_SOCKET, SO_ATTACH_FILTER, program, "SO_ATTACH_FILTER");
    set_option(socket_.get(), SOL_SOCKET, SO_SNDBUFFORCE, kSendBuffer, "SO_SNDBUFFORCE");
}

bool EchoSender::send(std::uint64_t sequence) {
    const EchoRequest request = echo_request(destination_.family, identifier_, sequence);
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_in);
    if (destination_.family == AF_INET) {
        auto& address = reinterpret_cast<sockaddr_in&>(storage);
        address.sin_family = AF_INET;
        std::memcpy(&address.sin_addr, destination_.octets.data(), sizeof address.sin_addr);
    } else {
        auto& address = reinterpret_cast<sockaddr_in6&>(storage);
        address.sin6_family = AF_INET6;
        std::memcpy(&address.sin6_addr, destination_.octets.data(), sizeof address.sin6_addr);
        address.sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr) ? scope_ : 0;
        size = sizeof(sockaddr_in6);
    }
    return ::sendto(socket_.get(), request.data(), request.size(), 0,
                    reinterpret_cast<const sockaddr*>(&storage), size) >= 0;
}

}  // namespace highbase::tests
