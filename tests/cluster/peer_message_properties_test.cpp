// SPDX-License-Identifier: GPL-2.0-or-later
// What holds for every message, and for octets that are none.
#include <rapidcheck.h>

#include <algorithm>

#include "cluster/peer_message.hpp"
#include "tests/catch.hpp"

using namespace highbase;
using namespace highbase::cluster;

namespace {

template <typename Number>
Number any() {
    return *rc::gen::arbitrary<Number>();
}

std::string text_of(std::string_view characters, std::size_t shortest, std::size_t longest) {
    const auto length = *rc::gen::inRange<std::size_t>(shortest, longest + 1);
    return *rc::gen::container<std::string>(length, rc::gen::elementOf(std::string{characters}));
}

std::string any_name() {
    const auto longest = *rc::gen::element<std::size_t>(3, 12, 64);
    return text_of("abz", 1, 1) + text_of("abzAZ09_.-", 0, longest - 1);
}

Position any_position() {
    const auto longest = *rc::gen::element<std::size_t>(0, 20, 200, 1000);
    Position position{text_of("0123456789abcdefGT:,_- \n", 0, longest)};
    if (position.text.empty()) position.omitted = any<bool>();
    return position;
}

Word any_word(const std::string& successor) {
    switch (*rc::gen::inRange(0, 3)) {
        case 0: return Resign{Epoch{any<std::uint64_t>()}, successor, any_position()};
        case 1: return Release{Epoch{any<std::uint64_t>()}};
        default: return {};
    }
}

ServiceState any_service(std::string name, const std::string& successor) {
    ServiceState service{.name = std::move(name)};
    service.votes = *rc::gen::arbitrary<bool>();
    service.role = Role{*rc::gen::inRange<std::uint8_t>(0, kRoleCount)};
    service.epoch = Epoch{any<std::uint64_t>()};
    service.score = vrrp::Priority{*rc::gen::inRange<std::uint8_t>(0, 255)};
    service.eligibility = Eligibility{*rc::gen::inRange<std::uint8_t>(0, kEligibilityCount)};
    service.in_sync = any<bool>();
    service.serves = any<bool>();
    service.foreign_term = any<bool>();
    if (any<bool>()) service.drain = std::chrono::milliseconds{any<std::uint32_t>()};
    service.executed = any_position();
    service.received = any_position();
    service.word = any_word(successor);
    return service;
}

vrrp::Connection any_client() {
    const std::size_t size = vrrp::address_size(any<bool>() ? vrrp::Family::ipv4 : vrrp::Family::ipv6);
    const auto any_endpoint = [size]() -> vrrp::Endpoint {
        const auto octets = *rc::gen::container<vrrp::OctetString>(size, rc::gen::arbitrary<std::uint8_t>());
        return {vrrp::IpAddress::from_octets(octets), any<std::uint16_t>()};
    };
    const vrrp::Endpoint local = any_endpoint();
    return {local, any_endpoint()};
}

PeerMessage any_message() {
    PeerMessage message;
    Stamp& stamp = message.stamp;
    stamp.session = SessionId{*rc::gen::nonZero<std::uint64_t>()};
    stamp.number = MessageNumber{*rc::gen::nonZero<std::uint64_t>()};
    stamp.interval = std::chrono::milliseconds{*rc::gen::inRange(10, 10001)};
    if (any<bool>()) {
        stamp.echoed_session = SessionId{*rc::gen::nonZero<std::uint64_t>()};
        const auto echoed = *rc::gen::nonZero<std::uint64_t>();
        stamp.echoed_number = MessageNumber{echoed};
        stamp.accepted = any<bool>();
        stamp.path_number = MessageNumber{*rc::gen::inRange<std::uint64_t>(0, echoed)};
        if (stamp.path_number != kNoNumber && any<bool>())
            stamp.held = std::chrono::microseconds{*rc::gen::inRange<std::uint32_t>(0, 0xffffffff)};
    }
    message.state.node = any_name();
    const std::string successor = any_name();
    const auto names = *rc::gen::unique<std::vector<std::string>>(*rc::gen::inRange<std::size_t>(0, 17),
                                                                  rc::gen::exec([] { return any_name(); }));
    for (const std::string& name : names) message.state.services.push_back(any_service(name, successor));
    const auto clients = *rc::gen::element<std::size_t>(0, 1, 32, 40);
    for (std::size_t i = 0; i < clients; ++i) message.clients.push_back(any_client());
    return message;
}

// The same without what may be omitted on the way.
NodeState without_positions(NodeState state) {
    for (ServiceState& service : state.services) {
        service.executed = service.received = {};
        if (auto* resign = std::get_if<Resign>(&service.word)) resign->final_position = {};
    }
    return state;
}

bool is_kept_or_omitted(const Position& sent, const Position& received) {
    return received == sent || received == Position{"", true};
}

}  // namespace

TEST_CASE("what is said is what is heard, but for what there is no room for", "[peer]") {
    CHECK(rc::check("through the octets and back", [] {
        const PeerMessage sent = any_message();
        const auto octets = encode(sent);
        RC_ASSERT(octets.has_value() == !fault_of(sent.state));
        RC_PRE(octets.has_value());
        RC_ASSERT(octets->size() <= 1356U);
        const PeerMessage received = decode(*octets).value();
        RC_ASSERT(received.stamp == sent.stamp);
        RC_ASSERT(without_positions(received.state) == without_positions(sent.state));
        for (std::size_t i = 0; i < sent.state.services.size(); ++i) {
            const ServiceState& before = sent.state.services[i];
            const ServiceState& after = received.state.services[i];
            RC_ASSERT(is_kept_or_omitted(before.executed, after.executed));
            RC_ASSERT(is_kept_or_omitted(before.received, after.received));
            if (const auto* resign = std::get_if<Resign>(&before.word)) {
                RC_ASSERT(
                    is_kept_or_omitted(resign->final_position, std::get<Resign>(after.word).final_position));
            }
        }
        const std::size_t clients = received.clients.size();
        RC_ASSERT(clients <= std::min<std::size_t>(sent.clients.size(), 32));
        RC_ASSERT(std::equal(received.clients.begin(), received.clients.end(), sent.clients.begin()));
        // Only who does not fit is left out.
        const bool all = clients == std::min<std::size_t>(sent.clients.size(), 32);
        RC_ASSERT(all || octets->size() > 1356U - 37);
        RC_ASSERT(encode(received).value() == *octets);
    }));
}

TEST_CASE("names within the bound always leave room to speak", "[peer]") {
    CHECK(rc::check("whatever the services come to", [] {
        const PeerMessage message = any_message();
        std::vector<std::string> names;
        for (const ServiceState& service : message.state.services) names.push_back(service.name);
        if (!fault_of_names(message.state.node, names)) RC_ASSERT(!fault_of(message.state));
    }));
}

TEST_CASE("octets of any kind are read or refused, and read as one message only", "[peer]") {
    CHECK(rc::check("octets of a message, some of them others", [] {
        const auto octets = encode(any_message());
        RC_PRE(octets.has_value());
        for (int i = 0; i < 50; ++i) {
            vrrp::OctetString altered = *octets;
            const auto at = *rc::gen::inRange<std::size_t>(0, altered.size());
            altered[at] = *rc::gen::arbitrary<std::uint8_t>();
            if (any<bool>()) altered.resize(*rc::gen::inRange<std::size_t>(0, altered.size() + 3));
            const auto message = decode(altered);
            if (message) RC_ASSERT(encode(*message).value() == altered);
        }
    }));
}
