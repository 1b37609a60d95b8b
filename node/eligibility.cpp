// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/eligibility.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "node/permission.hpp"
#include "node/vote.hpp"

namespace highbase::node {
namespace {

using cluster::Eligibility;
using cluster::Term;

Judgement no(Eligibility why, std::string reason) {
    return {why, std::move(reason)};
}
const Judgement kYes{Eligibility::eligible, ""};

std::string milliseconds(vrrp::Duration duration) {
    return fmt::format("{} ms", std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

// What the applier cannot do any more: it would never end to drain.
std::string applier_trouble(const replication::ReplicaThread& applier) {
    if (applier.error_number != 0) return fmt::format("error {}: {}", applier.error_number, applier.error);
    return "the applier is stopped";
}

Judgement lacks_permission(const ServiceFacts& facts) {
    const Permission& row = missing(Act::begin_term, facts);
    return no(row.lack, std::string{row.missing});
}

Judgement judge_replica(const ServiceFacts& facts, const replication::Channel& channel) {
    if (channel.delay > std::chrono::seconds{0})
        return no(Eligibility::delayed, fmt::format("delayed by {} s on purpose", channel.delay.count()));
    const replication::Position& applied = facts.view->applied;
    const bool all_applied = applied.covers(channel.received);
    if (!all_applied && (!channel.applier.running || channel.applier.error_number != 0))
        return no(Eligibility::not_applying, applier_trouble(channel.applier));
    if (permitted(Act::begin_term, facts) == nullptr) return lacks_permission(facts);
    if (facts.drain && *facts.drain > facts.settings.database.max_drain)
        return no(Eligibility::drain_too_long,
                  fmt::format("to apply what was received would take {}", milliseconds(*facts.drain)));
    std::string errant = errant_transactions(facts);
    if (!errant.empty()) return no(Eligibility::errant_transactions, std::move(errant));
    // Of a failover alone: who holds everything himself serves on, whatever his settings are.
    if (facts.is_lossless() && !facts.accept_loss && !facts.preflight_errors.empty())
        return no(Eligibility::preflight, facts.preflight_errors.front());
    return kYes;
}

Judgement judge_server(const ServiceFacts& facts) {
    const replication::ServerView& view = *facts.view;
    if (view.channels.empty()) {
        return permitted(Act::begin_term, facts) != nullptr ? kYes : lacks_permission(facts);
    }
    const replication::Channel* channel = facts.channel_to_peer();
    if (channel == nullptr) {
        const replication::Channel& other = view.channels.front();
        return no(Eligibility::not_receiving,
                  view.channels.size() > 1 ? std::string{"it follows more than one server"}
                                           : fmt::format("it follows {} port {}, and not the peer's server",
                                                         other.source_host, other.source_port));
    }
    return judge_replica(facts, *channel);
}

std::string_view remedy_of_lack(Eligibility lack) {
    for (const Permission& row : permissions(Mode::lossless)) {
        if (row.lack == lack && !row.remedy.empty()) return row.remedy;
    }
    return {};
}

}  // namespace

Judgement judge(const ServiceFacts& facts) {
    if (facts.stopping) return no(Eligibility::stopping, "the daemon stops");
    if (!facts.journal_failure.empty()) return no(Eligibility::preflight, facts.journal_failure);
    if (!facts.journal) return no(Eligibility::starting, "the journal is being read");
    if (facts.server == ServerState::down) return no(Eligibility::service_down, facts.server_trouble);
    if (facts.server == ServerState::unknown) return no(Eligibility::service_unknown, facts.server_trouble);
    if (!facts.checks.up) return no(Eligibility::service_down, facts.checks.reason);
    if (!facts.view || facts.server == ServerState::unseen)
        return no(Eligibility::starting, "the server has not been seen yet");
    if (facts.phase != Phase::idle) return kYes;
    if (!facts.witness.refusal.empty() && asks_witness(facts) && !facts.accept_loss)
        return no(Eligibility::no_vote, facts.witness.refusal);
    if (facts.promote) return judge_server(facts);
    if (facts.is_cut_off())
        return no(Eligibility::network, "neither the other box nor a gateway answers: this box is cut off");
    // A box that has the term keeps it: after a break of its link, for instance.
    const bool has_term = facts.journal->term == Term::held;
    if (facts.maintenance && !has_term) return no(Eligibility::maintenance, "an operator said so");
    if (facts.held_down)
        return no(Eligibility::hold_down, facts.hold_reason.empty()
                                              ? "a promotion has failed, or the box has resigned"
                                              : facts.hold_reason);
    if (facts.too_many_failovers) return no(Eligibility::hold_down, "there were too many takeovers");
    return judge_server(facts);
}

std::string errant_transactions(const ServiceFacts& facts) {
    const auto executed = facts.peer_writes() ? facts.peer_executed() : std::nullopt;
    if (!executed) return facts.errant;
    return facts.view->history.errant_against(*executed, {facts.view->uuid, facts.view->server_id});
}

std::string veto(const ServiceFacts& facts) {
    const Veto* stands = standing_veto(facts);
    return stands == nullptr ? std::string{} : fmt::format("{} {}", facts.peer.node, stands->says);
}

bool is_vetoed(const ServiceFacts& facts) {
    return standing_veto(facts) != nullptr;
}

std::string_view remedy(Eligibility eligibility) {
    switch (eligibility) {
        case Eligibility::eligible:
        case Eligibility::starting:
        case Eligibility::stopping: return {};
        case Eligibility::service_down:
        case Eligibility::disk:
        case Eligibility::network: return "mend the server, or what the check looks at";
        case Eligibility::service_unknown: return "mend the account, its password, TLS, or max_connections";
        case Eligibility::not_receiving:
        case Eligibility::not_in_sync: return remedy_of_lack(eligibility);
        case Eligibility::not_applying: return "mend the applier, or build this replica anew";
        case Eligibility::drain_too_long: return "wait, or raise max_drain";
        case Eligibility::delayed: return "take the delay away";
        case Eligibility::errant_transactions: return "decide on them: the file of HB0550 has the commands";
        case Eligibility::preflight: return "hbctl doctor";
        case Eligibility::hold_down: return "it ends by itself; after too many takeovers: hbctl ack";
        case Eligibility::maintenance: return "hbctl maintenance off";
        case Eligibility::no_vote:
            return "bring the other box back; where it is lost for good: hbctl promote --accept-loss";
    }
    return {};
}

bool is_named_successor(const ServiceFacts& facts) {
    if (!facts.peer_is_fresh() || facts.peer_writes()) return false;
    const auto* resign = std::get_if<cluster::Resign>(&facts.peer.state->word);
    return resign != nullptr && resign->successor == facts.settings.node;
}

bool may_begin_term(const ServiceFacts& facts) {
    return facts.view && facts.view->channels.empty() && permitted(Act::begin_term, facts) != nullptr;
}

bool may_begin_unheard(const ServiceFacts& facts) {
    const Permission* row = permitted(Act::begin_term, facts);
    return row != nullptr && row->ask != Ask::peer;
}

std::vector<std::string> against_switchover(const ServiceFacts& facts, const std::string& to) {
    std::vector<std::string> reasons;
    if (facts.phase != Phase::primary) {
        reasons.emplace_back("the server of this node is not the primary: ask the node that has it");
        return reasons;
    }
    if (facts.server != ServerState::up)
        reasons.push_back("the own server does not answer: " + facts.server_trouble);
    if (!facts.peer_is_fresh()) {
        reasons.emplace_back("the other node is not heard over the peer link");
        return reasons;
    }
    if (!to.empty() && to != facts.peer.node)
        reasons.push_back(
            fmt::format("there is no node \"{}\": the other one is \"{}\"", to, facts.peer.node));
    const cluster::ServiceState& peer = *facts.peer.state;
    if (!peer.is_eligible())
        reasons.push_back(
            fmt::format("{} cannot take over: {}", facts.peer.node, cluster::name(peer.eligibility)));
    constexpr std::chrono::milliseconds kShortDrain{1000};
    if (!peer.drain)
        reasons.push_back(facts.peer.node +
                          " has received what it does not apply, and does not know for how long");
    if (peer.drain && *peer.drain > kShortDrain)
        reasons.push_back(
            fmt::format("{} would need {} ms to apply what it has received, and writes would stop "
                        "for so long",
                        facts.peer.node, peer.drain->count()));
    if (facts.view && in_message(facts.view->history).omitted)
        reasons.emplace_back(
            "the position of the own server is too long for a message: the other one could not tell when it "
            "has received everything");
    if (facts.is_lossless() && facts.journal && facts.journal->alone)
        reasons.emplace_back("commits do not wait for the replica yet");
    return reasons;
}

namespace {

std::vector<std::string> against_solo(const ServiceFacts& facts) {
    if (facts.phase != Phase::primary)
        return {"the server of this node is not the primary: ask the node that has it"};
    if (!facts.is_lossless()) return {"in mode available commits wait for nobody"};
    if (facts.journal && facts.journal->alone) return {"commits wait for nobody already"};
    if (facts.peer_is_fresh() && facts.peer.state->is_eligible())
        return {fmt::format("{} is heard and in sync: it acknowledges commits, and may be promoted",
                            facts.peer.node)};
    return {};
}

std::vector<std::string> against_promote(ServiceFacts facts, bool accept_loss) {
    if (facts.phase != Phase::idle) return {"the server of this node is the primary, or is being promoted"};
    if (facts.peer.standing == cluster::Standing::fresh)
        return {
            fmt::format("{} is heard, and the boxes decide by themselves: hbctl switchover on the one "
                        "that has the primary, or mend what keeps this one (hbctl status)",
                        facts.peer.node)};
    if (facts.peer.standing == cluster::Standing::one_way)
        return {fmt::format("{} lives, and may take writes: switch it off first", facts.peer.node)};
    facts.promote = true;
    facts.accept_loss = accept_loss;
    const Judgement judgement = judge(facts);
    if (judgement.is_eligible()) return {};
    std::string reason = fmt::format("{}: {}", cluster::name(judgement.eligibility), judgement.reason);
    facts.accept_loss = true;
    if (!accept_loss && judge(facts).is_eligible())
        reason += "; --accept-loss promotes it all the same, without what only the other server has";
    return {std::move(reason)};
}

}  // namespace

std::vector<std::string> against(Order order, const ServiceFacts& facts) {
    switch (order) {
        case Order::solo: return against_solo(facts);
        case Order::promote: return against_promote(facts, false);
        case Order::promote_with_loss: return against_promote(facts, true);
        case Order::maintenance_on:
            if (facts.maintenance) return {"it is in maintenance already"};
            return {};
        case Order::maintenance_off:
            if (!facts.maintenance) return {"it is not in maintenance"};
            return {};
        case Order::acknowledge_failovers: return {};
    }
    return {};
}

vrrp::Priority score(const ServiceFacts& facts) {
    constexpr int kPrimary = 200;
    constexpr int kReplica = 100;
    constexpr int kMostTens = 4;
    // Clients that cannot get in are served worse, like those of a soft check that is down.
    const int crowded = facts.is_crowded ? 1 : 0;
    const int tens = std::min(kMostTens, (facts.checks.deduction + 9) / 10 + crowded);
    const int rank = static_cast<int>(facts.settings.priority) * 9 / 254;
    const bool primary = facts.phase == Phase::primary || facts.phase == Phase::demoting;
    const int score = (primary ? kPrimary : kReplica) - 10 * tens + std::min(rank, 9);
    return vrrp::Priority{static_cast<std::uint8_t>(score)};
}

}  // namespace highbase::node
