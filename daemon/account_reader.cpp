// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/account_reader.hpp"

#include "daemon/database_target.hpp"
#include "mysql/failure_kind.hpp"
#include "mysql/worker_process.hpp"

namespace highbase::daemon {
namespace {

// What says nothing of the account: it may be another thing the next time.
bool is_of_the_moment(mysql::FailureKind kind) {
    return mysql::is_against_server(kind) || kind == mysql::FailureKind::too_many_connections ||
           kind == mysql::FailureKind::busy || kind == mysql::FailureKind::local;
}

}  // namespace

AccountReader::AccountReader(boost::asio::io_context& io, const mysql::Target& target,
                             const SettingsReader::Bounds& bounds, Done done)
    : user_{target.user},
      bounds_{bounds},
      done_{std::move(done)},
      session_{io, mysql::find_worker(), target, session_settings(), {}} {
    ask(bounds_.connect);
}

void AccountReader::ask(vrrp::Duration patience) {
    session_.query(statements_.at(tables_.size()), patience, [this](const auto& result) { take(result); });
}

void AccountReader::take(const tl::expected<mysql::Answer, mysql::Failure>& result) {
    const Done done = done_;  // it may destroy this
    if (result) {
        tables_.push_back(table_of(*result));
        if (tables_.size() < statements_.size()) return ask(bounds_.statement);
        return done(replication::read_account(tables_));
    }
    const mysql::Failure& failure = result.error();
    if (is_of_the_moment(failure.kind)) return done(std::nullopt);
    done(replication::ReplicationAccount{user_, {}, in_words(failure)});
}

}  // namespace highbase::daemon
