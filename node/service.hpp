// SPDX-License-Identifier: GPL-2.0-or-later
// The database behind the addresses of one virtual router or sync group: who may write, and what is done so
// that the right one can. A pure machine; the node couples it with the election.
//
// Four phases:
//   idle       another node's server is the primary, or nobody's. The own one is kept read-only, and follows
//              the primary as soon as there is one.
//   promoting  the election is won: the own server is made the primary (replication/promotion.hpp). The
//              addresses follow when it has committed a write.
//   primary    it takes writes, and waits for the replica's acknowledgement where one is attached. Where
//              clients are forwarded, the addresses may be the other box's meanwhile (forwarding.hpp).
//   demoting   an operator has asked for it: clients out, read-only, and the successor is named.
//
// Rules that nothing here breaks:
//   - What may be opened is decided when the election is won, from the own server, the journal, and what the
//     peer says or fails to say (eligibility.hpp).
//   - The journal is written before the deed: a term before the server opens, that commits wait for nobody
//     before they do, RELEASE before it is said.
//   - A server that takes writes in phase idle is closed (duty.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/duty.hpp"
#include "node/service_event.hpp"
#include "node/service_facts.hpp"
#include "node/service_snapshot.hpp"
#include "node/service_work.hpp"
#include "replication/drain.hpp"
#include "replication/in_sync.hpp"
#include "replication/promotion.hpp"

namespace highbase::node {

class Service {
public:
    explicit Service(ServiceSettings settings);

    [[nodiscard]] ServiceActions handle(vrrp::TimePoint now, const ServiceEvent& event);
    [[nodiscard]] std::optional<vrrp::TimePoint> next_deadline() const;
    [[nodiscard]] ServiceSnapshot snapshot() const;
    // What the peer is told.
    [[nodiscard]] const cluster::ServiceState& said() const { return said_; }
    [[nodiscard]] const ServiceSettings& settings() const { return facts_.settings; }
    void configure(ServiceSettings settings) { facts_.settings = std::move(settings); }
    [[nodiscard]] Phase phase() const { return facts_.phase; }

private:
    void on(const ServerSeen&);
    void on(const ServerDown&);
    void on(const ServerUnknown&);
    void on(const PeerServerSeen&);
    void on(const PeerServerDown&);
    void on(const PeerServerUnknown&);
    void on(const ChecksJudged&);
    void on(const PeerTold&);
    void on(const JournalRead&);
    void on(const JournalFailed&);
    void on(const PreflightDone&);
    void on(const WitnessAnswered&);
    void on(const Won&);
    void on(const Lost&);
    void on(const replication::TaskDone&);
    void on(const replication::TaskFailed&);
    void on(const SwitchoverAsked&);
    void on(const OrderGiven&);
    void on(const StopAsked&);
    void on(const ServiceTimer&);

    // ---- service.cpp
    void note_commits(const ServerSeen& seen);
    void note_sync(const ServerSeen& seen);
    void see_to_duties();
    void begin_job(std::optional<DutyKind> duty, std::vector<Step> steps);
    void drop_job();
    void job_ended();
    void duty_ended(DutyKind kind, const Procedure& procedure);
    void note_deed(const Deed& deed);
    void perform(const Step* step);
    void perform(Deed deed, vrrp::Duration patience);
    void publish();
    [[nodiscard]] cluster::ServiceState state() const;
    [[nodiscard]] bool is_history_known() const;
    [[nodiscard]] cluster::Epoch epoch() const;
    void tell_changes(const cluster::ServiceState& before, const Judgement& was);
    void tell(EventId event, std::vector<Field> fields = {});

    // ---- service_transitions.cpp
    void begin_promotion();
    void tell_what_lacks();
    void follow_promotion(const std::optional<replication::PromotionTask>& task);
    [[nodiscard]] bool asks() const;
    void note_consent();
    void promotion_ended();
    [[nodiscard]] bool yields() const;
    void yield_to_later_term();
    void leave_if_useless();
    void leave(const std::string& why, const std::optional<replication::Position>& final_position);
    void name_successor(const std::optional<replication::Position>& final_position);
    void step_down(const std::string& why);
    void become_idle();
    void run_hooks(replication::HookPoint point);
    void begin_demotion();
    void demotion_ended(const Procedure& procedure);
    void follow_switchover();
    void end_switchover(bool done, const std::string& reason);
    void advance_stop();
    bool say_last_word();
    [[nodiscard]] bool may_name_successor() const;
    [[nodiscard]] bool may_be_asked() const;

