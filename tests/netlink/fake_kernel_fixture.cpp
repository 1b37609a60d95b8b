// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/fake_kernel.hpp"
#include "tests/netlink/kernel_contract.hpp"

namespace highbase::test {
namespace {

class FakeKernelFixture final : public KernelFixture {
public:
    FakeKernelFixture() { kernel_.take_events(); }

    netlink::Kernel& kernel() override { return kernel_; }
    netlink::LinkIndex hb0() override { return hb0_; }

    netlink::LinkIndex add_link(const std::string& name) override {
        return kernel_.add_link(name, {{2, 0, 0, 0, 0, 9}});
    }
    void set_carrier(bool on) override { kernel_.set_running(hb0_, on); }
    void rename_hb0(const std::string& name) override { kernel_.rename(hb0_, name); }
    void remove_hb0() override { kernel_.remove_link(hb0_); }
    void add_address(const vrrp::Prefix& prefix) override {
        kernel_.add_address({hb0_, prefix, !prefix.address.is_ipv4()});
    }
    void finish_detection(const vrrp::Prefix& prefix) override { kernel_.add_address({hb0_, prefix, false}); }
    void remove_address(const vrrp::Prefix& prefix) override { kernel_.remove_address(hb0_, prefix); }
    void lose_events() override { kernel_.overrun(); }
    void pass(std::chrono::milliseconds duration) override { kernel_.advance(duration); }
    std::vector<vrrp::IpAddress> refused() override { return kernel_.refused(); }
    std::vector<vrrp::Endpoint> unreachable() override { return kernel_.unreachable(); }
    std::vector<vrrp::Endpoint> led_to() override { return kernel_.led_to(); }
    void let_packets_through() override {}
    std::vector<vrrp::IpAddress> leased() override { return kernel_.leased(); }
    void flush_packet_filter() override { kernel_.flush_packet_filter(); }
    void connect_to(const vrrp::IpAddress& address) override {
        kernel_.connect({{address, 3306}, {address, ++last_port_}});
    }
    void lose_connections() override { kernel_.lose_connections(); }
    std::vector<vrrp::IpAddress> connected() override {
        std::vector<vrrp::IpAddress> addresses;
        for (const vrrp::Connection& one : kernel_.believed()) addresses.push_back(one.local.address);
        return addresses;
    }

private:
    netlink::FakeKernel kernel_;
    std::uint16_t last_port_ = 40000;
    netlink::LinkIndex hb0_ = kernel_.add_link("hb0", {{2, 0, 0, 0, 0, 1}});
};

}  // namespace

std::unique_ptr<KernelFixture> make_kernel_fixture() {
    return std::make_unique<FakeKernelFixture>();
}

}  // namespace highbase::test
