// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/connections.hpp"

#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

namespace highbase::netlink {
namespace {

// A program for the kernel's filter: whether the local address is this one. Where it is not, the program
// jumps past its end, which means no.
std::vector<std::uint8_t> is_local_address(const vrrp::IpAddress& address) {
    const auto octets = address.octets();
    const std::size_t size = sizeof(inet_diag_bc_op) + sizeof(inet_diag_hostcond) + octets.size();
    inet_diag_bc_op op{};
    op.code = INET_DIAG_BC_S_COND;
    op.yes = static_cast<std::uint8_t>(size);
    op.no = static_cast<std::uint16_t>(size + 4);
    inet_diag_hostcond condition{};
    condition.family = address.is_ipv4() ? AF_INET : AF_INET6;
    condition.prefix_len = static_cast<std::uint8_t>(octets.size() * 8);
    condition.port = -1;  // any
    std::vector<std::uint8_t> program(size);
    std::memcpy(program.data(), &op, sizeof op);
    std::memcpy(program.data() + sizeof op, &condition, sizeof condition);
    std::ranges::copy(octets, program.end() - static_cast<std::ptrdiff_t>(octets.size()));
    return program;
}

// Connections with this local address. One of IPv4 may belong to a socket of IPv6, which the kernel compares
// as well.
Message list_request(int family, const vrrp::IpAddress& address) {
    inet_diag_req_v2 header{};
    header.sdiag_family = static_cast<std::uint8_t>(family);
    header.sdiag_protocol = IPPROTO_TCP;
    header.idiag_states = ~((1U << TCP_LISTEN) | (1U << TCP_CLOSE) | (1U << TCP_TIME_WAIT));
    Message message{SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, header};
    message.put(INET_DIAG_REQ_BYTECODE, std::span<const std::uint8_t>{is_local_address(address)});
    return message;
}

Message end_request(const inet_diag_msg& connection) {
    inet_diag_req_v2 header{};
    header.sdiag_family = connection.idiag_family;
    header.sdiag_protocol = IPPROTO_TCP;
    header.id = connection.id;
    return Message{SOCK_DESTROY, 0, header};
}

Result<std::vector<inet_diag_msg>> find(RequestSocket& diagnosis, const vrrp::IpAddress& address) {
    std::vector<inet_diag_msg> connections;
    for (const int family : {AF_INET, AF_INET6}) {
        if (family == AF_INET && !address.is_ipv4()) continue;
        Message request = list_request(family, address);
        const Reply listed = diagnosis.perform(request, [&](const nlmsghdr& header) {
            inet_diag_msg connection{};
            if (static_cast<std::size_t>(nlmsg_datalen(&header)) < sizeof connection) return;
            std::memcpy(&connection, nlmsg_data(&header), sizeof connection);
            connections.push_back(connection);
        });
        // Interrupted: the table has changed meanwhile; those that were told of count all the same.
        if (!listed && listed.code != EINTR)
            return listed.failure(fmt::format("list the connections to {}", address.to_string()));
    }
    return connections;
}

// A socket of IPv6 has an IPv4 address in its last four octets.
vrrp::Endpoint endpoint(const __be32 (&words)[4], __be16 port, bool last_four, std::size_t size) {
    std::array<std::uint8_t, sizeof words> octets{};
    std::memcpy(octets.data(), words, sizeof words);
    const auto all = std::span<const std::uint8_t>{octets};
    return {vrrp::IpAddress::from_octets(last_four ? all.last(size) : all.first(size)), ntohs(port)};
}

vrrp::Connection read_connection(const inet_diag_msg& message, vrrp::Family family) {
    const std::size_t size = vrrp::address_size(family);
    const bool last_four = family == vrrp::Family::ipv4 && message.idiag_family == AF_INET6;
    return {endpoint(message.id.idiag_src, message.id.idiag_sport, last_four, size),
            endpoint(message.id.idiag_dst, message.id.idiag_dport, last_four, size)};
}

}  // namespace

Result<std::vector<vrrp::Connection>> list_connections(RequestSocket& diagnosis,
                                                       const std::vector<vrrp::IpAddress>& addresses) {
    std::vector<vrrp::Connection> connections;
    for (const vrrp::IpAddress& address : addresses) {
        const auto found = find(diagnosis, address);
        if (!found) return tl::make_unexpected(found.error());
        for (const inet_diag_msg& message : *found)
            connections.push_back(read_connection(message, address.family()));
    }
    return connections;
}

Result<void> end_connections(RequestSocket& diagnosis, const std::vector<vrrp::IpAddress>& addresses) {
    for (const vrrp::IpAddress& address : addresses) {
        const auto found = find(diagnosis, address);
        if (!found) return tl::make_unexpected(found.error());
        for (const inet_diag_msg& connection : *found) {
            Message request = end_request(connection);
            const Reply ended = diagnosis.perform(request);
            if (!ended && ended.code != ENOENT)
                return ended.failure(fmt::format("end the connections to {}", address.to_string()));
        }
    }
    return {};
}

}  // namespace highbase::netlink
