// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 4648 section 4, as etcd's JSON has keys and values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace highbase::witness {

std::string to_base64(std::string_view octets);
// Exactly what to_base64() writes: with its padding, without line ends.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace highbase::witness
