// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/peer_message.hpp"

#include <limits>
#include <map>
#include <set>

#include "tests/catch.hpp"
#include "tests/cluster/example_message.hpp"
#include "tests/vrrp/octets.hpp"

namespace highbase::cluster {
namespace {

using namespace std::chrono_literals;
using namespace highbase::tests;
using vrrp::OctetString;

const std::string kSmallest = compact(
    "0102030405060708 0000000000000009 0000000000000000 0000000000000000 00 0064 0000000000000000"
    "ffffffff 03 677731 00 00 00");

PeerMessage with_services(std::vector<ServiceState> services) {
    PeerMessage message = example_message();
    message.state.services = std::move(services);
    message.clients.clear();
    return message;
}

ServiceState service_of(std::string name) {
    return {.name = std::move(name)};
}

// The example with other octets at one place.
OctetString patched(std::size_t at, std::string_view octets) {
    OctetString message = hex(kExampleOctets);
    for (const std::uint8_t octet : hex(octets)) message.at(at++) = octet;
    return message;
}

std::string refusal_of(const OctetString& octets) {
    const auto message = decode(octets);
    return message ? "accepted" : std::string{name(message.error())};
}
std::string refusal_of(std::string_view octets) {
    return refusal_of(hex(octets));
}

PeerMessage through_the_wire(const PeerMessage& message) {
    const OctetString octets = encode(message).value();
    CHECK(octets.size() <= 1356);
    return decode(octets).value();
}

// How long the texts of two positions are after the way; -1: omitted.
std::pair<int, int> sizes(const ServiceState& service) {
    const auto size = [](const Position& position) {
        return position.omitted ? -1 : static_cast<int>(position.text.size());
    };
    return {size(service.executed), size(service.received)};
}

}  // namespace

TEST_CASE("a message is these octets", "[peer]") {
    CHECK(to_hex(encode(example_message()).value()) == compact(kExampleOctets));
    CHECK(decode(hex(kExampleOctets)).value() == example_message());

    PeerMessage smallest;
    smallest.stamp.session = SessionId{0x0102030405060708};
    smallest.stamp.number = MessageNumber{9};
    smallest.state.node = "gw1";
    CHECK(to_hex(encode(smallest).value()) == kSmallest);
    CHECK(decode(hex(kSmallest)).value() == smallest);
}

TEST_CASE("a release is these octets", "[peer]") {
    ServiceState service = service_of("db");
    service.word = Release{Epoch{0x1122334455667788}};
    const std::string encoded = to_hex(encode(with_services({service})).value());
    CHECK(encoded.substr(2 * 47) == compact("03 677731 00 01"
                                            "02 6462 00 0000000000000000 00 01 08 00000000 0000 0000"
                                            "1122334455667788 00"));
    CHECK(through_the_wire(with_services({service})).state.services[0].word ==
          Word{Release{Epoch{0x1122334455667788}}});
}

TEST_CASE("what is missing or too much is refused", "[peer]") {
    const OctetString whole = hex(kExampleOctets);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK(refusal_of(OctetString{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}) ==
              "length");
    }
    CHECK(refusal_of(std::string{kExampleOctets} + "00") == "length");
    CHECK(refusal_of(kSmallest + "00") == "length");
}

