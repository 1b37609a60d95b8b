// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/checksum.hpp"

#include "tests/catch.hpp"
#include "tests/vrrp/packet.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

std::uint16_t checksum(std::string_view text) {
    return InternetChecksum{}.add(hex(text)).value();
}

}  // namespace

TEST_CASE("the Internet checksum of RFC 1071's own example") {
    CHECK(checksum("0001 f203 f4f5 f6f7") == 0x220d);  // the complement of its ddf2
}

TEST_CASE("carries are added again until none is left") {
    CHECK(checksum("ffff") == 0x0000);
    CHECK(checksum("ffff 0001") == 0xfffe);
    CHECK(checksum("ffff ffff") == 0x0000);
    CHECK(checksum("8000 8000") == 0xfffe);
    CHECK(checksum("ffff ffff 0001") == 0xfffe);  // 1ffff folds to 10000, and that to 1
}

TEST_CASE("nothing at all has the checksum of zero") {
    CHECK(checksum("") == 0xffff);
    CHECK(checksum("0000") == 0xffff);
}

TEST_CASE("an odd last octet counts as the upper half of a word") {
    CHECK(checksum("01") == 0xfeff);
    CHECK(checksum("0001 02") == 0xfdfe);
    CHECK(checksum("00 01") == 0xfffe);
}

TEST_CASE("octets may be added in pieces of an even length") {
    CHECK(InternetChecksum{}.add(hex("0001 f203")).add(hex("f4f5")).add(hex("f6f7")).value() == 0x220d);
}

TEST_CASE("over octets that hold a correct checksum the result is 0") {
    CHECK(checksum("3133 6401 0064 a802 c000 0264") == 0);
    CHECK(checksum("3133 6401 0064 a803 c000 0264") != 0);
}

TEST_CASE("the IPv4 pseudo-header is that of UDP, with the protocol number of VRRP") {
    // c000 0201 e000 0012 0070 000c: source, destination, zero and protocol, length.
    CHECK(InternetChecksum{}.add_pseudo_header(kSource4, kGroup4, kProtocolVrrp, 12).value() == 0x5d6f);
    CHECK(checksum("c000 0201 e000 0012 0070 000c") == 0x5d6f);
}

TEST_CASE("the IPv6 pseudo-header is that of RFC 8200") {
    CHECK(InternetChecksum{}.add_pseudo_header(kSource6, kGroup6, kProtocolVrrp, 40).value() == 0x01d1);
    CHECK(checksum("fe80 0000 0000 0000 0000 0000 0000 0001 ff02 0000 0000 0000 0000 0000 0000 0012"
                   "0000 0028 0000 0070") == 0x01d1);
}
