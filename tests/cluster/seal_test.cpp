// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/seal.hpp"

#include <set>
#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/cluster/example_message.hpp"
#include "tests/cluster/keys.hpp"
#include "tests/vrrp/octets.hpp"

namespace highbase::cluster {
namespace {

using namespace highbase::tests;
using vrrp::OctetString;

// Made with Python's hmac and hashlib.sha512.
const OctetString kMessage = hex("0102030405");
const OctetString kSealed =
    hex("48425001 79fc516269d26fd5 0102030405"
        "0ebd6ae84a1d370db77902000bf1694cd29ca00d6047e7f2b849a0d75e8405eb");
const OctetString kSealedWithOld =
    hex("48425001 31ef1375bd3e16a6 0102030405"
        "85edbc0ac76351d1adadc26a1fa09b2a672b2594f7877a4d01a3b0f460f76cd9");
constexpr std::uint8_t kNew = 0;
constexpr std::uint8_t kOld = 0xa0;

std::string opened(Seal& seal, const OctetString& datagram) {
    const auto message = seal.open(datagram);
    return message ? to_hex(*message) : std::string{name(message.error())};
}
std::string opened(const OctetString& datagram) {
    Seal seal{key_of(kNew)};
    return opened(seal, datagram);
}

}  // namespace

TEST_CASE("a sealed message is these octets", "[peer]") {
    const Seal seal{key_of(kNew)};
    CHECK(to_hex(seal.seal(kMessage)) == to_hex(kSealed));
    CHECK(seal.pair_id() == "79fc516269d26fd5");
    CHECK(opened(kSealed) == "0102030405");
    CHECK(to_hex(Seal{key_of(kOld)}.seal(kMessage)) == to_hex(kSealedWithOld));
    CHECK(to_hex(seal.seal(encode(example_message()).value())) ==
          compact("48425001 79fc516269d26fd5") + compact(kExampleOctets) +
              "23c1b2c31a93432a47f1695cd3308b0b844cd6ded9b50173027c484b318e098f");
}

TEST_CASE("every altered bit is noticed", "[peer]") {
    OctetString datagram = kSealed;
    for (std::size_t bit = 0; bit < datagram.size() * 8; ++bit) {
        const auto mask = static_cast<std::uint8_t>(1 << bit % 8);
        datagram[bit / 8] ^= mask;
        CHECK(opened(datagram) == (bit < 24   ? "protocol"
                                   : bit < 32 ? "version"
                                   : bit < 96 ? "another_pair"
                                              : "seal"));
        datagram[bit / 8] ^= mask;
    }
    CHECK(opened(datagram) == "0102030405");
}

TEST_CASE("octets cut off or added are noticed", "[peer]") {
    for (std::size_t size = 0; size < kSealed.size(); ++size) {
        const OctetString part{kSealed.begin(), kSealed.begin() + static_cast<std::ptrdiff_t>(size)};
        CHECK(opened(part) == (size < 44 ? "size" : "seal"));
    }
    OctetString longer = kSealed;
    longer.push_back(0);
    CHECK(opened(longer) == "seal");
    longer.resize(1400);
    CHECK(opened(longer) == "seal");
    longer.resize(1401);
    CHECK(opened(longer) == "size");
}

TEST_CASE("messages of any size up to the largest go through", "[peer]") {
    const Seal seal{key_of(kNew)};
    CHECK(opened(seal.seal({})).empty());
    const OctetString largest(1356, 0xee);
    CHECK(seal.seal(largest).size() == 1400);
    CHECK(opened(seal.seal(largest)) == to_hex(largest));
    CHECK_THROWS_AS(seal.seal(OctetString(1357, 0xee)), std::logic_error);
}

TEST_CASE("another key is told from an altered message", "[peer]") {
    CHECK(opened(kSealedWithOld) == "another_pair");
    // Somebody who has only seen our pair id.
    OctetString forged = kSealedWithOld;
    std::copy_n(kSealed.begin(), 12, forged.begin());
    CHECK(opened(forged) == "seal");
}

TEST_CASE("keys are rolled without a gap, whichever box is changed first", "[peer]") {
    Seal one{key_of(kOld)};
    Seal other{key_of(kOld)};
    const auto both_are_understood = [&] {
        return opened(other, one.seal(kMessage)) == "0102030405" &&
               opened(one, other.seal(kMessage)) == "0102030405";
    };
    CHECK(both_are_understood());
    one = Seal{key_of(kNew), key_of(kOld)};
    CHECK(both_are_understood());
    CHECK(one.seal(kMessage) == kSealedWithOld);
    CHECK(one.pair_id() == "79fc516269d26fd5");
    other = Seal{key_of(kNew), key_of(kOld)};
    CHECK(both_are_understood());
    // The first that has the new key alone shows that it has it, and the other follows.
    other = Seal{key_of(kNew)};
    CHECK(opened(other, one.seal(kMessage)) == "another_pair");
    CHECK(opened(one, other.seal(kMessage)) == "0102030405");
    CHECK(one.seal(kMessage) == kSealed);
    CHECK(both_are_understood());
    one = Seal{key_of(kNew)};
    CHECK(both_are_understood());
    CHECK(opened(one, kSealedWithOld) == "another_pair");
}

TEST_CASE("a message that is refused shows nothing about the other box's keys", "[peer]") {
    Seal seal{key_of(kNew), key_of(kOld)};
    OctetString forged = kSealed;
    forged.back() ^= 1;
    CHECK(opened(seal, forged) == "seal");
    CHECK(seal.seal(kMessage) == kSealedWithOld);
    CHECK(opened(seal, kSealed) == "0102030405");
    CHECK(opened(seal, kSealedWithOld) == "0102030405");
    CHECK(seal.seal(kMessage) == kSealed);
}

TEST_CASE("sessions are not made twice", "[peer]") {
    std::set<SessionId> sessions;
    for (int i = 0; i < 1000; ++i) sessions.insert(random_session());
    CHECK(sessions.size() == 1000);
    CHECK(sessions.count(kNoSession) == 0);
}

}  // namespace highbase::cluster
