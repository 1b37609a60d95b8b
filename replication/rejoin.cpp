// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/rejoin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace highbase::replication {

std::string_view name(RejoinVerdict verdict) {
    switch (verdict) {
        case RejoinVerdict::follow: return "follow";
        case RejoinVerdict::follows: return "follows";
        case RejoinVerdict::other_source: return "other_source";
        case RejoinVerdict::errant: return "errant";
        case RejoinVerdict::other_flavour: return "other_flavour";
    }
    return "";
}

Rejoin plan_rejoin(const ServerView& own, const Source& source, const Position& primary) {
    if (own.history.flavour() != primary.flavour()) {
        return {
            RejoinVerdict::other_flavour,
            fmt::format("this is {}, the primary is {}", own.dialect.to_string(), name(primary.flavour())),
            {}};
    }
    if (!own.channels.empty()) {
        if (own.only_channel_to(source.host, source.port) != nullptr) return {RejoinVerdict::follows, "", {}};
        const Channel& channel = own.channels.front();
        return {RejoinVerdict::other_source,
                fmt::format("it follows {} port {}", channel.source_host, channel.source_port),
                {}};
    }
    std::string errant = own.history.errant_against(primary);
    if (!errant.empty()) return {RejoinVerdict::errant, std::move(errant), {}};

    Statements statements = close_for_writes(own.dialect);
    const auto add = [&](const Statements& more) { std::ranges::copy(more, std::back_inserter(statements)); };
    if (own.semi_sync.source_available) add(semi_sync_source(own.dialect, false));
    // What it wrote in its own term is in its binary log, and not in what a replica counts as applied.
    add(follow(own.dialect, source, true));
    // Asked for when the receiver connects: before that.
    if (own.semi_sync.replica_available) add(semi_sync_replica(own.dialect, true));
    add(start_replica(own.dialect));
    return {RejoinVerdict::follow, "", std::move(statements)};
}

}  // namespace highbase::replication
