// SPDX-License-Identifier: GPL-2.0-or-later
// What the configuration only points to: passwords in files of their own, and the identity of this boot.
#pragma once

#include <string>
#include <vector>

#include "daemon/config.hpp"

namespace highbase::daemon {

// Reads the password files into the configuration. What is wrong with any of them, for the operator; empty:
// nothing. May wait for the disk.
std::vector<std::string> read_passwords(node::Configuration& configuration);

// What is wrong with the key files of [peer], and how to make one; empty: nothing.
std::vector<std::string> key_faults(const Config& config);

// /proc/sys/kernel/random/boot_id; empty where the kernel does not tell.
std::string boot_id();

}  // namespace highbase::daemon
