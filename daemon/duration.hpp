// SPDX-License-Identifier: GPL-2.0-or-later
// Durations as people write them: one decimal number and its unit.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "vrrp/time.hpp"

namespace highbase::daemon {

// "100ms", "1.5s", "2m", "500us"; the units are h, m, s, ms, us, ns. Exact, or refused: what is not a whole
// number of nanoseconds, or does not fit Duration, is an error and never rounded. The error says what is
// wrong and what to write.
tl::expected<vrrp::Duration, std::string> parse_duration(std::string_view text);

// The shortest exact text that does not begin with "0." (among equally short ones the largest unit); "0s" for
// nothing.
std::string to_text(vrrp::Duration duration);

}  // namespace highbase::daemon
