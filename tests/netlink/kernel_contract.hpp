// SPDX-License-Identifier: GPL-2.0-or-later
// What a Kernel must do, whichever it is. kernel_contract.cpp holds the test cases; it is linked once with a
// fixture for FakeKernel and once with one for LinuxKernel in a network namespace, and knows them by this
// interface only.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "netlink/kernel.hpp"

namespace highbase::test {

class KernelFixture {
public:
    KernelFixture() = default;
    KernelFixture(const KernelFixture&) = delete;
    KernelFixture& operator=(const KernelFixture&) = delete;
    virtual ~KernelFixture() = default;

    virtual netlink::Kernel& kernel() = 0;
    // Each test begins with one Ethernet link, "hb0", 02:00:00:00:00:01, running and without addresses, and
    // with no event waiting.
    virtual netlink::LinkIndex hb0() = 0;

    // Things that happen to the host without us.
    virtual netlink::LinkIndex add_link(const std::string& name) = 0;
    virtual void set_carrier(bool on) = 0;  // of hb0
    virtual void rename_hb0(const std::string& name) = 0;
    virtual void remove_hb0() = 0;
    virtual void add_address(
        const vrrp::Prefix& prefix) = 0;  // to hb0; IPv6 with duplicate address detection
    virtual void finish_detection(const vrrp::Prefix& prefix) = 0;
    virtual void remove_address(const vrrp::Prefix& prefix) = 0;
    virtual void lose_events() = 0;  // so many that the kernel drops some; nothing else is changed by them

    // Lets time go by: at most this long, and on Linux no longer than until something happens.
    virtual void pass(std::chrono::milliseconds duration) = 0;
    virtual std::vector<vrrp::IpAddress> refused() = 0;     // sorted
    virtual std::vector<vrrp::Endpoint> unreachable() = 0;  // sorted
    virtual std::vector<vrrp::IpAddress> leased() = 0;      // sorted
    virtual std::vector<vrrp::Endpoint> led_to() = 0;       // the servers of what is forwarded, sorted
    virtual void let_packets_through() = 0;                 // the host is a router from now on
    virtual void flush_packet_filter() = 0;                 // as somebody else may
    // Somebody connects to a program of this host, at an address that is there.
    virtual void connect_to(const vrrp::IpAddress& address) = 0;
    // Those of this host are gone, and nobody has told their other ends: as of a host that has died.
    virtual void lose_connections() = 0;
    // The addresses of those whose other end has not heard of an end, sorted.
    virtual std::vector<vrrp::IpAddress> connected() = 0;
};

std::unique_ptr<KernelFixture> make_kernel_fixture();

}  // namespace highbase::test
