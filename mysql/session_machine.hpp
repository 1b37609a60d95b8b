// SPDX-License-Identifier: GPL-2.0-or-later
// When a session connects, asks, gives up and tries again. Pure: session.hpp starts the worker, keeps the
// time and carries the messages.
//
// One worker at a time, one connection, one statement under way; the rest waits in a bounded queue. A
// deadline is kept here, whatever the worker does: the answer to the caller is given first, then a worker
// that holds a statement is stopped and another one started. A worker that only tries to connect is left
// alone until connect_timeout, however many statements give up waiting meanwhile: a frozen server counts
// every broken handshake of a remote client, and blocks the host after max_connect_errors (100) of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "mysql/message.hpp"
#include "vrrp/time.hpp"

namespace highbase::mysql {

enum class QueryId : std::uint64_t {};  // the caller's, each one used once

// ---- events

struct QueryAsked {
    QueryId id;
    std::string sql;
    vrrp::Duration patience;             // from now on
    std::vector<std::string> columns{};  // as of Query
};
struct WorkerSpoke {
    Reply reply;
};
// It ended, could not be started, or spoke what cannot be understood.
struct WorkerGone {
    std::string reason;
};
// The time of next_deadline() has come, or any other.
struct Wake {};
using SessionEvent = std::variant<QueryAsked, WorkerSpoke, WorkerGone, Wake>;

// ---- actions, to be done in order

struct StartWorker {
    friend bool operator==(const StartWorker&, const StartWorker&) = default;
};
// Whatever it is doing. Nothing of it is heard afterwards.
struct StopWorker {
    friend bool operator==(const StopWorker&, const StopWorker&) = default;
};
struct SendConnect {
    std::uint32_t number;
    friend bool operator==(const SendConnect&, const SendConnect&) = default;
};
struct SendQuery {
    std::uint32_t number;
    std::string sql;
    std::vector<std::string> columns{};
    friend bool operator==(const SendQuery&, const SendQuery&) = default;
};
struct Finish {
    QueryId id;
    tl::expected<Answer, Failure> result;
    friend bool operator==(const Finish&, const Finish&) = default;
};
struct TellOpened {
    Server server;
    friend bool operator==(const TellOpened&, const TellOpened&) = default;
};
struct TellLost {
    Failure failure;
    friend bool operator==(const TellLost&, const TellLost&) = default;
};
// An attempt to connect has failed; the next one follows by itself.
struct TellRefused {
    Failure failure;
    friend bool operator==(const TellRefused&, const TellRefused&) = default;
};
using SessionAction =
    std::variant<StartWorker, StopWorker, SendConnect, SendQuery, Finish, TellOpened, TellLost, TellRefused>;
using SessionActions = std::vector<SessionAction>;

struct SessionSettings {
    vrrp::Duration connect_timeout = std::chrono::seconds{3};  // also of the start of a worker
    vrrp::Duration first_retry = std::chrono::milliseconds{50};
    // Each wait is twice the one before, up to one of these: the second where the server has answered and
    // will hardly change its mind (credentials, TLS), because it logs every attempt.
    vrrp::Duration longest_retry = std::chrono::seconds{1};
    vrrp::Duration longest_refused_retry = std::chrono::seconds{10};
    std::size_t queue = 16;  // statements, with the one under way
};

class SessionMachine {
public:
    explicit SessionMachine(SessionSettings settings) : settings_{settings} {}

    // Once, first of all.
    SessionActions start(vrrp::TimePoint now);
    SessionActions handle(vrrp::TimePoint now, SessionEvent event);
    [[nodiscard]] std::optional<vrrp::TimePoint> next_deadline() const;

    [[nodiscard]] bool is_connected() const { return state_ == State::idle || state_ == State::busy; }

private:
    enum class State : std::uint8_t {
        starting,    // a worker that has not said a word yet
        connecting,  // it tries
        idle,
        busy,     // the first of queue_ is under way
        waiting,  // for retry_; with or without a worker
    };
    struct Waiting {
        QueryId id;
        std::string sql;
        vrrp::TimePoint deadline;
        std::vector<std::string> columns;
    };

    void on(QueryAsked event);
    void on(WorkerSpoke event);
    void on(const WorkerGone& event);
    void on(const Wake& event);
    void on_reply(const Ready& reply);
    void on_reply(const Connected& reply);
    void on_reply(Answered reply);
    void on_reply(const Failed& reply);
    void on_reply(const Lost& reply);

    void expire_queries();
    void expire_attempt();
    void begin_attempt();
    void attempt_failed(const Failure& failure);
    void wait(const Failure& failure);
    void lose(const Failure& failure);
    void prove();
    void drop_worker(const Failure& failure);
    void finish_first(tl::expected<Answer, Failure> result);
    void send_next();
    bool is_due(std::uint32_t number, State state);
    void speak_out_of_turn();

    SessionSettings settings_;
    State state_ = State::waiting;
    bool has_worker_ = false;
    bool is_proven_ = false;    // this connection, or the one lost last, has answered a statement
    std::uint32_t number_ = 0;  // of the last request
    std::deque<Waiting> queue_;
    std::optional<vrrp::TimePoint> attempt_ends_;  // while starting or connecting
    vrrp::TimePoint retry_at_{};                   // while waiting
    vrrp::Duration retry_after_{};                 // the next wait
    Failure refusal_;                              // of the last attempt, for those who ask while waiting
    vrrp::TimePoint now_{};
    SessionActions actions_;
};

}  // namespace highbase::mysql
