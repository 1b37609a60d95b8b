// SPDX-License-Identifier: GPL-2.0-or-later
// Status and events as JSON: what `hbctl --json` prints, described member by member in
// docs/control-protocol.md.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "status/event.hpp"
#include "status/status.hpp"

namespace highbase::status {

using Json = nlohmann::ordered_json;

// Grows when a member's meaning changes or a member goes away; new members come without a new number.
inline constexpr int kStatusVersion = 1;

Json to_json(const Status& status);
Json to_json(const Event& event);

// On one line, without its end. Octets that are not UTF-8 (a kernel's interface name may be anything) become
// U+FFFD.
std::string to_text(const Json& json);

}  // namespace highbase::status
