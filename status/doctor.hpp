// SPDX-License-Identifier: GPL-2.0-or-later
// The answer of `hbctl doctor`, and what people see of it.
#pragma once

#include <string>
#include <vector>

#include "replication/preflight.hpp"
#include "status/table.hpp"

namespace highbase::status {

// {"service": "db", "findings": [{"id", "severity", "server", "text", "remedy"}]}, in the order given.
Json doctor_answer(const std::string& service, const std::vector<replication::Finding>& findings);

// Of such an answer; what is missing or of another type is shown as "?".
std::string doctor_table(const Json& answer, Colour colour);
bool has_error(const Json& answer);

}  // namespace highbase::status
