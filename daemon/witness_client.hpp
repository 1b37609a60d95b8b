// SPDX-License-Identifier: GPL-2.0-or-later
// The third vote, for the event loop: asks it on a thread of its own, and answers by the deadline whatever
// that thread is doing.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "daemon/worker_thread.hpp"
#include "vrrp/time.hpp"
#include "witness/configuration.hpp"
#include "witness/etcd.hpp"
#include "witness/question.hpp"

namespace highbase::daemon {

class WitnessClient {
public:
    // Called once for each question, on the loop and never from within ask(), unless the client is destroyed
    // first.
    using Done = std::function<void(const witness::Answer&)>;

    // `io` outlives it. Nobody is asked yet. Throws std::system_error, std::runtime_error.
    WitnessClient(boost::asio::io_context& io, const witness::Configuration& configuration);
    WitnessClient(const WitnessClient&) = delete;
    WitnessClient& operator=(const WitnessClient&) = delete;
    // Gives up what is under way, which may happen all the same, and waits for its thread: some
    // milliseconds, unless a disk hangs that has the configured files.
    ~WitnessClient();

    // One question after the other, in their order; `patience` counts from now, and a tenth of a second
    // later at most it is answered. Unknown, at once, where too many have not ended.
    void ask(const std::string& service, const witness::Want& want, vrrp::Duration patience, Done done);

private:
    struct Waiting {
        Done done;
        boost::asio::steady_timer timer;
    };

    void work(std::uint64_t id, const std::string& service, const witness::Want& want,
              witness::Etcd::TimePoint deadline);
    void answer(std::uint64_t id, const witness::Answer& answer);
    void give_up(std::uint64_t id, const std::string& reason);

    boost::asio::io_context& io_;
    witness::Etcd etcd_;
    std::uint64_t last_id_ = 0;
    std::size_t under_way_ = 0;  // questions that the thread has, or will have
    std::map<std::uint64_t, Waiting> waiting_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for what is posted
    boost::asio::io_context work_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_;
    std::optional<WorkerThread> thread_;
};

}  // namespace highbase::daemon
