// SPDX-License-Identifier: GPL-2.0-or-later
// The database behind a virtual router, as the daemon's file tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "health/check_state.hpp"
#include "replication/task.hpp"
#include "vrrp/endpoint.hpp"
#include "vrrp/time.hpp"

namespace highbase::node {

enum class Mode : std::uint8_t {
    lossless,   // no takeover and no commit that could lose an acknowledged transaction
    available,  // both go on where only one server is left
};

enum class DatabaseTls : std::uint8_t { off, required, verify };

// A program of the operator; those of one point run in the order of the file.
struct HookConfiguration {
    replication::HookPoint on{};
    std::vector<std::string> command;  // an absolute path and its arguments
    vrrp::Duration timeout = std::chrono::seconds{10};
    friend bool operator==(const HookConfiguration&, const HookConfiguration&) = default;
};

enum class FenceAction : std::uint8_t { off, reboot };

// How a server is closed that cannot be asked to: the own one's process, the other one's box.
struct FenceConfiguration {
    std::optional<vrrp::Duration> kill_after = std::chrono::seconds{2};  // nothing: never
    std::string agent;                 // a program that switches the other box off; empty: there is none
    std::vector<std::string> options;  // lines of its standard input, "name=value"
    std::string options_file;          // more of them, which not everybody may read
    std::vector<std::string> secret_options;  // the daemon has read them
    FenceAction action = FenceAction::off;
    vrrp::Duration timeout = std::chrono::seconds{20};
    bool required = true;  // no promotion on silence unless the agent has confirmed
    friend bool operator==(const FenceConfiguration&, const FenceConfiguration&) = default;
};

// The passwords are not in the file, but in files that it names; the daemon has read them.
struct DatabaseConfiguration {
    std::variant<std::string, vrrp::Endpoint> server = "/run/mysqld/mysqld.sock";  // a Unix socket, or TCP
    vrrp::Endpoint peer_server;  // as this box's server and this box reach it
    std::string user = "highbase";
    std::string password_file;
    std::string password;
    std::string replication_user;  // empty: as `user`
    std::string replication_password_file;
    std::string replication_password;
    DatabaseTls tls = DatabaseTls::off;  // of sessions over TCP, and of replication
    std::string tls_ca;
    Mode mode = Mode::lossless;
    vrrp::Duration interval = std::chrono::milliseconds{100};  // between two looks at the server
    vrrp::Duration timeout = std::chrono::milliseconds{150};   // of one
    health::Thresholds thresholds;
    vrrp::Duration max_drain = std::chrono::seconds{10};
    vrrp::Duration solo_after = std::chrono::seconds{2};   // a replica's server is down: RELEASE
    vrrp::Duration commit_wait = std::chrono::seconds{1};  // mode available: for the replica, at most
    std::int64_t max_failovers = 3;                        // to this box, within failover_window
    vrrp::Duration failover_window = std::chrono::hours{1};
    std::vector<HookConfiguration> hooks;
    FenceConfiguration fence;
    friend bool operator==(const DatabaseConfiguration&, const DatabaseConfiguration&) = default;

    [[nodiscard]] bool is_local() const { return std::holds_alternative<std::string>(server); }
    [[nodiscard]] bool has_hooks(replication::HookPoint point) const {
        for (const HookConfiguration& hook : hooks) {
            if (hook.on == point) return true;
        }
        return false;
    }
};

}  // namespace highbase::node