TEST_CASE("a stamp that cannot be is refused", "[peer]") {
    CHECK(refusal_of(patched(0, "0000000000000000")) == "stamp");   // no session
    CHECK(refusal_of(patched(8, "0000000000000000")) == "stamp");   // no number
    CHECK(refusal_of(patched(16, "0000000000000000")) == "stamp");  // an echoed number of no session
    CHECK(refusal_of(patched(24, "0000000000000000")) == "stamp");  // an echoed session without a number
    CHECK(refusal_of(patched(32, "02")) == "value");
    CHECK(refusal_of(patched(33, "0009")) == "stamp");  // 9 ms
    CHECK(refusal_of(patched(33, "000a")) == "accepted");
    CHECK(refusal_of(patched(33, "2710")) == "accepted");
    CHECK(refusal_of(patched(33, "2711")) == "stamp");              // 10.001 s
    CHECK(refusal_of(patched(35, "0000000000000303")) == "stamp");  // greater than the echoed number
    CHECK(refusal_of(patched(35, "0000000000000302")) == "accepted");
    CHECK(refusal_of(patched(35, "0000000000000000")) == "stamp");  // held, but never heard
    CHECK(refusal_of(patched(35, "0000000000000000 ffffffff")) == "accepted");
    OctetString accepts_nobody = hex(kSmallest);
    accepts_nobody[32] = 1;
    CHECK(refusal_of(accepts_nobody) == "stamp");
}

TEST_CASE("what is no name is refused", "[peer]") {
    CHECK(refusal_of(patched(47, "03 2d7731")) == "name");  // -w1
    CHECK(refusal_of(patched(47, "03 2e7731")) == "name");  // .w1
    CHECK(refusal_of(patched(47, "03 672d2e")) == "accepted");
    CHECK(refusal_of(patched(47, "03 5f5f31")) == "accepted");
    CHECK(refusal_of(patched(47, "03 677720")) == "name");
    CHECK(refusal_of(patched(47, "03 677700")) == "name");
    CHECK(refusal_of(patched(47, "03 6777ff")) == "name");
    CHECK(refusal_of(patched(51, "03 672f32")) == "name");  // the successor
    CHECK(refusal_of(patched(56, "02 6427")) == "name");    // the service
    CHECK(refusal_of(patched(47, "00")) == "name");
    CHECK(refusal_of(patched(56, "00")) == "name");
    const OctetString tail = hex("00 00 00");
    for (const auto& [length, expected] :
         std::map<std::size_t, const char*>{{64, "accepted"}, {65, "name"}}) {
        OctetString octets = hex(kSmallest.substr(0, 2 * 47));
        octets.push_back(static_cast<std::uint8_t>(length));
        octets.insert(octets.end(), length, 'a');
        octets.insert(octets.end(), tail.begin(), tail.end());
        CHECK(refusal_of(octets) == expected);
    }
}

TEST_CASE("a value outside of its range is refused", "[peer]") {
    CHECK(refusal_of(patched(59, "05")) == "value");  // role
    CHECK(refusal_of(patched(59, "85")) == "value");  // the same, and it votes
    CHECK(refusal_of(patched(59, "15")) == "value");
    CHECK(refusal_of(patched(59, "24")) == "value");
    CHECK(refusal_of(patched(59, "14")) == "accepted");
    CHECK(refusal_of(patched(59, "00")) == "accepted");
    CHECK(refusal_of(patched(68, "ff")) == "value");  // score
    CHECK(refusal_of(patched(68, "fe")) == "accepted");
    CHECK(refusal_of(patched(69, "11")) == "value");  // eligibility
    CHECK(refusal_of(patched(69, "0f")) == "accepted");
    CHECK(decode(patched(70, "84")).value().state.services[0].foreign_term);
    CHECK(refusal_of(patched(71, "00000001")) == "value");  // a drain that is not known
}

TEST_CASE("a position that cannot be is refused", "[peer]") {
    CHECK(refusal_of(patched(77, "302d312d34 27")) == "position");  // a quote would end a string in SQL
    CHECK(refusal_of(patched(77, "302d312d34 5c")) == "position");
    CHECK(refusal_of(patched(77, "302d312d34 0d")) == "position");
    CHECK(refusal_of(patched(77, "302d312d34 80")) == "position");
    CHECK(refusal_of(patched(77, "41 5f 3a 2c 20 0a")) == "accepted");
    CHECK(refusal_of(patched(70, "14")) == "position");  // omitted, and there
    CHECK(refusal_of(patched(70, "44")) == "position");  // the same of the final one
    for (const auto& [length, expected] :
         std::map<int, const char*>{{1000, "accepted"}, {1001, "position"}}) {
        OctetString octets = hex(kExampleOctets);
        octets.erase(octets.begin() + 75, octets.begin() + 83);
        const std::string text(static_cast<std::size_t>(length), '1');
        octets.insert(octets.begin() + 75, text.begin(), text.end());
        octets.insert(octets.begin() + 75,
                      {static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length & 0xff)});
        CHECK(refusal_of(octets) == expected);
    }
}

