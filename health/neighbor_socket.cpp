// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/neighbor_socket.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>

#include "vrrp/arp.hpp"
#include "vrrp/octets.hpp"

namespace highbase::health {
namespace {

using netlink::Descriptor;
using netlink::Result;
using vrrp::IpAddress;

constexpr std::size_t kEthernetHeader = 14;
constexpr std::size_t kSolicitation = 32;  // with the Source Link-Layer Address option (RFC 4861 4.3)
constexpr std::size_t kAdvertisement = 24;
constexpr int kHopLimit = 255;  // RFC 4861 7.1: nothing else has stayed on the link
constexpr int kMostWaiting = 256;

tl::unexpected<netlink::Error> failed(const std::string& what) {
    const int error = errno;
    return netlink::failure(error, what + ": " + std::strerror(error));
}

// Replies from this address only: every other host's ARP would wake us up too.
bool filter_replies(int socket, const IpAddress& sender) {
    const auto octets = sender.octets();
    const std::uint32_t address = std::uint32_t{octets[0]} << 24 | std::uint32_t{octets[1]} << 16 |
                                  std::uint32_t{octets[2]} << 8 | octets[3];
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kEthernetHeader + 6),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kEthernetHeader + 14),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, address, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 64),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
    return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

Result<Descriptor> open_arp(unsigned index, const IpAddress& address) {
    // Protocol 0 until it is bound: nothing comes in before the filter is there.
    Descriptor socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) return failed("packet socket");
    sockaddr_ll local{};
    local.sll_family = AF_PACKET;
    local.sll_protocol = htons(ETH_P_ARP);
    local.sll_ifindex = static_cast<int>(index);
    if (!filter_replies(socket.get(), address) ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
        return failed("packet socket");
    }
    return socket;
}

template <typename T>
bool set(int socket, int level, int option, const T& value) {
    return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

Result<Descriptor> open_icmp(const std::string& interface, unsigned index) {
    Descriptor socket{::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6)};
    if (!socket) return failed("ICMPv6 socket");
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &filter);
    const int link = static_cast<int>(index);
    const bool is_set = set(socket.get(), IPPROTO_ICMPV6, ICMP6_FILTER, filter) &&
                        set(socket.get(), IPPROTO_IPV6, IPV6_MULTICAST_IF, link) &&
                        set(socket.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kHopLimit) &&
                        set(socket.get(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) &&
                        ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                                     static_cast<socklen_t>(interface.size())) == 0;
    if (!is_set) return failed("ICMPv6 socket on " + interface);
    return socket;
}

struct Packet {
    std::array<std::uint8_t, 2048> buffer{};
    std::size_t size = 0;
    std::optional<int> hop_limit;
    [[nodiscard]] vrrp::Octets octets() const { return vrrp::Octets{buffer}.first(size); }
};

// False when nothing waits, or no more.
bool receive(int socket, Packet& packet) {
    iovec where{packet.buffer.data(), packet.buffer.size()};
    alignas(cmsghdr) std::array<char, 128> control{};
    msghdr message{};
    message.msg_iov = &where;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(socket, &message, MSG_DONTWAIT);
    if (count < 0) return false;
    packet.size = static_cast<std::size_t>(count);
    packet.hop_limit.reset();
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_HOPLIMIT) {
        int limit = 0;
        std::memcpy(&limit, CMSG_DATA(header), sizeof limit);
        packet.hop_limit = limit;
    }
    return true;
}

bool answers(const Packet& packet, const IpAddress& address) {
    const vrrp::Octets octets = packet.octets();
    if (address.is_ipv4()) {
        if (octets.size() < kEthernetHeader) return false;
        const auto arp = vrrp::parse_arp(octets.subspan(kEthernetHeader));
        return arp && arp->operation == vrrp::ArpOperation::reply && arp->claims(address);
    }
    // The kernel has looked at type and checksum.
    return octets.size() >= kAdvertisement && octets[1] == 0 && packet.hop_limit == kHopLimit &&
           std::ranges::equal(octets.subspan(8, 16), address.octets());
}

}  // namespace

Result<NeighborSocket> NeighborSocket::open(const std::string& interface, const IpAddress& address) {
    const unsigned index = ::if_nametoindex(interface.c_str());
    if (index == 0) return failed(interface);
    auto socket = address.is_ipv4() ? open_arp(index, address) : open_icmp(interface, index);
    if (!socket) return tl::make_unexpected(socket.error());
    return NeighborSocket{std::move(*socket), interface, index, address};
}

bool NeighborSocket::is_current() const {
    return ::if_nametoindex(interface_.c_str()) == index_;
}

Result<vrrp::MacAddress> NeighborSocket::own_mac() const {
    ifreq request{};
    interface_.copy(request.ifr_name, sizeof request.ifr_name - 1);
    if (::ioctl(socket_.get(), SIOCGIFHWADDR, &request) != 0) return failed(interface_);
    vrrp::MacAddress mac;
    std::memcpy(mac.octets.data(), request.ifr_hwaddr.sa_data, mac.octets.size());
    return mac;
}

Result<void> NeighborSocket::ask() {
    Packet old;
    for (int i = 0; i < kMostWaiting && receive(socket_.get(), old); ++i) {}
    const Result<vrrp::MacAddress> own = own_mac();
    if (!own) return tl::make_unexpected(own.error());
    return address_.is_ipv4() ? ask_arp(*own) : ask_neighbor_discovery(*own);
}

// A probe (RFC 5227 1.1): it is answered like any request, and changes no neighbour's cache.
Result<void> NeighborSocket::ask_arp(const vrrp::MacAddress& own) const {
    const vrrp::OctetString frame = vrrp::arp_probe(own, address_);
    if (::send(socket_.get(), frame.data(), frame.size(), 0) < 0) return failed(interface_);
    return {};
}

// The kernel chooses the source and writes the checksum: from the unspecified address it would be a test for
// duplicates, which all hosts of the link hear the answer to.
Result<void> NeighborSocket::ask_neighbor_discovery(const vrrp::MacAddress& own) const {
    std::array<std::uint8_t, kSolicitation> message{ND_NEIGHBOR_SOLICIT};
    std::ranges::copy(address_.octets(), message.begin() + 8);
    message[24] = ND_OPT_SOURCE_LINKADDR;
    message[25] = 1;  // times eight octets
    std::ranges::copy(own.octets, message.begin() + 26);
    sockaddr_in6 group{};  // the solicited-node group: ff02::1:ff and the last three octets (RFC 4291 2.7.1)
    group.sin6_family = AF_INET6;
    group.sin6_scope_id = index_;
    constexpr std::array<std::uint8_t, 13> kGroup{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff};
    auto* const octets = static_cast<std::uint8_t*>(group.sin6_addr.s6_addr);
    std::ranges::copy(kGroup, octets);
    std::ranges::copy(address_.octets().subspan(13), octets + kGroup.size());
    if (::sendto(socket_.get(), message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&group),
                 sizeof group) < 0) {
        return failed(interface_);
    }
    return {};
}

bool NeighborSocket::has_answer() const {
    Packet packet;
    for (int i = 0; i < kMostWaiting && receive(socket_.get(), packet); ++i) {
        if (answers(packet, address_)) return true;
    }
    return false;
}

}  // namespace highbase::health
