// SPDX-License-Identifier: GPL-2.0-or-later
// What holds for every advertisement, and for octets that are none.
#include <rapidcheck.h>

#include "tests/catch.hpp"
#include "tests/vrrp/packet.hpp"
#include "vrrp/arp.hpp"
#include "vrrp/ip_packet.hpp"
#include "vrrp/neighbor_advertisement.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

bool any_vrid(Vrid) {
    return true;
}

std::uint8_t octet() {
    return *rc::gen::arbitrary<std::uint8_t>();
}
OctetString octets(std::size_t count) {
    return *rc::gen::container<OctetString>(count, rc::gen::arbitrary<std::uint8_t>());
}
IpAddress address(Family family) {
    return IpAddress::from_octets(octets(address_size(family)));
}
IpAddress link_local() {
    OctetString text = octets(16);
    text[0] = 0xfe;
    text[1] = 0x80;
    return IpAddress::from_octets(text);
}
MacAddress mac() {
    MacAddress result;
    for (std::uint8_t& o : result.octets) o = octet();
    return result;
}

struct Sent {
    Advertisement advertisement;
    IpAddress source;
    IpAddress destination;
    ChecksumForm form;

    [[nodiscard]] OctetString message() const { return encode(advertisement, source, destination, form); }
};

Sent anything_to_send() {
    const auto family = *rc::gen::element(Family::ipv4, Family::ipv6);
    const auto form = *rc::gen::element(ChecksumForm::message_only, ChecksumForm::pseudo_header);
    Sent sent{{}, address(family), *rc::gen::element(multicast_group(family), address(family)), form};
    sent.advertisement.vrid = Vrid{octet()};
    sent.advertisement.priority = Priority{octet()};
    sent.advertisement.max_advertise_interval = Centiseconds{*rc::gen::inRange(1, 4096)};
    const auto count = *rc::gen::element(1, 1, 2, 3, 20, 255);
    for (int i = 0; i < count; ++i) sent.advertisement.addresses.push_back(address(family));
    if (family == Family::ipv6) sent.advertisement.addresses.front() = link_local();
    return sent;
}

}  // namespace

TEST_CASE("what is sent is what is received") {
    CHECK(rc::check("through advertisement, IP packet and frame, and back", [] {
        const Sent sent = anything_to_send();
        const Family family = sent.source.family();
        const EtherType type = family == Family::ipv4 ? EtherType::ipv4 : EtherType::ipv6;
        OctetString frame =
            ethernet_frame(multicast_mac(family), virtual_mac(family, sent.advertisement.vrid), type,
                           ip_packet(sent.source, sent.destination, kProtocolVrrp, sent.message()));
        frame.resize(std::max<std::size_t>(frame.size(), *rc::gen::inRange(60, 100)), octet());  // padding

        const EthernetFrame ethernet = parse_ethernet(frame).value();
        RC_ASSERT(ethernet.source == virtual_mac(family, sent.advertisement.vrid));
        const IpPacket packet = parse_ip(ethernet.type, ethernet.payload).value();
        RC_ASSERT(packet.source == sent.source);
        RC_ASSERT(packet.destination == sent.destination);
        RC_ASSERT(packet.hop_limit == 255);
        RC_ASSERT(packet.protocol == 112);
        const ReceivedAdvertisement received = decode(packet, any_vrid).value();
        RC_ASSERT(received.advertisement == sent.advertisement);
        RC_ASSERT(received.source == sent.source);
    }));
}

TEST_CASE("the checksum form is found out", "[rfc9568-5.2.8-ipv4-message-only:positive]") {
    CHECK(rc::check("unless the pseudo-header adds nothing to the sum", [] {
        const Sent sent = anything_to_send();
        Sent other = sent;
        other.form = ChecksumForm::message_only;
        RC_PRE(sent.source.is_ipv4() && (sent.form == other.form || sent.message() != other.message()));
        const OctetString message = sent.message();
        const IpPacket packet{sent.source, sent.destination, 255, kProtocolVrrp, message};
        RC_ASSERT(decode(packet, any_vrid).value().checksum_form == sent.form);
    }));
}