TEST_CASE("words that contradict each other are refused", "[peer]") {
    CHECK(refusal_of(patched(70, "0c")) == "word");  // resigns and releases
    // Without a word: what follows would be read as the next service, but the successor tells.
    CHECK(refusal_of(kSmallest.substr(0, 2 * 51) + compact("03 677732 00 00")) == "word");
    // A resignation to nobody.
    CHECK(refusal_of(kSmallest.substr(0, 2 * 51) + compact("00 01 02 6462 04 0000000000000007 c8 02 04"
                                                           "00000000 0000 0000 0000000000000007 0000 00")) ==
          "word");
    // A final position is omitted where nobody resigns.
    CHECK(refusal_of(kSmallest.substr(0, 2 * 51) +
                     compact("00 01 02 6462 04 0000000000000007 c8 02 40 00000000 0000 0000 00")) == "word");
}

TEST_CASE("services that are too many or named twice are refused", "[peer]") {
    const auto message_of = [](int count, bool twice) {
        std::string octets =
            kSmallest.substr(0, 2 * 52) + to_hex(OctetString{static_cast<std::uint8_t>(count)});
        for (int i = 0; i < count; ++i) {
            const auto letter = static_cast<std::uint8_t>('a' + (twice && i + 1 == count ? 0 : i));
            octets += compact("01") + to_hex(OctetString{letter}) +
                      compact("00 0000000000000000 00 00 00 00000000 0000 0000");
        }
        return octets + "00";
    };
    CHECK(refusal_of(message_of(16, false)) == "accepted");
    CHECK(refusal_of(message_of(17, false)) == "services");
    CHECK(refusal_of(message_of(2, false)) == "accepted");
    CHECK(refusal_of(message_of(2, true)) == "services");
    CHECK(refusal_of(message_of(16, true)) == "services");
}

TEST_CASE("what has a fault is not sent, and the fault is named", "[peer]") {
    const auto fault = [](const NodeState& state) {
        PeerMessage message = example_message();
        message.state = state;
        const auto octets = encode(message);
        CHECK(fault_of(state).has_value() == !octets);
        return octets ? "none" : octets.error();
    };
    CHECK(fault({"gw1", {}}) == "none");
    CHECK(fault({"", {}}) == "\"\" is no name for a node");
    CHECK(fault({std::string(65, 'x'), {}}).find("is no name for a node") != std::string::npos);
    CHECK(fault({"gw1", {service_of("d b")}}) == "\"d b\" is no name for a service");
    CHECK(fault({"gw1", {service_of("db"), service_of("db")}}) == "two services are named \"db\"");
    CHECK(fault({"gw1", std::vector<ServiceState>(17, service_of("db"))}) ==
          "17 services, at most 16 are possible");
    CHECK(fault({"gw1", {{.name = "db", .score = vrrp::Priority{255}}}}) == "db: a score is at most 254");
    CHECK(fault({"gw1", {{.name = "db", .word = Resign{{}, "", {}}}}}) ==
          "db: \"\" is no name for a successor");
    CHECK(fault({"gw1",
                 {{.name = "db", .word = Resign{{}, "gw2", {}}},
                  {.name = "shop", .word = Resign{{}, "gw3", {}}}}}) ==
          "shop: a pair has one other node, and not two successors");
}

