// SPDX-License-Identifier: GPL-2.0-or-later
#include "mysql/session_machine.hpp"

#include <algorithm>
#include <utility>

#include "mysql/wire.hpp"

namespace highbase::mysql {
namespace {

constexpr std::size_t kLongestSql = kLongestFrame - 64;  // room for the other fields of its frame

Failure own_failure(FailureKind kind, std::string message) {
    return {.kind = kind, .code = 0, .sql_state = "", .message = std::move(message), .in_doubt = false};
}

Failure with_doubt(Failure failure, bool in_doubt) {
    failure.in_doubt = in_doubt;
    return failure;
}

bool is_stubborn(FailureKind kind) {
    return kind == FailureKind::refused_credentials || kind == FailureKind::host_blocked ||
           kind == FailureKind::tls || kind == FailureKind::authentication_method;
}

std::string milliseconds(vrrp::Duration duration) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + " ms";
}

}  // namespace

SessionActions SessionMachine::start(vrrp::TimePoint now) {
    now_ = now;
    retry_after_ = settings_.first_retry;
    begin_attempt();
    return std::exchange(actions_, {});
}

SessionActions SessionMachine::handle(vrrp::TimePoint now, SessionEvent event) {
    now_ = now;
    std::visit([this](auto& one) { on(std::move(one)); }, event);
    return std::exchange(actions_, {});
}

std::optional<vrrp::TimePoint> SessionMachine::next_deadline() const {
    std::optional<vrrp::TimePoint> next = attempt_ends_;
    if (state_ == State::waiting) next = retry_at_;
    for (const Waiting& waiting : queue_) next = std::min(next.value_or(waiting.deadline), waiting.deadline);
    return next;
}

// ---- statements

void SessionMachine::on(QueryAsked event) {
    const auto refuse = [this, &event](Failure failure) {
        actions_.emplace_back(Finish{event.id, tl::make_unexpected(std::move(failure))});
    };
    std::size_t octets = event.sql.size();
    for (const std::string& column : event.columns) octets += kLengthSize + column.size();
    if (octets > kLongestSql) {
        return refuse(own_failure(FailureKind::too_large, "the statement is longer than 1 MiB"));
    }
    if (state_ == State::waiting) return refuse(with_doubt(refusal_, false));
    if (queue_.size() >= settings_.queue) {
        return refuse(own_failure(FailureKind::busy, "too many statements wait already"));
    }
    queue_.push_back({event.id, std::move(event.sql), now_ + event.patience, std::move(event.columns)});
    send_next();
}

void SessionMachine::send_next() {
    if (state_ != State::idle || queue_.empty()) return;
    state_ = State::busy;
    actions_.emplace_back(
        SendQuery{++number_, std::move(queue_.front().sql), std::move(queue_.front().columns)});
}

void SessionMachine::finish_first(tl::expected<Answer, Failure> result) {
    actions_.emplace_back(Finish{queue_.front().id, std::move(result)});
    queue_.pop_front();
}

// Of those that wait only the ones that wait for the server itself say anything about it; so the one that was
// sent is told of first.
void SessionMachine::expire_queries() {
    const auto first_waiting = queue_.begin() + (state_ == State::busy ? 1 : 0);
    const auto expired = std::stable_partition(first_waiting, queue_.end(),
                                               [this](const Waiting& one) { return one.deadline > now_; });
    const Failure failure =
        state_ == State::busy ? own_failure(FailureKind::busy, "waited behind another statement for too long")
        : state_ == State::starting ? own_failure(FailureKind::local, "the worker has not started in time")
                                    : own_failure(FailureKind::deadline, "no connection in time");
    const std::vector<Waiting> late{expired, queue_.end()};
    queue_.erase(expired, queue_.end());
    if (state_ == State::busy && queue_.front().deadline <= now_) {
        drop_worker(own_failure(FailureKind::deadline, "no answer in time"));
    }
    for (const Waiting& one : late) actions_.emplace_back(Finish{one.id, tl::make_unexpected(failure)});
}

// ---- attempts

void SessionMachine::on(const Wake&) {
    expire_queries();
    expire_attempt();
    if (state_ == State::waiting && now_ >= retry_at_) begin_attempt();
}

void SessionMachine::begin_attempt() {
    attempt_ends_ = now_ + settings_.connect_timeout;
    if (has_worker_) {
        state_ = State::connecting;
        actions_.emplace_back(SendConnect{++number_});
        return;
    }
    state_ = State::starting;
    has_worker_ = true;
    actions_.emplace_back(StartWorker{});
}

