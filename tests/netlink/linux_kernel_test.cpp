// SPDX-License-Identifier: GPL-2.0-or-later
// What only LinuxKernel can get wrong: flags, texts, rights, and news that looks like other news.
#include "netlink/linux_kernel.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

#include "netlink/sysctl.hpp"
#include "tests/catch.hpp"
#include "tests/netlink/kernel_text.hpp"
#include "tests/netlink/network_namespace.hpp"

namespace highbase::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using netlink::KernelEvent;
using netlink::LinkIndex;
using netlink::LinuxKernel;

vrrp::Prefix prefix(const char* text) {
    return vrrp::Prefix::parse(text).value();
}

class Host {
public:
    Host() {
        connect(here, "hb0", peer, "far0");
        kernel = LinuxKernel::open().value();
        hb0 = LinkIndex{static_cast<std::int32_t>(::if_nametoindex("hb0"))};
    }
    bool readable(std::chrono::milliseconds patience) const {
        pollfd waiting{kernel->event_descriptor(), POLLIN, 0};
        return ::poll(&waiting, 1, static_cast<int>(patience.count())) == 1;
    }
    std::vector<KernelEvent> events_until(const std::function<bool(const KernelEvent&)>& is_last) const {
        std::vector<KernelEvent> events;
        while (readable(5s)) {
            for (auto& event : kernel->take_events()) events.push_back(event);
            if (std::ranges::any_of(events, is_last)) return events;
        }
        FAIL("the event has not come");
        return events;
    }

    NetworkNamespace here;
    NetworkNamespace peer;
    NetworkNamespace::Visit visit{here};
    std::unique_ptr<LinuxKernel> kernel;
    LinkIndex hb0{};
};

}  // namespace

TEST_CASE("an IPv6 address is put without detection and deprecated, an IPv4 address preferred", "[linux]") {
    Host host;
    REQUIRE(host.kernel->put_address({host.hb0, prefix("192.0.2.100/24"), 30s, true}));
    REQUIRE(host.kernel->put_address({host.hb0, prefix("2001:db8::100/64"), 30s, true}));
    const auto text = host.here.run("ip -o address show dev hb0");
    CHECK_THAT(
        text,
        Contains("inet 192.0.2.100/24 scope global dynamic hb0\\       valid_lft 30sec preferred_lft 30sec"));
    // The order of the flags is the ip program's.
    const auto ipv6 = text.substr(text.find("inet6 2001:db8::100/64 scope global "));
    CHECK_THAT(ipv6, Contains(" nodad ") && Contains(" deprecated ") && !Contains("tentative"));
    CHECK_THAT(ipv6, Contains("valid_lft 30sec preferred_lft 0sec"));
}

TEST_CASE("the route to the subnet is added or not, as asked", "[linux]") {
    Host host;
    const auto* text = GENERATE("192.0.2.100/24", "2001:db8:0:1::100/64");
    const bool wanted = GENERATE(true, false);
    REQUIRE(host.kernel->put_address({host.hb0, prefix(text), {}, wanted}));
    // IPv6 adds its routes a moment later, from a work queue; the event comes after them.
    host.events_until(
        [](const KernelEvent& event) { return std::holds_alternative<netlink::AddressAdded>(event); });
    const auto routes = host.here.run("ip -4 route; ip -6 route");
    CHECK((routes.find("192.0.2.0/24 dev hb0") != std::string::npos ||
           routes.find("2001:db8:0:1::/64 dev hb0") != std::string::npos) == wanted);
}

TEST_CASE("errors name the operation, its object and its reason", "[linux]") {
    Host host;
    auto& kernel = *host.kernel;
    // Newer kernels add a remark of their own in brackets.
    CHECK_THAT(kernel.put_address({LinkIndex{4711}, prefix("192.0.2.1/24"), {}, true}).error().message,
               StartsWith("add 192.0.2.1/24 to link 4711: No such device"));
    CHECK_THAT(kernel.delete_address(host.hb0, prefix("192.0.2.1/24")).error().message,
               StartsWith("delete 192.0.2.1/24 from hb0: Cannot assign requested address"));
    CHECK_THAT(kernel.delete_address(host.hb0, prefix("2001:db8::1/64")).error().message,
               StartsWith("delete 2001:db8::1/64 from hb0: Cannot assign requested address"));
    CHECK(kernel.delete_link(host.hb0).error().message ==
          "delete hb0: Operation not supported (it is no macvlan)");
    CHECK(kernel.create_macvlan({"hb0", host.hb0, {{0, 0, 0x5e, 0, 1, 1}}}).error().message ==
          "create macvlan hb0 on hb0: File exists");
}

