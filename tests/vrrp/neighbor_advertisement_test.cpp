// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/neighbor_advertisement.hpp"

#include "tests/catch.hpp"
#include "tests/vrrp/octets.hpp"
#include "vrrp/checksum.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

const MacAddress kSender = MacAddress::parse("00:00:5e:00:02:33").value();
const IpAddress kClaimed = ip("2001:db8::64");
const IpAddress kNeighbor = ip("fe80::2");
const IpAddress kAllNodes = ip("ff02::1");

// type, code, checksum; flags; target; options
constexpr auto kAdvertised = "88 00 8e87  20000000  20010db8000000000000000000000064  020102aabbccdd01";

std::optional<NeighborAdvertisement> parsed(std::string_view message,
                                            const IpAddress& destination = kAllNodes, int hop_limit = 255,
                                            int protocol = 58) {
    const OctetString octets = hex(message);
    return parse_neighbor_advertisement({kNeighbor, destination, static_cast<std::uint8_t>(hop_limit),
                                         static_cast<std::uint8_t>(protocol), octets});
}

}  // namespace

// ---- ours

TEST_CASE("an unsolicited Neighbor Advertisement: Router and Override set, Solicited not",
          "[rfc9568-6.4.2-unsolicited-na:positive][rfc9568-8.2.2-unsolicited-na:positive]") {
    CHECK(to_hex(unsolicited_neighbor_advertisement(kSender, kClaimed)) ==
          compact("333300000001 00005e000233 86dd"
                  "6c000000 0020 3a ff 20010db8000000000000000000000064 ff020000000000000000000000000001"
                  "8800 1a32 a0000000 20010db8000000000000000000000064 0201 00005e000233"));
}

TEST_CASE("a probe asks from nowhere, in the target's own group, and claims nothing",
          "[rfc9568-6.4.2-unsolicited-na:negative]") {
    CHECK(to_hex(neighbor_probe(kSender, kClaimed)) ==
          compact("3333ff000064 00005e000233 86dd"
                  "6c000000 0018 3a ff 00000000000000000000000000000000 ff0200000000000000000001ff000064"
                  "8700 4c27 00000000 20010db8000000000000000000000064"));
    CHECK(to_hex(neighbor_probe(kSender, ip("2001:db8::12ab:cdef"))) ==
          compact("3333ffabcdef 00005e000233 86dd"
                  "6c000000 0018 3a ff 00000000000000000000000000000000 ff0200000000000000000001ffabcdef"
                  "8700 9db9 00000000 20010db8000000000000000012abcdef"));
}

TEST_CASE("our own frames are ones that we would understand") {
    const OctetString frame = unsolicited_neighbor_advertisement(kSender, kClaimed);
    const EthernetFrame ethernet = parse_ethernet(frame).value();
    const auto advertised =
        parse_neighbor_advertisement(parse_ip(ethernet.type, ethernet.payload).value()).value();
    CHECK(advertised.target == kClaimed);
    CHECK(advertised.target_mac == kSender);
    CHECK(advertised.router);
    CHECK_FALSE(advertised.solicited);
    CHECK(advertised.override);
    const OctetString probe = neighbor_probe(kSender, kClaimed);
    const EthernetFrame question = parse_ethernet(probe).value();
    CHECK_FALSE(parse_neighbor_advertisement(parse_ip(question.type, question.payload).value()));
}

// ---- a neighbour's, valid as in RFC 4861 7.1.2

TEST_CASE("a neighbour's advertisement is understood") {
    const NeighborAdvertisement advertised = parsed(kAdvertised).value();
    CHECK(advertised.target == kClaimed);
    CHECK(advertised.target_mac.value().to_string() == "02:aa:bb:cc:dd:01");
    CHECK_FALSE(advertised.router);
    CHECK_FALSE(advertised.solicited);
    CHECK(advertised.override);
}

