// SPDX-License-Identifier: GPL-2.0-or-later
// Servers as a look finds them.
#pragma once

#include <chrono>
#include <string>

#include "replication/server_view.hpp"

namespace highbase::tests {

using namespace std::chrono_literals;

inline replication::Position mariadb(const std::string& text) {
    return replication::Position::parse(replication::Flavour::mariadb, text).value();
}

// Read-only, with nothing but `history`.
inline replication::ServerView server_view(const std::string& history) {
    replication::ServerView view;
    view.dialect = {replication::Flavour::mariadb, {10, 11, 14}};
    view.server_id = 2;
    view.uuid = "server-b";
    view.uptime = 1000s;
    view.read_only = true;
    view.history = view.applied = mariadb(history);
    view.semi_sync.source_available = view.semi_sync.replica_available = true;
    view.semi_sync.waits_after_sync = view.semi_sync.waits_without_replica = true;
    view.semi_sync.timeout = 876000h;
    return view;
}
// A replica of the peer's server that works.
inline replication::ServerView replica_view(const std::string& received, const std::string& applied) {
    replication::ServerView view = server_view(applied);
    view.semi_sync.replica_enabled = view.semi_sync.replica_on = true;
    replication::Channel channel;
    channel.source_host = "192.0.2.1";
    channel.source_port = 3306;
    channel.source_server_id = 1;
    channel.follows_gtids = true;
    channel.receiver.running = channel.applier.running = true;
    channel.received = mariadb(received);
    view.channels.push_back(channel);
    return view;
}
}  // namespace highbase::tests
