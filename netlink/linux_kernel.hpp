// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel of the network namespace that the calling thread is in, from open() to the end.
#pragma once

#include <memory>

#include "netlink/kernel.hpp"
#include "netlink/monitor.hpp"
#include "netlink/packet_filter.hpp"
#include "netlink/request_socket.hpp"

namespace highbase::netlink {

class LinuxKernel final : public Kernel {
public:
    struct Options {
        std::chrono::milliseconds request_timeout{200};
        std::size_t event_buffer = 1024 * 1024;  // octets
    };
    static Result<std::unique_ptr<LinuxKernel>> open(const Options& options);
    static Result<std::unique_ptr<LinuxKernel>> open() { return open(Options{}); }

    Result<std::vector<Link>> links() override;
    Result<std::vector<LinkAddress>> addresses() override;
    Result<void> put_address(const AddressRequest& request) override;
    Result<void> delete_address(LinkIndex link, const vrrp::Prefix& prefix) override;
    Result<Link> create_macvlan(const MacvlanRequest& request) override;
    Result<void> delete_link(LinkIndex link) override;
    Result<void> refuse_packets_to(const std::vector<vrrp::IpAddress>& addresses) override;
    Result<std::vector<vrrp::Connection>> connections_to(
        const std::vector<vrrp::IpAddress>& addresses) override;
    Result<void> end_connections_to(const std::vector<vrrp::IpAddress>& addresses) override;
    Result<void> tickle(const std::vector<vrrp::Connection>& connections) override;
    Result<void> refuse_connections_to(const std::vector<vrrp::Endpoint>& servers) override;
    Result<void> guard(const std::vector<vrrp::IpAddress>& addresses) override;
    Result<void> renew_lease(const std::vector<vrrp::IpAddress>& addresses,
                             std::chrono::milliseconds length) override;
    Result<void> end_lease(const std::vector<vrrp::IpAddress>& addresses,
                           std::chrono::milliseconds refuse_for) override;
    Result<void> forward(const std::vector<Forward>& ports) override;
    Result<void> end_forwarded(const std::vector<vrrp::IpAddress>& addresses) override;
    [[nodiscard]] int event_descriptor() const override { return monitor_.descriptor(); }
    std::vector<KernelEvent> take_events() override { return monitor_.take(); }

private:
    LinuxKernel(RequestSocket requests, RequestSocket diagnosis, Monitor monitor,
                std::chrono::milliseconds request_timeout);
    Result<RequestSocket*> filter_requests();
    Result<void> set_guard(const std::string& what);

    RequestSocket requests_;
    RequestSocket diagnosis_;
    Monitor monitor_;
    PacketFilter filter_;
    std::optional<RequestSocket> filter_requests_;  // opened when first needed, as is `filter_`
    std::chrono::milliseconds request_timeout_;
    bool has_guard_ = false;
    std::vector<vrrp::IpAddress> guarded_;  // as it was last asked for
    std::vector<Forward> forwarded_;        // the same
    bool has_forwarded_ = false;            // the guard's table has rules for it
};

}  // namespace highbase::netlink
