// SPDX-License-Identifier: GPL-2.0-or-later
// What every view of the daemon (JSON, table, later metrics) is made from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/peer_view.hpp"
#include "health/check_state.hpp"
#include "node/snapshot.hpp"
#include "status/wall_time.hpp"

namespace highbase::status {

enum class DaemonState : std::uint8_t { running, stopping };

// The last time the configuration was read again.
struct Reload {
    WallTime at;
    bool applied = false;  // false: it was refused, and the configuration before it is still in force
    std::string message;   // why it was refused, one mistake on each line
    friend bool operator==(const Reload&, const Reload&) = default;
};

struct DaemonFacts {
    std::string version;
    std::int32_t pid = 0;
    WallTime started;
    DaemonState state = DaemonState::running;
    bool realtime = false;  // the speaker has a real-time priority and its memory is locked
    std::string configuration_file;
    std::optional<Reload> last_reload;
    std::uint64_t reports_lost = 0;  // by the log, because they came faster than it could take them
    friend bool operator==(const DaemonFacts&, const DaemonFacts&) = default;
};

// What a check of a virtual router has found.
struct CheckFacts {
    std::string router;
    std::string check;
    health::CheckStatus status;
    std::optional<vrrp::Duration> age{};  // of the last probe; nothing before its first answer
    friend bool operator==(const CheckFacts&, const CheckFacts&) = default;
};

struct Status {
    DaemonFacts daemon;
    node::NodeSnapshot node;
    WallTime time;                            // the same instant as node.now
    std::optional<cluster::PeerView> peer{};  // nothing: there is no [peer]
    std::vector<CheckFacts> checks{};
};

// One line for a service manager: "db Active, web Backup, dns Initialize (link_down)".
std::string summary(const node::NodeSnapshot& node);

}  // namespace highbase::status
