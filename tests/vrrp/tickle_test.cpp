// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/tickle.hpp"

#include "tests/catch.hpp"
#include "vrrp/checksum.hpp"
#include "vrrp/ip_packet.hpp"

using namespace highbase::vrrp;

TEST_CASE("a tickle is a bare ACK from the address to its client") {
    const Connection connections[] = {
        {{IpAddress::v4(192, 0, 2, 100), 3306}, {IpAddress::v4(192, 0, 2, 9), 40001}},
        {{*IpAddress::parse("2001:db8::100"), 3306}, {*IpAddress::parse("2001:db8::9"), 65535}}};
    for (const Connection& connection : connections) {
        const auto type = connection.local.address.is_ipv4() ? EtherType::ipv4 : EtherType::ipv6;
        const OctetString octets = tickle_packet(connection);
        const auto packet = parse_ip(type, octets);
        REQUIRE(packet);
        CHECK(packet->source == connection.local.address);
        CHECK(packet->destination == connection.remote.address);
        CHECK(packet->protocol == 6);
        const Octets segment = packet->payload;
        REQUIRE(segment.size() == 20);
        CHECK(read16(segment, 0) == connection.local.port);
        CHECK(read16(segment, 2) == connection.remote.port);
        CHECK(segment[12] == 5 << 4);  // no options
        CHECK(segment[13] == 0x10);    // ACK
        CHECK(InternetChecksum{}
                  .add_pseudo_header(packet->source, packet->destination, packet->protocol, segment.size())
                  .add(segment)
                  .value() == 0);
    }
}
