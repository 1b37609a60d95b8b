// SPDX-License-Identifier: GPL-2.0-or-later
// A server's UUID, as in @@server_uuid and before the first ':' of a MySQL GTID.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace highbase::replication {

struct Uuid {
    static constexpr std::size_t kTextLength = 36;

    std::array<std::uint8_t, 16> octets{};  // in the order of the text

    // Hexadecimal digits in groups of 8-4-4-4-12, in either case; the only form that a server prints.
    static std::optional<Uuid> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;  // in lower case

    friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

}  // namespace highbase::replication
