// SPDX-License-Identifier: GPL-2.0-or-later
// The contract of Kernel: links, macvlans, refusal, lost events.
#include <algorithm>

#include "tests/netlink/contract_host.hpp"

namespace highbase::test {

TEST_CASE("links() lists a link as it is", "[kernel]") {
    Host host;
    Link expected;
    expected.index = host->hb0();
    expected.name = "hb0";
    expected.mac = {{2, 0, 0, 0, 0, 1}};
    expected.mtu = 1500;
    expected.running = true;
    expected.ethernet = true;
    CHECK(link_named(host.kernel(), "hb0") == expected);
    CHECK(addresses_of(host.kernel(), host->hb0()).empty());
    CHECK(host.kernel().take_events().empty());
}

TEST_CASE("a link that loses its carrier keeps its addresses, and is told of once each way", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    REQUIRE(kernel.put_address(request(hb0, "192.0.2.100/24")));
    REQUIRE(kernel.put_address(request(hb0, "2001:db8::100/64")));
    host.until(AddressAdded{address(hb0, "2001:db8::100/64")});
    auto expected = link_named(kernel, "hb0");

    host->set_carrier(false);
    expected.running = false;
    CHECK(host.until(LinkChanged{expected}) == Events{LinkChanged{expected}});
    CHECK(link_named(kernel, "hb0") == expected);
    CHECK(addresses_of(kernel, hb0).size() == 2);
    CHECK(kernel.put_address(request(hb0, "192.0.2.101/32")));
    CHECK(kernel.put_address(request(hb0, "2001:db8::101/128")));
    host.until(AddressAdded{address(hb0, "2001:db8::101/128")});

    host->set_carrier(true);
    expected.running = true;
    CHECK(host.until(LinkChanged{expected}) == Events{LinkChanged{expected}});
    CHECK(addresses_of(kernel, hb0).size() == 4);
}

TEST_CASE("a renamed link keeps its index and its addresses", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    REQUIRE(kernel.put_address(request(hb0, "192.0.2.100/24")));
    host->rename_hb0("wan");
    host.until_link(hb0, [](const Link& link) { return link.name == "wan" && link.running; });
    CHECK(link_named(kernel, "wan").index == hb0);
    CHECK(addresses_of(kernel, hb0) == std::vector{address(hb0, "192.0.2.100/24")});
    CHECK(kernel.put_address(request(hb0, "192.0.2.101/24")));
}

TEST_CASE("a link that appears is reported, and is listed from then on", "[kernel]") {
    Host host;
    const auto index = host->add_link("late0");
    const auto changed = host.until_link(index, [](const Link& link) { return link.running; });
    CHECK(changed.link.name == "late0");
    CHECK(changed.link == link_named(host.kernel(), "late0"));
}

TEST_CASE("a link that is removed takes its addresses with it, and these are told first", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    REQUIRE(kernel.put_address(request(hb0, "192.0.2.100/24")));
    REQUIRE(kernel.put_address(request(hb0, "2001:db8::100/64")));
    host->remove_hb0();
    const auto events = host.until(LinkRemoved{hb0});
    CHECK(position(events, AddressRemoved{address(hb0, "192.0.2.100/24")}) <
          position(events, LinkRemoved{hb0}));
    CHECK(position(events, AddressRemoved{address(hb0, "2001:db8::100/64")}) <
          position(events, LinkRemoved{hb0}));
    CHECK(addresses_of(kernel, hb0).empty());
    CHECK_FALSE(has_link(kernel, "hb0"));
    CHECK(code_of(kernel.put_address(request(hb0, "192.0.2.100/24"))) == ENODEV);
    CHECK(code_of(kernel.delete_address(hb0, prefix("192.0.2.100/24"))) == ENODEV);
}

TEST_CASE("a macvlan is made running, with the MAC asked for and no address", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto mac = GENERATE(kVirtualMac4, kVirtualMac6);
    const auto made = kernel.create_macvlan({"hb0.10", host->hb0(), mac});
    INFO(message_of(made));
    REQUIRE(made);
    Link expected = link_named(kernel, "hb0");
    expected.index = made->index;
    expected.name = "hb0.10";
    expected.mac = mac;
    expected.parent = host->hb0();
    CHECK(*made == expected);
    CHECK(link_named(kernel, "hb0.10") == expected);
    CHECK(host.until(LinkChanged{expected}).size() <= 3);
    CHECK(addresses_of(kernel, made->index).empty());

    REQUIRE(kernel.delete_link(made->index));
    CHECK(host.until(LinkRemoved{made->index}).back() == KernelEvent{LinkRemoved{made->index}});
    CHECK_FALSE(has_link(kernel, "hb0.10"));
    CHECK(has_link(kernel, "hb0"));
    CHECK(code_of(kernel.delete_link(made->index)) == ENODEV);
}

TEST_CASE("an address lives and dies with its macvlan", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto ipv4 = kernel.create_macvlan({"vr4", host->hb0(), kVirtualMac4});
    const auto ipv6 = kernel.create_macvlan({"vr6", host->hb0(), kVirtualMac6});
    REQUIRE((ipv4 && ipv6));
    REQUIRE(kernel.put_address(request(ipv4->index, "192.0.2.100/32")));
    REQUIRE(kernel.put_address(request(ipv6->index, "fe80::100/64")));
    REQUIRE(kernel.put_address(request(ipv6->index, "2001:db8::100/128")));
    // An IPv4 virtual router has IPv4 addresses only, and its macvlan no IPv6 that could speak up with its
    // MAC.
    CHECK(code_of(kernel.put_address(request(ipv4->index, "2001:db8::101/128"))) == EACCES);
    CHECK(addresses_of(kernel, ipv6->index).size() == 2);
    REQUIRE(kernel.delete_link(ipv4->index));
    REQUIRE(kernel.delete_link(ipv6->index));
    const auto events = host.until(LinkRemoved{ipv6->index});
    CHECK(position(events, AddressRemoved{address(ipv4->index, "192.0.2.100/32")}) <
          position(events, LinkRemoved{ipv4->index}));
    position(events, AddressRemoved{address(ipv6->index, "2001:db8::100/128")});
    position(events, AddressRemoved{address(ipv6->index, "fe80::100/64")});
}

TEST_CASE("what cannot be done with macvlans is told by its code", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto made = kernel.create_macvlan({"hb0.10", host->hb0(), kVirtualMac4});
    REQUIRE(made);
    const auto links = kernel.links();
    CHECK(code_of(kernel.create_macvlan({"hb0.10", host->hb0(), kVirtualMac6})) == EEXIST);
    CHECK(code_of(kernel.create_macvlan({"hb0", host->hb0(), kVirtualMac6})) == EEXIST);
    CHECK(code_of(kernel.create_macvlan({"other", kNoSuchLink, kVirtualMac6})) == ENODEV);
    CHECK(code_of(kernel.create_macvlan({"", host->hb0(), kVirtualMac6})) == EINVAL);
    CHECK(code_of(kernel.create_macvlan({"sixteen.letters.", host->hb0(), kVirtualMac6})) == EINVAL);
    CHECK(code_of(kernel.delete_link(host->hb0())) == EOPNOTSUPP);
    CHECK(code_of(kernel.delete_link(kNoSuchLink)) == ENODEV);
    CHECK(kernel.links() == links);
}

TEST_CASE("a macvlan follows its parent: carrier, and end", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    const auto made = kernel.create_macvlan({"vr4", hb0, kVirtualMac4});
    REQUIRE(made);
    REQUIRE(kernel.put_address(request(made->index, "192.0.2.100/32")));
    host.until_link(made->index, [](const Link& link) { return link.running; });
    host->set_carrier(false);
    host.until_link(made->index, [](const Link& link) { return !link.running; });
    CHECK_FALSE(link_named(kernel, "vr4").running);
    CHECK(addresses_of(kernel, made->index).size() == 1);
    host->set_carrier(true);
    host.until_link(made->index, [](const Link& link) { return link.running; });
    host->remove_hb0();
    const auto events = host.until(LinkRemoved{hb0});
    position(events, AddressRemoved{address(made->index, "192.0.2.100/32")});
    position(events, LinkRemoved{made->index});
    CHECK(code_of(kernel.delete_link(made->index)) == ENODEV);
}

TEST_CASE("a macvlan made on a link without a carrier runs when that comes", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    host->set_carrier(false);
    host.until_link(hb0, [](const Link& link) { return !link.running; });
    const auto made = kernel.create_macvlan({"vr4", hb0, kVirtualMac4});
    INFO(message_of(made));
    REQUIRE(made);
    CHECK_FALSE(made->running);
    CHECK(kernel.put_address(request(made->index, "192.0.2.100/32")));
    host->set_carrier(true);
    auto expected = *made;
    expected.running = true;
    host.until(LinkChanged{expected});
}

TEST_CASE("the list of refused addresses is replaced as a whole, and leaves nothing when empty", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto ip = [](const char* text) { return vrrp::IpAddress::parse(text).value(); };
    const std::vector both{ip("192.0.2.100"), ip("192.0.2.101"), ip("2001:db8::100")};
    REQUIRE(kernel.refuse_packets_to({}));
    CHECK(host->refused().empty());
    REQUIRE(kernel.refuse_packets_to({both[2], both[0], both[1], both[0]}));
    CHECK(host->refused() == both);
    REQUIRE(kernel.refuse_packets_to({both[2]}));
    CHECK(host->refused() == std::vector{both[2]});
    REQUIRE(kernel.refuse_packets_to({both[1]}));
    REQUIRE(kernel.refuse_packets_to({both[1]}));
    CHECK(host->refused() == std::vector{both[1]});
    REQUIRE(kernel.refuse_packets_to({}));
    CHECK(host->refused().empty());
}

TEST_CASE("events that were lost are told of by one Overrun, after which all is as before", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto hb0 = host->hb0();
    host->lose_events();
    const auto events = host.until(Overrun{});
    CHECK(std::ranges::count(events, KernelEvent{Overrun{}}) == 1);
    // Nothing that is older than the dump that is due now may come after it.
    CHECK(host.waiting().empty());
    CHECK(addresses_of(kernel, hb0).empty());
    REQUIRE(kernel.put_address(request(hb0, "192.0.2.100/32")));
    const AddressAdded added{address(hb0, "192.0.2.100/32")};
    CHECK(host.until(added) == Events{added});
}

TEST_CASE("connections to an address end, those to others stand, and who listens goes on", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto ip = [](const char* text) { return vrrp::IpAddress::parse(text).value(); };
    const std::vector all{ip("192.0.2.100"), ip("192.0.2.101"), ip("2001:db8::100"), ip("2001:db8::101")};
    const char* prefixes[] = {"192.0.2.100/32", "192.0.2.101/32", "2001:db8::100/128", "2001:db8::101/128"};
    for (const char* prefix : prefixes) REQUIRE(kernel.put_address(request(host->hb0(), prefix)));
    host.until(AddressAdded{address(host->hb0(), prefixes[3])});
    CHECK(kernel.end_connections_to(all));
    for (int i = 0; i < 2; ++i) {
        for (const vrrp::IpAddress& address : all) host->connect_to(address);
    }
    CHECK(host->connected() == std::vector{all[0], all[0], all[1], all[1], all[2], all[2], all[3], all[3]});
    CHECK(kernel.end_connections_to({}));
    CHECK(host->connected().size() == 8);
    CHECK(kernel.end_connections_to({all[0], ip("192.0.2.102")}));
    CHECK(host->connected() == std::vector{all[1], all[1], all[2], all[2], all[3], all[3]});
    CHECK(kernel.end_connections_to({all[2]}));
    CHECK(host->connected() == std::vector{all[1], all[1], all[3], all[3]});
    host->connect_to(all[0]);
    CHECK(host->connected() == std::vector{all[0], all[1], all[1], all[3], all[3]});
    CHECK(kernel.end_connections_to({all[3], all[0], all[1]}));
    CHECK(host->connected().empty());
}

TEST_CASE("who is connected to an address is told, with both ends", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto ip = [](const char* text) { return vrrp::IpAddress::parse(text).value(); };
    const std::vector addresses{ip("192.0.2.100"), ip("2001:db8::100")};
    REQUIRE(kernel.put_address(request(host->hb0(), "192.0.2.100/32")));
    REQUIRE(kernel.put_address(request(host->hb0(), "2001:db8::100/128")));
    host.until(AddressAdded{address(host->hb0(), "2001:db8::100/128")});
    CHECK(kernel.connections_to(addresses).value().empty());
    for (int i = 0; i < 3; ++i) {
        for (const vrrp::IpAddress& one : addresses) host->connect_to(one);
    }
    CHECK(kernel.connections_to({}).value().empty());
    CHECK(kernel.connections_to({ip("192.0.2.101")}).value().empty());
    auto found = kernel.connections_to(addresses).value();
    REQUIRE(found.size() == 6);
    std::ranges::sort(found);
    for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].local.address == addresses[i / 3]);
        CHECK(found[i].local.port != 0);
        CHECK(found[i].remote.address.family() == addresses[i / 3].family());
        CHECK(found[i].remote.port != 0);
    }
}

