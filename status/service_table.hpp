// SPDX-License-Identifier: GPL-2.0-or-later
// The part of the status table that tells of the databases.
#pragma once

#include <string>

#include "status/table.hpp"

namespace highbase::status {

// Of a whole status; empty where there is no database.
std::string service_table(const Json& status, Colour colour);

}  // namespace highbase::status
