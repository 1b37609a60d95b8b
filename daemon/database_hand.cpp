// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/database_hand.hpp"

#include <algorithm>
#include <iterator>

#include "daemon/clock.hpp"
#include "daemon/database_target.hpp"
#include "mysql/worker_process.hpp"
#include "replication/session_list.hpp"

namespace highbase::daemon {
namespace {

// What was held is let go also when the time is over.
constexpr vrrp::Duration kRelease = std::chrono::milliseconds{500};

// One that is gone already; and with MySQL one that nobody may end: an administrator's, or one of which it is
// not known yet whose it is. Those as well are bound by super_read_only, which MariaDB does not have.
bool may_stay(const mysql::Failure& failure, const std::optional<replication::Dialect>& dialect) {
    constexpr std::uint32_t kNoSuchThread = 1094;
    constexpr std::uint32_t kKillDenied = 1095;
    return failure.code == kNoSuchThread ||
           (failure.code == kKillDenied && dialect && !dialect->is_mariadb());
}

DatabaseHand::Trouble trouble(const mysql::Failure& failure) {
    const bool against =
        mysql::is_against_server(failure.kind) || failure.kind == mysql::FailureKind::storage;
    return {in_words(failure), against, failure.kind == mysql::FailureKind::lock_wait};
}

}  // namespace

// Statements in a row. Each may say what comes next from what it was answered.
struct DatabaseHand::Work {
    std::vector<std::string> statements;
    vrrp::TimePoint deadline;
    Done done;
    bool wants_view = false;
    Pick sessions_to_end{};     // of those that the first statement lists
    std::size_t holding = 0;    // so many at the beginning may fail: then those that remain are left out
    std::size_t releasing = 0;  // so many at the end are said whatever has failed
    std::size_t next = 0;
    std::optional<Trouble> trouble{};  // the first of what may not fail
    std::vector<replication::Table> tables{};
    std::optional<replication::Dialect> dialect{};
};

DatabaseHand::DatabaseHand(boost::asio::io_context& io, const node::DatabaseConfiguration& database)
    : user_{database.user},
      session_{io,
               mysql::find_worker(),
               target_of(database),
               session_settings(),
               {[this](const mysql::Server& server) {
                    const auto dialect = replication::Dialect::of(server.version);
                    dialect_ = dialect ? std::optional{*dialect} : std::nullopt;
                },
                {},
                {}}} {}

void DatabaseHand::execute(const replication::Execute& deed, vrrp::Duration patience, Done done) {
    Work work{deed.hold, boottime_now() + patience, std::move(done)};
    std::ranges::copy(deed.statements, std::back_inserter(work.statements));
    std::ranges::copy(deed.release, std::back_inserter(work.statements));
    work.holding = deed.hold.size();
    work.releasing = deed.release.size();
    begin(std::move(work));
}

// Which statements a look consists of depends on the server; without a connection yet, it tells with the
// first.
void DatabaseHand::look(vrrp::Duration patience, Done done) {
    Work work{{"SELECT 1"}, boottime_now() + patience, std::move(done)};
    work.wants_view = true;
    begin(std::move(work));
}

void DatabaseHand::evict_clients(vrrp::Duration patience, Done done) {
    const auto pick = [user = user_](const auto& sessions) { return replication::clients(sessions, user); };
    end_sessions(pick, patience, std::move(done));
}

void DatabaseHand::end_waits(vrrp::Duration patience, Done done) {
    end_sessions(&replication::waiting_for_replica, patience, std::move(done));
}

void DatabaseHand::end_applier(vrrp::Duration patience, Done done) {
    end_sessions(&replication::applier, patience, std::move(done));
}

void DatabaseHand::end_sessions(Pick pick, vrrp::Duration patience, Done done) {
    Work work{{replication::list_sessions()}, boottime_now() + patience, std::move(done)};
    work.sessions_to_end = std::move(pick);
    begin(std::move(work));
}

void DatabaseHand::begin(Work work) {
    ask(pending_.emplace_back(std::make_shared<Work>(std::move(work))));
}

void DatabaseHand::give_up(const std::string& reason) {
    session_.close();
    for (const auto& work : std::exchange(pending_, {})) work->done(tl::make_unexpected(Trouble{reason}));
}

void DatabaseHand::finish(const std::shared_ptr<Work>& work, const Result& result) {
    std::erase(pending_, work);
    work->done(result);
}

void DatabaseHand::ask(const std::shared_ptr<Work>& work) {
    const bool releases = work->next + work->releasing >= work->statements.size();
    const vrrp::Duration least = releases ? kRelease : vrrp::Duration::zero();
    const vrrp::Duration left = std::max(work->deadline - boottime_now(), least);
    const bool lists = work->sessions_to_end && work->next == 0;
    session_.query(
        work->statements[work->next], left, [this, work](auto result) { answered(work, std::move(result)); },
        lists ? replication::session_columns() : std::vector<std::string>{});
}

void DatabaseHand::answered(const std::shared_ptr<Work>& work,
                            tl::expected<mysql::Answer, mysql::Failure> result) {
    const bool ends_sessions = work->sessions_to_end && work->next > 0;
    if (!result && !(ends_sessions && may_stay(result.error(), dialect_)))
        return failed(work, result.error());
    if (work->wants_view && work->next == 0) {
        if (!dialect_)
            return finish(work, tl::make_unexpected(Trouble{"this version of the server is not supported"}));
        work->dialect = dialect_;
        for (std::string& statement : replication::view_statements(*dialect_))
            work->statements.push_back(std::move(statement));
    } else if (work->wants_view) {
        work->tables.push_back(table_of(*result));
    } else if (work->sessions_to_end && work->next == 0) {
        for (const std::uint64_t id : work->sessions_to_end(table_of(*result)))
            work->statements.push_back(replication::end_session(id));
    }
    go_on(work);
}

// On to what is said all the same.
void DatabaseHand::failed(const std::shared_ptr<Work>& work, const mysql::Failure& failure) {
    const bool may_fail = work->next < work->holding;
    if (!may_fail && !work->trouble) work->trouble = trouble(failure);
    const std::size_t resumed = may_fail ? work->holding : work->statements.size() - work->releasing;
    work->next = std::max(work->next, resumed - 1);
    go_on(work);
}

void DatabaseHand::go_on(const std::shared_ptr<Work>& work) {
    if (++work->next < work->statements.size()) return ask(work);
    if (work->trouble) return finish(work, tl::make_unexpected(*work->trouble));
    if (!work->wants_view) return finish(work, std::nullopt);
    auto view = replication::read_view(*work->dialect, work->tables);
    if (!view) return finish(work, tl::make_unexpected(Trouble{view.error()}));
    finish(work, std::optional{*std::move(view)});
}

}  // namespace highbase::daemon