TEST_CASE("without the right to change links everything says so", "[linux]") {
    Host host;
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (::setresuid(65534, 65534, 65534) != 0) ::_exit(1);
        auto kernel = LinuxKernel::open();
        if (!kernel) ::_exit(2);
        const auto put = (*kernel)->put_address({host.hb0, prefix("192.0.2.1/24"), {}, true});
        const auto made = (*kernel)->create_macvlan({"vr1", host.hb0, {{0, 0, 0x5e, 0, 1, 1}}});
        const auto refused = (*kernel)->refuse_packets_to({vrrp::IpAddress::v4(192, 0, 2, 1)});
        const bool codes = !put && put.error().code == EPERM && !made && made.error().code == EPERM &&
                           !refused && refused.error().code == EPERM;
        const auto text = put.error().message + "\n" + made.error().message + "\n" + refused.error().message;
        const bool written = ::write(pipe[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
        ::_exit(codes && written ? 0 : 3);
    }
    ::close(pipe[1]);
    std::array<char, 1024> text{};
    const auto size = ::read(pipe[0], text.data(), text.size());
    ::close(pipe[0]);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(std::string(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))) ==
          "add 192.0.2.1/24 to hb0: Operation not permitted\n"
          "create macvlan vr1 on hb0: Operation not permitted\n"
          "refuse packets to 1 addresses (nftables): netlink: Error: cache initialization failed: "
          "Operation not permitted");
}

TEST_CASE("the descriptor is readable when there are events, and only then", "[linux]") {
    Host host;
    while (host.readable(200ms)) host.kernel->take_events();
    CHECK_FALSE(host.readable(0ms));
    REQUIRE(host.kernel->put_address({host.hb0, prefix("192.0.2.100/24"), {}, true}));
    CHECK(host.readable(0ms));
    CHECK(host.kernel->take_events().size() == 1);
    CHECK_FALSE(host.readable(0ms));
}

TEST_CASE("a link that joins or leaves a bridge is not taken for one that is removed", "[linux]") {
    Host host;
    const std::string join = "ip link set hb0 master br0";  // the bridge
    host.here.run("ip link add br0 type bridge && " + join + " && ip link set hb0 nomaster");
    REQUIRE(host.kernel->put_address({host.hb0, prefix("192.0.2.100/24"), {}, true}));
    const auto events = host.events_until(
        [](const KernelEvent& event) { return std::holds_alternative<netlink::AddressAdded>(event); });
    for (const auto& event : events) CHECK_FALSE(std::holds_alternative<netlink::LinkRemoved>(event));
    // The kernel does tell the bridge's side of it, on the same channel, as the end of a link.
    CHECK_THAT(
        host.here.run("news=$(mktemp); timeout 20 ip monitor link > $news & "
                      "for i in $(seq 200); do " +
                      join +
                      "; ip link set hb0 nomaster; "
                      "grep -q Deleted $news && break; sleep 0.05; done; kill $!; cat $news; rm $news"),
        Contains("Deleted"));
}

TEST_CASE("what changes about a link that Link does not show is not told", "[linux]") {
    Host host;
    host.here.run(
        "ip link set hb0 mtu 1400 && ip link set hb0 alias other && ip link set hb0 promisc on && "
        "ip link set hb0 mtu 1300 && ip link set hb0 alias another");
    REQUIRE(host.kernel->put_address({host.hb0, prefix("192.0.2.100/24"), {}, true}));
    std::vector<std::uint32_t> mtus;
    for (const auto& event : host.events_until(
             [](const KernelEvent& event) { return std::holds_alternative<netlink::AddressAdded>(event); })) {
        const auto* changed = std::get_if<netlink::LinkChanged>(&event);
        if (changed != nullptr && changed->link.mtu != 1500) mtus.push_back(changed->link.mtu);
    }
    CHECK(mtus == std::vector<std::uint32_t>{1400, 1300});
}

