// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/address.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "tests/catch.hpp"
#include "tests/vrrp/octets.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

std::string octets_of(std::string_view text) {
    return to_hex(ip(text).octets());
}

}  // namespace

TEST_CASE("IPv4 addresses are read as dotted quads") {
    CHECK(ip("192.0.2.100") == IpAddress::v4(192, 0, 2, 100));
    CHECK(octets_of("192.0.2.100") == "c0000264");
    CHECK(octets_of("0.0.0.0") == "00000000");
    CHECK(octets_of("255.255.255.255") == "ffffffff");
    CHECK(ip("192.0.2.100").family() == Family::ipv4);
    CHECK(ip("192.0.2.100").is_ipv4());
    CHECK(ip("192.0.2.100").to_string() == "192.0.2.100");
}

TEST_CASE("IPv6 addresses are read in every form of RFC 4291 and written in the shortest") {
    CHECK(octets_of("2001:db8::64") == "20010db8000000000000000000000064");
    CHECK(octets_of("2001:0DB8:0:0:0:0:0:64") == "20010db8000000000000000000000064");
    CHECK(octets_of("::") == "00000000000000000000000000000000");
    CHECK(octets_of("::ffff:192.0.2.1") == "00000000000000000000ffffc0000201");
    CHECK(ip("fe80::1").family() == Family::ipv6);
    CHECK_FALSE(ip("::ffff:192.0.2.1").is_ipv4());
    CHECK(ip("2001:0DB8:0:0:0:0:0:64").to_string() == "2001:db8::64");
    CHECK(ip("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255").to_string() ==
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST_CASE("what is not exactly an address is refused") {
    const auto text = GENERATE(as<std::string>{}, "", " ", "192.0.2", "192.0.2.1.1", "192.0.2.256",
                               "192.0.2.-1", "192.0.2.01", "0xc0.0.2.1", "192.0.2.1/24", " 192.0.2.1",
                               "192.0.2.1 ", "192.0.2.1\n", "fe80::1%eth0", "fe80::1%2", "2001:db8::/32",
                               "1::2::3", "12345::", ":", ":::", "g::", "[2001:db8::1]", "localhost",
                               "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555");
    CHECK_FALSE(IpAddress::parse(text));
}

TEST_CASE("a zero octet does not end the text of an address") {
    CHECK_FALSE(IpAddress::parse(std::string_view{"192.0.2.1\0", 10}));
    CHECK_FALSE(IpAddress::parse(std::string_view{"192.0.2.1\0junk", 14}));
    CHECK_FALSE(IpAddress::parse(std::string_view{"\0", 1}));
}

TEST_CASE("addresses come from 4 or 16 octets") {
    CHECK(IpAddress::from_octets(hex("c0000264")) == ip("192.0.2.100"));
    CHECK(IpAddress::from_octets(hex("fe80000000000000000000000000 0001")) == ip("fe80::1"));
    CHECK_THROWS_AS(IpAddress::from_octets({}), std::logic_error);
    CHECK_THROWS_AS(IpAddress::from_octets(hex("c00002")), std::logic_error);
    CHECK_THROWS_AS(IpAddress::from_octets(hex("c000026401")), std::logic_error);
    CHECK_THROWS_AS(IpAddress::from_octets(OctetString(17)), std::logic_error);
}

TEST_CASE("addresses sort as unsigned numbers in network byte order, IPv4 first",
          "[rfc9568-6.4.3-tie-break:positive]") {
    const std::vector<std::string> sorted{
        "0.0.0.0",   "1.255.255.255", "2.0.0.0",    "127.255.255.255", "128.0.0.0",   "192.0.2.1",
        "192.0.2.9", "192.0.2.10",    "192.0.10.2", "255.255.255.255", "::",          "::1",
        "7fff::",    "8000::",        "fe80::9",    "fe80::10",        "fe80:0:0:1::"};
    std::vector<IpAddress> addresses;
    for (const std::string& text : sorted) addresses.push_back(ip(text));
    for (std::size_t i = 0; i + 1 < addresses.size(); ++i) {
        CAPTURE(sorted[i], sorted[i + 1]);
        CHECK(addresses[i] < addresses[i + 1]);
        CHECK(addresses[i] == addresses[i]);
        CHECK_FALSE(addresses[i] > addresses[i + 1]);
    }
}

TEST_CASE("kinds of addresses, at the edges of their ranges") {
    const auto only = [](bool (IpAddress::*kind)() const, const std::vector<std::string>& yes,
                         const std::vector<std::string>& no) {
        for (const std::string& text : yes) {
            CAPTURE(text);
            CHECK((ip(text).*kind)());
        }
        for (const std::string& text : no) {
            CAPTURE(text);
            CHECK_FALSE((ip(text).*kind)());
        }
    };
    only(&IpAddress::is_unspecified, {"0.0.0.0", "::"}, {"0.0.0.1", "128.0.0.0", "::1", "8000::"});
    only(&IpAddress::is_link_local, {"169.254.0.0", "169.254.255.255", "fe80::", "fe80::1", "febf:ffff::"},
         {"169.253.255.255", "169.255.0.0", "168.254.0.0", "fe7f:ffff::", "fec0::", "ff02::1",
          "::ffff:169.254.0.1"});
    only(&IpAddress::is_multicast, {"224.0.0.0", "239.255.255.255", "224.0.0.18", "ff00::", "ff02::12"},
         {"223.255.255.255", "240.0.0.0", "fe80::1", "feff::", "::ffff:224.0.0.18"});
    only(&IpAddress::is_loopback, {"127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"},
         {"126.255.255.255", "128.0.0.0", "::", "::2", "1::1", "::1:1", "::ffff:127.0.0.1"});
}

TEST_CASE("a prefix is an address with a length") {
    const Prefix prefix = Prefix::parse("192.0.2.100/24").value();
    CHECK(prefix.address == ip("192.0.2.100"));
    CHECK(prefix.length == 24);
    CHECK(prefix.to_string() == "192.0.2.100/24");
    CHECK(Prefix::parse("2001:db8::64/64").value().to_string() == "2001:db8::64/64");
    CHECK(Prefix::parse("0.0.0.0/0").value().length == 0);
    CHECK(Prefix::parse("192.0.2.100/32").value().length == 32);
    CHECK(Prefix::parse("::/128").value().length == 128);
}

TEST_CASE("what is not exactly a prefix is refused") {
    const auto text = GENERATE(
        as<std::string>{}, "", "/", "/24", "192.0.2.100", "192.0.2.100/", "192.0.2.100/33", "192.0.2.100/-1",
        "192.0.2.100/+24", "192.0.2.100/ 24", "192.0.2.100/24 ", "192.0.2.100/24/24", "192.0.2.100/0x18",
        "192.0.2.100/255.255.255.0", "192.0.2/24", "2001:db8::/129", "2001:db8::/", "192.0.2.100/4294967320");
    CHECK_FALSE(Prefix::parse(text));
}

TEST_CASE("a prefix contains the addresses of its subnet") {
    const auto contains = [](std::string_view prefix, std::string_view address) {
        return Prefix::parse(prefix).value().contains(ip(address));
    };
    CHECK(contains("192.0.2.100/24", "192.0.2.0"));
    CHECK(contains("192.0.2.100/24", "192.0.2.255"));
    CHECK_FALSE(contains("192.0.2.100/24", "192.0.1.255"));
    CHECK_FALSE(contains("192.0.2.100/24", "192.0.3.0"));
    CHECK(contains("192.0.2.100/23", "192.0.3.255"));
    CHECK_FALSE(contains("192.0.2.100/23", "192.0.4.0"));
    CHECK(contains("192.0.2.100/25", "192.0.2.127"));
    CHECK_FALSE(contains("192.0.2.100/25", "192.0.2.128"));
    CHECK(contains("192.0.2.100/32", "192.0.2.100"));
    CHECK_FALSE(contains("192.0.2.100/32", "192.0.2.101"));
    CHECK(contains("192.0.2.100/0", "255.255.255.255"));
    CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(contains("2001:db8::1/128", "2001:db8::1"));
    CHECK_FALSE(contains("2001:db8::1/128", "2001:db8::2"));
    CHECK_FALSE(contains("::/0", "192.0.2.1"));
    CHECK_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
}

TEST_CASE("MAC addresses are six pairs with colons") {
    CHECK(MacAddress::parse("00:00:5e:00:01:33").value().octets ==
          std::array<std::uint8_t, 6>{0, 0, 0x5e, 0, 1, 0x33});
    CHECK(MacAddress::parse("AA:bb:Cc:DD:ee:FF").value().to_string() == "aa:bb:cc:dd:ee:ff");
    CHECK(kBroadcastMac.to_string() == "ff:ff:ff:ff:ff:ff");
    const auto text =
        GENERATE(as<std::string>{}, "", "00:00:5e:00:01", "00:00:5e:00:01:3", "00:00:5e:00:01:333",
                 "00-00-5e-00-01-33", "0000.5e00.0133", "00:00:5e:00:01:3g", "00:00:5e:00:01: 3",
                 "00:00:5e:00:01:-3", "0x:00:5e:00:01:33", "00:00:5e:00:0133:");
    CHECK_FALSE(MacAddress::parse(text));
}

TEST_CASE("a virtual router's MAC address ends with its VRID", "[rfc9568-7.3-virtual-mac:positive]") {
    CHECK(virtual_mac(Family::ipv4, Vrid{51}).to_string() == "00:00:5e:00:01:33");
    CHECK(virtual_mac(Family::ipv4, Vrid{1}).to_string() == "00:00:5e:00:01:01");
    CHECK(virtual_mac(Family::ipv4, Vrid{255}).to_string() == "00:00:5e:00:01:ff");
}

TEST_CASE("the same VRID in IPv6 is another virtual router with another MAC address",
          "[rfc9568-7.3-virtual-mac:negative]") {
    CHECK(virtual_mac(Family::ipv6, Vrid{51}).to_string() == "00:00:5e:00:02:33");
    CHECK(virtual_mac(Family::ipv6, Vrid{255}).to_string() == "00:00:5e:00:02:ff");
}

TEST_CASE("the groups that advertisements go to", "[rfc9568-7.2-protocol-and-group:positive]") {
    CHECK(multicast_group(Family::ipv4).to_string() == "224.0.0.18");
    CHECK(multicast_group(Family::ipv6).to_string() == "ff02::12");
    CHECK(multicast_mac(Family::ipv4).to_string() == "01:00:5e:00:00:12");
    CHECK(multicast_mac(Family::ipv6).to_string() == "33:33:00:00:00:12");
}

TEST_CASE("text and address are two forms of one thing") {
    CHECK(rc::check("reading what was written gives the same address", [] {
        const auto size = *rc::gen::element<std::size_t>(4, 16);
        const auto octets = *rc::gen::container<OctetString>(size, rc::gen::arbitrary<std::uint8_t>());
        const IpAddress address = IpAddress::from_octets(octets);
        RC_ASSERT(std::ranges::equal(address.octets(), octets));
        RC_ASSERT(IpAddress::parse(address.to_string()) == address);
        const auto length = static_cast<std::uint8_t>(*rc::gen::inRange<std::size_t>(0, 8 * size + 1));
        const Prefix prefix{address, length};
        RC_ASSERT(Prefix::parse(prefix.to_string()) == prefix);
        RC_ASSERT(prefix.contains(address));
    }));
    CHECK(rc::check("the same for MAC addresses", [] {
        MacAddress mac;
        for (std::uint8_t& octet : mac.octets) octet = *rc::gen::arbitrary<std::uint8_t>();
        RC_ASSERT(MacAddress::parse(mac.to_string()) == mac);
    }));
    CHECK(rc::check("any text at all is read or refused", [] {
        const auto text =
            *rc::gen::container<std::string>(rc::gen::elementOf(std::string{"0123456789abcdef:./% "}));
        const std::optional<IpAddress> address = IpAddress::parse(text);
        if (address) RC_ASSERT(IpAddress::parse(address->to_string()) == address);
        if (Prefix::parse(text)) RC_ASSERT(text.find('/') != std::string::npos);
        if (MacAddress::parse(text)) RC_ASSERT(text.size() == 17U);
    }));
}
