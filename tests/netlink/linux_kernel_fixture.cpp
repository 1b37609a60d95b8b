// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "netlink/descriptor.hpp"
#include "netlink/linux_kernel.hpp"
#include "tests/netlink/kernel_contract.hpp"
#include "tests/netlink/network_namespace.hpp"

namespace highbase::test {
namespace {

// More than the monitor's buffer holds.
constexpr int kTooManyEvents = 20'000;

// Of those who connect by IPv6. To ::1 the kernel resets nothing that came to an address of another link.
constexpr const char* kClient = "2001:db8:ffff::1";

class LinuxKernelFixture final : public KernelFixture {
public:
    LinuxKernelFixture() {
        connect(host_, "hb0", peer_, "far0");
        host_.run(fmt::format("ip address add {}/128 dev lo", kClient));
        open();
        hb0_ = index_of("hb0");
        settle();
    }

    netlink::Kernel& kernel() override { return *kernel_; }
    netlink::LinkIndex hb0() override { return hb0_; }

    netlink::LinkIndex add_link(const std::string& name) override {
        host_.run(fmt::format(
            "ip link add {0} type veth peer name far1 netns {1} && ip link set {0} addrgenmode none up", name,
            peer_.path()));
        peer_.run("ip link set far1 up");
        return index_of(name);
    }
    void set_carrier(bool on) override { peer_.run(on ? "ip link set far0 up" : "ip link set far0 down"); }
    // Older kernels rename links only while they are down.
    void rename_hb0(const std::string& name) override {
        host_.run(
            fmt::format("ip link set hb0 down && ip link set hb0 name {0} && ip link set {0} up", name));
    }
    void remove_hb0() override { host_.run("ip link delete hb0"); }
    void add_address(const vrrp::Prefix& prefix) override {
        host_.run(fmt::format("ip address add {} dev hb0", prefix.to_string()));
    }
    void finish_detection(const vrrp::Prefix&) override {}  // it ends by itself, within about two seconds
    void remove_address(const vrrp::Prefix& prefix) override {
        host_.run(fmt::format("ip address delete {} dev hb0", prefix.to_string()));
    }
    void lose_events() override {
        const netlink::AddressRequest request{hb0_, *vrrp::Prefix::parse("198.51.100.9/32"), std::nullopt,
                                              true};
        for (int i = 0; i < kTooManyEvents; ++i) {
            if (!kernel_->put_address(request)) throw std::runtime_error{"put_address failed"};
        }
        if (!kernel_->delete_address(request.link, request.prefix))
            throw std::runtime_error{"delete_address failed"};
    }
    void pass(std::chrono::milliseconds duration) override {
        pollfd waiting{kernel_->event_descriptor(), POLLIN, 0};
        ::poll(&waiting, 1, static_cast<int>(duration.count()));
    }
    std::vector<vrrp::IpAddress> refused() override;
    std::vector<vrrp::Endpoint> unreachable() override;
    std::vector<vrrp::IpAddress> leased() override;
    std::vector<vrrp::Endpoint> led_to() override;
    void let_packets_through() override {
        host_.run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
    }
    void flush_packet_filter() override { host_.run("nft flush ruleset"); }
    void connect_to(const vrrp::IpAddress& address) override;
    void lose_connections() override;
    std::vector<vrrp::IpAddress> connected() override;

private:
    struct Connection {
        vrrp::IpAddress address;
        netlink::Descriptor accepted;
        netlink::Descriptor client;
    };

    void open() {
        auto opened = netlink::LinuxKernel::open();
        if (!opened) throw std::runtime_error{opened.error().message};
        kernel_ = *std::move(opened);
    }
    static netlink::LinkIndex index_of(const std::string& name) {
        const auto index = ::if_nametoindex(name.c_str());
        if (index == 0) throw std::runtime_error{"no link " + name};
        return netlink::LinkIndex{static_cast<std::int32_t>(index)};
    }
    // A link that has just been set up reports it in several steps.
    void settle() {
        for (int quiet = 0; quiet < 2;) {
            pass(std::chrono::milliseconds{50});
            quiet = kernel_->take_events().empty() ? quiet + 1 : 0;
        }
    }

    NetworkNamespace host_;
    NetworkNamespace peer_;
    NetworkNamespace::Visit visit_{host_};
    std::unique_ptr<netlink::LinuxKernel> kernel_;
    netlink::LinkIndex hb0_{};
    std::vector<Connection> connections_;
};

// From "elements = { 192.0.2.1, 192.0.2.2 }", which nft may spread over several lines.
std::vector<std::string> words_of(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return c == ',' || c == '{' || c == '}'; }, ' ');
    std::istringstream stream{text};
    return {std::istream_iterator<std::string>{stream}, {}};
}

