// SPDX-License-Identifier: GPL-2.0-or-later
// Whole numbers under /proc/sys.
#pragma once

#include <string>

#include "netlink/result.hpp"

namespace highbase::netlink {

// `name` is the path below /proc/sys ("net/ipv4/conf/eth0/arp_ignore"): an interface's name may hold dots.
Result<int> read_sysctl(const std::string& name);
// Does not write what is already so: /proc/sys may be read-only, and set up by whoever made it so.
Result<void> write_sysctl(const std::string& name, int value);
bool sysctl_exists(const std::string& name);

}  // namespace highbase::netlink
