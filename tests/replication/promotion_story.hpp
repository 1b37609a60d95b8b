// SPDX-License-Identifier: GPL-2.0-or-later
// A promotion that is told what came of each task, and its tasks in words.
#pragma once

#include <string>
#include <vector>

#include "replication/promotion.hpp"
#include "tests/catch.hpp"

namespace highbase::tests {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

inline constexpr vrrp::TimePoint kBeginning{std::chrono::hours{1}};
inline const replication::Dialect kMariadb{replication::Flavour::mariadb, {10, 11, 14}};
inline const replication::Dialect kMysql{replication::Flavour::mysql, {9, 7, 4}};

inline replication::Position mariadb_at(const std::string& text) {
    return replication::Position::parse(replication::Flavour::mariadb, text).value();
}

// A MariaDB replica of 192.0.2.1 that works.
inline replication::ServerView replica(const std::string& received, const std::string& applied) {
    replication::ServerView view;
    view.dialect = kMariadb;
    view.server_id = 2;
    view.uptime = std::chrono::seconds{2000};
    view.read_only = true;
    view.applied = view.history = mariadb_at(applied);
    replication::Channel channel;
    channel.source_host = "192.0.2.1";
    channel.source_port = 3306;
    channel.source_server_id = 1;
    channel.follows_gtids = true;
    channel.applier.running = true;
    channel.received = mariadb_at(received);
    view.channels.push_back(channel);
    return view;
}

inline replication::PromotionPlan plan(const replication::Dialect& dialect = kMariadb) {
    replication::PromotionPlan plan;
    plan.dialect = dialect;
    plan.epoch = 7;
    plan.node = "gw2";
    plan.looked = kBeginning;
    plan.uptime = std::chrono::seconds{1000};
    plan.source = replication::Source{"192.0.2.1", 3306, "repl", "secret", false};
    return plan;
}

inline std::string describe(const replication::PromotionTask& task) {
    const std::string step{replication::row(task.step).name};
    if (std::holds_alternative<replication::RunHooks>(task.what)) return step + ": hooks";
    if (std::holds_alternative<replication::Look>(task.what)) return step + ": look";
    if (std::holds_alternative<replication::EndApplier>(task.what)) return step + ": end the applier";
    if (std::holds_alternative<replication::FencePeer>(task.what)) return step + ": the peer";
    if (const auto* ask = std::get_if<replication::AskPeer>(&task.what))
        return step + ": epoch " + std::to_string(ask->epoch);
    if (const auto* vote = std::get_if<replication::AskVote>(&task.what))
        return step + ": epoch " + std::to_string(vote->epoch);
    if (const auto* road = std::get_if<replication::CloseRoad>(&task.what))
        return step + ": " + road->host + " " + std::to_string(road->port);
    if (const auto* record = std::get_if<replication::Record>(&task.what))
        return step + ": epoch " + std::to_string(record->epoch) + (record->open ? " open" : "");
    std::string text = step + ":";
    for (const std::string& statement : std::get<replication::Execute>(task.what).statements)
        text += " " + statement + ";";
    return text;
}

class PromotionStory {
public:
    explicit PromotionStory(replication::PromotionPlan plan) : promotion_{std::move(plan)} {
        note(promotion_.begin(now_));
    }

    PromotionStory& ok() { return note(promotion_.handle(now_, replication::TaskDone{number_, {}})); }
    PromotionStory& sees(const replication::ServerView& view) {
        return note(promotion_.handle(now_, replication::TaskDone{number_, view}));
    }
    PromotionStory& fails(const std::string& reason) {
        return note(promotion_.handle(now_, replication::TaskFailed{number_, reason}));
    }
    PromotionStory& hears_no_vote(bool peer_is_there) {
        return note(promotion_.handle(now_, replication::VoteUnknown{number_, "gone", peer_is_there}));
    }
    PromotionStory& after(vrrp::Duration time) {
        now_ += time;
        return note(promotion_.handle_timer(now_));
    }
    PromotionStory& until(replication::PromotionStep step) {
        while (promotion_.step() < step) {
            const bool looks = promotion_.step() == replication::PromotionStep::read_received;
            looks ? sees(replica("0-1-100", "0-1-100")) : ok();
        }
        return *this;
    }
    // The tasks since it was last asked.
    Lines tasks() { return std::exchange(lines_, {}); }
    [[nodiscard]] bool is_promoted() const {
        return promotion_.outcome() && std::holds_alternative<replication::Promoted>(*promotion_.outcome());
    }
    [[nodiscard]] replication::PromotionFailed failure() const {
        return std::get<replication::PromotionFailed>(promotion_.outcome().value());
    }
    [[nodiscard]] replication::Promotion& promotion() { return promotion_; }
    [[nodiscard]] std::uint32_t number() const { return number_; }
    [[nodiscard]] vrrp::TimePoint now() const { return now_; }

private:
    PromotionStory& note(const std::optional<replication::PromotionTask>& task) {
        if (!task) return *this;
        number_ = task->number;
        lines_.push_back(describe(*task));
        return *this;
    }

    vrrp::TimePoint now_ = kBeginning;
    std::uint32_t number_ = 0;
    Lines lines_;
    replication::Promotion promotion_;
};

}  // namespace highbase::tests
