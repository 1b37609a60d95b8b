// SPDX-License-Identifier: GPL-2.0-or-later
// From a replica that has won the election to a primary that takes writes, step by step. A pure machine: it
// says what to do next and is told what came of it. Nobody is let in before the last step has succeeded; what
// fails before that is undone as far as it goes, and the reason is told.
//
// The order is what keeps the promises. The intake is closed before the received set is read: from then on
// the old primary cannot get an acknowledgement for anything that is not in that set (semi-synchronous
// replication, wait point AFTER_SYNC). The applier is stopped only when it has applied all of it: starting it
// again would throw the relay log away (MDEV-4698; MySQL with relay_log_recovery). The term is written down
// before the server opens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "replication/promotion_plan.hpp"
#include "replication/task.hpp"
#include "vrrp/time.hpp"

namespace highbase::replication {

// ---- what is to be done: one at a time, answered by Promotion::handle() with the same number

// In the journal, on disk before it is answered.
struct Record {
    std::uint64_t epoch = 0;
    bool open = false;  // false: it is about to begin; true: the server takes writes
    friend bool operator==(const Record&, const Record&) = default;
};
// Done once the other node has written down that this term has begun, and that its own chances are over.
struct AskPeer {
    std::uint64_t epoch = 0;
    friend bool operator==(const AskPeer&, const AskPeer&) = default;
};
// Whether this node may begin that term: done is yes, failed is no, and VoteUnknown is neither.
struct AskVote {
    std::uint64_t epoch = 0;
    friend bool operator==(const AskVote&, const AskVote&) = default;
};
struct PromotionTask {
    std::uint32_t number = 0;
    PromotionStep step{};
    std::variant<RunHooks, AskPeer, AskVote, CloseRoad, Execute, Look, EndApplier, FencePeer, Record> what;
    friend bool operator==(const PromotionTask&, const PromotionTask&) = default;
};

struct VoteUnknown {
    std::uint32_t number = 0;
    std::string reason;
    bool peer_is_there = false;  // it can be asked instead
};

enum class PromotionFailure : std::uint8_t {
    vetoed,             // a hook said no
    no_answer,          // a step was not answered by its deadline
    refused,            // a step failed
    applier_broken,     // it stopped while it should have drained
    drain_too_long,     // max_drain has passed
    below_floor,        // transactions that the old primary had are not here
    changed_meanwhile,  // the server is not as it was: another source, another channel
    outvoted,           // the witness says no
    witness_silent      // the witness does not answer, and nobody else can allow it
};
[[nodiscard]] std::string_view name(PromotionFailure failure);

struct Promoted {};
struct PromotionFailed {
    PromotionStep step{};
    PromotionFailure failure{};
    std::string reason;  // for an operator
    Statements undo;     // makes the server again what it was, as far as that goes
    friend bool operator==(const PromotionFailed&, const PromotionFailed&) = default;
};

// When a step began and how long it took, for the timeline.
struct StepTime {
    PromotionStep step{};
    vrrp::TimePoint began{};
    vrrp::TimePoint ended{};
    friend bool operator==(const StepTime&, const StepTime&) = default;
};

class Promotion {
public:
    explicit Promotion(PromotionPlan plan) : plan_{std::move(plan)} {}

    // The first task.
    [[nodiscard]] PromotionTask begin(vrrp::TimePoint now);
    // The next task; nothing where the answer is stale, or where it has ended: outcome().
    [[nodiscard]] std::optional<PromotionTask> handle(vrrp::TimePoint now, const TaskDone& done);
    [[nodiscard]] std::optional<PromotionTask> handle(vrrp::TimePoint now, const TaskFailed& failed);
    [[nodiscard]] std::optional<PromotionTask> handle(vrrp::TimePoint now, const VoteUnknown& unknown);
    [[nodiscard]] std::optional<PromotionTask> handle_timer(vrrp::TimePoint now);
    // The election is lost, or the server gone: ends it with `reason`.
    void give_up(vrrp::TimePoint now, const std::string& reason);

    [[nodiscard]] std::optional<vrrp::TimePoint> next_deadline() const;
    // Nothing: it is under way.
    [[nodiscard]] const std::optional<std::variant<Promoted, PromotionFailed>>& outcome() const {
        return outcome_;
    }
    // How long the task that is under way may take.
    [[nodiscard]] vrrp::Duration patience() const;
    [[nodiscard]] PromotionStep step() const { return step_; }
    [[nodiscard]] const PromotionPlan& plan() const { return plan_; }
    // The other node is asked for its word, or has given it.
    [[nodiscard]] bool needs_peer() const { return plan_.ask_peer || !vote_is_missing_.empty(); }
    [[nodiscard]] const std::vector<StepTime>& timeline() const { return timeline_; }

private:
    [[nodiscard]] bool applies(PromotionStep step) const;
    [[nodiscard]] std::optional<PromotionTask> advance(vrrp::TimePoint now);
    [[nodiscard]] PromotionTask task(vrrp::TimePoint now);
    [[nodiscard]] Statements proof() const;
    [[nodiscard]] std::optional<PromotionTask> look_at(vrrp::TimePoint now, const ServerView& view);
    [[nodiscard]] std::string changed(vrrp::TimePoint now, const ServerView& view) const;
    [[nodiscard]] std::optional<PromotionTask> arrived(vrrp::TimePoint now, const ServerView& view);
    [[nodiscard]] std::optional<PromotionTask> drained(vrrp::TimePoint now, const ServerView& view);
    void fail(vrrp::TimePoint now, PromotionFailure failure, std::string reason);
    [[nodiscard]] Statements undo(PromotionFailure failure) const;

    PromotionPlan plan_;
    PromotionStep step_ = PromotionStep::before_hooks;
    std::uint32_t number_ = 0;
    std::optional<vrrp::TimePoint> deadline_;
    bool pausing_ = false;
    std::string vote_is_missing_;  // the peer is asked instead, for this reason
    bool creates_tables_ = false;  // the proof has failed once: it may be the first term of all
    std::optional<vrrp::TimePoint> drain_by_;
    std::optional<Position> received_;
    std::vector<StepTime> timeline_;
    std::optional<std::variant<Promoted, PromotionFailed>> outcome_;
};

}  // namespace highbase::replication
