// SPDX-License-Identifier: GPL-2.0-or-later
// The advertisement in both directions, octet by octet.
#include "vrrp/advertisement.hpp"

#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/vrrp/packet.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

const Advertisement kAdvertisement4{Vrid{51}, Priority{100}, Centiseconds{100}, {ip("192.0.2.100")}};
const Advertisement kAdvertisement6{
    Vrid{51}, Priority{100}, Centiseconds{100}, {ip("fe80::64"), ip("2001:db8::64")}};

// version and type, VRID, priority, count; reserve and interval; checksum; addresses
constexpr auto kMessage4 = "31 33 64 01  0064  a802  c0000264";
constexpr auto kWithPseudoHeader4 = "31 33 64 01  0064  0572  c0000264";
constexpr auto kMessage6 =
    "31 33 64 02  0064  3f35  fe800000000000000000000000000064  20010db8000000000000000000000064";

std::string encoded(const Advertisement& advertisement, const IpAddress& source, const IpAddress& destination,
                    ChecksumForm form = ChecksumForm::message_only) {
    return to_hex(encode(advertisement, source, destination, form));
}

std::vector<IpAddress> numbered(const char* text, int count) {
    std::vector<IpAddress> addresses(static_cast<std::size_t>(count), ip(text));
    std::uint8_t number = 0;
    for (IpAddress& address : addresses) {
        OctetString octets{address.octets().begin(), address.octets().end()};
        octets.back() = ++number;
        address = IpAddress::from_octets(octets);
    }
    return addresses;
}

}  // namespace

// ---- sending

TEST_CASE(
    "an IPv4 advertisement is its fields and a checksum over the message alone",
    "[rfc9568-7.2-fields:positive][rfc9568-5.2.8-ipv4-message-only:positive][rfc9568-7.2-checksum:positive]"
    "[rfc9568-5.2.6-reserve:positive]") {
    CHECK(encoded(kAdvertisement4, kSource4, kGroup4) == compact(kMessage4));
}

TEST_CASE("the addresses of the IP packet are not in an IPv4 checksum",
          "[rfc9568-5.2.8-ipv4-message-only:negative]") {
    CHECK(encoded(kAdvertisement4, kSource4, kPeer4) == compact(kMessage4));
    CHECK(encoded(kAdvertisement4, kPeer4, kGroup4) == compact(kMessage4));
}

TEST_CASE("for speakers that want it the IPv4 checksum covers a pseudo-header with the real destination") {
    CHECK(encoded(kAdvertisement4, kSource4, kGroup4, ChecksumForm::pseudo_header) ==
          compact(kWithPseudoHeader4));
    CHECK(encoded(kAdvertisement4, kSource4, kPeer4, ChecksumForm::pseudo_header) ==
          compact("31336401 0064 2382 c0000264"));
}

TEST_CASE("an IPv6 advertisement's checksum covers the pseudo-header, whatever form is asked for",
          "[rfc9568-5.2.8-ipv6-pseudo-header:positive][rfc9568-7.2-checksum:positive]"
          "[rfc9568-5.2.9-link-local-first:positive]") {
    CHECK(encoded(kAdvertisement6, kSource6, kGroup6) == compact(kMessage6));
    CHECK(encoded(kAdvertisement6, kSource6, kGroup6, ChecksumForm::pseudo_header) == compact(kMessage6));
    CHECK(encoded(kAdvertisement6, kSource6, kPeer6) ==
          compact("31336402 0064 3fc7 fe800000000000000000000000000064 20010db8000000000000000000000064"));
}

TEST_CASE("fields at the ends of their ranges", "[rfc9568-7.2-fields:positive]") {
    CHECK(encoded({Vrid{255}, Priority{254}, Centiseconds{4095}, {ip("192.0.2.100"), ip("198.51.100.7")}},
                  kSource4, kGroup4) == compact("31 ff fe 02  0fff  d35e  c0000264 c6336407"));
    CHECK(encoded({Vrid{51}, kPriorityReleasing, Centiseconds{1}, {ip("192.0.2.100")}}, kSource4, kGroup4) ==
          compact("31 33 00 01  0001  0c66  c0000264"));
}

TEST_CASE("as many as 255 addresses", "[rfc9568-7.2-fields:positive]") {
    const OctetString four =
        encode({Vrid{51}, Priority{100}, Centiseconds{100}, numbered("198.51.100.0", 255)}, kSource4, kGroup4,
               ChecksumForm::message_only);
    CHECK(four.size() == 1028);
    CHECK(to_hex(Octets{four}.first(16)) == compact("31 33 64 ff  0064  dff2  c6336401 c6336402"));
    CHECK(to_hex(Octets{four}.last(4)) == compact("c63364ff"));
    const OctetString six = encode({Vrid{51}, Priority{100}, Centiseconds{100}, numbered("fe80::", 255)},
                                   kSource6, kGroup6, ChecksumForm::message_only);
    CHECK(six.size() == 4088);
    CHECK(to_hex(Octets{six}.first(24)) ==
          compact("31 33 64 ff  0064  596c  fe800000000000000000000000000001"));
    CHECK(decode4(to_hex(four)).value().advertisement.addresses.size() == 255);
    CHECK(decode6(to_hex(six)).value().advertisement.addresses.back() == ip("fe80::ff"));
}

