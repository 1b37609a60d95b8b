// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/settings_reader.hpp"

#include <algorithm>

#include "daemon/clock.hpp"
#include "daemon/database_target.hpp"
#include "mysql/worker_process.hpp"
#include "replication/statements.hpp"

namespace highbase::daemon {
namespace {

// What the server itself says to a statement, the connection being as good as before.
bool is_refusal(const mysql::Failure& failure) {
    return failure.code != 0 && !mysql::is_of_client(failure.code) && !mysql::is_against_server(failure.kind);
}

}  // namespace

SettingsReader::SettingsReader(boost::asio::io_context& io, mysql::Target target, const Bounds& bounds,
                               Done done)
    : bounds_{bounds},
      deadline_{boottime_now() + bounds.whole},
      done_{std::move(done)},
      session_{io,
               mysql::find_worker(),
               std::move(target),
               session_settings(),
               {[this](const mysql::Server& server) { version_ = server.version; }, {}, {}}} {
    ask("SELECT 1", bounds_.connect);
}

void SettingsReader::ask(std::string statement, vrrp::Duration patience) {
    const vrrp::Duration left = std::max(deadline_ - boottime_now(), vrrp::Duration::zero());
    session_.query(std::move(statement), std::min(patience, left),
                   [this](const auto& result) { answered(result); });
}

void SettingsReader::answered(const tl::expected<mysql::Answer, mysql::Failure>& result) {
    if (dialect_) return take(result);
    if (!result) return finish(tl::make_unexpected(Trouble{in_words(result.error())}));
    const auto dialect = replication::Dialect::of(version_);
    if (!dialect) return finish(tl::make_unexpected(Trouble{dialect.error(), true}));
    dialect_ = *dialect;
    begin();
}

// The server ends by itself what takes too long, and a little earlier than it is given up here: the session
// stands, and what follows is asked at once.
void SettingsReader::begin() {
    statements_ = replication::bound_statements(
        *dialect_, std::chrono::duration_cast<std::chrono::milliseconds>(bounds_.statement * 4 / 5));
    bounding_ = statements_.size();
    for (std::string& statement : replication::preflight_statements(*dialect_))
        statements_.push_back(std::move(statement));
    ask(statements_.front(), bounds_.statement);
}

// An account without a privilege is what is to be found out; and what takes too long is left out, but for
// what has to be known.
void SettingsReader::take(const tl::expected<mysql::Answer, mysql::Failure>& result) {
    const bool asked = next_ >= bounding_;
    const bool needed = next_ < bounding_ + replication::kNeededAnswers;
    if (!result && needed && !is_refusal(result.error()))
        return finish(tl::make_unexpected(Trouble{in_words(result.error())}));
    if (asked) tables_.push_back(result ? table_of(*result) : replication::Table{});
    if (++next_ < statements_.size()) return ask(statements_[next_], bounds_.statement);
    auto settings = replication::read_settings(*dialect_, tables_);
    if (!settings) return finish(tl::make_unexpected(Trouble{settings.error()}));
    finish(*std::move(settings));
}

void SettingsReader::finish(const Result& result) {
    const Done done = std::move(done_);
    done(result);
}

}  // namespace highbase::daemon
