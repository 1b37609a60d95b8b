// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/service_json.hpp"

#include "status/wall_time.hpp"

#include "node/permission.hpp"

namespace highbase::status {
namespace {

Json milliseconds_or_null(const std::optional<vrrp::Duration>& duration) {
    return duration ? Json(in_milliseconds(*duration)) : Json(nullptr);
}

std::string_view name(node::ServerState state) {
    switch (state) {
        case node::ServerState::unseen: return "unseen";
        case node::ServerState::up: return "up";
        case node::ServerState::down: return "down";
        case node::ServerState::unknown: return "unknown";
    }
    return "";
}

Json thread_json(const replication::ReplicaThread& thread) {
    return {{"running", thread.running},
            {"connecting", thread.connecting},
            {"error_number", thread.error_number},
            {"error", thread.error}};
}

Json source_json(const replication::ServerView& view) {
    if (view.channels.empty()) return nullptr;
    const replication::Channel& channel = view.channels.front();
    return {{"host", channel.source_host},
            {"port", channel.source_port},
            {"received", channel.received.to_string()},
            {"receiver", thread_json(channel.receiver)},
            {"applier", thread_json(channel.applier)}};
}

Json server_json(const node::ServiceFacts& facts, vrrp::TimePoint now) {
    Json result{{"state", name(facts.server)},
                {"reason", facts.server_trouble.empty() ? Json(nullptr) : Json(facts.server_trouble)}};
    if (!facts.view) return result;
    const replication::ServerView& view = *facts.view;
    result["looked_ms_ago"] = in_milliseconds(now - facts.looked);
    result["product"] = view.dialect.to_string();
    result["server_id"] = view.server_id;
    result["uuid"] = view.uuid;
    result["uptime_s"] = view.uptime.count();
    result["writable"] = view.is_writable();
    result["connections"] = view.connections;
    result["most_connections"] = view.most_connections;
    result["max_connections"] = view.max_connections;
    result["executed"] = view.history.to_string();
    result["source"] = source_json(view);
    result["semi_sync"] = {{"source_enabled", view.semi_sync.source_enabled},
                           {"source_on", view.semi_sync.source_on},
                           {"replicas", view.semi_sync.clients},
                           {"waiting_sessions", view.semi_sync.waiting_sessions},
                           {"unacknowledged", view.semi_sync.unacknowledged},
                           {"replica_enabled", view.semi_sync.replica_enabled},
                           {"replica_on", view.semi_sync.replica_on}};
    return result;
}

// What it said when it was asked last.
Json witness_json(const node::ServiceFacts& facts) {
    if (!facts.settings.witness || !facts.is_lossless()) return nullptr;
    const node::WitnessFacts& witness = facts.witness;
    Json record = nullptr;
    if (witness.record)
        record = {{"epoch", static_cast<std::uint64_t>(witness.record->epoch)},
                  {"owner", witness.record->owner},
                  {"in_sync", witness.record->in_sync ? Json(*witness.record->in_sync) : Json(nullptr)}};
    return {{"counts", witness.peer_votes.value_or(true)},
            {"has_told", witness.has_told},
            {"trouble", witness.trouble.empty() ? Json(nullptr) : Json(witness.trouble)},
            {"record", std::move(record)}};
}

// To which server clients are led from here.
Json led_to_json(const node::ServiceFacts& facts) {
    if (!facts.serves) return nullptr;
    const node::DatabaseConfiguration& database = facts.settings.database;
    const auto* own = std::get_if<vrrp::Endpoint>(&database.server);
    return (facts.forwards_to_peer || own == nullptr ? database.peer_server : *own).to_string();
}

Json transition_json(const std::optional<node::Transition>& transition, vrrp::TimePoint now) {
    if (!transition) return nullptr;
    Json steps = Json::array();
    for (const node::StepTime& step : transition->steps)
        steps.push_back({{"name", step.name}, {"ms", in_milliseconds(step.took)}});
    return {{"what", transition->what},
            {"epoch", static_cast<std::uint64_t>(transition->epoch)},
            {"done", transition->done},
            {"reason", transition->reason.empty() ? Json(nullptr) : Json(transition->reason)},
            {"began_ms_ago", in_milliseconds(now - transition->began)},
            {"ms", in_milliseconds(transition->took)},
            {"steps", std::move(steps)}};
}

Json word_json(const cluster::Word& word) {
    if (const auto* resign = std::get_if<cluster::Resign>(&word)) return "resign: " + resign->successor;
    if (std::holds_alternative<cluster::Release>(word)) return "release";
    return nullptr;
}

Json state_json(const cluster::ServiceState& state) {
    return {{"name", state.name},
            {"role", cluster::name(state.role)},
            {"epoch", static_cast<std::uint64_t>(state.epoch)},
            {"priority", vrrp::number(state.score)},
            {"eligibility", cluster::name(state.eligibility)},
            {"in_sync", state.in_sync},
            {"drain_ms", state.drain ? Json(state.drain->count()) : Json(nullptr)},
            {"word", word_json(state.word)}};
}

}  // namespace

Json service_json(const node::ServiceSnapshot& service, vrrp::TimePoint now) {
    Json result = state_json(service.said);
    result["reason"] = service.reason.empty() ? Json(nullptr) : Json(service.reason);
    result["mode"] = service.facts.settings.database.mode == node::Mode::lossless ? "lossless" : "available";
    const auto at_risk = service.facts.at_risk();
    result["at_risk"] = at_risk ? Json(*at_risk) : Json(nullptr);
    result["alone"] = service.facts.journal ? Json(service.facts.journal->alone) : Json(nullptr);
    result["maintenance"] = service.facts.maintenance;
    result["too_many_failovers"] = service.facts.too_many_failovers;
    const std::string_view remedy = node::remedy(service.said.eligibility);
    result["remedy"] = remedy.empty() ? Json(nullptr) : Json(remedy);
    const std::string in_vain = node::waits_in_vain(service.facts);
    result["waits_in_vain"] = in_vain.empty() ? Json(nullptr) : Json(in_vain);
    result["witness"] = witness_json(service.facts);
    result["preflight_errors"] = service.facts.preflight_errors;
    result["server"] = server_json(service.facts, now);
    if (service.facts.settings.forwards) {
        result["led_to"] = led_to_json(service.facts);
        result["peer_server"] = {{"state", name(service.facts.peer_server.state)},
                                 {"writable", service.facts.peer_server.is_writable}};
    }
    result["last_transition"] = transition_json(service.last_transition, now);
    return result;
}

Json peer_json(const cluster::PeerView& peer) {
    Json paths = Json::array();
    for (const cluster::PathView& path : peer.paths)
        paths.push_back({{"standing", cluster::name(path.standing)},
                         {"heard_ms_ago", milliseconds_or_null(path.heard)},
                         {"round_trip_ms", milliseconds_or_null(path.round_trip)}});
    Json services = Json::array();
    if (peer.last) {
        for (const cluster::ServiceState& state : peer.last->services) services.push_back(state_json(state));
    }
    return {{"node", peer.last ? Json(peer.last->node) : Json(nullptr)},
            {"standing", cluster::name(peer.standing)},
            {"age_ms", milliseconds_or_null(peer.age)},
            {"paths", std::move(paths)},
            {"clients", peer.clients},
            {"services", std::move(services)}};
}

}  // namespace highbase::status
