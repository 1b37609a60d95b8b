// SPDX-License-Identifier: GPL-2.0-or-later
// Why the witness could not be asked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace highbase::witness {

enum class TroubleKind : std::uint8_t {
    unreachable,  // no connection, no answer in time, or it broke
    tls,          // no certificate that fits, on either side
    status,       // it answered that it cannot: an HTTP status other than 200
    malformed,    // the answer, or the record in it, is not what it should be
    stopped,      // this side does not want to know any more
};
std::string_view name(TroubleKind kind);  // "unreachable"

struct Trouble {
    TroubleKind kind{};
    std::string text;  // for the operator, with the member's URL where it concerns one
    friend bool operator==(const Trouble&, const Trouble&) = default;
};

}  // namespace highbase::witness