TEST_CASE("each flag is read by itself") {
    const auto all =
        parsed("8800 cf08 e0000000 20010db8000000000000000000000064 020102aabbccdd01", ip("fe80::1"));
    CHECK((all.value().router && all.value().solicited && all.value().override));
    const auto solicited =
        parsed("8800 4f09 60000000 20010db8000000000000000000000064 020102aabbccdd01", ip("fe80::1"));
    CHECK((!solicited.value().router && solicited.value().solicited && solicited.value().override));
    const auto none = parsed("8800 ae87 00000000 20010db8000000000000000000000064 020102aabbccdd01");
    CHECK((!none.value().router && !none.value().solicited && !none.value().override));
}

TEST_CASE("the target's link-layer address may be missing, and other options are skipped") {
    CHECK_FALSE(parsed("8800 2c09 20000000 20010db8000000000000000000000064").value().target_mac);
    CHECK_FALSE(
        parsed("8800 8f87 20000000 20010db8000000000000000000000064 010102aabbccdd01").value().target_mac);
    CHECK(parsed("8800 7772 20000000 20010db8000000000000000000000064 0e01010203040506 020102aabbccdd01")
              .value()
              .target_mac.value()
              .to_string() == "02:aa:bb:cc:dd:01");
    // An option of 16 octets holds no Ethernet address.
    CHECK_FALSE(parsed("8800 8e7e 20000000 20010db8000000000000000000000064 020202aabbccdd010000000000000000")
                    .value()
                    .target_mac);
}

TEST_CASE("what was routed is invalid") {
    CHECK_FALSE(parsed(kAdvertised, kAllNodes, 254));
    CHECK_FALSE(parsed(kAdvertised, kAllNodes, 1));
}

TEST_CASE("what is not ICMPv6 is none") {
    CHECK_FALSE(parsed(kAdvertised, kAllNodes, 255, 112));
    const OctetString octets = hex(kAdvertised);
    CHECK_FALSE(parse_neighbor_advertisement(
        {IpAddress::v4(192, 0, 2, 1), IpAddress::v4(192, 0, 2, 2), 255, 58, octets}));
}

TEST_CASE("another type or code is none") {
    CHECK_FALSE(parsed("8700 8f87 20000000 20010db8000000000000000000000064 020102aabbccdd01"));
    CHECK_FALSE(parsed("8801 8e86 20000000 20010db8000000000000000000000064 020102aabbccdd01"));
}

TEST_CASE("a wrong checksum is invalid") {
    CHECK_FALSE(parsed("8800 8e88 20000000 20010db8000000000000000000000064 020102aabbccdd01"));
    CHECK_FALSE(parsed("8800 8e87 20000000 20010db8000000000000000000000064 020102aabbccdd02"));
    CHECK_FALSE(parsed(kAdvertised, ip("ff02::2")));  // it covers the IP addresses
}

TEST_CASE("a message shorter than 24 octets is invalid, even with a right checksum") {
    CHECK_FALSE(parsed("8800 2c6e 20000000 20010db80000000000000000000000"));
    CHECK_FALSE(parsed(""));
    CHECK_FALSE(parsed("88"));
}

TEST_CASE("a multicast target is invalid") {
    CHECK_FALSE(parsed("8800 bd3d 20000000 ff020000000000000000000000000064 020102aabbccdd01"));
}

TEST_CASE("a solicited answer to a group is invalid") {
    CHECK_FALSE(parsed("8800 4e87 60000000 20010db8000000000000000000000064 020102aabbccdd01"));
}

TEST_CASE("an option of length zero, or longer than what is left, makes the whole message invalid") {
    CHECK_FALSE(parsed("8800 8e88 20000000 20010db8000000000000000000000064 020002aabbccdd01"));
    CHECK_FALSE(parsed("8800 8e86 20000000 20010db8000000000000000000000064 020202aabbccdd01"));
    CHECK_FALSE(parsed("8800 8c86 20000000 20010db8000000000000000000000064 020102aabbccdd01 02"));
}
