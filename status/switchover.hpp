// SPDX-License-Identifier: GPL-2.0-or-later
// The answer of `hbctl switchover`, and of the verbs that are orders, as an operator sees it:
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

// The same of an order, without steps.
Json order_answer(const node::OrderAnswer& answer, bool dry_run);

// What is missing or of another type is shown as "?".
std::string switchover_text(const Json& answer, Colour colour);
// It was done, or could be.
bool is_yes(const Json& answer);

}  // namespace highbase::status