    // ---- service_witness.cpp
    void answer_promotion(const witness::Answer& answer);
    void note_vote(const witness::Answer& answer);
    void note_witnesses();
    void note_wait();
    [[nodiscard]] bool replica_has_all() const;
    void yield_to_witness();

    // ---- service_fence.cpp
    void note_open(bool is_open);
    void see_to_kill();
    void fence_ended(DutyKind kind, const Procedure& procedure);
    [[nodiscard]] bool must_fence_peer() const;

    // ---- service_forward.cpp
    void peer_server_lost(ServerState state, const std::string& reason);
    [[nodiscard]] bool may_take_addresses() const;
    void begin_to_serve();
    void serve();
    void no_longer_serves();
    void see_to_forwarding();
    void keep_term();
    void follow_primary();

    // ---- service_orders.cpp
    void forget_orders();
    void note_failover();
    void see_to_release();
    [[nodiscard]] vrrp::Duration release_patience() const;

    ServiceFacts facts_;
    std::optional<replication::Promotion> promotion_;  // while promoting
    vrrp::TimePoint transition_began_{};
    vrrp::TimePoint primary_since_{};
    std::optional<ServiceJob> job_;
    std::array<vrrp::TimePoint, kDutyKinds> retry_at_{};  // a duty that has failed is left alone for a while
    std::array<bool, kDutyKinds> failure_told_{};
    bool has_won_ = false;       // the election, and not lost it since
    vrrp::TimePoint settled_{};  // looks that were begun before this are out of date
    replication::InSync in_sync_;
    replication::DrainEstimate drain_;
    vrrp::TimePoint committed_{};  // when the primary was last seen to have committed something
    std::optional<cluster::SyncMemory> remembered_;  // from an earlier life, not looked at yet
    vrrp::TimePoint held_down_until_{};
    cluster::Word word_;
    vrrp::TimePoint word_until_{};
    bool withdrawn_ = false;                       // RELEASE, and the primary may not know that yet
    vrrp::TimePoint order_until_{};                // to promote
    std::vector<vrrp::TimePoint> failovers_;       // to this box
    bool planned_ = false;                         // the promotion
    std::optional<vrrp::TimePoint> missed_since_;  // the primary waits for this server in vain
    std::optional<vrrp::TimePoint> role_lost_;     // and the server has not been closed since
    std::optional<vrrp::TimePoint> kill_at_;       // the server's process
    bool held_up_ = false;                         // the last task that failed
    bool opening_ = false;                         // the last thing before clients are let in
    std::optional<vrrp::TimePoint> begun_;         // when this was told of something first
    std::optional<vrrp::TimePoint> lost_since_;    // clients are let in, and there is no primary for them
    std::optional<ServiceStop> stop_;
    std::optional<ServiceSwitchover> switchover_;
    std::optional<Transition> last_transition_;
    std::optional<replication::Position> floor_;       // what the primary was last known to have committed
    std::uint32_t number_ = 0;                         // of the last task
    std::uint32_t awaited_ = 0;                        // of the one whose answer counts
    std::uint32_t promotion_number_ = 0;               // what the promotion calls it
    std::optional<Deed> asked_;                        // what the promotion waits for
    std::optional<AskWitness> question_;               // the last one
    std::optional<vrrp::TimePoint> unheard_since_;     // the peer, by a primary that waits for its server
    std::optional<replication::Position> waits_from_;  // what was committed when commits began to wait
    std::optional<replication::PromotionStep> told_step_;

    // What has been told last.
    cluster::ServiceState said_;
    Judgement judgement_;
    std::optional<bool> told_eligible_;
    std::optional<vrrp::Priority> told_score_;
    bool told_successor_ = false;
    bool told_useless_ = false, told_in_vain_ = false;

    // Of the event that is being handled.
    vrrp::TimePoint now_{};
    ServiceActions out_;
};

}  // namespace highbase::node
