// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/node/fake_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace highbase::tests {
namespace {

using replication::Flavour;
using replication::Position;

std::string gtid(const Transaction& transaction) {
    return fmt::format("0-{}-{}", transaction.server_id, transaction.seq_no);
}

Position position(const std::string& text) {
    return Position::parse(Flavour::mariadb, text).value();
}
Position position(const std::optional<Transaction>& transaction) {
    return position(transaction ? gtid(*transaction) : "");
}

}  // namespace

// ---- what happens to it

void FakeServer::start(vrrp::TimePoint now) {
    if (life_ != Life::dead) return;
    life_ = Life::running;
    started_ = now;
    read_only_ = true;
    source_semi_sync_ = replica_semi_sync_ = replica_attached_ = false;
    if (channel_) channel_ = Channel{};
}

void FakeServer::kill() {
    if (life_ == Life::dead) return;
    life_ = Life::dead;
    if (channel_) channel_->connected = false;
    release(Outcome::broken);
}

// ---- sessions

replication::ServerView FakeServer::view(vrrp::TimePoint now) const {
    replication::ServerView view;
    view.dialect = {Flavour::mariadb, {10, 11, 14}};
    view.server_id = id_;
    view.uuid = fmt::format("server-{}", id_);
    view.uptime = std::chrono::duration_cast<std::chrono::seconds>(now - started_);
    view.read_only = read_only_;
    view.applied = position(applied_);
    std::string history;
    for (const auto& [server, seq_no] : last_)
        history += (history.empty() ? "" : ",") + gtid({0, seq_no, server});
    view.history = position(history);
    view.semi_sync.source_available = view.semi_sync.replica_available = true;
    view.semi_sync.source_enabled = view.semi_sync.source_on = source_semi_sync_;
    view.semi_sync.waits_after_sync = view.semi_sync.waits_without_replica = true;
    view.semi_sync.timeout = std::chrono::hours{24 * 365};
    view.semi_sync.clients = replica_attached_ ? 1 : 0;
    view.semi_sync.waiting_sessions = static_cast<std::uint32_t>(waiting_.size());
    view.semi_sync.replica_enabled = replica_semi_sync_;
    if (!channel_) return view;
    view.semi_sync.replica_on = acknowledges();
    replication::Channel channel;
    channel.source_host = source_host_;
    channel.source_port = source_port_;
    channel.follows_gtids = true;
    channel.receiver = {receives(), receives() && !channel_->connected,
                        channel_->receiver_error.empty() ? 0 : 1236, channel_->receiver_error};
    channel.applier = {channel_->applier, false, channel_->applier_error.empty() ? 0 : 1950,
                       channel_->applier_error};
    channel.received = position(received());
    view.channels.push_back(channel);
    return view;
}

std::optional<std::string> FakeServer::execute(const std::string& statement) {
    const auto is = [&](std::string_view beginning) { return statement.starts_with(beginning); };
    if (is("STOP SLAVE")) {
        if (!channel_) return std::nullopt;
        channel_->receiver = channel_->connected = false;
        if (statement == "STOP SLAVE") channel_->applier = false;
    } else if (is("START SLAVE")) {
        if (!channel_) return "error 1200: there is no source";
        start_replica(true, statement == "START SLAVE");
    } else if (is("RESET SLAVE ALL")) {
        if (channel_ && (channel_->receiver || channel_->applier)) return "error 1198: it runs";
        channel_.reset();
    } else if (is("CHANGE MASTER TO")) {
        if (channel_ && (channel_->receiver || channel_->applier)) return "error 1198: it runs";
        channel_ = Channel{};
        // MASTER_DEMOTE_TO_SLAVE: what it wrote itself counts as applied.
        if (!log_.empty()) applied_ = log_.back();
    } else if (is("SET GLOBAL read_only = OFF")) {
        read_only_ = false;
    } else if (is("SET GLOBAL read_only = ON")) {
        // It waits for commits that wait, as long as lock_wait_timeout allows.
        if (!read_only_ && !waiting_.empty()) return "error 1205: Lock wait timeout exceeded";
        read_only_ = true;
    } else if (is("SET GLOBAL rpl_semi_sync_master_enabled = ")) {
        source_semi_sync_ = statement.ends_with("ON");
        if (!source_semi_sync_) release(Outcome::committed);
    } else if (is("SET GLOBAL rpl_semi_sync_slave_enabled = ")) {
        replica_semi_sync_ = statement.ends_with("ON");
    } else if (!is("SET GLOBAL rpl_semi_sync_") && !is("CREATE ")) {
        throw std::logic_error{"a statement that the fake server does not know: " + statement};
    }
    return std::nullopt;
}

