// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of [virtual_router.mysql] that say how a server is closed which cannot be asked to.
#pragma once

#include <vector>

#include "daemon/schema.hpp"

namespace highbase::daemon {

std::vector<Key<node::DatabaseConfiguration>> fence_keys();

}  // namespace highbase::daemon
