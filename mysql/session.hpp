// SPDX-License-Identifier: GPL-2.0-or-later
// SQL for the speaker's event loop. Nothing here waits: not for the server, not for the client library, which
// runs in a process of its own, not for that process either. What a session does when is decided in
// session_machine.hpp.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "mysql/message.hpp"
#include "mysql/session_machine.hpp"
#include "mysql/worker_process.hpp"

namespace highbase::mysql {

// Called on the loop's thread, never from within a call of the session, which may be destroyed by them. Any
// of them may be empty.
struct SessionObservers {
    std::function<void(const Server&)> opened;  // a connection stands
    // It does no more, and the next attempt follows by itself. No proof against the server: somebody may have
    // ended the connection. The next statement tells.
    std::function<void(const Failure&)> lost;
    std::function<void(const Failure&)> refused;  // an attempt has failed; the next one follows
};

class Session {
public:
    using Done = std::function<void(tl::expected<Answer, Failure>)>;

    // Begins to connect. `io` outlives the session, and its thread is the one that uses it; `worker` is the
    // program. connect_timeout of `settings` is the one of `target`.
    Session(boost::asio::io_context& io, std::filesystem::path worker, Target target,
            SessionSettings settings, SessionObservers observers);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() { close(); }

    // `done` is called once: with the answer, or with a failure at the latest `patience` from now, the time
    // in the queue counted. While there is no connection and none is tried, at once with the reason.
    // Statements are asked one after the other, in order. `columns`: those of a result set that are wanted,
    // at most kMostWantedColumns; empty: all.
    void query(std::string sql, std::chrono::nanoseconds patience, Done done,
               std::vector<std::string> columns = {});
    // Ends it: no callback is called any more, the worker is killed, and nothing is waited for. Until then a
    // server may carry out what it was asked last.
    void close();

    [[nodiscard]] bool is_connected() const { return machine_.is_connected(); }

private:
    struct Link;

    void handle(SessionEvent event);
    void perform(SessionActions actions);
    void perform(const StartWorker& action);
    void perform(const StopWorker& action);
    void perform(const SendConnect& action);
    void perform(SendQuery action);
    void perform(Finish action);
    void perform(const TellOpened& action);
    void perform(const TellLost& action);
    void perform(const TellRefused& action);

    void send(const std::shared_ptr<Link>& link, const Request& request);
    void write(const std::shared_ptr<Link>& link);
    void read(const std::shared_ptr<Link>& link);
    void take_frames(const std::shared_ptr<Link>& link);
    void worker_gone(const std::shared_ptr<Link>& link, const std::string& reason);
    void set_timer();
    template <typename Call>
    void post(Call call);

    boost::asio::io_context& io_;
    std::filesystem::path worker_;
    Target target_;
    SessionObservers observers_;
    SessionMachine machine_;
    std::uint64_t last_id_ = 0;
    std::map<QueryId, Done> asked_;
    std::shared_ptr<Link> link_;  // to the worker, if there is one
    WorkerCount count_ = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for handlers in a queue
    boost::asio::steady_timer timer_;
};

}  // namespace highbase::mysql
