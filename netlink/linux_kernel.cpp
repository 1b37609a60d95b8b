// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/linux_kernel.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "netlink/address_message.hpp"
#include "netlink/connections.hpp"
#include "netlink/conntrack.hpp"
#include "netlink/forward.hpp"
#include "netlink/lease.hpp"
#include "netlink/link_requests.hpp"
#include "netlink/macvlan.hpp"
#include "netlink/packet_refusal.hpp"
#include "netlink/packet_sender.hpp"

namespace highbase::netlink {

Result<std::unique_ptr<LinuxKernel>> LinuxKernel::open(const Options& options) {
    auto requests = RequestSocket::open(NETLINK_ROUTE, options.request_timeout);
    if (!requests) return tl::make_unexpected(requests.error());
    auto diagnosis = RequestSocket::open(NETLINK_SOCK_DIAG, options.request_timeout);
    if (!diagnosis) return tl::make_unexpected(diagnosis.error());
    auto monitor = Monitor::open(options.event_buffer);
    if (!monitor) return tl::make_unexpected(monitor.error());
    return std::unique_ptr<LinuxKernel>{new LinuxKernel{*std::move(requests), *std::move(diagnosis),
                                                        *std::move(monitor), options.request_timeout}};
}

LinuxKernel::LinuxKernel(RequestSocket requests, RequestSocket diagnosis, Monitor monitor,
                         std::chrono::milliseconds request_timeout)
    : requests_(std::move(requests)),
      diagnosis_(std::move(diagnosis)),
      monitor_(std::move(monitor)),
      request_timeout_{request_timeout} {}

Result<std::vector<Link>> LinuxKernel::links() {
    auto messages = get_links(requests_);
    if (!messages) return tl::make_unexpected(messages.error());
    std::vector<Link> links;
    for (auto& message : *messages) links.push_back(std::move(message.link));
    return links;
}

Result<std::vector<LinkAddress>> LinuxKernel::addresses() {
    std::vector<LinkAddress> addresses;
    const auto reply = requests_.dump(
        all_addresses_request, [&] { addresses.clear(); },
        [&](const nlmsghdr& header) {
            if (auto address = read_address(header)) addresses.push_back(*address);
        });
    if (!reply) return reply.failure("list the addresses");
    return addresses;
}

Result<void> LinuxKernel::put_address(const AddressRequest& request) {
    auto message = put_address_request(request);
    if (const auto reply = requests_.perform(message); !reply) {
        return reply.failure(fmt::format("add {} to {}", request.prefix.to_string(), describe(request.link)));
    }
    return {};
}

Result<void> LinuxKernel::delete_address(LinkIndex link, const vrrp::Prefix& prefix) {
    auto message = delete_address_request(link, prefix);
    auto reply = requests_.perform(message);
    // A link where IPv6 has never been on has no table to look in.
    if (reply.code == ENXIO) reply.code = EADDRNOTAVAIL;
    if (!reply) return reply.failure(fmt::format("delete {} from {}", prefix.to_string(), describe(link)));
    return {};
}

Result<Link> LinuxKernel::create_macvlan(const MacvlanRequest& request) {
    return netlink::create_macvlan(requests_, request);
}

Result<void> LinuxKernel::delete_link(LinkIndex link) {
    return delete_macvlan(requests_, link);
}

Result<void> LinuxKernel::refuse_packets_to(const std::vector<vrrp::IpAddress>& addresses) {
    return filter_.run(refuse_packets_commands(addresses),
                       fmt::format("refuse packets to {} addresses", addresses.size()));
}

Result<std::vector<vrrp::Connection>> LinuxKernel::connections_to(
    const std::vector<vrrp::IpAddress>& addresses) {
    auto connections = list_connections(diagnosis_, addresses);
    if (!connections || forwarded_.empty()) return connections;
    const auto socket = filter_requests();
    if (!socket) return tl::make_unexpected(socket.error());
    const auto through = list_forwarded(**socket, addresses);
    if (!through) return tl::make_unexpected(through.error());
    connections->insert(connections->end(), through->begin(), through->end());
    return connections;
}

Result<void> LinuxKernel::tickle(const std::vector<vrrp::Connection>& connections) {
    return send_tickles(connections);
}

Result<void> LinuxKernel::end_connections_to(const std::vector<vrrp::IpAddress>& addresses) {
    return end_connections(diagnosis_, addresses);
}

Result<void> LinuxKernel::refuse_connections_to(const std::vector<vrrp::Endpoint>& servers) {
    return filter_.run(refuse_connections_commands(servers),
                       fmt::format("refuse connections to {} servers", servers.size()));
}

Result<void> LinuxKernel::guard(const std::vector<vrrp::IpAddress>& addresses) {
    guarded_ = addresses;
    return set_guard(fmt::format("guard {} addresses", addresses.size()));
}

Result<void> LinuxKernel::forward(const std::vector<Forward>& ports) {
    const std::string what = fmt::format("forward {} ports", ports.size());
    if (guarded_.empty()) {
        if (!ports.empty()) return failure(ENOENT, what + ": there is no guard");
        forwarded_.clear();
        return {};
    }
    forwarded_ = ports;
    if (auto routes = check_routing(ports); !routes) return routes;
    return set_guard(what);
}

// One table: what is forwarded asks for the same leases.
Result<void> LinuxKernel::set_guard(const std::string& what) {
    const bool had_forwarded = has_guard_ && has_forwarded_;
    auto set =
        filter_.run(guard_commands(guarded_, !has_guard_, forward_commands(forwarded_, had_forwarded)), what);
    if (!set) return set;
    has_guard_ = !guarded_.empty();
    has_forwarded_ = has_guard_ && !forwarded_.empty();
    if (!has_guard_) forwarded_.clear();
    return {};
}

Result<void> LinuxKernel::end_forwarded(const std::vector<vrrp::IpAddress>& addresses) {
    const auto socket = filter_requests();
    if (!socket) return tl::make_unexpected(socket.error());
    const auto connections = list_forwarded(**socket, addresses);
    if (!connections) return tl::make_unexpected(connections.error());
    if (auto forgotten = forget_forwarded(**socket, *connections); !forgotten) return forgotten;
    // Whom this does not reach learns it with his next packet.
    static_cast<void>(send_tickles(*connections));
    return {};
}

Result<RequestSocket*> LinuxKernel::filter_requests() {
    if (!filter_requests_) {
        auto socket = RequestSocket::open(NETLINK_NETFILTER, request_timeout_);
        if (!socket) return tl::make_unexpected(socket.error());
        filter_requests_ = *std::move(socket);
    }
    return &*filter_requests_;
}

Result<void> LinuxKernel::renew_lease(const std::vector<vrrp::IpAddress>& addresses,
                                      std::chrono::milliseconds length) {
    const auto socket = filter_requests();
    if (!socket) return tl::make_unexpected(socket.error());
    return netlink::renew_lease(**socket, addresses, length);
}

Result<void> LinuxKernel::end_lease(const std::vector<vrrp::IpAddress>& addresses,
                                    std::chrono::milliseconds refuse_for) {
    const auto socket = filter_requests();
    if (!socket) return tl::make_unexpected(socket.error());
    return netlink::end_lease(**socket, addresses, refuse_for);
}

}  // namespace highbase::netlink
