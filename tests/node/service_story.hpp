// SPDX-License-Identifier: GPL-2.0-or-later
// A service of node "b" that is told what happens and says what it wants, in words. Its server is MariaDB, at
// 192.0.2.2, the peer is node "a" with the server at 192.0.2.1. Times are milliseconds from the beginning.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "node/service.hpp"
#include "tests/node/describe.hpp"
#include "tests/node/server_views.hpp"

namespace highbase::tests {

using namespace std::chrono_literals;

//   eligible | not eligible      advertise 103       succeed, serve, refuse, leave, stopped
//   switchover done, writes stopped for 30 ms        switchover not done: REASON; REASON
//   task 3: journal term 2 promoting alone           (or: held, in sync, released)
//   task 4: STOP SLAVE IO_THREAD                     (several with "; ", held and released in "[]")
//   task 5: close the road to 192.0.2.1 port 3306    open the road, look, evict clients, end waits
//   task 6: hooks before-promote                     save errant transactions, acknowledged
//   yes: MESSAGE                                    no: REASONS (to an order)
//   promoted epoch=2 ...                             (an event, without the router's name)
std::string describe(const node::ServiceAction& action);
Lines describe(const node::ServiceActions& actions);
Lines tasks(const Lines& lines);  // what is wanted done, without numbers

// In the middle of a promotion.
inline replication::ServerView stopped_view(const std::string& received, const std::string& applied) {
    replication::ServerView view = replica_view(received, applied);
    view.channels.front().receiver.running = false;
    return view;
}
inline replication::ServerView replica_view(const std::string& received) {
    return replica_view(received, received);
}
// Takes writes; `waits`: for a replica that is there.
inline replication::ServerView primary_view(const std::string& history, bool waits) {
    replication::ServerView view = server_view(history);
    view.read_only = false;
    view.semi_sync.source_enabled = view.semi_sync.source_on = waits;
    view.semi_sync.clients = waits ? 1 : 0;
    return view;
}

inline node::ServiceSettings service_settings() {
    node::ServiceSettings settings;
    settings.name = "db";
    settings.node = "b";
    settings.boot = "boot-b";
    settings.database.peer_server = {vrrp::IpAddress::v4(192, 0, 2, 1), 3306};
    settings.database.user = "hb";
    settings.database.password = "secret";
    return settings;
}

// What node "a" says of a server with `executed`.
inline cluster::ServiceState said(cluster::Role role, std::uint64_t epoch, const std::string& executed) {
    cluster::ServiceState state;
    state.name = "db";
    state.role = role;
    state.epoch = cluster::Epoch{epoch};
    state.eligibility = cluster::Eligibility::eligible;
    state.executed.text = executed;
    return state;
}
inline cluster::ServiceState primary_says(std::uint64_t epoch, const std::string& executed, bool waits) {
    cluster::ServiceState state = said(cluster::Role::primary, epoch, executed);
    state.in_sync = waits;
    return state;
}
inline cluster::ServiceState replica_says(std::uint64_t epoch, const std::string& received) {
    cluster::ServiceState state = said(cluster::Role::replica, epoch, received);
    state.received.text = received;
    state.in_sync = true;
    state.drain = 0ms;
    return state;
}
inline node::PeerTold fresh(cluster::ServiceState state, bool acknowledged = false) {
    return {cluster::Standing::fresh, "a", std::move(state), acknowledged};
}
inline node::PeerTold silent() {
    return {cluster::Standing::silent, "a", std::nullopt, false};
}
inline cluster::Journal journal(std::uint64_t epoch, cluster::Term term = cluster::Term::none,
                                bool alone = false) {
    cluster::Journal journal;
    journal.epoch = cluster::Epoch{epoch};
    journal.term = term;
    journal.alone = alone;
    return journal;
}

class ServiceStory {
public:
    explicit ServiceStory(const node::ServiceSettings& settings = service_settings()) : service_{settings} {}

