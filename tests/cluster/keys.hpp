// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>

#include "cluster/key.hpp"

namespace highbase::tests {

// 00 01 02 ... 1f, each octet altered by `pattern`.
inline cluster::Key key_of(std::uint8_t pattern) {
    std::array<std::uint8_t, cluster::kKeySize> octets{};
    for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i ^ pattern);
    return cluster::Key{octets};
}

}  // namespace highbase::tests