TEST_CASE("numbers at their ends go through", "[peer]") {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    PeerMessage message = example_message();
    message.stamp.session = SessionId{kMost};
    message.stamp.number = MessageNumber{kMost};
    message.state.services[1].epoch = Epoch{kMost};
    message.state.services[1].drain = std::chrono::milliseconds{0xffffffff};
    message.stamp.held = std::chrono::microseconds{0xfffffffe};
    CHECK(through_the_wire(message) == message);

    // What is longer than can be said: the longest drain, and no time at all.
    message.state.services[1].drain = std::chrono::milliseconds{0x100000000};
    message.stamp.held = std::chrono::microseconds{0xffffffff};
    PeerMessage received = through_the_wire(message);
    CHECK(received.state.services[1].drain == std::chrono::milliseconds{0xffffffff});
    CHECK(received.stamp.held == std::nullopt);

    message.stamp.held = std::chrono::microseconds{0x100000005};
    CHECK(through_the_wire(message).stamp.held == std::nullopt);

    message.state.services[1].drain = -1ms;
    message.stamp.held = -1us;
    received = through_the_wire(message);
    CHECK(received.state.services[1].drain == 0ms);
    CHECK(received.stamp.held == std::nullopt);
}

TEST_CASE("positions that do not fit are omitted, the longest first", "[peer]") {
    const auto with_positions = [](std::size_t executed, std::size_t received) {
        ServiceState service = service_of("db");
        service.executed.text.assign(executed, '1');
        service.received.text.assign(received, '2');
        return sizes(through_the_wire(with_services({service})).state.services[0]);
    };
    // 1356 octets: 47, the node's name 4, no successor 1, the counts 2, the service 23.
    CHECK(with_positions(640, 639) == std::pair{640, 639});
    CHECK(with_positions(639, 641) == std::pair{639, -1});
    CHECK(with_positions(641, 639) == std::pair{-1, 639});
    CHECK(with_positions(640, 640) == std::pair{-1, 640});
    CHECK(with_positions(1000, 279) == std::pair{1000, 279});
    CHECK(with_positions(1001, 279) == std::pair{-1, 279});
    CHECK(with_positions(2000000, 2000000) == std::pair{-1, -1});
}

TEST_CASE("a final position is omitted last", "[peer]") {
    ServiceState service = service_of("db");
    service.executed.text = "0-1-41";
    service.received.text = "0-1-42";
    Resign resign{Epoch{7}, "gw2", {std::string(1000, '1')}};
    service.word = resign;
    // Room for the one and for what the others have.
    CHECK(through_the_wire(with_services({service})).state.services[0] == service);

    service.executed.text.assign(400, '2');
    ServiceState received = through_the_wire(with_services({service})).state.services[0];
    CHECK(sizes(received) == std::pair{-1, 6});
    CHECK(received.word == Word{resign});

    ServiceState other = service;
    other.name = "shop";
    const NodeState both = through_the_wire(with_services({service, other})).state;
    CHECK(sizes(both.services[0]) == std::pair{-1, -1});
    CHECK(sizes(both.services[1]) == std::pair{-1, -1});
    CHECK(std::get<Resign>(both.services[0].word).final_position == Position{"", true});
    CHECK(std::get<Resign>(both.services[1].word).final_position == resign.final_position);
}

TEST_CASE("clients have the room that positions leave them", "[peer]") {
    std::vector<vrrp::Connection> clients;
    for (std::uint16_t port = 1; port <= 40; ++port)
        clients.push_back(
            {{vrrp::IpAddress::v4(192, 0, 2, 100), 3306}, {vrrp::IpAddress::v4(192, 0, 2, 9), port}});
    const auto told = [&](std::size_t executed, std::size_t received) {
        ServiceState service = service_of("db");
        service.executed.text.assign(executed, '1');
        service.received.text.assign(received, '2');
        PeerMessage message = with_services({service});
        message.clients = clients;
        const PeerMessage heard = through_the_wire(message);
        CHECK(heard.state == message.state);
        CHECK(std::equal(heard.clients.begin(), heard.clients.end(), clients.begin()));
        CHECK(fitted(message) == heard);
        return heard.clients.size();
    };
    CHECK(told(0, 0) == 32);
    CHECK(told(640, 639) == 0);
    CHECK(told(640, 639 - 12) == 0);
    CHECK(told(640, 639 - 13) == 1);
    CHECK(told(640, 639 - 13 * 32) == 32);
    CHECK(told(640, 639 - 13 * 32 + 1) == 31);
}

