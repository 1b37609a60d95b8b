// SPDX-License-Identifier: GPL-2.0-or-later
// The preflight of one service, without being asked: when its server is first seen, after each change of
// role, when more than one replica acknowledges, and every hour. Reports what is new, and tells the service
// what forbids a takeover.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/node_state.hpp"
#include "daemon/doctor.hpp"
#include "node/report.hpp"
#include "node/service_event.hpp"
#include "replication/preflight_history.hpp"

namespace highbase::daemon {

struct PreflightTiming {
    vrrp::Duration after_start = std::chrono::seconds{1};
    vrrp::Duration after_change = std::chrono::seconds{5};  // of the role: things settle, and several are one
    vrrp::Duration to_confirm = std::chrono::seconds{10};
    vrrp::Duration after_failure = std::chrono::minutes{1};
    vrrp::Duration usual = std::chrono::hours{1};  // it may take seconds on servers with very many tables
};

class PreflightWatch {
public:
    using Told = std::function<void(const node::PreflightDone&)>;
    using TellReport = std::function<void(const node::Report&)>;
    using Question = std::function<Examination()>;

    // `io` outlives it. `question`: what is to be examined now.
    PreflightWatch(boost::asio::io_context& io, std::string service, Question question, Told told,
                   TellReport tell, const PreflightTiming& timing = {});
    PreflightWatch(const PreflightWatch&) = delete;
    PreflightWatch& operator=(const PreflightWatch&) = delete;
    ~PreflightWatch() = default;

    // With each look at it; `acknowledgers`: the replicas with semi-synchronous replication.
    void server_seen(std::uint32_t acknowledgers);
    void role_is(cluster::Role role);
    // Asked by somebody: what is found counts like what is found without being asked, and once, however many
    // wait for it.
    void examine(Doctor::Done done);

private:
    void within(vrrp::Duration time);
    void look();
    void take(const Doctor::Findings& findings);
    void report(const replication::PreflightNews& news);

    std::string service_;
    Question question_;
    Told told_;
    TellReport tell_;
    PreflightTiming timing_;
    Doctor doctor_;
    std::vector<Doctor::Done> waiting_;  // for what comes of one look
    replication::PreflightHistory history_;
    bool seen_ = false;
    std::uint32_t acknowledgers_ = 0;
    std::optional<boost::asio::steady_timer::time_point> looked_;  // when the last preflight began
    bool has_failed_ = false;
    std::optional<cluster::Role> role_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for handlers in a queue
    boost::asio::steady_timer timer_;
    bool waits_ = false;  // for the timer
};

}  // namespace highbase::daemon
