// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/json.hpp"

#include <algorithm>
#include <array>

#include "status/service_json.hpp"
#include "status/warning.hpp"

namespace highbase::status {
namespace {

using node::RouterCounters;
using std::chrono::milliseconds;

struct Counter {
    const char* name;
    std::uint64_t RouterCounters::*value;
};
constexpr std::array kCounters{
    Counter{"advertisements_sent", &RouterCounters::advertisements_sent},
    Counter{"advertisements_received", &RouterCounters::advertisements_received},
    Counter{"priority_zero_sent", &RouterCounters::priority_zero_sent},
    Counter{"priority_zero_received", &RouterCounters::priority_zero_received},
    Counter{"became_active", &RouterCounters::became_active},
    Counter{"interval_mismatches", &RouterCounters::interval_mismatches},
    Counter{"address_list_mismatches", &RouterCounters::address_list_mismatches},
    Counter{"checksum_rfc9568_received", &RouterCounters::checksum_rfc9568_received},
    Counter{"checksum_pseudo_header_received", &RouterCounters::checksum_pseudo_header_received},
    Counter{"checksum_pseudo_header_group_received", &RouterCounters::checksum_pseudo_header_group_received},
    Counter{"announcements_sent", &RouterCounters::announcements_sent},
    Counter{"address_conflicts", &RouterCounters::address_conflicts},
    Counter{"addresses_put_back", &RouterCounters::addresses_put_back},
    Counter{"late_wakeups", &RouterCounters::late_wakeups},
    Counter{"send_errors", &RouterCounters::send_errors},
};
static_assert(sizeof(RouterCounters) ==
                  kCounters.size() * sizeof(std::uint64_t) + sizeof(vrrp::DiscardCounters),
              "a counter that is not in kCounters would not be shown");

// The snapshot's clock beside the one on the wall.
struct Clocks {
    vrrp::TimePoint now;
    WallTime wall;

