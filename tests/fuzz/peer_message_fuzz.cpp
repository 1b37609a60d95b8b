// SPDX-License-Identifier: GPL-2.0-or-later
// Datagrams of any content, sealed or not, and the link that they come to. What is accepted must be right,
// and encode to what it was; what is believed must have been said to us.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "cluster/peer_link.hpp"
#include "cluster/seal.hpp"
#include "tests/fuzz/require.hpp"

using namespace highbase;
using namespace highbase::cluster;
using vrrp::Octets;
using vrrp::OctetString;

namespace {

constexpr SessionId kOurs{0xa};
constexpr std::size_t kEchoedSessionAt = 16;

Key any_key(std::uint8_t pattern) {
    std::array<std::uint8_t, kKeySize> octets{};
    for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i ^ pattern);
    return Key{octets};
}

void as_datagram(Octets datagram) {
    static const Key kKey = any_key(0);
    Seal seal{kKey, any_key(1)};
    const auto message = seal.open(datagram);
    if (!message) {
        FUZZ_REQUIRE(message.error() <= Refusal::seal);
        return;
    }
    const OctetString again = seal.seal(*message);
    FUZZ_REQUIRE(std::ranges::equal(again, datagram));
}

std::optional<PeerMessage> as_message(Octets octets) {
    const auto message = decode(octets);
    if (!message) {
        FUZZ_REQUIRE(message.error() >= Refusal::length && message.error() <= Refusal::word);
        return std::nullopt;
    }
    FUZZ_REQUIRE(!fault_of(message->state));
    const auto again = encode(*message);
    FUZZ_REQUIRE(again && std::ranges::equal(*again, octets));
    return *message;
}

void as_sealed_message(Octets octets) {
    if (octets.size() > kLargestMessage) return;
    Seal seal{any_key(0)};
    const OctetString datagram = seal.seal(octets);
    const auto opened = seal.open(datagram);
    FUZZ_REQUIRE(opened && std::ranges::equal(*opened, octets));
    as_message(*opened);
}

// Messages one after the other: its size in two octets, in a third the path, the time that passes before it,
// and whether it echoes us.
void as_story(Octets octets) {
    vrrp::TimePoint now{std::chrono::hours{1}};
    PeerLink link{now, {}, 2, kOurs, {"gw1", {}}};
    bool echoed = false;
    while (octets.size() >= 3) {
        const std::uint8_t how = octets[2];
        const std::size_t size = std::min<std::size_t>(vrrp::read16(octets, 0), octets.size() - 3);
        OctetString message{octets.begin() + 3, octets.begin() + 3 + static_cast<std::ptrdiff_t>(size)};
        octets = octets.subspan(3 + size);
        if ((how & 0x40) != 0 && message.size() >= kEchoedSessionAt + 8) {
            std::fill_n(message.begin() + kEchoedSessionAt, 7, std::uint8_t{0});
            message[kEchoedSessionAt + 7] = static_cast<std::uint8_t>(kOurs);
        }
        now += (how & 0x3f) * std::chrono::milliseconds{9};
        const auto decoded = as_message(message);
        echoed = echoed || (decoded && decoded->stamp.echoed_session == kOurs);
        for (const PeerAction& action :
             link.handle(now, MessageReceived{(how & 0x80) != 0 ? 1U : 0U, message})) {
            if (const auto* send = std::get_if<Send>(&action)) FUZZ_REQUIRE(as_message(send->octets));
        }
        FUZZ_REQUIRE(link.next_deadline() > now);
        const PeerView view = link.view(now);
        FUZZ_REQUIRE(echoed || !view.last);
        FUZZ_REQUIRE(view.last || view.standing != Standing::fresh);
        FUZZ_REQUIRE((view.standing == Standing::fresh) == (link.fresh(now) != nullptr));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Octets octets{data + 1, size - 1};
    switch (data[0] % 5) {
        case 0: as_datagram(octets); break;
        case 1: as_message(octets); break;
        case 2: as_sealed_message(octets); break;
        case 3: as_story(octets); break;
        default: {
            const std::string_view text{reinterpret_cast<const char*>(octets.data()), octets.size()};
            if (const auto key = parse_key(text)) FUZZ_REQUIRE(*key == *parse_key(text));
        }
    }
    return 0;
}