TEST_CASE("what another program writes to our sockets is not believed", "[linux]") {
    Host host;
    while (host.readable(200ms)) host.kernel->take_events();
    struct {
        nlmsghdr header{sizeof(nlmsghdr) + sizeof(ifinfomsg), RTM_DELLINK, 0, 0, 0};
        ifinfomsg link{};
    } removal;
    removal.link.ifi_index = static_cast<int>(host.hb0);
    struct {
        nlmsghdr header{sizeof(nlmsghdr) + sizeof(nlmsgerr), NLMSG_ERROR, 0, 1,
                        0};  // the first request's number
        nlmsgerr error{};
    } refusal;
    refusal.error.error = -EPERM;

    const netlink::Descriptor socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
    std::istringstream ports{host.here.run("awk '$2 == 0 && $3 > 0 { print $3 }' /proc/net/netlink")};
    int reached = 0;
    for (std::uint32_t port = 0; ports >> port;) {
        sockaddr_nl to{};
        to.nl_family = AF_NETLINK;
        to.nl_pid = port;
        const auto* name = reinterpret_cast<sockaddr*>(&to);
        REQUIRE(::sendto(socket.get(), &removal, sizeof removal, 0, name, sizeof to) > 0);
        REQUIRE(::sendto(socket.get(), &refusal, sizeof refusal, 0, name, sizeof to) > 0);
        ++reached;
    }
    CHECK(reached == 2);
    CHECK(host.kernel->put_address({host.hb0, prefix("192.0.2.100/24"), {}, true}));
    CHECK(host.kernel->take_events() ==
          std::vector<KernelEvent>{netlink::AddressAdded{{host.hb0, prefix("192.0.2.100/24"), false}}});
}

TEST_CASE("the loopback link is listed, but not as Ethernet", "[linux]") {
    Host host;
    const auto links = host.kernel->links().value();
    const auto loopback = std::ranges::find(links, "lo", &netlink::Link::name);
    REQUIRE(loopback != links.end());
    CHECK_FALSE(loopback->ethernet);
    CHECK(loopback->running);
    CHECK(loopback->index == LinkIndex{1});
}

TEST_CASE("a link that is down is not running", "[linux]") {
    Host host;
    host.here.run("ip link set hb0 down");
    const auto links = host.kernel->links().value();
    const auto hb0 = std::ranges::find(links, host.hb0, &netlink::Link::index);
    REQUIRE(hb0 != links.end());
    CHECK_FALSE(hb0->running);
    CHECK(hb0->mtu == 1500);
}

TEST_CASE("two hundred addresses and a hundred links come in one list each", "[linux]") {
    Host host;
    for (std::uint8_t i = 1; i <= 200; ++i) {
        REQUIRE(host.kernel->put_address({host.hb0, {vrrp::IpAddress::v4(198, 51, 100, i), 32}, {}, true}));
    }
    host.here.run("for i in $(seq 100); do echo link add m$i link hb0 type macvlan; done | ip -batch -");
    CHECK(host.kernel->addresses().value().size() == 202);  // with 127.0.0.1 and ::1
    CHECK(host.kernel->links().value().size() == 102);
}

TEST_CASE("a number under /proc/sys is read and written, or the reason is told", "[linux]") {
    Host host;
    CHECK(netlink::read_sysctl("net/ipv4/conf/hb0/arp_ignore").value() == 0);
    REQUIRE(netlink::write_sysctl("net/ipv4/conf/hb0/arp_ignore", 1));
    CHECK(netlink::read_sysctl("net/ipv4/conf/hb0/arp_ignore").value() == 1);
    CHECK(host.here.run("cat /proc/sys/net/ipv4/conf/hb0/arp_ignore") == "1\n");
    CHECK(
        netlink::read_sysctl("net/ipv4/conf/nosuch0/arp_ignore").error() ==
        netlink::Error{ENOENT, "read /proc/sys/net/ipv4/conf/nosuch0/arp_ignore: No such file or directory"});
    CHECK(netlink::write_sysctl("net/ipv4/conf/hb0/mc_forwarding", 1).error().message ==
          "write 1 to /proc/sys/net/ipv4/conf/hb0/mc_forwarding: Permission denied");
    CHECK(netlink::write_sysctl("net/ipv4/conf/hb0/mc_forwarding", 0));  // as it is
}

}  // namespace highbase::test
