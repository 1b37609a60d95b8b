// SPDX-License-Identifier: GPL-2.0-or-later
// Looks at a database server, again and again, over a session that stays open, and judges it: up, down, or
// not to be asked. What it sees goes to the node's service.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/server_verdict.hpp"
#include "mysql/session.hpp"
#include "node/database_configuration.hpp"
#include "node/service_event.hpp"

namespace highbase::daemon {

class DatabaseWatch {
public:
    // ServerSeen, ServerDown or ServerUnknown; never from within a call of the watch.
    using Told = std::function<void(const node::ServiceEvent&)>;

    // Begins at once. `io` outlives it.
    DatabaseWatch(boost::asio::io_context& io, const node::DatabaseConfiguration& database, Told told);
    DatabaseWatch(const DatabaseWatch&) = delete;
    DatabaseWatch& operator=(const DatabaseWatch&) = delete;
    ~DatabaseWatch() = default;

private:
    void look();
    void ask(std::vector<std::string> statements);
    void answered(std::uint64_t look, tl::expected<mysql::Answer, mysql::Failure> result);
    void judge_view();
    void failed(const mysql::Failure& failure);
    void unknown(const std::string& reason);
    void opened(const mysql::Server& server);
    void refused(const mysql::Failure& failure);
    void wait();

    vrrp::Duration interval_;
    vrrp::Duration timeout_;
    Told told_;
    ServerVerdict verdict_;
    std::optional<replication::Dialect> dialect_;
    std::string unsupported_;  // why there is no dialect

    std::uint64_t look_ = 0;  // the number of the latest
    vrrp::TimePoint asked_{};
    std::size_t awaited_ = 0;  // answers
    std::vector<replication::Table> tables_;
    bool lost_ = false;  // the connection broke, and no other has been made since

    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for handlers in a queue
    boost::asio::steady_timer timer_;
    mysql::Session session_;
};

}  // namespace highbase::daemon
