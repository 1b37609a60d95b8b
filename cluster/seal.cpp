// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster/seal.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "cluster/sodium.hpp"

namespace highbase::cluster {
namespace {

using vrrp::Octets;
using vrrp::OctetString;

constexpr std::array<std::uint8_t, 3> kProtocol{'H', 'B', 'P'};
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kPairIdAt = 4;
constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kTagSize = crypto_auth_BYTES;

static_assert(kHeaderSize + kTagSize == kSealSize);
static_assert(crypto_auth_KEYBYTES == kKeySize);

using Tag = std::array<std::uint8_t, kTagSize>;

Tag tag_of(Octets octets, const Key& key) {
    Tag tag{};
    crypto_auth(tag.data(), octets.data(), octets.size(), key.data());
    return tag;
}

}  // namespace

// No message begins like this text, so that no tag of a message can be mistaken for it.
Seal::Sealer::Sealer(const Key& its_key) : key{its_key} {
    constexpr std::string_view kText = "highbase pair id";
    const OctetString text{kText.begin(), kText.end()};
    std::ranges::copy_n(tag_of(text, key).begin(), static_cast<std::ptrdiff_t>(pair.size()), pair.begin());
}

Seal::Seal(const Key& key, const std::optional<Key>& old_key) : sealer_{key} {
    prepare_sodium();
    if (old_key) old_.emplace(*old_key);
}

OctetString Seal::seal(Octets message) const {
    if (message.size() > kLargestMessage) throw std::logic_error{"a message is too large to be sealed"};
    const Sealer& sealer = old_ && !peer_has_key_ ? *old_ : sealer_;
    OctetString datagram{kProtocol.begin(), kProtocol.end()};
    datagram.reserve(message.size() + kSealSize);
    datagram.push_back(kVersion);
    vrrp::append(datagram, sealer.pair);
    vrrp::append(datagram, message);
    vrrp::append(datagram, tag_of(datagram, sealer.key));
    return datagram;
}

tl::expected<Octets, Refusal> Seal::open(Octets datagram) {
    if (datagram.size() < kSealSize || datagram.size() > kLargestDatagram)
        return tl::make_unexpected(Refusal::size);
    if (!std::ranges::equal(datagram.first(kProtocol.size()), kProtocol))
        return tl::make_unexpected(Refusal::protocol);
    if (datagram[kProtocol.size()] != kVersion) return tl::make_unexpected(Refusal::version);
    const Octets pair = datagram.subspan(kPairIdAt, sealer_.pair.size());
    const bool is_new = std::ranges::equal(pair, sealer_.pair);
    if (!is_new && !(old_ && std::ranges::equal(pair, old_->pair)))
        return tl::make_unexpected(Refusal::another_pair);
    const Octets sealed = datagram.first(datagram.size() - kTagSize);
    const Key& key = is_new ? sealer_.key : old_->key;
    const std::uint8_t* tag = datagram.data() + sealed.size();
    // Compares in constant time.
    if (crypto_auth_verify(tag, sealed.data(), sealed.size(), key.data()) != 0)
        return tl::make_unexpected(Refusal::seal);
    if (is_new) peer_has_key_ = true;
    return sealed.subspan(kHeaderSize);
}

std::string Seal::pair_id() const {
    std::string text;
    for (const std::uint8_t octet : sealer_.pair) text += fmt::format("{:02x}", octet);
    return text;
}

SessionId random_session() {
    prepare_sodium();
    SessionId session = kNoSession;
    while (session == kNoSession) randombytes_buf(&session, sizeof session);
    return session;
}

}  // namespace highbase::cluster
