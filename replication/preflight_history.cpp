// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/preflight_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace highbase::replication {
namespace {

// On which of the servers it forbids a takeover by the own one.
enum class Forbids : std::uint8_t { never, on_own, on_any };

// A table, which the compiler holds complete.
Forbids of(FindingId id) {  // NOLINT(readability-function-size)
    switch (id) {
        // What the new primary acknowledges must survive a crash of its host: for a while it is nowhere else.
        case FindingId::sync_binlog:
        case FindingId::commit_flush:
        // What it writes would have no GTID, or be in no binary log: the other server would follow without
        // it, and seem to have everything.
        case FindingId::no_binary_log:
        case FindingId::gtid_mode:
        // GTIDs out of order are let in: what is missing cannot be seen.
        case FindingId::gtid_strict_mode:
        // Its commits can never wait for the other server.
        case FindingId::binlog_engine:
        case FindingId::semi_sync_missing:
        // Whether all that it has received is applied cannot be seen; the rest would be thrown away.
        case FindingId::not_by_gtid:
        // It does not have everything that it has acknowledged as a replica.
        case FindingId::replication_filter:
        case FindingId::same_server_id: return Forbids::on_own;
        // What the primary acknowledges may be on a third server, and not here.
        case FindingId::third_acknowledger:
        // After a takeover the box would take its own server for the other one.
        case FindingId::virtual_node_address: return Forbids::on_any;

        // Seen by each look at the server: it is not eligible for that already, and is again at once when it
        // is mended.
        case FindingId::unsupported_version:
        case FindingId::replication_unseen:
        case FindingId::not_a_replica:
        case FindingId::several_sources:
        case FindingId::through_virtual_address:
        case FindingId::other_source:
        case FindingId::delayed:
        // Nothing is received so, and a server that is not in sync does not take over.
        case FindingId::server_id:
        case FindingId::same_server_uuid:
        case FindingId::different_products:
        // Only where gtid_mode is not ON, which counts.
        case FindingId::gtid_consistency:
        // Comes with semi_sync_missing.
        case FindingId::semi_sync_old_plugin:
        // A crash of the replica's host alone can lose that, and afterwards it is not in sync.
        case FindingId::sync_relay_log:
        case FindingId::relay_log_recovery:
        // A takeover applies everything first.
        case FindingId::commit_order:
        // Positions are compared domain by domain.
        case FindingId::different_domains:
        // The takeover loses nothing; the other server cannot follow afterwards until somebody mends it.
        case FindingId::no_log_of_replicated:
        case FindingId::binlog_expiry:
        case FindingId::replication_account:
        case FindingId::different_versions:
        // Without them the takeover fails, and is taken back; what was read of them may be incomplete.
        case FindingId::missing_grants:
        // Only what somebody then writes where he should not does harm, and it shows as errant transactions.
        case FindingId::privileged_account:
        case FindingId::events_on_replica:
        case FindingId::boots_writable:
        case FindingId::counts_own_writes:
        // States of the moment, which the looks at the server know better.
        case FindingId::asynchronous:
        case FindingId::no_acknowledger:
        case FindingId::peer_unseen:
        // hbvrrp sets these.
        case FindingId::replica_writable:
        case FindingId::wait_point:
        case FindingId::semi_sync_settings:
        case FindingId::kill_connection_timeout:
        // They make it slower, or hide something, and lose nothing.
        case FindingId::binlog_format:
        case FindingId::relay_log_space:
        case FindingId::replica_starts_by_itself:
        case FindingId::replica_timeout:
        case FindingId::name_resolution:
        case FindingId::source_by_name:
        case FindingId::connect_retry:
        case FindingId::useful_grants:
        case FindingId::accounts_unseen:
        case FindingId::tables_unseen:
        case FindingId::other_engine:
        case FindingId::events_off:
        case FindingId::events_stay_behind: return Forbids::never;
    }
    return Forbids::never;
}

// The text may have a number in it that changes.
bool is_same(const Finding& one, const Finding& other) {
    return one.id == other.id && one.server == other.server && one.severity == other.severity;
}

// Those of `all` that `others` has not, each of which stands for one.
std::vector<Finding> without(const std::vector<Finding>& all, std::vector<Finding> others) {
    std::vector<Finding> rest;
    for (const Finding& finding : all) {
        const auto same =
            std::ranges::find_if(others, [&](const Finding& other) { return is_same(finding, other); });
        if (same == others.end()) {
            rest.push_back(finding);
        } else {
            others.erase(same);
        }
    }
    return rest;
}

// Found by a look at both servers. What could not be looked at has not been mended.
bool needs_peer(const Finding& finding) {
    return finding.server != FindingServer::own || finding.id == FindingId::same_server_id;
}

std::vector<Finding> unseen(const std::vector<Finding>& before) {
    std::vector<Finding> kept;
    std::ranges::copy_if(before, std::back_inserter(kept), needs_peer);
    return kept;
}

}  // namespace

bool forbids_takeover(const Finding& finding) {
    if (finding.severity != Severity::error) return false;
    const Forbids forbids = of(finding.id);
    return forbids == Forbids::on_any || (forbids == Forbids::on_own && finding.server == FindingServer::own);
}

PreflightNews PreflightHistory::take(const std::vector<Finding>& findings) {
    std::vector<Finding> now;
    for (const Finding& finding : findings) {
        if (finding.severity != Severity::note) now.push_back(finding);
    }
    if (std::ranges::find(findings, FindingId::peer_unseen, &Finding::id) != findings.end())
        std::ranges::copy(without(unseen(before_), now), std::back_inserter(now));
    PreflightNews news;
    news.appeared = without(now, before_);
    news.gone = without(before_, now);
    news.look_again = std::ranges::any_of(news.appeared, forbids_takeover);
    for (const Finding& finding : without(now, news.appeared)) {
        if (forbids_takeover(finding))
            news.against_takeover.push_back(fmt::format("{}: {}", name(finding.id), finding.text));
    }
    before_ = std::move(now);
    return news;
}

}  // namespace highbase::replication
