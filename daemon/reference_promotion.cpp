// SPDX-License-Identifier: GPL-2.0-or-later
// The page of the promotion is made by promoting: a machine for each dialect is led through all of its steps,
// and what it asks for is written down.
#include <fmt/format.h>

#include <map>
#include <string>
#include <variant>

#include "daemon/reference.hpp"
#include "replication/promotion.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;
using replication::Flavour;
using replication::Position;
using replication::Promotion;
using replication::PromotionStep;
using replication::PromotionTask;

// What one step says to a server, and what is said to it where the promotion ends there.
struct Said {
    replication::Statements statements;
    replication::Statements undo;
};
using Walk = std::map<PromotionStep, Said>;

constexpr vrrp::TimePoint kNow{};
constexpr const char* kSourceHost = "198.51.100.1";
constexpr std::uint16_t kSourcePort = 3306;

replication::ServerView replica(const replication::Dialect& dialect, const Position& received,
                                const Position& applied) {
    replication::ServerView view;
    view.dialect = dialect;
    view.applied = view.history = applied;
    replication::Channel& channel = view.channels.emplace_back();
    channel.source_host = kSourceHost;
    channel.source_port = kSourcePort;
    channel.received = received;
    channel.applier.running = true;
    return view;
}

replication::Statements undo_of(Promotion promotion) {
    promotion.give_up(kNow, "");
    const auto* failed = std::get_if<replication::PromotionFailed>(&*promotion.outcome());
    return failed != nullptr ? failed->undo : replication::Statements{};
}

Walk walk(const replication::Dialect& dialect, const char* gtids) {
    const Position position = *Position::parse(dialect.flavour, gtids);
    replication::PromotionPlan plan;
    plan.dialect = dialect;
    plan.epoch = 7;
    plan.node = "gw2";
    plan.source = replication::Source{kSourceHost, kSourcePort};
    plan.floor = position;
    plan.await_floor = plan.ask_peer = true;
    plan.hooks = plan.fence = 1s;
    Promotion promotion{std::move(plan)};
    Walk said;
    std::optional<PromotionTask> task = promotion.begin(kNow);
    // It lags at first, so that there is something to wait for.
    Position applied = *Position::parse(dialect.flavour, "");
    while (!promotion.outcome()) {
        if (!task) {  // between two looks
            task = promotion.handle_timer(kNow + 1s);
            applied = position;
        }
        const auto* execute = std::get_if<replication::Execute>(&task->what);
        said[task->step] = {execute != nullptr ? execute->statements : replication::Statements{},
                            undo_of(promotion)};
        task =
            promotion.handle(kNow, replication::TaskDone{task->number, replica(dialect, position, applied)});
    }
    return said;
}

std::string code(const replication::Statements& statements) {
    std::string text;
    for (const std::string& statement : statements)
        text += fmt::format("{}`{}`", text.empty() ? "" : "; ", statement);
    return text;
}

std::string deadline(const replication::PromotionRow& row) {
    const auto length = std::chrono::duration_cast<std::chrono::milliseconds>(row.deadline).count();
    if (row.step == PromotionStep::before_hooks) return "their own, one after the other";
    if (row.step == PromotionStep::fence_peer) return "`fence_timeout`, and 2 s";
    if (row.step == PromotionStep::check_floor) return "done at once";
    if (row.step == PromotionStep::ask_witness) return "`timeout` of `[witness]`";
    const bool repeated = row.step == PromotionStep::await_floor || row.step == PromotionStep::drain;
    return fmt::format("{} ms{}", length, repeated ? " for each look, `max_drain` for all" : "");
}

std::string steps() {
    std::string table = "| step | what is done | why | deadline |\n| --- | --- | --- | --- |\n";
    for (const replication::PromotionRow& row : replication::promotion_table())
        table += fmt::format("| `{}` | {} | {} | {} |\n", row.name, row.does, row.why, deadline(row));
    return table;
}

std::string statements() {
    const Walk mariadb = walk({Flavour::mariadb, {10, 11, 0}}, "0-1-5");
    const Walk mysql = walk({Flavour::mysql, {8, 4, 0}}, "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5");
    std::string table = "| step | | MariaDB 10.11 | MySQL 8.4 |\n| --- | --- | --- | --- |\n";
    for (const replication::PromotionRow& row : replication::promotion_table()) {
        const auto here = mariadb.find(row.step);
        const auto there = mysql.find(row.step);
        if (here == mariadb.end() || there == mysql.end()) continue;  // it asks for nothing
        const auto add = [&](const char* what, const replication::Statements& one,
                             const replication::Statements& other) {
            if (one.empty() && other.empty()) return;
            table += fmt::format("| `{}` | {} | {} | {} |\n", row.name, what, code(one), code(other));
        };
        add("done", here->second.statements, there->second.statements);
        add("undone", here->second.undo, there->second.undo);
    }
    return table;
}

}  // namespace

std::string promotion_markdown() {
    return fmt::format(
        R"(<!-- Made from replication/promotion.cpp by `highbase_reference promotion`; do not edit. -->
# The steps of a promotion

From a replica that has won the election to a primary that takes writes. [failover.md](failover.md) tells
what comes before and after. Each step begins when the one before has succeeded; one that has not been
answered by its deadline has failed. The addresses are put on the interface after the last one. Of a server
that follows nobody there is nothing to receive, to drain or to forget: the steps for that are left out, as
are `end_applier` with MariaDB, `before_hooks` without hooks, `await_floor` without a planned end of the term
before, `ask_peer` where the other node cannot begin a term as well, `ask_witness` without a `[witness]`,
`ask_peer_instead` where that has answered, and `fence_peer` without a `fence_agent`, and where the other node
is heard.

{}
Two may fail, and `fence_peer` with `fence_required = false`: without `close_road` `stop_receiver` takes
longer where the old primary does not answer, and closes the intake as well; without `end_applier`
`stop_applier` mostly works. `prove` is tried a second time, with the statements that make its table, before
it has failed.

## What is said to the server

Of a promotion to term 7 on node gw2. "Undone" is what is said to the server where the promotion ends at
that step, whoever or whatever ends it (at `check_floor`, `ask_witness` and `ask_peer_instead`: as at
`drain`); after `applier_broken`, and from `end_applier` on, replication is not started again.

{})",
        steps(), statements());
}

}  // namespace highbase::daemon
