// SPDX-License-Identifier: GPL-2.0-or-later
// One look at a server: what it says of itself, in the words of neither dialect. Everything that is decided
// about a server is decided on such a view.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "replication/dialect.hpp"
#include "replication/position.hpp"
#include "replication/table.hpp"

namespace highbase::replication {

// A thread of a replica: MySQL and MariaDB have two, one that receives and one that applies.
struct ReplicaThread {
    bool running = false;
    bool connecting = false;  // of the receiver: started, and not connected
    int error_number = 0;
    std::string error;
    friend bool operator==(const ReplicaThread&, const ReplicaThread&) = default;
};

// The connection to a source. Its presence does not mean that anything comes in.
struct Channel {
    std::string name;  // empty: the default channel, the only one that is used here
    std::string source_host;
    std::uint16_t source_port = 0;
    std::uint32_t source_server_id = 0;  // 0 until it has connected
    bool follows_gtids = false;          // SOURCE_AUTO_POSITION, Using_Gtid
    std::chrono::seconds delay{0};
    ReplicaThread receiver;
    ReplicaThread applier;
    Position received{GtidSet{}};  // all of the source's transactions that are here, applied or not
    friend bool operator==(const Channel&, const Channel&) = default;
};

struct SemiSync {
    // As a source: nothing where the plugin is not there.
    bool source_available = false;
    bool source_enabled = false;
    bool source_on = false;  // false: fell back to asynchronous, or never began
    bool waits_after_sync = false;
    bool waits_without_replica = false;
    std::uint32_t replicas_wanted = 1;  // so many acknowledgements; MariaDB knows only one
    std::chrono::milliseconds timeout{0};
    std::uint32_t clients = 0;
    std::uint32_t waiting_sessions = 0;
    // As a replica.
    bool replica_available = false;
    bool replica_enabled = false;
    bool replica_on = false;

    // Set so that nothing is acknowledged to a client which one replica has not acknowledged, however long
    // that takes.
    [[nodiscard]] bool waits_for_ever() const {
        return source_enabled && waits_after_sync && waits_without_replica && replicas_wanted == 1 &&
               timeout >= std::chrono::hours{24};
    }
    friend bool operator==(const SemiSync&, const SemiSync&) = default;
};

// Servers count whole seconds, of a wall clock that may be adjusted a little: an uptime that differs by more
// says that the server was restarted.
inline constexpr std::chrono::seconds kUptimeSlack{2};

struct ServerView {
    Dialect dialect;
    std::uint32_t server_id = 0;
    std::string uuid;  // server_uuid, server_uid
    std::chrono::seconds uptime{0};
    bool read_only = false;        // for all but administrators
    bool super_read_only = false;  // for them as well
    bool offline = false;          // MySQL: only administrators may be connected
    Position applied{GtidSet{}};   // as far as it follows its source: gtid_executed, gtid_slave_pos
    Position history{GtidSet{}};   // all that it ever committed: gtid_executed; gtid_binlog_state joined with
                                   // gtid_slave_pos
    std::vector<Channel> channels;
    SemiSync semi_sync;
    std::uint32_t connections = 0;       // that are open now, those of administrators as well
    std::uint32_t max_connections = 0;   // 0: not told
    std::uint32_t most_connections = 0;  // that were open at once since the server has started

    // The only channel, where it leads there; else null.
    [[nodiscard]] const Channel* only_channel_to(std::string_view host, std::uint16_t port) const {
        if (channels.size() != 1) return nullptr;
        const Channel& channel = channels.front();
        return channel.source_host == host && channel.source_port == port ? &channel : nullptr;
    }
    [[nodiscard]] bool has_taken(std::uint32_t percent) const {  // of its connections
        return max_connections > 0 &&
               std::uint64_t{connections} * 100 >= std::uint64_t{max_connections} * percent;
    }
    [[nodiscard]] bool is_writable() const { return !read_only && !super_read_only; }
    [[nodiscard]] bool serves_writers() const { return is_writable() && !offline; }
    friend bool operator==(const ServerView&, const ServerView&) = default;
};

// What is asked, in this order, in one session; the answers go to read_view() in the same order.
[[nodiscard]] std::vector<std::string> view_statements(const Dialect& dialect);
// The error says which value is missing or makes no sense.
[[nodiscard]] tl::expected<ServerView, std::string> read_view(const Dialect& dialect,
                                                              const std::vector<Table>& answers);

}  // namespace highbase::replication
