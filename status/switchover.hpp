// SPDX-License-Identifier: GPL-2.0-or-later
// The answer of `hbctl switchover`, as an operator sees it:
//   {"done": true, "message": "...", "steps": [{"name", "ms"}], "writes_stopped_ms": 63}
// and of a dry run:
//   {"possible": false, "reasons": ["..."], "steps": [{"name"}]}
#pragma once

#include <string>

#include "node/service_event.hpp"
#include "status/table.hpp"

namespace highbase::status {

Json switchover_answer(const node::SwitchoverEnded& result);
Json dry_run_answer(const node::SwitchoverEnded& result);

// What is missing or of another type is shown as "?".
std::string switchover_text(const Json& answer, Colour colour);
// It was done, or could be.
bool is_yes(const Json& answer);

}  // namespace highbase::status