    Lines handle(const node::ServiceEvent& event) {
        Lines lines;
        for (const node::ServiceAction& action : service_.handle(now(), event)) {
            if (const auto* task = std::get_if<node::Task>(&action)) task_ = task->number;
            lines.push_back(describe(action));
        }
        return lines;
    }
    // Begun and answered at this instant.
    Lines sees(const replication::ServerView& view) { return handle(node::ServerSeen{aged(view), now()}); }
    Lines done() { return handle(replication::TaskDone{task_, {}}); }
    Lines looked(const replication::ServerView& view) {
        return handle(replication::TaskDone{task_, aged(view)});
    }
    // The steps of a promotion that has begun; what came of the last.
    Lines promoted(const replication::ServerView& view) {
        Lines lines;
        for (std::size_t i = 0; i < replication::kPromotionSteps && phase_is_promoting(); ++i)
            lines = looked(view);
        return lines;
    }
    Lines failed(const std::string& reason, bool against_server = false) {
        return handle(replication::TaskFailed{task_, reason, against_server});
    }
    Lines wait(vrrp::Duration time) {
        time_ += time;
        return handle(node::ServiceTimer{});
    }
    void pass(vrrp::Duration time) { time_ += time; }
    [[nodiscard]] vrrp::TimePoint now() const { return kBeginning + time_; }
    // In milliseconds from now; -1: never.
    [[nodiscard]] std::int64_t next() const {
        const auto deadline = service_.next_deadline();
        if (!deadline) return -1;
        return std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - now()).count();
    }
    [[nodiscard]] node::Service& service() { return service_; }
    [[nodiscard]] cluster::ServiceState said() const { return service_.said(); }
    [[nodiscard]] std::uint32_t task() const { return task_; }

private:
    [[nodiscard]] bool phase_is_promoting() const { return service_.phase() == node::Phase::promoting; }
    // Its uptime grows with ours.
    [[nodiscard]] replication::ServerView aged(replication::ServerView view) const {
        view.uptime += std::chrono::duration_cast<std::chrono::seconds>(time_);
        return view;
    }

    node::Service service_;
    vrrp::Duration time_{0};
    std::uint32_t task_ = 0;
};

// The word that it says now: "", "resign 4 a 0-2-105", "release 3".
inline std::string word(const ServiceStory& story) {
    const cluster::Word& word = story.said().word;
    if (const auto* resign = std::get_if<cluster::Resign>(&word))
        return "resign " + std::to_string(static_cast<std::uint64_t>(resign->epoch)) + " " +
               resign->successor + " " + resign->final_position.text;
    if (const auto* release = std::get_if<cluster::Release>(&word))
        return "release " + std::to_string(static_cast<std::uint64_t>(release->epoch));
    return "";
}

// An in-sync replica in term 3 of "a", since 0.
struct InSyncReplica : ServiceStory {
    explicit InSyncReplica(const node::ServiceSettings& settings = service_settings())
        : ServiceStory{settings} {
        handle(node::JournalRead{journal(3)});
        handle(fresh(primary_says(3, "0-1-100", true)));
        sees(replica_view("0-1-100"));
        while (service().said().epoch == cluster::Epoch{3} && next() >= 0) {
            done();
            sees(replica_view("0-1-100"));
        }
    }
};

// The primary of term 4, which waits for the replica "a", since 0.
struct WaitingPrimary : ServiceStory {
    explicit WaitingPrimary(const node::ServiceSettings& settings = service_settings())
        : ServiceStory{settings} {
        handle(node::JournalRead{journal(3, cluster::Term::held, true)});
        sees(server_view("0-2-100"));
        handle(silent());
        handle(node::Won{});
        promoted(server_view("0-2-100"));
        handle(fresh(replica_says(4, "0-2-100")));
        replication::ServerView attached = primary_view("0-2-100", false);
        attached.semi_sync.clients = 1;
        sees(attached);
        for (int step = 0; step != 2; ++step) done();
        sees(primary_view("0-2-100", true));
        done();  // the road is open
        sees(primary_view("0-2-100", true));
    }
};

}  // namespace highbase::tests