TEST_CASE("what does not fit the wire is never sent", "[rfc9568-7.2-fields:negative]") {
    const auto sent_with = [](auto change) {
        Advertisement advertisement = kAdvertisement4;
        change(advertisement);
        return encode(advertisement, kSource4, kGroup4, ChecksumForm::message_only);
    };
    CHECK_THROWS_AS(sent_with([](Advertisement& a) { a.max_advertise_interval = Centiseconds{0}; }),
                    std::logic_error);
    CHECK_THROWS_AS(sent_with([](Advertisement& a) { a.max_advertise_interval = Centiseconds{4096}; }),
                    std::logic_error);
    CHECK_THROWS_AS(sent_with([](Advertisement& a) { a.max_advertise_interval = Centiseconds{-1}; }),
                    std::logic_error);
    CHECK_THROWS_AS(sent_with([](Advertisement& a) { a.addresses.clear(); }), std::logic_error);
    CHECK_THROWS_AS(sent_with([](Advertisement& a) { a.addresses.resize(256); }), std::logic_error);
}

TEST_CASE("the addresses are of the family that carries them", "[rfc9568-5.2.9-one-family:positive]") {
    CHECK_NOTHROW(encode(kAdvertisement4, kSource4, kGroup4, ChecksumForm::message_only));
    CHECK_NOTHROW(encode(kAdvertisement6, kSource6, kGroup6, ChecksumForm::message_only));
}

TEST_CASE("families are not mixed, neither sent nor received", "[rfc9568-5.2.9-one-family:negative]") {
    Advertisement mixed = kAdvertisement4;
    mixed.addresses.push_back(ip("fe80::64"));
    CHECK_THROWS_AS(encode(mixed, kSource4, kGroup4, ChecksumForm::message_only), std::logic_error);
    CHECK_THROWS_AS(encode(kAdvertisement4, kSource6, kGroup6, ChecksumForm::message_only), std::logic_error);
    // Four IPv4 addresses take the room of one IPv6 address, but are counted as four.
    CHECK(outcome(decode6("31336404 0064 62ac c0000264 c0000265 c0000266 c0000267")) == "packet_length");
    CHECK(outcome(decode4("31336401 0064 6b82 fe800000000000000000000000000064")) == "packet_length");
}

// ---- receiving

TEST_CASE("a right IPv4 advertisement is understood",
          "[rfc9568-7.1-version:positive][rfc9568-7.1-type:positive][rfc9568-7.1-complete:positive]"
          "[rfc9568-7.1-checksum:positive][rfc9568-7.1-vrid:positive][rfc9568-7.1-interval:positive]"
          "[rfc9568-5.1.1.3-ttl-received:positive][rfc9568-5.2.2-unknown-type:positive]"
          "[rfc9568-5.2.5-count:positive]") {
    const Decoded decoded = decode4(kMessage4);
    CHECK(decoded.value() == ReceivedAdvertisement{kAdvertisement4, kSource4, ChecksumForm::message_only});
}

TEST_CASE("a right IPv6 advertisement is understood",
          "[rfc9568-5.1.2.3-hop-limit-received:positive][rfc9568-5.2.8-ipv6-pseudo-header:positive]"
          "[rfc9568-5.2.9-link-local-first:positive]") {
    const Decoded decoded = decode6(kMessage6);
    CHECK(decoded.value() == ReceivedAdvertisement{kAdvertisement6, kSource6, ChecksumForm::message_only});
}

TEST_CASE("an IPv4 advertisement is accepted in each checksum form, and the form is told") {
    CHECK(decode4(kWithPseudoHeader4).value().checksum_form == ChecksumForm::pseudo_header);
    CHECK(decode4("31336401 0064 a802 c0000264", kPeer4).value().checksum_form == ChecksumForm::message_only);
    CHECK(decode4("31336401 0064 2382 c0000264", kPeer4).value().checksum_form ==
          ChecksumForm::pseudo_header);
    CHECK(decode4("31336401 0064 0572 c0000264", kPeer4).value().checksum_form ==
          ChecksumForm::pseudo_header_group);
    CHECK(decode4(kWithPseudoHeader4).value().advertisement == kAdvertisement4);
}

TEST_CASE("a checksum that comes out as zero is an ordinary one") {
    CHECK(decode4("31 33 01 01  0b67  0000  c0000264").value().advertisement ==
          Advertisement{Vrid{51}, Priority{1}, Centiseconds{2919}, {ip("192.0.2.100")}});
    CHECK(outcome(decode4("31 33 01 01  0b67  ffff  c0000264")) == "accepted");  // the other zero of RFC 1071
}

TEST_CASE("the reserved bits are ignored", "[rfc9568-5.2.6-reserve:negative]") {
    CHECK(decode4("31336401 f064 b801 c0000264").value().advertisement == kAdvertisement4);
    CHECK(decode4("31336401 afff f866 c0000264").value().advertisement.max_advertise_interval ==
          Centiseconds{4095});
    CHECK(outcome(decode4("31336401 f000 b865 c0000264")) == "advertise_interval");
}

TEST_CASE("every priority is possible, and 0 is not a special packet") {
    CHECK(decode4("31330001 0064 0c03 c0000264").value().advertisement.priority == kPriorityReleasing);
    CHECK(decode4("3133ff01 0064 0d02 c0000264").value().advertisement.priority == kPriorityOwner);
    CHECK(decode6("31330001 0064 d163 fe800000000000000000000000000064").value().advertisement.priority ==
          kPriorityReleasing);
}

TEST_CASE("only the first IPv6 address has to be link-local", "[rfc9568-5.2.9-link-local-first:negative]") {
    CHECK(outcome(decode6(kMessage6)) == "accepted");
    CHECK(outcome(decode6(
              "31336402 0064 3f35 20010db8000000000000000000000064 fe800000000000000000000000000064")) ==
          "not_link_local");
}
