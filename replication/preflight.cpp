// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "replication/preflight_report.hpp"

namespace highbase::replication {
namespace {

constexpr std::size_t kLongestList = 10;

constexpr std::array<std::string_view, kFindingIds> kNames{
    "unsupported_version",
    "server_id",
    "no_binary_log",
    "no_log_of_replicated",
    "gtid_mode",
    "gtid_consistency",
    "gtid_strict_mode",
    "binlog_format",
    "sync_binlog",
    "commit_flush",
    "sync_relay_log",
    "relay_log_recovery",
    "relay_log_space",
    "replica_starts_by_itself",
    "replica_timeout",
    "binlog_expiry",
    "name_resolution",
    "commit_order",
    "binlog_engine",
    "boots_writable",
    "replica_writable",
    "semi_sync_missing",
    "semi_sync_old_plugin",
    "wait_point",
    "semi_sync_settings",
    "kill_connection_timeout",
    "asynchronous",
    "no_acknowledger",
    "third_acknowledger",
    "replication_unseen",
    "not_a_replica",
    "several_sources",
    "through_virtual_address",
    "source_by_name",
    "other_source",
    "not_by_gtid",
    "counts_own_writes",
    "delayed",
    "connect_retry",
    "replication_filter",
    "missing_grants",
    "useful_grants",
    "replication_account",
    "accounts_unseen",
    "privileged_account",
    "tables_unseen",
    "other_engine",
    "events_on_replica",
    "events_off",
    "events_stay_behind",
    "peer_unseen",
    "virtual_node_address",
    "different_products",
    "different_versions",
    "same_server_id",
    "same_server_uuid",
    "different_domains",
};
static_assert(!kNames.back().empty());

Severity severity_of(Gravity gravity, Promise promise) {
    switch (gravity) {
        case Gravity::broken: return Severity::error;
        case Gravity::promise: return promise == Promise::lossless ? Severity::error : Severity::warning;
        case Gravity::caution: return Severity::warning;
        case Gravity::note: break;
    }
    return Severity::note;
}

ServerRole other(ServerRole role) {
    if (role == ServerRole::unknown) return role;
    return role == ServerRole::primary ? ServerRole::replica : ServerRole::primary;
}

void check_server(const Preflight& preflight) {
    check_variables(preflight);
    check_semi_sync(preflight);
    check_sources(preflight);
    check_grants(preflight);
    check_replication_account(preflight);
    check_accounts(preflight);
    check_tables(preflight);
    check_events(preflight);
}

}  // namespace

std::string_view name(FindingId id) {
    return kNames.at(static_cast<std::size_t>(id));
}

std::string_view name(Severity severity) {
    switch (severity) {
        case Severity::error: return "error";
        case Severity::warning: return "warning";
        case Severity::note: return "note";
    }
    return "";
}

std::string_view name(FindingServer server) {
    switch (server) {
        case FindingServer::own: return "own";
        case FindingServer::peer: return "peer";
        case FindingServer::pair: return "pair";
    }
    return "";
}

std::string Remedy::to_string() const {
    std::string text;
    for (const std::string& statement : statements) text += (text.empty() ? "" : " ") + statement + ";";
    if (option.empty()) return text;
    return fmt::format("{}{}in my.cnf: {}", text, text.empty() ? "" : " and ", option);
}

void Preflight::add(FindingId id, Gravity gravity, std::string text, Remedy remedy) const {
    findings.push_back(
        {id, severity_of(gravity, expectations.promise), server, std::move(text), std::move(remedy)});
}

Remedy set_variable(const Dialect& dialect, const std::string& name, const std::string& value) {
    // What MySQL persists counts more than my.cnf.
    if (!dialect.is_mariadb()) return {{fmt::format("SET PERSIST {} = {}", name, value)}, ""};
    return {{fmt::format("SET GLOBAL {} = {}", name, value)}, fmt::format("{} = {}", name, value)};
}

std::string identifier(std::string_view name) {
    std::string result = "`";
    for (const char c : name) {
        if (c == '`') result += c;
        result += c;
    }
    return result + "`";
}

std::string listed(const std::vector<std::string>& names) {
    const std::size_t shown = std::min(names.size(), kLongestList);
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
    return text;
}

std::vector<Finding> preflight(const ServerSettings& own, const std::optional<ServerSettings>& peer,
                               const Expectations& expectations) {
    std::vector<Finding> findings;
    check_server({own, FindingServer::own, expectations.role, expectations.peer, expectations, findings});
    if (peer) {
        check_server(
            {*peer, FindingServer::peer, other(expectations.role), expectations.own, expectations, findings});
    }
    check_pair(own, peer, expectations, findings);
    std::ranges::stable_sort(findings, {}, &Finding::severity);
    return findings;
}

Finding unsupported_version(FindingServer server, const std::string& why) {
    return {FindingId::unsupported_version, Severity::error, server, why, {}};
}

}  // namespace highbase::replication