TEST_CASE("whoever still believes in a connection to an address that has come here is reset", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto ip = [](const char* text) { return vrrp::IpAddress::parse(text).value(); };
    const std::vector addresses{ip("192.0.2.100"), ip("2001:db8::100")};
    REQUIRE(kernel.put_address(request(host->hb0(), "192.0.2.100/32")));
    REQUIRE(kernel.put_address(request(host->hb0(), "2001:db8::100/128")));
    host.until(AddressAdded{address(host->hb0(), "2001:db8::100/128")});
    for (int i = 0; i < 5; ++i) {
        for (const vrrp::IpAddress& one : addresses) host->connect_to(one);
    }
    const auto stale = kernel.connections_to(addresses).value();
    REQUIRE(stale.size() == 10);
    host->lose_connections();
    CHECK(host->connected().size() == 10);
    host->connect_to(addresses[0]);
    CHECK(host->connected().size() == 11);
    CHECK(kernel.tickle(stale));
    for (int i = 0; i < 200 && host->connected().size() > 1; ++i) host->pass(std::chrono::milliseconds{10});
    CHECK(host->connected() == std::vector{addresses[0]});
    // Who has a connection here keeps it.
    CHECK(kernel.tickle(kernel.connections_to(addresses).value()));
    host->pass(std::chrono::milliseconds{50});
    CHECK(host->connected() == std::vector{addresses[0]});
}

