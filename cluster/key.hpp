// SPDX-License-Identifier: GPL-2.0-or-later
// The secret that both boxes of a pair share, and the file that holds it: 64 hexadecimal digits on one line;
// empty lines and lines that begin with '#' do not count.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace highbase::cluster {

inline constexpr std::size_t kKeySize = 32;

// Overwritten when it goes.
class Key {
public:
    explicit Key(std::span<const std::uint8_t, kKeySize> octets);
    Key(const Key&) = default;
    Key(Key&&) = default;
    Key& operator=(const Key&) = default;
    Key& operator=(Key&&) = default;
    ~Key();

    [[nodiscard]] const std::uint8_t* data() const { return octets_.data(); }
    // In constant time.
    friend bool operator==(const Key& a, const Key& b);

private:
    std::array<std::uint8_t, kKeySize> octets_{};
};

// What a key file says. The error says what is wrong, not what is there: it may be a part of a secret.
tl::expected<Key, std::string> parse_key(std::string_view text);

// Refused: a file that is not regular or not there, that users who are neither its owner nor in its group may
// read or write, or that holds no key. The error names the file, and says how to make one.
tl::expected<Key, std::string> read_key_file(const std::string& file);

// A new random key as the text of a key file. Throws std::runtime_error when the system has no randomness.
std::string make_key_text();

}  // namespace highbase::cluster
