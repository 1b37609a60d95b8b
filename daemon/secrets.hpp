// SPDX-License-Identifier: GPL-2.0-or-later
// What the configuration only points to: passwords in files of their own, programs, and the identity of this
// boot.
#pragma once

#include <string>
#include <vector>

#include "daemon/config.hpp"

namespace highbase::daemon {

// Reads the password files, and the options of fence agents, into the configuration. What is wrong with any
// of them, for the operator; empty: nothing. May wait for the disk.
std::vector<std::string> read_passwords(node::Configuration& configuration);

// What is wrong with the key files of [peer], and how to make one; empty: nothing.
std::vector<std::string> key_faults(const Config& config);

// The fence agents that cannot be run.
struct AgentFault {
    std::string service;
    std::string agent;
    std::string error;
};
std::vector<AgentFault> agent_faults(const node::Configuration& configuration);

// /proc/sys/kernel/random/boot_id; empty where the kernel does not tell.
std::string boot_id();

}  // namespace highbase::daemon
