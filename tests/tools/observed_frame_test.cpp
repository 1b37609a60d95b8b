// SPDX-License-Identifier: GPL-2.0-or-later
// The frames were sent by keepalived 2.2.7 and Linux 6.18 and recorded from a bridge; see tests/lab.
#include "tests/tools/observed_frame.hpp"

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "tests/catch.hpp"

namespace highbase::tests {
namespace {

std::vector<std::uint8_t> bytes(std::string_view hex) {
    std::vector<std::uint8_t> result(hex.size() / 2);
    for (std::size_t i = 0; i < result.size(); ++i) {
        std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, result[i], 16);
    }
    return result;
}

template <typename Seen>
Seen observed(std::string_view hex) {
    const SeenFrame seen = observe(bytes(hex));
    REQUIRE(std::holds_alternative<Seen>(seen));
    return std::get<Seen>(seen);
}

bool is_nothing(std::string_view hex) {
    return std::holds_alternative<std::monostate>(observe(bytes(hex)));
}

// Priority 200, VRID 51, every 100 ms, 192.0.2.100; the checksum is at octet 40.
const std::string kAdvertisement =
    "01005e0000120268620000010800"
    "45c0002000010000ff701899c0000201e0000012"
    "3133c801000aa1cbc0000264";

std::string with_checksum(std::string_view checksum) {
    return kAdvertisement.substr(0, 80) + std::string(checksum) + kAdvertisement.substr(84);
}

}  // namespace

TEST_CASE("an IPv4 advertisement is read") {
    const auto seen = observed<SeenAdvertisement>(kAdvertisement);
    CHECK(to_string(seen.sender) == "02:68:62:00:00:01");
    CHECK(to_string(seen.source) == "192.0.2.1");
    CHECK(seen.version == 3);
    CHECK(seen.type == 1);
    CHECK(seen.vrid == 51);
    CHECK(seen.priority == 200);
    CHECK(seen.address_count == 1);
    CHECK(seen.interval_centiseconds == 10);
    CHECK(seen.ttl == 255);
    CHECK(seen.checksum == ChecksumForm::pseudo_header);
}

TEST_CASE("the forms of the IPv4 checksum are told apart") {
    CHECK(observed<SeenAdvertisement>(with_checksum("445c")).checksum == ChecksumForm::message_only);
    CHECK(observed<SeenAdvertisement>(with_checksum("445d")).checksum == ChecksumForm::wrong);
    CHECK(observed<SeenAdvertisement>(with_checksum("0000")).checksum == ChecksumForm::wrong);
}

TEST_CASE("the reserved bits are no part of the interval") {
    std::string reserved = kAdvertisement;
    reserved[76] = 'f';
    CHECK(observed<SeenAdvertisement>(reserved).interval_centiseconds == 10);
}

TEST_CASE("padding of a short frame is not taken for the message") {
    const auto seen = observed<SeenAdvertisement>(kAdvertisement + "0000000000000000000000000000");
    CHECK(seen.checksum == ChecksumForm::pseudo_header);
}

TEST_CASE("an IPv6 advertisement is read") {
    const auto seen = observed<SeenAdvertisement>(
        "33330000001202686200000186dd"
        "6c0802b1002870fffe80000000000000006862fffe000001ff020000000000000000000000000012"
        "3133c802000a799cfe80000000000000000000000000005120010db8000100000000000000000100");
    CHECK(to_string(seen.source) == "fe80::68:62ff:fe00:1");
    CHECK(seen.priority == 200);
    CHECK(seen.address_count == 2);
    CHECK(seen.checksum == ChecksumForm::pseudo_header);
}

TEST_CASE("gratuitous ARP is read, in both forms") {
    const std::string request =
        "ffffffffffff0268620000010806"
        "0001080006040001"
        "026862000001c0000264ffffffffffffc0000264";
    const auto seen = observed<SeenAnnouncement>(request);
    CHECK(seen.form == AnnouncementForm::arp_request);
    CHECK(to_string(seen.address) == "192.0.2.100");
    CHECK(to_string(seen.sender) == "02:68:62:00:00:01");
    CHECK(to_string(seen.claimed) == "02:68:62:00:00:01");

    std::string reply = request;
    reply[43] = '2';
    CHECK(observed<SeenAnnouncement>(reply).form == AnnouncementForm::arp_reply);
}

TEST_CASE("an ordinary ARP reply announces nothing") {
    CHECK(
        is_nothing("0268620000030268620000010806"
                   "0001080006040002"
                   "026862000001c0000264026862000003c0000203"));
}

TEST_CASE("an unsolicited Neighbor Advertisement is read") {
    const std::string unsolicited =
        "33330000000102686200000186dd"
        "6000000000203afffe800000000000000000000000000051ff020000000000000000000000000001"
        "8800f49220000000fe8000000000000000000000000000510201026862000001";
    const auto seen = observed<SeenAnnouncement>(unsolicited);
    CHECK(seen.form == AnnouncementForm::neighbor_advertisement);
    CHECK(to_string(seen.address) == "fe80::51");
    CHECK(to_string(seen.claimed) == "02:68:62:00:00:01");

    std::string solicited = unsolicited;
    solicited.replace(76, 4, "fe80");  // to one host, not to all
    CHECK(is_nothing(solicited));
}

TEST_CASE("answers to probes are read, in both families") {
    const auto v4 = observed<SeenEchoReply>(
        "0268620000030268620000010800"
        "4500002cdd41000040011928c0000264c0000203"
        "00003d6b1cfc000068696768626173650000000000000007");
    CHECK(to_string(v4.source) == "192.0.2.100");
    CHECK(to_string(v4.sender) == "02:68:62:00:00:01");
    CHECK(v4.identifier == 0x1cfc);
    CHECK(v4.sequence == 7);

    const auto v6 = observed<SeenEchoReply>(
        "02686200000302686200000186dd"
        "6007286b00183a4020010db800010000000000000000010020010db8000100000000000000000003"
        "81005f801d1d000068696768626173650000000000000000");
    CHECK(to_string(v6.source) == "2001:db8:1::100");
    CHECK(v6.identifier == 0x1d1d);
}

TEST_CASE("an answer to somebody else's ping is none") {
    CHECK(
        is_nothing("0268620000030268620000010800"
                   "4500002cdd41000040011928c0000264c0000203"
                   "00003d6b1cfc000000000000626173650000000000000007"));
}

TEST_CASE("a request is no answer") {
    CHECK(
        is_nothing("0268620000030268620000010800"
                   "4500002cdd41000040011928c0000264c0000203"
                   "08003d6b1cfc000068696768626173650000000000000007"));
}

TEST_CASE("a frame cut off anywhere is no frame") {
    for (std::size_t length = 0; length < kAdvertisement.size(); length += 2) {
        CHECK(is_nothing(kAdvertisement.substr(0, length)));
    }
}

}  // namespace highbase::tests