TEST_CASE("no flipped bit goes unnoticed", "[rfc9568-7.1-checksum:negative]") {
    CHECK(rc::check("the message is refused, or it says something else", [] {
        const Sent sent = anything_to_send();
        OctetString message = sent.message();
        const IpPacket packet{sent.source, sent.destination, 255, kProtocolVrrp, message};
        const ReceivedAdvertisement before = decode(packet, any_vrid).value();
        for (int i = 0; i < 50; ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, message.size());
            const auto bit = static_cast<std::uint8_t>(1 << *rc::gen::inRange(0, 8));
            message[at] ^= bit;
            const auto after = decode(packet, any_vrid);
            if (after) RC_ASSERT(!(*after == before));
            message[at] ^= bit;
        }
    }));
    CHECK(rc::check("nor one in an IPv4 header", [] {
        const Sent sent = anything_to_send();
        RC_PRE(sent.source.is_ipv4());
        OctetString packet = ip_packet(sent.source, sent.destination, kProtocolVrrp, sent.message());
        for (std::size_t bit = 0; bit < 160; ++bit) {
            packet[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
            const auto parsed = parse_ip(EtherType::ipv4, packet);
            // The header's length says which octets the checksum covers: with another one, chance may let it
            // pass.
            if (bit >= 4) RC_ASSERT(!parsed);
            if (parsed) RC_ASSERT(parsed->payload.size() != packet.size() - 20);
            packet[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        }
    }));
}

TEST_CASE("octets of any kind are read or refused") {
    CHECK(rc::check("as a frame, an IP packet, an advertisement, ARP and ND", [] {
        for (int i = 0; i < 20; ++i) {
            const OctetString any = octets(*rc::gen::inRange<std::size_t>(0, 120));
            if (const auto frame = parse_ethernet(any)) RC_ASSERT(frame->payload.size() == any.size() - 14);
            for (const EtherType type : {EtherType::ipv4, EtherType::ipv6, EtherType::arp}) {
                const auto packet = parse_ip(type, any);
                if (packet) RC_ASSERT(packet->payload.size() < any.size());
            }
            (void)parse_arp(any);
            const Family family = *rc::gen::element(Family::ipv4, Family::ipv6);
            const std::uint8_t protocol = *rc::gen::element(kProtocolIcmpv6, kProtocolVrrp);
            const IpPacket packet{address(family), address(family), 255, protocol, any};
            const auto advertisement = decode(packet, any_vrid);
            if (advertisement) RC_ASSERT(!advertisement->advertisement.addresses.empty());
            const auto neighbor = parse_neighbor_advertisement(packet);
            if (neighbor) RC_ASSERT(any.size() >= 24U);
        }
    }));
}

TEST_CASE("what is announced is what is claimed") {
    CHECK(rc::check("by gratuitous ARP, and by an unsolicited Neighbor Advertisement", [] {
        const MacAddress from = mac();
        const IpAddress four = address(Family::ipv4);
        const auto form = *rc::gen::element(ArpOperation::request, ArpOperation::reply);
        const OctetString frame = gratuitous_arp(form, from, four);
        const ArpPacket arp = parse_arp(parse_ethernet(frame).value().payload).value();
        RC_ASSERT(arp.claims(four));
        RC_ASSERT(arp.sender_mac == from);
        RC_ASSERT(arp.operation == form);
        const IpAddress six = link_local();
        const OctetString advertised = unsolicited_neighbor_advertisement(from, six);
        const EthernetFrame ethernet = parse_ethernet(advertised).value();
        const auto neighbor =
            parse_neighbor_advertisement(parse_ip(ethernet.type, ethernet.payload).value()).value();
        RC_ASSERT(neighbor.target == six);
        RC_ASSERT(neighbor.target_mac.value() == from);
    }));
}
