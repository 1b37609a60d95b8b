// SPDX-License-Identifier: GPL-2.0-or-later
// Every reason to refuse an advertisement that the packet itself can give, alone and together with another
// one.
#include "vrrp/discard.hpp"

#include <set>

#include "tests/catch.hpp"
#include "tests/vrrp/packet.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("a VRRP header is eight octets long", "[rfc9568-7.1-complete:negative]") {
    CHECK(outcome(decode4("")) == "packet_length");
    CHECK(outcome(decode4("31")) == "packet_length");
    CHECK(outcome(decode4("31336401 0064 a8")) == "packet_length");
    CHECK(outcome(decode6("31336401 0064 6d")) == "packet_length");
    CHECK(outcome(decode4("31", kGroup4, 254)) == "packet_length");
}

TEST_CASE("the addresses are as many as the count says", "[rfc9568-7.1-complete:negative]") {
    CHECK(outcome(decode4("31336402 0064 a801 c0000264")) == "packet_length");
    CHECK(outcome(decode4("31336401 0064 e59c c0000264 c0000265")) == "packet_length");
    CHECK(outcome(decode4("31336401 0064 a802 c00002")) == "packet_length");
    CHECK(outcome(decode4("31336401 0064 a802 c0000264 00")) == "packet_length");
    // VRRPv2 ended with eight octets of authentication data.
    CHECK(outcome(decode4("31336401 0064 a802 c0000264 0000000000000000")) == "packet_length");
}

TEST_CASE("what was routed is refused",
          "[rfc9568-5.1.1.3-ttl-received:negative][rfc9568-5.1.2.3-hop-limit-received:negative]") {
    for (const int hop_limit : {0, 1, 64, 128, 254}) {
        CAPTURE(hop_limit);
        CHECK(outcome(decode4("31336401 0064 a802 c0000264", kGroup4, hop_limit)) == "hop_limit");
        CHECK(outcome(decode6("31336401 0064 6d63 fe800000000000000000000000000064", kGroup6, hop_limit)) ==
              "hop_limit");
    }
}

TEST_CASE("only version 3 is spoken", "[rfc9568-7.1-version:negative]") {
    CHECK(outcome(decode4("21336401 0064 b802 c0000264")) == "version");
    CHECK(outcome(decode4("01336401 0064 d802 c0000264")) == "version");
    CHECK(outcome(decode4("41336401 0064 9802 c0000264")) == "version");
    CHECK(outcome(decode4("f1336401 0064 e801 c0000264")) == "version");
    // A whole VRRPv2 advertisement: authentication type 0, interval 1 s, and eight octets at the end.
    CHECK(outcome(decode4("21336401 0001 b865 c0000264 0000000000000000")) == "version");
}

TEST_CASE("only advertisements are known",
          "[rfc9568-7.1-type:negative][rfc9568-5.2.2-unknown-type:negative]") {
    CHECK(outcome(decode4("32336401 0064 a702 c0000264")) == "type");
    CHECK(outcome(decode4("30336401 0064 a902 c0000264")) == "type");
    CHECK(outcome(decode4("3f336401 0064 9a02 c0000264")) == "type");
}

TEST_CASE("a wrong checksum is refused",
          "[rfc9568-7.1-checksum:negative][rfc9568-5.2.8-ipv6-pseudo-header:negative]") {
    CHECK(outcome(decode4("31336401 0064 a803 c0000264")) == "checksum");
    CHECK(outcome(decode4("31336501 0064 a802 c0000264")) == "checksum");
    CHECK(outcome(decode4("31336401 0064 a802 c0000265")) == "checksum");
    // The right one for this message in IPv4, that is without a pseudo-header.
    CHECK(outcome(decode6("31336401 0064 6b82 fe800000000000000000000000000064")) == "checksum");
    // The right one for another destination.
    CHECK(outcome(decode6("31336401 0064 6d63 fe800000000000000000000000000064", kPeer6)) == "checksum");
}

TEST_CASE("a virtual router of others is none of ours", "[rfc9568-7.1-vrid:negative]") {
    CHECK(outcome(decode4("31346401 0064 a801 c0000264")) == "unknown_vrid");
    CHECK(outcome(decode6("31346401 0064 6d62 fe800000000000000000000000000064")) == "unknown_vrid");
}