TEST_CASE("a lease runs as long as it is renewed, whatever else changes in the guard", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto ip = [](const char* text) { return vrrp::IpAddress::parse(text).value(); };
    const std::vector all{ip("192.0.2.100"), ip("192.0.2.101"), ip("2001:db8::100")};
    const std::vector some{all[0], all[2]};
    REQUIRE(kernel.guard(all));
    CHECK(host->leased().empty());
    REQUIRE(kernel.renew_lease(all, 1h));
    CHECK(host->leased() == all);
    REQUIRE(kernel.guard({all[1]}));
    CHECK(host->leased() == all);
    REQUIRE(kernel.renew_lease(some, 200ms));
    REQUIRE(kernel.renew_lease({}, 1h));
    host.during(220ms);
    CHECK(host->leased() == std::vector{all[1]});
    REQUIRE(kernel.renew_lease(some, 1h));
    REQUIRE(kernel.end_lease({all[1], all[2]}, 0ms));
    REQUIRE(kernel.end_lease({all[1]}, 1h));
    CHECK(host->leased() == std::vector{all[0]});
    REQUIRE(kernel.renew_lease({all[1]}, 1h));
    CHECK(host->leased() == std::vector{all[0], all[1]});
    REQUIRE(kernel.guard({}));
    CHECK(host->refused().empty());
}