void FakeServer::commit(std::uint64_t id, bool by_client, Done done) {
    if (!runs() || (by_client && read_only_)) return done(Outcome::refused);
    const Transaction transaction{id, log_.empty() ? 1 : log_.back().seq_no + 1, id_};
    add(transaction);
    if (!source_semi_sync_) return done(Outcome::committed);
    waiting_.push_back({transaction, std::move(done)});
}

void FakeServer::add(const Transaction& transaction) {
    log_.push_back(transaction);
    ids_.insert(transaction.id);
    last_[transaction.server_id] = transaction.seq_no;
}

void FakeServer::evict() {
    release(Outcome::broken);
}

void FakeServer::release(Outcome outcome) {
    for (const Waiting& waiting : std::exchange(waiting_, {})) waiting.done(outcome);
}

// ---- replication, as a source

std::optional<std::vector<Transaction>> FakeServer::after(const std::optional<Transaction>& from) const {
    if (!from) return log_;
    if (!ids_.contains(from->id)) return std::nullopt;
    // Most often it is one of the last.
    const auto found = std::find(log_.rbegin(), log_.rend(), *from);
    return std::vector<Transaction>{found.base(), log_.end()};
}

void FakeServer::acknowledge(const Transaction& last) {
    std::vector<Waiting> done;
    std::erase_if(waiting_, [&](const Waiting& waiting) {
        if (waiting.transaction.seq_no > last.seq_no) return false;
        done.push_back(waiting);
        return true;
    });
    for (const Waiting& waiting : done) waiting.done(Outcome::committed);
}

// ---- as a replica

void FakeServer::start_replica(bool receiver, bool applier) {
    if (receiver && applier && !channel_->receiver && !channel_->applier)
        channel_->relay.clear();  // MDEV-4698
    if (receiver) {
        channel_->receiver = true;
        channel_->receiver_error.clear();
    }
    if (applier) {
        channel_->applier = true;
        channel_->applier_error.clear();
    }
}

void FakeServer::set_connected(bool connected) {
    if (!channel_ || channel_->connected == connected) return;
    channel_->connected = connected;
    channel_->acknowledges = connected && replica_semi_sync_;
}

std::optional<Transaction> FakeServer::received() const {
    if (channel_ && !channel_->relay.empty()) return channel_->relay.back();
    return applied_;
}

void FakeServer::receive(const Transaction& transaction) {
    if (receives()) channel_->relay.push_back(transaction);
}

void FakeServer::cannot_receive(const std::string& error) {
    if (channel_) channel_->receiver_error = error;
}

bool FakeServer::can_apply() const {
    return runs() && channel_ && channel_->applier && channel_->applier_error.empty() &&
           !channel_->relay.empty();
}

bool FakeServer::apply() {
    if (!can_apply()) return false;
    const Transaction next = channel_->relay.front();
    if (!log_.empty() && next.seq_no <= log_.back().seq_no) {  // gtid_strict_mode
        channel_->applier_error = "error 1950: out of order: " + gtid(next);
        channel_->applier = false;
        return false;
    }
    channel_->relay.erase(channel_->relay.begin());
    add(next);
    applied_ = next;
    return can_apply();
}

void FakeServer::follow() {
    channel_ = Channel{};
    channel_->receiver = channel_->applier = true;
    replica_semi_sync_ = true;
}

}  // namespace highbase::tests
