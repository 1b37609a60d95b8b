// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel in memory, with its own time: for tests of what stands on the Kernel, and for the simulator. The
// contract suite (tests/netlink/kernel_contract.hpp) holds it equal to Linux in everything that Kernel
// promises.
#pragma once

#include <map>

#include "netlink/kernel.hpp"
#include "vrrp/time.hpp"

namespace highbase::netlink {

class FakeKernel final : public Kernel {
public:
    // What happens to the host. Each reports its events as Linux would. An index that is not there is a bug
    // of the test, and aborts.
    LinkIndex add_link(const std::string& name, const vrrp::MacAddress& mac, bool running = true);
    void set_running(LinkIndex link, bool running);  // the carrier comes or goes; macvlans on the link follow
    void rename(LinkIndex link, const std::string& name);
    void remove_link(LinkIndex link);  // with its addresses, and the macvlans on it
    // What somebody else does to addresses. Adding one that is there replaces it.
    void add_address(const LinkAddress& address);
    void remove_address(LinkIndex link, const vrrp::Prefix& prefix);
    // The kernel drops its news: those not yet taken are gone, and Overrun stands in their place.
    void overrun();
    // Time passes; addresses whose lifetime ends are removed at the moment it does, in the order of those
    // moments.
    void advance(vrrp::Duration duration);

    // Somebody connects to an address of this host, which must be there.
    void connect(const vrrp::Connection& connection);
    // Those of this host are gone, and nobody has told their other ends: as of a host that has died.
    void lose_connections();

    // Somebody removes everything from the packet filter.
    void flush_packet_filter();

    // The next `count` calls of put_address change nothing and answer `error`.
    void fail_next_puts(int count, const Error& error);

    // What a test may look at, besides the interface.
    [[nodiscard]] const std::vector<vrrp::IpAddress>& refused() const { return refused_; }
    [[nodiscard]] const std::vector<vrrp::Endpoint>& unreachable() const { return unreachable_; }
    // Whether packets from and to an address would pass: it is here, and not guarded without a lease.
    [[nodiscard]] bool serves(const vrrp::IpAddress& address) const;
    // Of which a lease runs, sorted.
    [[nodiscard]] std::vector<vrrp::IpAddress> leased() const;
    // Whether somebody who begins a connection to it would get a reset from the guard.
    [[nodiscard]] bool resets(const vrrp::IpAddress& address) const;
    // To whom a connection that is begun to the port would be led; nothing: to nobody, or this host.
    [[nodiscard]] std::optional<vrrp::Endpoint> leads_to(const vrrp::Endpoint& port) const;
    [[nodiscard]] std::vector<vrrp::Endpoint> led_to() const;  // all of them, sorted
    // Those that stand at the other end, sorted.
    [[nodiscard]] std::vector<vrrp::Connection> believed() const;
    // The request that made the address; nothing where there is no such address, or somebody else's.
    [[nodiscard]] std::optional<AddressRequest> request_of(LinkIndex link, const vrrp::Prefix& prefix) const;

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
    [[nodiscard]] int event_descriptor() const override { return -1; }
    std::vector<KernelEvent> take_events() override;

private:
    struct Entry {
        LinkAddress address;
        std::optional<AddressRequest> request;
        std::optional<vrrp::TimePoint> expires;
    };
    Link& link_at(LinkIndex index);
    [[nodiscard]] bool has(const vrrp::IpAddress& local) const;
    [[nodiscard]] const Link* find_link(const std::string& name) const;
    std::vector<Entry>::iterator find_entry(LinkIndex link, const vrrp::Prefix& prefix);
    void put_entry(Entry entry);
    void drop_entry(std::vector<Entry>::iterator entry);

    std::map<LinkIndex, Link> links_;
    std::vector<Entry> entries_;
    std::vector<vrrp::IpAddress> refused_;
    std::vector<vrrp::Endpoint> unreachable_;
    std::vector<vrrp::IpAddress> guarded_;
    std::vector<Forward> forwarded_;
    std::map<vrrp::IpAddress, vrrp::TimePoint> leases_;    // and when they end
    std::map<vrrp::IpAddress, vrrp::TimePoint> refusals_;  // the same
    std::vector<vrrp::Connection> connections_;
    std::vector<vrrp::Connection> left_behind_;
    std::vector<KernelEvent> events_;
    vrrp::TimePoint now_{};
    std::int32_t last_index_ = 1;  // 1 is the loopback link, which is not shown
    int puts_to_fail_ = 0;
    Error put_error_;
};

}  // namespace highbase::netlink