TEST_CASE("without a guard there is no lease, and who asks for one is told so", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const std::vector address{vrrp::IpAddress::v4(192, 0, 2, 100)};
    CHECK(kernel.renew_lease({}, 1h));
    CHECK(kernel.end_lease({}, 1h));
    CHECK(code_of(kernel.renew_lease(address, 1h)) == ENOENT);
    CHECK(code_of(kernel.end_lease(address, 1h)) == ENOENT);
    REQUIRE(kernel.guard(address));
    REQUIRE(kernel.renew_lease(address, 1h));
    host->flush_packet_filter();
    CHECK(code_of(kernel.renew_lease(address, 1h)) == ENOENT);
    REQUIRE(kernel.guard(address));
    CHECK(host->leased().empty());
    REQUIRE(kernel.renew_lease(address, 1h));
    CHECK(host->leased() == address);
}

TEST_CASE("so is the list of servers that must not be reached", "[kernel]") {
    Host host;
    auto& kernel = host.kernel();
    const auto ip = [](const char* text) { return vrrp::IpAddress::parse(text).value(); };
    const std::vector<vrrp::Endpoint> servers{
        {ip("192.0.2.9"), 3306}, {ip("192.0.2.9"), 3307}, {ip("2001:db8::9"), 3306}};
    REQUIRE(kernel.refuse_connections_to({}));
    CHECK(host->unreachable().empty());
    REQUIRE(kernel.refuse_connections_to({servers[2], servers[1], servers[0], servers[1]}));
    CHECK(host->unreachable() == servers);
    REQUIRE(kernel.refuse_connections_to({servers[1]}));
    CHECK(host->unreachable() == std::vector{servers[1]});
    REQUIRE(kernel.refuse_connections_to({}));
    CHECK(host->unreachable().empty());
}

}  // namespace highbase::test
