// SPDX-License-Identifier: GPL-2.0-or-later
// Real sockets on the loopback interface.
#include "cluster/peer_socket.hpp"

#include <boost/asio/post.hpp>
#include <deque>
#include <optional>

#include "tests/catch.hpp"
#include "tests/cluster/keys.hpp"
#include "tests/cluster/peer_host.hpp"
#include "tests/vrrp/octets.hpp"

namespace highbase::cluster {
namespace {

using namespace std::chrono_literals;
using namespace highbase::tests;
using boost::asio::ip::udp;
using Paths = std::vector<Standing>;
using Troubles = std::vector<std::string>;

constexpr auto kLongest = 20s;  // of a wait, on a busy machine
constexpr auto kLoopback = vrrp::IpAddress::v4(127, 0, 0, 1);
constexpr Standing kSilent = Standing::silent;
constexpr Standing kFresh = Standing::fresh;

udp::endpoint endpoint(std::uint16_t port) {
    return {boost::asio::ip::address_v4::loopback(), port};
}

// Ports that were free just now.
std::vector<std::uint16_t> free_ports(std::size_t count) {
    boost::asio::io_context io;
    std::deque<udp::socket> sockets;
    std::vector<std::uint16_t> ports;
    for (std::size_t i = 0; i < count; ++i) {
        sockets.emplace_back(io, endpoint(0));
        ports.push_back(sockets.back().local_endpoint().port());
    }
    return ports;
}

PeerConfiguration one_path(std::uint16_t own_port, std::uint16_t port) {
    PeerConfiguration configuration;
    configuration.paths = {{kLoopback, port}};
    configuration.port = own_port;
    return configuration;
}

template <typename Condition>
bool run_until(std::vector<PeerHost*> hosts, Condition condition) {
    const auto end = std::chrono::steady_clock::now() + kLongest;
    while (!condition() && std::chrono::steady_clock::now() < end) {
        for (PeerHost* host : hosts) host->step(1ms);
    }
    return condition();
}

// A socket of the test itself, and whatever it receives.
struct Raw {
    explicit Raw(std::uint16_t own_port) : socket{io, endpoint(own_port)} { socket.non_blocking(true); }
    void send(const vrrp::OctetString& octets, std::uint16_t port) {
        socket.send_to(boost::asio::buffer(octets), endpoint(port));
    }
    boost::asio::io_context io;
    udp::socket socket;
};

// A socket without a link.
struct Ear {
    explicit Ear(const PeerConfiguration& configuration)
        : socket{io, configuration, Seal{key_of(0)},
                 [this](std::size_t, tl::expected<vrrp::Octets, Refusal> message) {
                     heard.push_back(message ? to_hex(*message) : std::string{name(message.error())});
                 },
                 [](std::size_t, const netlink::Error&) {}} {
        socket.send(0, {});  // which opens the path
    }
    bool hears(std::size_t count) {
        const auto end = std::chrono::steady_clock::now() + kLongest;
        while (heard.size() < count && std::chrono::steady_clock::now() < end) io.run_one_until(end);
        return heard.size() >= count;
    }
    boost::asio::io_context io{1};
    Troubles heard;
    PeerSocket socket;
};

TEST_CASE("two boxes know each other over two paths", "[peer]") {
    const auto ports = free_ports(2);
    PeerConfiguration first = one_path(ports[0], ports[1]);
    PeerConfiguration second = one_path(ports[1], ports[0]);
    first.paths[0].local = second.paths[0].local = kLoopback;
    first.paths.push_back({vrrp::IpAddress::v4(127, 0, 0, 3), ports[1], vrrp::IpAddress::v4(127, 0, 0, 2)});
    second.paths.push_back({vrrp::IpAddress::v4(127, 0, 0, 2), ports[0], vrrp::IpAddress::v4(127, 0, 0, 3)});
    PeerHost one{"gw1", first, Seal{key_of(0)}};
    PeerHost two{"gw2", second, Seal{key_of(0)}};
    REQUIRE(run_until({&one, &two}, [&] {
        return one.paths() == Paths{kFresh, kFresh} && two.paths() == Paths{kFresh, kFresh};
    }));
    CHECK(one.view().last == NodeState{"gw2", {}});
    CHECK(two.view().last == NodeState{"gw1", {}});
    CHECK(one.view().paths[0].round_trip.has_value());
    // One of them gets other keys.
    two.socket().replace_seal(Seal{key_of(1)});
    REQUIRE(run_until({&one, &two}, [&] { return one.view().standing == kSilent; }));
    CHECK(one.view().paths[1].refusals[Refusal::another_pair] > 0);
    two.socket().replace_seal(Seal{key_of(1), key_of(0)});
    REQUIRE(run_until({&one, &two}, [&] { return one.view().standing == kFresh; }));
}

TEST_CASE("nobody listens: told once, until somebody does", "[peer]") {
    const auto ports = free_ports(2);
    PeerConfiguration configuration = one_path(ports[0], ports[1]);
    configuration.timing.interval = 10ms;
    PeerHost one{"gw1", configuration, Seal{key_of(0)}};
    const std::string refused =
        "0: peer link: send to 127.0.0.1:" + std::to_string(ports[1]) + ": Connection refused";
    const std::string not_received =
        "0: peer link: receive from 127.0.0.1:" + std::to_string(ports[1]) + ": Connection refused";
    const auto is_told = [&](std::size_t count) {
        const Troubles& told = one.troubles();
        return told.size() == count && (told.back() == refused || told.back() == not_received);
    };
    REQUIRE(run_until({&one}, [&] { return one.socket().error_count(0) >= 20; }));
    CHECK(is_told(1));
    {
        PeerHost two{"gw2", one_path(ports[1], ports[0]), Seal{key_of(0)}};
        REQUIRE(run_until({&one, &two}, [&] { return one.view().standing == kFresh; }));
        const std::size_t sent = one.sent();
        REQUIRE(run_until({&one, &two}, [&] { return one.sent() >= sent + 20; }));
        CHECK(is_told(1));
    }
    const std::uint64_t errors = one.socket().error_count(0);
    REQUIRE(run_until({&one}, [&] { return one.socket().error_count(0) >= errors + 5; }));
    CHECK(is_told(2));
    REQUIRE(run_until({&one}, [&] { return one.view().standing == kSilent; }));
    CHECK(is_told(2));
}

TEST_CASE("an answer that nobody listens costs no message", "[peer]") {
    const auto ports = free_ports(2);
    PeerConfiguration configuration = one_path(ports[0], ports[1]);
    boost::asio::io_context io{1};
    Troubles troubles;
    PeerSocket socket{io, configuration, Seal{key_of(0)}, [](std::size_t, const auto&) {},
                      [&](std::size_t, const netlink::Error& error) { troubles.push_back(error.message); }};
    socket.send(0, hex("01"));  // is answered by the kernel at once
    Raw peer{ports[1]};
    socket.send(0, hex("02"));
    CHECK(troubles.size() == 1);
    std::array<std::uint8_t, 100> buffer{};
    boost::system::error_code error;
    const auto size = peer.socket.receive(boost::asio::buffer(buffer), 0, error);
    REQUIRE_FALSE(error);
    CHECK(to_hex(vrrp::Octets{buffer}.first(size)) == to_hex(Seal{key_of(0)}.seal(hex("02"))));
}

TEST_CASE("a path that cannot be opened is tried again with each message", "[peer]") {
    const auto ports = free_ports(2);
    PeerConfiguration configuration = one_path(ports[0], ports[1]);
    std::optional<Raw> somebody{std::in_place, ports[0]};  // has our port
    PeerHost one{"gw1", configuration, Seal{key_of(0)}};
    PeerHost two{"gw2", one_path(ports[1], ports[0]), Seal{key_of(0)}};
    REQUIRE(run_until({&one, &two}, [&] { return one.socket().error_count(0) >= 3; }));
    CHECK(one.troubles() == Troubles{"0: peer link: open the way to 127.0.0.1:" + std::to_string(ports[1]) +
                                     ": Address already in use"});
    somebody.reset();
    REQUIRE(run_until({&one, &two}, [&] { return one.view().standing == kFresh; }));
    PeerHost twin{"gw1", configuration, Seal{key_of(0)}};  // a second daemon by mistake
    REQUIRE(run_until({&one, &two, &twin}, [&] { return twin.socket().error_count(0) >= 3; }));
    CHECK(twin.troubles() == one.troubles());

    configuration.paths[0].local = vrrp::IpAddress::v4(192, 0, 2, 77);  // not of this host
    PeerHost other{"gw1", configuration, Seal{key_of(0)}};
    REQUIRE(run_until({&other}, [&] { return other.socket().error_count(0) >= 3; }));
    CHECK(other.troubles() == Troubles{"0: peer link: open the way to 127.0.0.1:" + std::to_string(ports[1]) +
                                       ": Cannot assign requested address"});
}

TEST_CASE("what no peer sends is refused, and what comes from elsewhere does not come", "[peer]") {
    const auto ports = free_ports(3);
    Raw peer{ports[1]};
    Raw stranger{ports[2]};
    Ear ear{one_path(ports[0], ports[1])};
    stranger.send(Seal{key_of(0)}.seal(hex("01")), ports[0]);
    peer.send({}, ports[0]);
    peer.send(vrrp::OctetString(1400, 'x'), ports[0]);
    peer.send(vrrp::OctetString(1401, 'x'), ports[0]);
    peer.send(vrrp::OctetString(9000, 'x'), ports[0]);
    peer.send(Seal{key_of(1)}.seal(hex("02")), ports[0]);
    peer.send(Seal{key_of(0)}.seal(hex("03")), ports[0]);
    REQUIRE(ear.hears(6));
    CHECK(ear.heard == Troubles{"size", "protocol", "size", "size", "another_pair", "03"});
}

TEST_CASE("a flood leaves others their turn", "[peer]") {
    const auto ports = free_ports(2);
    Raw peer{ports[1]};
    Ear ear{one_path(ports[0], ports[1])};
    for (int i = 0; i < 40; ++i) peer.send(hex("00"), ports[0]);
    std::vector<std::size_t> heard_before;
    while (ear.heard.size() < 40) {
        const std::size_t before = ear.heard.size();
        REQUIRE(ear.io.run_one_for(kLongest) == 1);
        heard_before.push_back(ear.heard.size() - before);
    }
    CHECK(heard_before == std::vector<std::size_t>{16, 16, 8});
}

// Under AddressSanitizer these find what a handler touches after the end.
TEST_CASE("a socket may end with something to receive", "[peer]") {
    const auto ports = free_ports(2);
    Raw peer{ports[1]};
    boost::asio::io_context io{1};
    std::size_t heard = 0;
    std::optional<PeerSocket> socket{std::in_place,
                                     io,
                                     one_path(ports[0], ports[1]),
                                     Seal{key_of(0)},
                                     [&](std::size_t, const auto&) { ++heard; },
                                     [](std::size_t, const netlink::Error&) {}};
    socket->send(0, {});
    peer.send(hex("00"), ports[0]);
    boost::asio::post(io, [&] { socket.reset(); });
    io.run();
    CHECK(heard <= 1);  // whichever came first
}

TEST_CASE("a socket may end right after it was opened", "[peer]") {
    const auto ports = free_ports(2);
    Ear ear{one_path(ports[0], ports[1])};
    {
        PeerSocket other{ear.io, one_path(ports[1], ports[0]), Seal{key_of(0)},
                         [](std::size_t, const auto&) { FAIL("too late"); },
                         [](std::size_t, const netlink::Error&) {}};
        other.send(0, hex("01"));
    }
    REQUIRE(ear.hears(1));
    ear.io.poll();
    CHECK(ear.heard == Troubles{"01"});
}

}  // namespace
}  // namespace highbase::cluster