TEST_CASE("the question whether a VRID is configured is asked with the packet's own") {
    Vrid asked{};
    const OctetString message = hex("31346401 0064 a801 c0000264");
    (void)decode({kSource4, kGroup4, 255, kProtocolVrrp, message}, [&](Vrid vrid) {
        asked = vrid;
        return true;
    });
    CHECK(asked == Vrid{52});
}

TEST_CASE("no address at all is refused", "[rfc9568-5.2.5-count:negative]") {
    CHECK(outcome(decode4("31336400 0064 6a68")) == "address_count");
    CHECK(outcome(decode6("31336400 0064 6c59")) == "address_count");
}

TEST_CASE("an interval of 0 would time out at once, and is refused", "[rfc9568-7.1-interval:negative]") {
    CHECK(outcome(decode4("31336401 0000 a866 c0000264")) == "advertise_interval");
    CHECK(outcome(decode6("31336401 0000 6dc7 fe800000000000000000000000000064")) == "advertise_interval");
    CHECK(outcome(decode4("31336401 0001 a865 c0000264")) == "accepted");
}

TEST_CASE("IPv6 advertisements begin with a link-local address",
          "[rfc9568-5.2.9-link-local-first:negative]") {
    CHECK(outcome(decode6("31336401 0064 3e2b 20010db8000000000000000000000064")) == "not_link_local");
}

namespace {

struct Refusal {
    int hop_limit;
    const char* message;
    Discard reason;
};

// In the order of the checks, each fault alone. IPv6, where all of them exist.
const Refusal kOneFault[] = {
    {254, "31336401 0064 6d63 fe800000000000000000000000000064", Discard::hop_limit},
    {255, "21336401 0064 7d63 fe800000000000000000000000000064", Discard::version},
    {255, "32336401 0064 6c63 fe800000000000000000000000000064", Discard::type},
    {255, "31336401 0064 6d62 fe80000000000000000000000000006400", Discard::packet_length},
    {255, "31336401 0064 6d62 fe800000000000000000000000000064", Discard::checksum},
    {255, "31346401 0064 6d62 fe800000000000000000000000000064", Discard::unknown_vrid},
    {255, "31336400 0064 6c59", Discard::address_count},
    {255, "31336401 0000 6dc7 fe800000000000000000000000000064", Discard::advertise_interval},
    {255, "31336401 0064 3e2b 20010db8000000000000000000000064", Discard::not_link_local},
};

// Each fault of the list above together with each later one: the earlier is named.
const Refusal kTwoFaults[] = {
    {254, "21336401 0064 7d63 fe800000000000000000000000000064", Discard::hop_limit},
    {254, "32336401 0064 6c63 fe800000000000000000000000000064", Discard::hop_limit},
    {254, "31336401 0064 6d62 fe80000000000000000000000000006400", Discard::hop_limit},
    {254, "31336401 0064 6d62 fe800000000000000000000000000064", Discard::hop_limit},
    {254, "31346401 0064 6d62 fe800000000000000000000000000064", Discard::hop_limit},
    {254, "31336400 0064 6c59", Discard::hop_limit},
    {254, "31336401 0000 6dc7 fe800000000000000000000000000064", Discard::hop_limit},
    {254, "31336401 0064 3e2b 20010db8000000000000000000000064", Discard::hop_limit},
    {255, "22336401 0064 7c63 fe800000000000000000000000000064", Discard::version},
    {255, "21336401 0064 7d62 fe80000000000000000000000000006400", Discard::version},
    {255, "21336401 0064 7d62 fe800000000000000000000000000064", Discard::version},
    {255, "21346401 0064 7d62 fe800000000000000000000000000064", Discard::version},
    {255, "21336400 0064 7c59", Discard::version},
    {255, "21336401 0000 7dc7 fe800000000000000000000000000064", Discard::version},
    {255, "21336401 0064 4e2b 20010db8000000000000000000000064", Discard::version},
    {255, "32336401 0064 6c62 fe80000000000000000000000000006400", Discard::type},
    {255, "32336401 0064 6c62 fe800000000000000000000000000064", Discard::type},
    {255, "32346401 0064 6c62 fe800000000000000000000000000064", Discard::type},
    {255, "32336400 0064 6b59", Discard::type},
    {255, "32336401 0000 6cc7 fe800000000000000000000000000064", Discard::type},
    {255, "32336401 0064 3d2b 20010db8000000000000000000000064", Discard::type},
    {255, "31336401 0064 6d63 fe80000000000000000000000000006400", Discard::packet_length},
    {255, "31346401 0064 6d61 fe80000000000000000000000000006400", Discard::packet_length},
    {255, "31336400 0064 6c58 00", Discard::packet_length},
    {255, "31336401 0000 6dc6 fe80000000000000000000000000006400", Discard::packet_length},
    {255, "31336401 0064 3e2a 20010db800000000000000000000006400", Discard::packet_length},
    {255, "31346401 0064 6d63 fe800000000000000000000000000064", Discard::checksum},
    {255, "31336400 0064 6c58", Discard::checksum},
    {255, "31336401 0000 6dc6 fe800000000000000000000000000064", Discard::checksum},
    {255, "31336401 0064 3e2a 20010db8000000000000000000000064", Discard::checksum},
    {255, "31346400 0064 6c58", Discard::unknown_vrid},
    {255, "31346401 0000 6dc6 fe800000000000000000000000000064", Discard::unknown_vrid},
    {255, "31346401 0064 3e2a 20010db8000000000000000000000064", Discard::unknown_vrid},
    {255, "31336400 0000 6cbd", Discard::address_count},
    {255, "31336401 0000 3e8f 20010db8000000000000000000000064", Discard::advertise_interval},
};

}  // namespace

