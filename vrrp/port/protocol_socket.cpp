// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/port/protocol_socket.hpp"

#include <fmt/format.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace highbase::vrrp {
namespace {

using netlink::Result;

constexpr int kProtocol = 112;
constexpr int kTimeToLive = 255;      // RFC 9568 5.1.1.3, 5.1.2.3
constexpr int kTrafficClass = 0xc0;   // DSCP CS6: network control, as other VRRP routers mark it
constexpr int kReceiveBuffer = 2048;  // octets; the kernel's least is about this

template <typename Value>
bool set_option(const netlink::Descriptor& socket, int level, int option, const Value& value) {
    return ::setsockopt(socket.get(), level, option, &value, sizeof value) == 0;
}

// What is never read must not fill kernel memory either.
bool drop_everything(const netlink::Descriptor& socket) {
    sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &nothing};
    return set_option(socket, SOL_SOCKET, SO_ATTACH_FILTER, program) &&
           set_option(socket, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
}

bool bind_to(const netlink::Descriptor& socket, const std::string& link) {
    return ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, link.c_str(),
                        static_cast<socklen_t>(link.size())) == 0;
}

template <typename Native>
Native native_address(const IpAddress& address) {
    Native native{};
    static_assert(sizeof native == 4 || sizeof native == 16);
    std::memcpy(&native, address.octets().data(), sizeof native);
    return native;
}

bool set_up_ipv4(const netlink::Descriptor& socket, int link) {
    ip_mreqn group{};
    group.imr_multiaddr = native_address<in_addr>(multicast_group(Family::ipv4));
    group.imr_ifindex = link;
    return set_option(socket, IPPROTO_IP, IP_TTL, kTimeToLive) &&
           set_option(socket, IPPROTO_IP, IP_TOS, kTrafficClass) &&
           set_option(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, group);
}

bool set_up_ipv6(const netlink::Descriptor& socket, int link) {
    ipv6_mreq group{};
    group.ipv6mr_multiaddr = native_address<in6_addr>(multicast_group(Family::ipv6));
    group.ipv6mr_interface = static_cast<unsigned>(link);
    const int none = -1;  // the payload comes with its checksum
    return set_option(socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS, kTimeToLive) &&
           set_option(socket, IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass) &&
           set_option(socket, IPPROTO_IPV6, IPV6_CHECKSUM, none) &&
           set_option(socket, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, group);
}

// A message with one control item, which names the source.
template <typename Name, typename PacketInfo>
ssize_t send_from(int socket, Name& destination, int level, int type, const PacketInfo& info,
                  Octets payload) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(PacketInfo))> control{};
    iovec data{const_cast<std::uint8_t*>(payload.data()), payload.size()};
    msghdr message{};
    message.msg_name = &destination;
    message.msg_namelen = sizeof destination;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* item = CMSG_FIRSTHDR(&message);
    item->cmsg_level = level;
    item->cmsg_type = type;
    item->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(item), &info, sizeof info);
    return ::sendmsg(socket, &message, MSG_DONTWAIT);
}

ssize_t send_ipv4(int socket, int, const IpAddress& source, const IpAddress& destination, Octets payload) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr = native_address<in_addr>(destination);
    in_pktinfo info{};
    info.ipi_spec_dst = native_address<in_addr>(source);
    return send_from(socket, name, IPPROTO_IP, IP_PKTINFO, info, payload);
}

ssize_t send_ipv6(int socket, int link, const IpAddress& source, const IpAddress& destination,
                  Octets payload) {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_addr = native_address<in6_addr>(destination);
    name.sin6_scope_id = destination.is_link_local() ? static_cast<std::uint32_t>(link) : 0;
    in6_pktinfo info{};
    info.ipi6_addr = native_address<in6_addr>(source);
    info.ipi6_ifindex = static_cast<unsigned>(link);
    return send_from(socket, name, IPPROTO_IPV6, IPV6_PKTINFO, info, payload);
}

}  // namespace

Result<ProtocolSocket> ProtocolSocket::open(const netlink::Link& link, Family family) {
    const bool is_ipv4 = family == Family::ipv4;
    const int index = static_cast<int>(link.index);
    netlink::Descriptor socket{
        ::socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kProtocol)};
    // Deaf before it is bound: not a packet of another link gets in.
    if (!socket || !drop_everything(socket) || !bind_to(socket, link.name) ||
        !(is_ipv4 ? set_up_ipv4(socket, index) : set_up_ipv6(socket, index))) {
        const int code = errno;
        return netlink::failure(code, fmt::format("open an {} socket for protocol 112 on {}: {}",
                                                  is_ipv4 ? "IPv4" : "IPv6", link.name, std::strerror(code)));
    }
    return ProtocolSocket{std::move(socket), link.index};
}

Result<void> ProtocolSocket::send(const IpAddress& source, const IpAddress& destination, Octets payload) {
    const auto send = destination.is_ipv4() ? send_ipv4 : send_ipv6;
    if (send(socket_.get(), static_cast<int>(link_), source, destination, payload) >= 0) return {};
    const int code = errno;
    return netlink::failure(code, fmt::format("send an advertisement from {} to {}: {}", source.to_string(),
                                              destination.to_string(), std::strerror(code)));
}

}  // namespace highbase::vrrp