TEST_CASE("clients that cannot be are refused", "[peer]") {
    const std::string none = kSmallest.substr(0, 2 * 53);
    const std::string client = compact("04 c0000264 0cea c0000209 9c41");
    const auto message_of = [&](int said, int written) {
        std::string octets = none + to_hex(OctetString{static_cast<std::uint8_t>(said)});
        for (int i = 0; i < written; ++i) octets += client;
        return octets;
    };
    CHECK(refusal_of(message_of(32, 32)) == "accepted");
    CHECK(refusal_of(message_of(33, 33)) == "value");
    CHECK(refusal_of(message_of(1, 2)) == "length");
    CHECK(refusal_of(message_of(2, 1)) == "length");
    for (const char* family : {"00", "05", "07"})
        CHECK(refusal_of(none + "01" + family + client.substr(2)) == "value");
}

TEST_CASE("a position that the peer would refuse is omitted", "[peer]") {
    ServiceState service = service_of("db");
    service.executed.text = "0-1-41'";
    service.received.text = "3E11FA47-71CA-11E1-9E33-C80AA9429562:1-5:tag_1:7,\n 0-1-2";
    service.word = Resign{Epoch{7}, "gw2", {"\r"}};
    const ServiceState received = through_the_wire(with_services({service})).state.services[0];
    CHECK(received.executed == Position{"", true});
    CHECK(received.received == service.received);
    CHECK(std::get<Resign>(received.word).final_position == Position{"", true});
}

TEST_CASE("names may be so long that no message holds them", "[peer]") {
    const auto names = [](std::size_t count, std::size_t length) {
        std::vector<std::string> result;
        for (std::size_t i = 0; i < count; ++i) {
            result.push_back(std::string(length - 1, 'n') + static_cast<char>('a' + i));
        }
        return result;
    };
    // With the longest names of nodes, and all services resigned: 1356 - 47 - 65 - 65 - 2 = 1177 octets, of
    // which each service takes 31 and its name.
    CHECK(fault_of_names(std::string(64, 'x'), names(16, 42)) == std::nullopt);
    CHECK(fault_of_names(std::string(64, 'x'), names(16, 43)) ==
          "a message of 1363 octets, at most 1356 are possible: shorten the names of the services");
    CHECK(fault_of_names("gw1", names(12, 64)) == std::nullopt);
    CHECK(fault_of_names("gw1", names(17, 5)) == "17 services, at most 16 are possible");
    CHECK(fault_of_names("gw 1", names(1, 5)) == "\"gw 1\" is no name for a node");
}

TEST_CASE("members of the enumerations have names of their own", "[peer]") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kRefusalCount; ++i) names.insert(name(static_cast<Refusal>(i)));
    CHECK(names.size() == kRefusalCount);
    CHECK(names.count("unknown") == 0);
    CHECK(name(static_cast<Refusal>(kRefusalCount)) == "unknown");
    names.clear();
    for (std::size_t i = 0; i < kEligibilityCount; ++i) names.insert(name(static_cast<Eligibility>(i)));
    CHECK(names.size() == kEligibilityCount);
    CHECK(names.count("unknown") == 0);
    CHECK(name(static_cast<Eligibility>(kEligibilityCount)) == "unknown");
    names.clear();
    for (std::size_t i = 0; i < kRoleCount; ++i) names.insert(name(static_cast<Role>(i)));
    CHECK(names == std::set<std::string_view>{"none", "replica", "primary", "promoting", "demoting"});
    CHECK(name(static_cast<Role>(kRoleCount)) == "unknown");
}

}  // namespace highbase::cluster