TEST_CASE("each fault has its own name", "[rfc9568-7.1-discard:negative]") {
    std::set<Discard> reached;
    for (const auto& [hop_limit, message, reason] : kOneFault) {
        CAPTURE(hop_limit, message);
        CHECK(outcome(decode6(message, kGroup6, hop_limit)) == name(reason));
        reached.insert(reason);
    }
    CHECK(reached.size() == 9);
}

TEST_CASE("without a fault the same packet is taken", "[rfc9568-7.1-discard:positive]") {
    CHECK(outcome(decode6("31336401 0064 6d63 fe800000000000000000000000000064")) == "accepted");
}

TEST_CASE("of two faults the first in the order of the checks is named") {
    for (const auto& [hop_limit, message, reason] : kTwoFaults) {
        CAPTURE(hop_limit, message);
        CHECK(outcome(decode6(message, kGroup6, hop_limit)) == name(reason));
    }
    CHECK(std::size(kTwoFaults) == 35);  // all pairs but a missing first address that is not link-local
}

TEST_CASE("every reason has a name, and each its own") {
    const std::vector<std::string> expected{
        "ip_header",    "packet_length", "hop_limit",          "version",        "type",        "checksum",
        "unknown_vrid", "address_count", "advertise_interval", "not_link_local", "destination", "stranger",
        "own"};
    REQUIRE(expected.size() == kDiscardCount);
    for (std::size_t i = 0; i < kDiscardCount; ++i) CHECK(name(static_cast<Discard>(i)) == expected[i]);
    CHECK(name(static_cast<Discard>(kDiscardCount)) == "unknown");  // nobody added one without a name
}

TEST_CASE("each reason is counted by itself") {
    DiscardCounters counters;
    CHECK(counters[Discard::checksum] == 0);
    counters.count(Discard::checksum);
    counters.count(Discard::checksum);
    counters.count(Discard::own);
    CHECK(counters[Discard::ip_header] == 0);
    CHECK(counters[Discard::checksum] == 2);
    CHECK(counters[Discard::type] == 0);
    CHECK(counters[Discard::unknown_vrid] == 0);
    CHECK(counters[Discard::own] == 1);
    DiscardCounters same;
    CHECK_FALSE(same == counters);
    for (const Discard discard : {Discard::own, Discard::checksum, Discard::checksum}) same.count(discard);
    CHECK(same == counters);
}
