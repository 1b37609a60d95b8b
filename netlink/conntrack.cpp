// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/conntrack.hpp"

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace highbase::netlink {
namespace {

using Attributes = std::array<nlattr*, CTA_MAX + 1>;

// Only where the destination is the one of the request. Kernels before 5.8 tell of all connections; of IPv6
// others (seen with 6.18) tell of all but those that are asked for.
constexpr std::uint32_t kByDestination = 1U << 1U;  // CTA_FILTER_F_CTA_IP_DST

std::uint16_t type_of(int message) {
    return static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8U | message);
}

nfgenmsg header_for(const vrrp::IpAddress& address) {
    return {static_cast<std::uint8_t>(address.is_ipv4() ? AF_INET : AF_INET6), NFNETLINK_V0, 0};
}

Message list_request(const vrrp::IpAddress& address) {
    Message message{type_of(IPCTNL_MSG_CT_GET), NLM_F_DUMP, header_for(address)};
    if (!address.is_ipv4()) return message;
    message.nest(CTA_TUPLE_ORIG,
                 [&] { message.nest(CTA_TUPLE_IP, [&] { message.put(CTA_IP_V4_DST, address.octets()); }); });
    message.nest(CTA_FILTER, [&] {
        message.put(CTA_FILTER_ORIG_FLAGS, kByDestination);
        message.put(CTA_FILTER_REPLY_FLAGS, std::uint32_t{0});
    });
    return message;
}

Message forget_request(const vrrp::Connection& connection) {
    const bool ipv4 = connection.local.address.is_ipv4();
    Message message{type_of(IPCTNL_MSG_CT_DELETE), 0, header_for(connection.local.address)};
    message.nest(CTA_TUPLE_ORIG, [&] {
        message.nest(CTA_TUPLE_IP, [&] {
            message.put(ipv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, connection.remote.address.octets());
            message.put(ipv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, connection.local.address.octets());
        });
        message.nest(CTA_TUPLE_PROTO, [&] {
            message.put_struct(CTA_PROTO_NUM, std::uint8_t{IPPROTO_TCP});
            message.put_struct(CTA_PROTO_SRC_PORT, htons(connection.remote.port));
            message.put_struct(CTA_PROTO_DST_PORT, htons(connection.local.port));
        });
    });
    return message;
}

template <std::size_t Size>
bool read_nested(const nlattr* outer, std::array<nlattr*, Size>& attributes) {
    if (outer == nullptr) return false;
    return nla_parse_nested(attributes.data(), Size - 1, const_cast<nlattr*>(outer), nullptr) == 0;
}

std::optional<vrrp::IpAddress> read_address(const nlattr* ipv4, const nlattr* ipv6) {
    const auto octets = read_octets(ipv4 != nullptr ? ipv4 : ipv6);
    if (octets.size() != 4 && octets.size() != 16) return std::nullopt;
    return vrrp::IpAddress::from_octets(octets);
}

std::uint16_t read_port(const nlattr* attribute) {
    const auto octets = read_octets(attribute);
    return octets.size() < 2 ? std::uint16_t{0} : static_cast<std::uint16_t>(octets[0] << 8U | octets[1]);
}

// A TCP connection that is led elsewhere; else nothing.
std::optional<vrrp::Connection> read_connection(const nlmsghdr& header) {
    Attributes all{};
    if (nlmsg_parse(const_cast<nlmsghdr*>(&header), sizeof(nfgenmsg), all.data(), CTA_MAX, nullptr) != 0)
        return std::nullopt;
    const auto status = read_u32(all[CTA_STATUS]);
    if (!status || (ntohl(*status) & IPS_DST_NAT) == 0) return std::nullopt;
    std::array<nlattr*, CTA_TUPLE_MAX + 1> tuple{};
    std::array<nlattr*, CTA_IP_MAX + 1> ip{};
    std::array<nlattr*, CTA_PROTO_MAX + 1> protocol{};
    if (!read_nested(all[CTA_TUPLE_ORIG], tuple) || !read_nested(tuple[CTA_TUPLE_IP], ip) ||
        !read_nested(tuple[CTA_TUPLE_PROTO], protocol))
        return std::nullopt;
    if (read_u8(protocol[CTA_PROTO_NUM]) != std::uint8_t{IPPROTO_TCP}) return std::nullopt;
    const auto client = read_address(ip[CTA_IP_V4_SRC], ip[CTA_IP_V6_SRC]);
    const auto own = read_address(ip[CTA_IP_V4_DST], ip[CTA_IP_V6_DST]);
    if (!client || !own) return std::nullopt;
    return vrrp::Connection{{*own, read_port(protocol[CTA_PROTO_DST_PORT])},
                            {*client, read_port(protocol[CTA_PROTO_SRC_PORT])}};
}

// Nothing tracks connections here, so none are forwarded.
bool is_not_there(int code) {
    return code == EINVAL || code == ENOENT || code == EOPNOTSUPP;
}

}  // namespace

Result<std::vector<vrrp::Connection>> list_forwarded(RequestSocket& filter,
                                                     const std::vector<vrrp::IpAddress>& addresses) {
    std::vector<vrrp::Connection> connections;
    for (const vrrp::IpAddress& address : addresses) {
        Message request = list_request(address);
        const Reply listed = filter.perform(request, [&](const nlmsghdr& header) {
            const auto connection = read_connection(header);
            if (connection && connection->local.address == address) connections.push_back(*connection);
        });
        // Interrupted: those that were told of count all the same.
        if (!listed && listed.code != EINTR && !is_not_there(listed.code))
            return listed.failure(fmt::format("list the forwarded connections to {}", address.to_string()));
    }
    return connections;
}

Result<void> forget_forwarded(RequestSocket& filter, const std::vector<vrrp::Connection>& connections) {
    for (const vrrp::Connection& connection : connections) {
        Message request = forget_request(connection);
        const Reply forgotten = filter.perform(request);
        if (!forgotten && forgotten.code != ENOENT)
            return forgotten.failure(
                fmt::format("end the forwarded connection of {}", connection.remote.to_string()));
    }
    return {};
}

}  // namespace highbase::netlink
