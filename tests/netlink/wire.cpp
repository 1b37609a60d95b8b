// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/netlink/wire.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace highbase::test {
namespace {

constexpr std::size_t kEthernetHeader = 14;
constexpr auto kPatience = std::chrono::seconds{5};

void check(bool fine, const char* what) {
    if (!fine) throw std::system_error{errno, std::generic_category(), what};
}

vrrp::MacAddress mac_at(const Frame& frame, std::size_t offset) {
    vrrp::MacAddress mac;
    std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(offset), mac.octets.size(), mac.octets.begin());
    return mac;
}

vrrp::IpAddress address_at(const Frame& frame, std::size_t offset, std::size_t size) {
    return vrrp::IpAddress::from_octets(std::span{frame}.subspan(offset, size));
}

}  // namespace

Wire::Wire(const NetworkNamespace& where, const std::string& link, bool incoming_only) {
    where.inside([&] {
        socket_ = netlink::Descriptor{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL))};
        check(bool{socket_}, "open a packet socket");
        const int on = incoming_only ? 1 : 0;
        check(::setsockopt(socket_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) == 0,
              "incoming");
        const int buffer = 16 * 1024 * 1024;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(ETH_P_ALL);
        address.sll_ifindex = static_cast<int>(::if_nametoindex(link.c_str()));
        check(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
              "bind a wire");
    });
}

void Wire::send(const Frame& frame) const {
    check(::send(socket_.get(), frame.data(), frame.size(), 0) >= 0, "send a frame");
}

std::optional<Frame> Wire::next(std::chrono::milliseconds timeout) const {
    pollfd waiting{socket_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0) return std::nullopt;
    Frame frame(65536);
    const ssize_t size = ::recv(socket_.get(), frame.data(), frame.size(), 0);
    if (size < 0 && errno == ENETDOWN)
        return std::nullopt;  // told once when the link goes down; it may come back
    check(size >= 0, "receive a frame");
    frame.resize(static_cast<std::size_t>(size));
    return frame;
}

std::vector<Frame> Wire::until(const std::function<bool(const Frame&)>& is_last) const {
    std::vector<Frame> frames;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
        auto frame = next(std::chrono::milliseconds{100});
        if (!frame) continue;
        frames.push_back(*std::move(frame));
        if (is_last(frames.back())) return frames;
    }
    throw std::runtime_error{"the frame that was waited for has not come"};
}

vrrp::MacAddress source_mac(const Frame& frame) {
    return mac_at(frame, 6);
}

std::uint16_t ether_type(const Frame& frame) {
    return static_cast<std::uint16_t>(frame.at(12) << 8 | frame.at(13));
}

std::optional<ArpFields> read_arp(const Frame& frame) {
    if (frame.size() < kEthernetHeader + 28 || ether_type(frame) != ETH_P_ARP) return std::nullopt;
    return ArpFields{frame[21], mac_at(frame, 22), address_at(frame, 28, 4), address_at(frame, 38, 4)};
}

Frame arp_request(const vrrp::MacAddress& sender_mac, const vrrp::IpAddress& sender,
                  const vrrp::IpAddress& target) {
    Frame frame(60);
    const auto put = [&frame](std::ptrdiff_t offset, std::span<const std::uint8_t> octets) {
        std::ranges::copy(octets, frame.begin() + offset);
    };
    put(0, vrrp::kBroadcastMac.octets);
    put(6, sender_mac.octets);
    put(12, std::array<std::uint8_t, 10>{0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1});
    put(22, sender_mac.octets);
    put(28, sender.octets());
    put(38, target.octets());
    return frame;
}

std::optional<NeighborFields> read_neighbor_discovery(const Frame& frame) {
    constexpr std::size_t kIcmp = kEthernetHeader + 40;
    if (frame.size() < kIcmp + 24 || ether_type(frame) != ETH_P_IPV6 || frame[20] != IPPROTO_ICMPV6) {
        return std::nullopt;
    }
    if (frame[kIcmp] != 135 && frame[kIcmp] != 136) return std::nullopt;
    NeighborFields fields{frame[kIcmp], address_at(frame, kIcmp + 8, 16), std::nullopt};
    if (frame.size() >= kIcmp + 32) fields.option = mac_at(frame, kIcmp + 26);
    return fields;
}

}  // namespace highbase::test
