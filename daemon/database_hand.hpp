// SPDX-License-Identifier: GPL-2.0-or-later
// Does what a service wants done to its server, one statement after the other, in a session of its own: a
// look never waits for a statement that hangs.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "mysql/session.hpp"
#include "node/database_configuration.hpp"
#include "replication/server_view.hpp"
#include "replication/task.hpp"

namespace highbase::daemon {

class DatabaseHand {
public:
    struct Trouble {
        std::string reason;
        bool against_server = false;  // it did not answer, or cannot write
        bool held_up = false;         // by a lock that somebody holds
    };
    using Result = tl::expected<std::optional<replication::ServerView>, Trouble>;
    // Called once for each call, never from within it, unless the hand is destroyed first.
    using Done = std::function<void(const Result&)>;

    // `io` outlives it.
    DatabaseHand(boost::asio::io_context& io, const node::DatabaseConfiguration& database);
    DatabaseHand(const DatabaseHand&) = delete;
    DatabaseHand& operator=(const DatabaseHand&) = delete;
    ~DatabaseHand() = default;

    // Answers what is under way with `reason`, which says nothing against the server, and does nothing more.
    void give_up(const std::string& reason);

    void execute(const replication::Execute& deed, vrrp::Duration patience, Done done);
    void look(vrrp::Duration patience, Done done);
    void evict_clients(vrrp::Duration patience, Done done);
    void end_waits(vrrp::Duration patience, Done done);
    void end_applier(vrrp::Duration patience, Done done);

private:
    struct Work;

    using Pick = std::function<std::vector<std::uint64_t>(const replication::Table& sessions)>;
    void end_sessions(Pick pick, vrrp::Duration patience, Done done);
    void begin(Work work);
    void ask(const std::shared_ptr<Work>& work);
    void answered(const std::shared_ptr<Work>& work, tl::expected<mysql::Answer, mysql::Failure> result);
    void failed(const std::shared_ptr<Work>& work, const mysql::Failure& failure);
    void go_on(const std::shared_ptr<Work>& work);
    void finish(const std::shared_ptr<Work>& work, const Result& result);

    std::string user_;
    std::vector<std::shared_ptr<Work>> pending_;
    std::optional<replication::Dialect> dialect_;
    mysql::Session session_;
};

}  // namespace highbase::daemon
