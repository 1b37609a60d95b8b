// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of [[virtual_router.check]], which depend on the type of the check, and those of its virtual
// router that say what follows. What options a type has is told by the type itself (health/option.hpp).
#pragma once

#include <vector>

#include "daemon/schema.hpp"
#include "daemon/schema_check_type.hpp"

namespace highbase::daemon {

// The section as it is for this check, or for the check in this table. Where the table names no type there
// is, only the keys that all types have are read, and those of any type tolerated.
const Section<health::CheckConfiguration>& check_section(const health::CheckConfiguration& check);
const Section<health::CheckConfiguration>& check_section(const Table& table);

// What all types have, and then a section for each type.
std::vector<SectionFacts> check_facts();

// Of [[virtual_router]].
std::vector<Key<node::RouterConfiguration>> service_keys();

}  // namespace highbase::daemon