    [[nodiscard]] std::int64_t ms_ago(vrrp::TimePoint time) const { return to_ms(now - time); }
    [[nodiscard]] std::string iso8601(vrrp::TimePoint time) const {
        return to_iso8601(wall - milliseconds{ms_ago(time)});
    }
    static std::int64_t to_ms(vrrp::Duration duration) {
        return std::chrono::floor<milliseconds>(duration).count();
    }
};

// Null where there is nothing to tell.
template <typename T>
Json text_of(const std::optional<T>& value) {
    return value ? Json(value->to_string()) : Json(nullptr);
}

template <typename Values>
Json texts_of(const Values& values) {
    Json result = Json::array();
    for (const auto& value : values) result.push_back(value.to_string());
    return result;
}

const char* name(vrrp::Family family) {
    return family == vrrp::Family::ipv4 ? "ipv4" : "ipv6";
}
const char* name(node::MacMode mode) {
    return mode == node::MacMode::interface ? "interface" : "virtual";
}
const char* name(DaemonState state) {
    return state == DaemonState::running ? "running" : "stopping";
}

const char* name(node::ChecksumPolicy policy) {
    switch (policy) {
        case node::ChecksumPolicy::rfc9568: return "rfc9568";
        case node::ChecksumPolicy::pseudo_header: return "pseudo-header";
        case node::ChecksumPolicy::automatic: return "auto";
    }
    return "unknown";
}

const char* name(vrrp::AnnouncePolicy policy) {
    switch (policy) {
        case vrrp::AnnouncePolicy::none: return "none";
        case vrrp::AnnouncePolicy::on_takeover: return "on-takeover";
        case vrrp::AnnouncePolicy::refresh: return "refresh";
    }
    return "unknown";
}

Json discards_json(const vrrp::DiscardCounters& discards) {
    Json result = Json::object();
    for (std::size_t i = 0; i < vrrp::kDiscardCount; ++i) {
        const auto discard = static_cast<vrrp::Discard>(i);
        result[std::string{vrrp::name(discard)}] = discards[discard];
    }
    return result;
}

Json counters_json(const RouterCounters& counters) {
    Json result = Json::object();
    for (const Counter& counter : kCounters) result[counter.name] = counters.*counter.value;
    result["discards"] = discards_json(counters.discards);
    return result;
}

Json warnings_json(const std::vector<Warning>& warnings) {
    Json result = Json::array();
    for (const Warning& warning : warnings)
        result.push_back({{"code", warning.code}, {"text", warning.text}});
    return result;
}

Json checks_json(const std::vector<health::CheckConfiguration>& checks) {
    Json result = Json::array();
    for (const health::CheckConfiguration& check : checks)
        result.push_back({{"name", check.name},
                          {"type", health::type_of(check)},
                          {"target", health::target_of(check)},
                          {"weight", check.weight}});
    return result;
}

const char* name(health::Verdict verdict) {
    switch (verdict) {
        case health::Verdict::pending: return "pending";
        case health::Verdict::up: return "up";
        case health::Verdict::down: return "down";
    }
    return "unknown";
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

// Every check that is configured, also one that nothing is known of yet.
Json found_json(const node::RouterConfiguration& router, const std::vector<CheckFacts>& facts) {
    Json result = Json::array();
    for (const health::CheckConfiguration& check : router.checks) {
        const auto found = std::ranges::find_if(facts, [&](const CheckFacts& one) {
            return one.router == router.name && one.check == check.name;
        });
        const CheckFacts& fact = found == facts.end() ? CheckFacts{} : *found;
        result.push_back({{"name", check.name},
                          {"type", health::type_of(check)},
                          {"verdict", name(fact.status.verdict)},
                          {"stale", fact.status.is_stale},
                          {"warning", fact.status.has_warning},
                          {"reason", text_or_null(fact.status.reason)},
                          {"failure", text_or_null(fact.status.failure)},
                          {"measure", text_or_null(fact.status.measure)},
                          {"age_ms", fact.age ? Json(Clocks::to_ms(*fact.age)) : Json(nullptr)}});
    }
    return result;
}

Json configuration_json(const node::RouterConfiguration& configuration) {
    const vrrp::Parameters& parameters = configuration.parameters;
    const std::optional<vrrp::Duration> lease = configuration.lease_length();
    return {
        {"priority", vrrp::number(parameters.priority)},
        {"advertisement_interval_ms", Clocks::to_ms(parameters.advertisement_interval)},
        {"preempt", parameters.preempt_mode},
        {"preempt_delay_ms", Clocks::to_ms(parameters.preempt_delay)},
        {"hold_down_ms", Clocks::to_ms(parameters.hold_down)},
        {"ears_open_timeout_ms", Clocks::to_ms(parameters.ears_open_timeout)},
        {"lease_ms", lease ? Json(Clocks::to_ms(*lease)) : Json(nullptr)},
        {"accept", configuration.accept},
        {"mac", name(configuration.mac)},
        {"checksum", name(configuration.checksum)},
        {"announce", name(parameters.announce)},
        {"unicast_peers", texts_of(configuration.unicast_peers)},
        {"checks", checks_json(configuration.checks)},
        {"sync_group", configuration.sync_group.empty() ? Json(nullptr) : Json(configuration.sync_group)},
    };
}

Json active_json(const std::optional<node::ActiveRouter>& active, const Clocks& clocks) {
    if (!active) return nullptr;
    return {
        {"address", active->address.to_string()},
        {"priority", vrrp::number(active->priority)},
        {"self", active->self},
        {"advertisement_interval_ms", Clocks::to_ms(active->advertisement_interval)},
        {"last_heard", clocks.iso8601(active->last_heard)},
        {"last_heard_ms_ago", clocks.ms_ago(active->last_heard)},
    };
}

Json conflict_json(const std::optional<node::Conflict>& conflict, const Clocks& clocks) {
    if (!conflict) return nullptr;
    return {
        {"address", conflict->address.to_string()},
        {"mac", conflict->mac.to_string()},
        {"at", clocks.iso8601(conflict->at)},
        {"at_ms_ago", clocks.ms_ago(conflict->at)},
    };
}

Json router_json(const node::RouterSnapshot& router, const std::vector<CheckFacts>& checks,
                 const Clocks& clocks) {
    const node::RouterConfiguration& configuration = router.configuration;
    const bool initialize = router.state == node::RouterState::initialize;
    return {
        {"name", configuration.name},
        {"interface", configuration.interface},
        {"vrid", static_cast<int>(configuration.vrid)},
        {"family", name(configuration.family())},
        {"state", node::name(router.state)},
        {"reason", initialize ? Json(node::name(router.reason)) : Json(nullptr)},
        {"since", clocks.iso8601(router.since)},
        {"since_ms_ago", clocks.ms_ago(router.since)},
        {"priority", vrrp::number(router.priority)},
        {"eligible", router.eligible},
        {"serving", router.serving},
        {"waiting_for_ears", router.waiting_for_ears},
        {"held_down_ms", router.held_down ? Json(Clocks::to_ms(*router.held_down)) : Json(nullptr)},
        {"next_deadline_ms",
         router.next_deadline ? Json(-clocks.ms_ago(*router.next_deadline)) : Json(nullptr)},
        {"addresses", texts_of(configuration.addresses)},
        {"primary_address", text_of(router.primary_address)},
        {"service_mac", router.service_mac.to_string()},
        {"active", active_json(router.active, clocks)},
        {"last_conflict", conflict_json(router.last_conflict, clocks)},
        {"checks", found_json(configuration, checks)},
        {"warnings", warnings_json(warnings(router, clocks.now))},
        {"counters", counters_json(router.counters)},
        {"configuration", configuration_json(configuration)},
    };
}

Json reload_json(const std::optional<Reload>& reload) {
    if (!reload) return nullptr;
    return {{"at", to_iso8601(reload->at)}, {"applied", reload->applied}, {"message", reload->message}};
}

Json daemon_json(const DaemonFacts& daemon, WallTime now) {
    return {
        {"version", daemon.version},
        {"pid", daemon.pid},
        {"state", name(daemon.state)},
        {"started", to_iso8601(daemon.started)},
        {"started_ms_ago", (now - daemon.started).count()},
        {"realtime", daemon.realtime},
        {"configuration_file", daemon.configuration_file},
        {"last_reload", reload_json(daemon.last_reload)},
        {"reports_lost", daemon.reports_lost},
        {"warnings", warnings_json(warnings(daemon))},
    };
}

}  // namespace

Json to_json(const Status& status) {
    const Clocks clocks{status.node.now, status.time};
    Json routers = Json::array();
    for (const node::RouterSnapshot& router : status.node.routers)
        routers.push_back(router_json(router, status.checks, clocks));
    Json services = Json::array();
    for (const node::ServiceSnapshot& service : status.node.services)
        services.push_back(service_json(service, clocks.now));
    return {
        {"version", kStatusVersion},
        {"time", to_iso8601(status.time)},
        {"node", status.node.name},
        {"daemon", daemon_json(status.daemon, status.time)},
        {"routers", std::move(routers)},
        {"services", std::move(services)},
        {"peer", status.peer ? peer_json(*status.peer) : Json(nullptr)},
        {"discards", discards_json(status.node.discards)},
        {"kernel_resynchronisations", status.node.kernel_resynchronisations},
    };
}

Json to_json(const Event& event) {
    const node::EventDescription& description = node::describe(event.report.id);
    Json fields = Json::object();
    for (const node::Field& field : event.report.fields) fields[field.name] = field.value;
    return {
        {"sequence", event.sequence},       {"time", to_iso8601(event.time)},
        {"code", code(event.report.id)},    {"name", description.identifier},
        {"level", name(description.level)}, {"text", node::to_text(event.report)},
        {"fields", std::move(fields)},
    };
}

std::string to_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace highbase::status
