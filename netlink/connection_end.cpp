// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/connection_end.hpp"

#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
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

}  // namespace

Result<void> end_connections(RequestSocket& diagnosis, const std::vector<vrrp::IpAddress>& addresses) {
    for (const vrrp::IpAddress& address : addresses) {
        const auto what = fmt::format("end the connections to {}", address.to_string());
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
            // Interrupted: the table has changed meanwhile; those that were told of are to end all the same.
            if (!listed && listed.code != EINTR) return listed.failure(what);
        }
        for (const inet_diag_msg& connection : connections) {
            Message request = end_request(connection);
            const Reply ended = diagnosis.perform(request);
            if (!ended && ended.code != ENOENT) return ended.failure(what);
        }
    }
    return {};
}

}  // namespace highbase::netlink