void SessionMachine::expire_attempt() {
    if (!attempt_ends_ || now_ < *attempt_ends_) return;
    const std::string within = " within " + milliseconds(settings_.connect_timeout);
    drop_worker(state_ == State::starting
                    ? own_failure(FailureKind::local, "the worker has not started" + within)
                    : own_failure(FailureKind::deadline, "no connection" + within));
}

void SessionMachine::attempt_failed(const Failure& failure) {
    actions_.emplace_back(TellRefused{failure});
    wait(failure);
}

// Who waits would wait in vain: told now, they know the reason.
void SessionMachine::wait(const Failure& failure) {
    for (const Waiting& one : std::exchange(queue_, {})) {
        actions_.emplace_back(Finish{one.id, tl::make_unexpected(with_doubt(failure, false))});
    }
    refusal_ = failure;
    state_ = State::waiting;
    attempt_ends_.reset();
    const vrrp::Duration longest =
        is_stubborn(failure.kind) ? settings_.longest_refused_retry : settings_.longest_retry;
    retry_after_ = std::min(retry_after_, longest);
    retry_at_ = now_ + retry_after_;
    retry_after_ *= 2;
}

// A connection that had worked is sought again at once; one that never did might be lost as quickly again.
void SessionMachine::lose(const Failure& failure) {
    actions_.emplace_back(TellLost{failure});
    if (std::exchange(is_proven_, false)) return begin_attempt();
    wait(failure);
}

void SessionMachine::prove() {
    is_proven_ = true;
    retry_after_ = settings_.first_retry;
}

// ---- the worker

void SessionMachine::on(const WorkerGone& event) {
    drop_worker(own_failure(FailureKind::local, event.reason));
}

void SessionMachine::drop_worker(const Failure& failure) {
    if (!std::exchange(has_worker_, false)) return;
    if (state_ == State::busy) finish_first(tl::make_unexpected(with_doubt(failure, true)));
    actions_.emplace_back(StopWorker{});
    switch (state_) {
        case State::starting:
        case State::connecting: return attempt_failed(failure);
        case State::idle:
        case State::busy: return lose(failure);
        case State::waiting: return;  // the next attempt starts another one
    }
}

void SessionMachine::on(WorkerSpoke event) {
    std::visit([this](auto& reply) { on_reply(std::move(reply)); }, event.reply);
}

// An answer to a request that has been given up in the meantime is none, and one that does not fit the
// request makes the worker as good as broken.
bool SessionMachine::is_due(std::uint32_t number, State state) {
    if (number != number_) return false;
    if (state_ == state) return true;
    speak_out_of_turn();
    return false;
}

void SessionMachine::speak_out_of_turn() {
    drop_worker(own_failure(FailureKind::local, "the worker spoke out of turn"));
}

void SessionMachine::on_reply(const Ready& reply) {
    if (state_ != State::starting) return speak_out_of_turn();
    if (reply.protocol != kProtocol) {
        return drop_worker(own_failure(FailureKind::local,
                                       "the worker is of another version (" + std::to_string(reply.protocol) +
                                           ", not " + std::to_string(kProtocol) + "): restart the daemon"));
    }
    begin_attempt();
}

void SessionMachine::on_reply(const Connected& reply) {
    if (!is_due(reply.number, State::connecting)) return;
    attempt_ends_.reset();
    state_ = State::idle;
    actions_.emplace_back(TellOpened{reply.server});
    send_next();
}

void SessionMachine::on_reply(Answered reply) {
    if (!is_due(reply.number, State::busy)) return;
    prove();
    finish_first(std::move(reply.answer));
    state_ = State::idle;
    send_next();
}

void SessionMachine::on_reply(const Failed& reply) {
    if (reply.number == number_ && state_ == State::connecting) return attempt_failed(reply.failure);
    if (!is_due(reply.number, State::busy)) return;
    finish_first(tl::make_unexpected(with_doubt(reply.failure, reply.failure.in_doubt || !reply.connected)));
    state_ = State::idle;
    if (!reply.connected) return lose(reply.failure);
    prove();
    send_next();
}

// A statement that was sent meanwhile has met a worker without a connection.
void SessionMachine::on_reply(const Lost& reply) {
    if (!is_connected()) return speak_out_of_turn();
    if (state_ == State::busy) finish_first(tl::make_unexpected(with_doubt(reply.failure, false)));
    lose(reply.failure);
}

}  // namespace highbase::mysql
