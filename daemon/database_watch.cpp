// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/database_watch.hpp"

#include <algorithm>

#include "daemon/clock.hpp"
#include "daemon/database_target.hpp"
#include "mysql/worker_process.hpp"
#include "replication/server_view.hpp"

namespace highbase::daemon {

using Word = ServerVerdict::Word;

DatabaseWatch::DatabaseWatch(boost::asio::io_context& io, const node::DatabaseConfiguration& database,
                             Told told)
    : interval_{database.interval},
      timeout_{database.timeout},
      told_{std::move(told)},
      verdict_{database.thresholds},
      timer_{io},
      session_{io,
               mysql::find_worker(),
               target_of(database),
               session_settings(),
               {[this](const mysql::Server& server) { opened(server); },
                [this](const mysql::Failure&) {
                    lost_ = true;
                    dialect_.reset();
                },
                [this](const mysql::Failure& failure) { refused(failure); }}} {
    look();
}

// A look that is not answered by now has failed by its own deadline.
void DatabaseWatch::look() {
    ++look_;
    asked_ = boottime_now();
    tables_.clear();
    // Which statements there are is known once a connection stands; the first word waits for that.
    ask(dialect_ ? replication::view_statements(*dialect_) : std::vector<std::string>{"SELECT 1"});
}

void DatabaseWatch::ask(std::vector<std::string> statements) {
    awaited_ = statements.size();
    for (std::string& statement : statements) {
        session_.query(std::move(statement), timeout_,
                       [this, look = look_](auto result) { answered(look, std::move(result)); });
    }
}

void DatabaseWatch::answered(std::uint64_t look, tl::expected<mysql::Answer, mysql::Failure> result) {
    if (look != look_ || awaited_ == 0) return;  // a part of this look has failed already
    if (!result) {
        awaited_ = 0;
        failed(result.error());
        return wait();
    }
    tables_.push_back(table_of(*result));
    if (--awaited_ > 0) return;
    // The first word of a connection: now it is known which ones follow.
    if (dialect_ && tables_.size() == 1) {
        tables_.clear();
        return ask(replication::view_statements(*dialect_));
    }
    judge_view();
    wait();
}

void DatabaseWatch::judge_view() {
    if (!unsupported_.empty()) return unknown(unsupported_);
    if (!dialect_) return;  // the connection has gone again meanwhile
    const auto view = replication::read_view(*dialect_, tables_);
    if (!view) return unknown(view.error());
    if (verdict_.answered() == Word::seen) told_(node::ServerSeen{*view, asked_});
}

void DatabaseWatch::failed(const mysql::Failure& failure) {
    if (!mysql::is_against_server(failure.kind)) return unknown(failure.message);
    if (verdict_.failed() == Word::down) told_(node::ServerDown{failure.message});
}

void DatabaseWatch::unknown(const std::string& reason) {
    if (verdict_.unknown() == Word::unknown) told_(node::ServerUnknown{reason});
}

void DatabaseWatch::opened(const mysql::Server& server) {
    lost_ = false;
    auto dialect = replication::Dialect::of(server.version);
    unsupported_ = dialect ? std::string{} : dialect.error();
    dialect_ = dialect ? std::optional{*dialect} : std::nullopt;
}

// A server that has closed its connection and lets nobody in is gone: no need to ask as often as for one that
// is only slow.
void DatabaseWatch::refused(const mysql::Failure& failure) {
    const bool gone = lost_ && failure.kind == mysql::FailureKind::unreachable;
    if (gone && verdict_.gone() == Word::down) told_(node::ServerDown{failure.message});
}

void DatabaseWatch::wait() {
    const vrrp::Duration spent = boottime_now() - asked_;
    timer_.expires_after(std::max(interval_ - spent, vrrp::Duration::zero()));
    timer_.async_wait([this, alive = std::weak_ptr{alive_}](const boost::system::error_code& error) {
        if (!error && !alive.expired()) look();
    });
}

}  // namespace highbase::daemon
