// SPDX-License-Identifier: GPL-2.0-or-later
// Proves that a message comes from somebody who has the pair's key, and that nobody has altered it. It is not
// encrypted: what the boxes say is no secret, and can be looked at with a packet analyser.
//
//    0 "HBP", version (1)    4 pair id (8)    12 the message    ... HMAC-SHA-512, first 256 bits (32)
//
// The pair id is made from the key. It says which key to try, and lets a key that differs be told from a
// message that was altered.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "cluster/key.hpp"
#include "cluster/peer_message.hpp"
#include "cluster/refusal.hpp"
#include "vrrp/octets.hpp"

namespace highbase::cluster {

class Seal {
public:
    // While keys are rolled the old one is accepted as well, and used for sealing until the other box has
    // shown that it has the new one: so the boxes can be changed in any order, without a gap. Throws
    // std::runtime_error.
    explicit Seal(const Key& key, const std::optional<Key>& old_key = std::nullopt);

    // `message` is at most kLargestMessage octets.
    [[nodiscard]] vrrp::OctetString seal(vrrp::Octets message) const;
    // The message: a part of `datagram`. Refusals up to Refusal::seal.
    tl::expected<vrrp::Octets, Refusal> open(vrrp::Octets datagram);
    // Of the key, not of the old one: 16 hexadecimal digits, equal on both boxes if the key is. Not secret.
    [[nodiscard]] std::string pair_id() const;

private:
    using PairId = std::array<std::uint8_t, 8>;
    struct Sealer {
        explicit Sealer(const Key& its_key);
        Key key;
        PairId pair{};
    };

    Sealer sealer_;
    std::optional<Sealer> old_;
    bool peer_has_key_ = false;
};

// For PeerLink: random, and not kNoSession. Throws std::runtime_error.
SessionId random_session();

}  // namespace highbase::cluster