std::vector<vrrp::IpAddress> addresses_in(const std::string& text) {
    std::vector<vrrp::IpAddress> addresses;
    for (const std::string& word : words_of(text)) {
        if (const auto address = vrrp::IpAddress::parse(word)) addresses.push_back(*address);
    }
    std::ranges::sort(addresses);
    return addresses;
}

std::vector<vrrp::IpAddress> LinuxKernelFixture::refused() {
    return addresses_in(host_.run("nft list ruleset"));
}

// A guard has sets for each family of addresses; nft fails where there is none.
std::vector<vrrp::IpAddress> LinuxKernelFixture::leased() {
    return addresses_in(
        host_.run("nft list set inet highbase_lease alive4; nft list set inet highbase_lease alive6"));
}

// "192.0.2.1 . 3306"
std::vector<vrrp::Endpoint> LinuxKernelFixture::unreachable() {
    std::vector<vrrp::Endpoint> servers;
    const std::vector<std::string> words = words_of(host_.run("nft list ruleset"));
    for (std::size_t i = 0; i + 2 < words.size(); ++i) {
        const auto address = vrrp::IpAddress::parse(words[i]);
        if (!address || words[i + 1] != ".") continue;
        servers.push_back({*address, static_cast<std::uint16_t>(std::stoi(words[i + 2]))});
    }
    std::ranges::sort(servers);
    return servers;
}

// "192.0.2.100 . 3306 : 198.51.100.4 . 3307"
std::vector<vrrp::Endpoint> LinuxKernelFixture::led_to() {
    std::vector<vrrp::Endpoint> servers;
    const std::vector<std::string> words = words_of(host_.run("nft list ruleset"));
    for (std::size_t i = 0; i + 3 < words.size(); ++i) {
        const auto address = vrrp::IpAddress::parse(words[i + 1]);
        if (words[i] != ":" || !address || words[i + 2] != ".") continue;
        servers.push_back({*address, static_cast<std::uint16_t>(std::stoi(words[i + 3]))});
    }
    std::ranges::sort(servers);
    return servers;
}

void check(bool done, const char* what) {
    if (!done) throw std::system_error{errno, std::generic_category(), what};
}

sockaddr_in6 socket_address(const std::string& ip, std::uint16_t port) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = port;
    check(::inet_pton(AF_INET6, ip.c_str(), &address.sin6_addr) == 1, "inet_pton");
    return address;
}

// In turn by a server's socket of IPv4 and one of IPv6, which takes IPv4 as well. The client has another
// address, so that only the server's end is concerned.
void LinuxKernelFixture::connect_to(const vrrp::IpAddress& address) {
    const bool ipv4 = address.is_ipv4() && connections_.size() % 8 < 4;
    const auto* any = "::";
    sockaddr_in6 bound = socket_address(any, 0);
    sockaddr_in bound4{};
    bound4.sin_family = AF_INET;
    const netlink::Descriptor server{::socket(ipv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    auto* name = ipv4 ? reinterpret_cast<sockaddr*>(&bound4) : reinterpret_cast<sockaddr*>(&bound);
    socklen_t size = ipv4 ? sizeof bound4 : sizeof bound;
    check(::bind(server.get(), name, size) == 0 && ::listen(server.get(), 1) == 0, "listen");
    check(::getsockname(server.get(), name, &size) == 0, "getsockname");
    const std::uint16_t port = ipv4 ? bound4.sin_port : bound.sin6_port;

    netlink::Descriptor client{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const std::string mapped = address.is_ipv4() ? "::ffff:" : "";
    const sockaddr_in6 from = socket_address(address.is_ipv4() ? mapped + "127.0.0.1" : kClient, 0);
    const sockaddr_in6 to = socket_address(mapped + address.to_string(), port);
    check(::bind(client.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0, "bind");
    check(::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0, "connect");
    netlink::Descriptor accepted{::accept(server.get(), nullptr, nullptr)};
    check(accepted.get() >= 0, "accept");
    connections_.push_back({address, std::move(accepted), std::move(client)});
}

// A socket under repair (tcp(7), TCP_REPAIR) is closed without a word.
void LinuxKernelFixture::lose_connections() {
    for (Connection& connection : connections_) {
        const int on = 1;
        check(::setsockopt(connection.accepted.get(), IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) == 0,
              "repair");
        connection.accepted = {};
    }
}

std::vector<vrrp::IpAddress> LinuxKernelFixture::connected() {
    std::vector<vrrp::IpAddress> addresses;
    for (const Connection& connection : connections_) {
        char octet = 0;
        const ssize_t size = ::recv(connection.client.get(), &octet, 1, MSG_DONTWAIT | MSG_PEEK);
        if (size < 0 && errno == EAGAIN) addresses.push_back(connection.address);
    }
    std::ranges::sort(addresses);
    return addresses;
}

}  // namespace

std::unique_ptr<KernelFixture> make_kernel_fixture() {
    return std::make_unique<LinuxKernelFixture>();
}

}  // namespace highbase::test
