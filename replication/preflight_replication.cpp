// SPDX-License-Identifier: GPL-2.0-or-later
// Semi-synchronous replication, and how a server follows the other one.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "replication/preflight_report.hpp"
#include "vrrp/address.hpp"

namespace highbase::replication {
namespace {

constexpr std::chrono::seconds kLongestRetry{10};
constexpr std::int64_t kShortestTimeout = 86'400'000;  // milliseconds: a day

std::int64_t number(const std::optional<std::string>& text) {
    std::int64_t value = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

// Addresses by their value: one IPv6 address has many texts.
bool is_same_host(const std::string& one, const std::string& other) {
    const auto a = vrrp::IpAddress::parse(one);
    const auto b = vrrp::IpAddress::parse(other);
    return a && b ? a == b : one == other;
}

// ---- semi-synchronous replication

// MySQL 8.4 still has the plugins of the older names, which hbvrrp does not speak to.
void check_old_plugins(const Preflight& preflight) {
    Remedy remedy;
    if (preflight.settings.variable("rpl_semi_sync_master_enabled"))
        remedy.statements.emplace_back("UNINSTALL PLUGIN rpl_semi_sync_master");
    if (preflight.settings.variable("rpl_semi_sync_slave_enabled"))
        remedy.statements.emplace_back("UNINSTALL PLUGIN rpl_semi_sync_slave");
    if (preflight.mariadb() || remedy.statements.empty()) return;
    preflight.add(FindingId::semi_sync_old_plugin, Gravity::promise,
                  "semi-synchronous replication is there by its older plugins (rpl_semi_sync_master, "
                  "rpl_semi_sync_slave), which keep the newer ones out; take them out of my.cnf as well",
                  std::move(remedy));
}

void check_plugins(const Preflight& preflight) {
    Remedy remedy;
    if (!preflight.settings.variable("rpl_semi_sync_source_enabled"))
        remedy.statements.emplace_back("INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'");
    if (!preflight.settings.variable("rpl_semi_sync_replica_enabled"))
        remedy.statements.emplace_back("INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so'");
    if (preflight.mariadb() || remedy.statements.empty()) return;
    preflight.add(FindingId::semi_sync_missing, Gravity::promise,
                  "the server has not both plugins for semi-synchronous replication: it cannot wait for a "
                  "replica, or not be waited for",
                  std::move(remedy));
}

// What replication/statements.cpp says to a server that becomes the primary.
void check_waiting(const Preflight& preflight, const std::string& prefix) {
    const auto variable = [&](const std::string& name) { return preflight.settings.variable(prefix + name); };
    std::vector<std::string> other;
    const auto note = [&](const std::string& name) {
        other.push_back(fmt::format("{}{} is {}", prefix, name, variable(name).value_or("")));
    };
    const std::string without = preflight.mariadb() ? "wait_no_slave" : "wait_no_replica";
    if (number(variable("timeout")) < kShortestTimeout) note("timeout");
    if (variable(without) != "ON") note(without);
    if (!preflight.mariadb() && variable("wait_for_replica_count") != "1") note("wait_for_replica_count");
    if (other.empty()) return;
    preflight.add(FindingId::semi_sync_settings, Gravity::note,
                  fmt::format("{}: hbvrrp sets this when the server becomes the primary", listed(other)));
}

void check_primary(const Preflight& preflight, const std::string& prefix) {
    const auto status = [&](const char* name) {
        const auto found = preflight.settings.status.find(prefix + name);
        return found == preflight.settings.status.end() ? std::string{} : found->second;
    };
    const bool waits = status("status") == "ON";
    const std::int64_t clients = number(status("clients"));
    if (preflight.settings.variable(prefix + "enabled") != "ON") {
        preflight.add(FindingId::asynchronous, Gravity::note,
                      fmt::format("{}enabled is OFF on the primary: hbvrrp sets this", prefix));
    } else if (!waits) {
        preflight.add(FindingId::asynchronous, Gravity::promise,
                      "the primary has fallen back to asynchronous replication: what it acknowledges now may "
                      "be on no other server");
    }
    if (waits && clients == 0) {
        preflight.add(FindingId::no_acknowledger, Gravity::caution,
                      "no replica acknowledges what the primary writes: every commit waits");
    }
    if (clients > 1) {
        const char* const role = preflight.mariadb() ? "slave" : "replica";
        preflight.add(
            FindingId::third_acknowledger, Gravity::promise,
            fmt::format("{} replicas acknowledge what the primary writes: a commit may be acknowledged that "
                        "the other server of the pair has not received. On each that is not of the pair: SET "
                        "GLOBAL rpl_semi_sync_{}_enabled = OFF, and start its receiver again",
                        clients, role));
    }
}

// ---- the source

std::string stop(const Preflight& preflight) {
    return preflight.mariadb() ? "STOP SLAVE" : "STOP REPLICA FOR CHANNEL ''";
}
std::string start(const Preflight& preflight) {
    return preflight.mariadb() ? "START SLAVE" : "START REPLICA FOR CHANNEL ''";
}

// `mysql` and `mariadb`: what comes after CHANGE REPLICATION SOURCE TO, and CHANGE MASTER TO. To be said
// while the source is there: what a stop throws away of the relay log is fetched again.
Remedy change(const Preflight& preflight, const std::string& mysql, const std::string& mariadb) {
    if (preflight.mariadb()) return {{stop(preflight), "CHANGE MASTER TO " + mariadb, start(preflight)}, ""};
    return {{stop(preflight), fmt::format("CHANGE REPLICATION SOURCE TO {} FOR CHANNEL ''", mysql),
             start(preflight)},
            ""};
}

Remedy follow_the_other(const Preflight& preflight) {
    const ServerAddress& to = preflight.source;
    return change(
        preflight,
        fmt::format("SOURCE_HOST = {}, SOURCE_PORT = {}, SOURCE_AUTO_POSITION = 1", quoted(to.host), to.port),
        fmt::format("MASTER_HOST = {}, MASTER_PORT = {}, MASTER_USE_GTID = slave_pos", quoted(to.host),
                    to.port));
}

void check_address(const Preflight& preflight, const SourceSettings& source) {
    const std::string now = fmt::format("it follows {} port {}", source.host, source.port);
    if (is_virtual(source.host, preflight.expectations)) {
        return preflight.add(FindingId::through_virtual_address, Gravity::broken,
                             now +
                                 ", a virtual address: after a takeover it would follow itself, and an "
                                 "acknowledgement would go to the wrong server",
                             follow_the_other(preflight));
    }
    const ServerAddress& wanted = preflight.source;
    if (is_same_host(source.host, wanted.host) && source.port == wanted.port) return;
    if (!vrrp::IpAddress::parse(source.host)) {
        return preflight.add(FindingId::source_by_name, Gravity::caution,
                             now +
                                 ", a name: what it stands for can change, and a name server that does not "
                                 "answer keeps the replica from coming back",
                             follow_the_other(preflight));
    }
    preflight.add(
        FindingId::other_source, Gravity::broken,
        fmt::format("{}, and not {} port {}, the other server of the pair", now, wanted.host, wanted.port),
        follow_the_other(preflight));
}

void check_position(const Preflight& preflight, const SourceSettings& source) {
    const Remedy remedy = change(preflight, "SOURCE_AUTO_POSITION = 1", "MASTER_USE_GTID = slave_pos");
    if (!source.follows_gtids) {
        preflight.add(FindingId::not_by_gtid, Gravity::broken,
                      "it follows its source by file and offset: hbvrrp follows GTIDs only", remedy);
    } else if (source.counts_own_writes) {
        preflight.add(FindingId::counts_own_writes, Gravity::caution,
                      "it follows with MASTER_USE_GTID = current_pos: what it writes itself counts as "
                      "received from its source",
                      remedy);
    }
}

void check_pace(const Preflight& preflight, const SourceSettings& source) {
    if (source.delay.count() > 0) {
        preflight.add(FindingId::delayed, Gravity::broken,
                      fmt::format("it lags {} s on purpose: it cannot take over", source.delay.count()),
                      change(preflight, "SOURCE_DELAY = 0", "MASTER_DELAY = 0"));
    }
    if (source.connect_retry > kLongestRetry) {
        preflight.add(FindingId::connect_retry, Gravity::caution,
                      fmt::format("after a lost connection it waits {} s before it connects again",
                                  source.connect_retry.count()),
                      change(preflight, "SOURCE_CONNECT_RETRY = 1", "MASTER_CONNECT_RETRY = 1"));
    }
}

void check_filters(const Preflight& preflight, const SourceSettings& source) {
    if (source.filters.empty()) return;
    Remedy remedy;
    if (preflight.mariadb()) {
        remedy.statements = {"STOP SLAVE"};
        for (const char* const filter :
             {"replicate_do_db", "replicate_ignore_db", "replicate_do_table", "replicate_ignore_table",
              "replicate_wild_do_table", "replicate_wild_ignore_table"})
            remedy.statements.push_back(fmt::format("SET GLOBAL {} = ''", filter));
        remedy.statements.emplace_back("START SLAVE");
    } else {
        remedy.statements = {
            "STOP REPLICA SQL_THREAD FOR CHANNEL ''",
            "CHANGE REPLICATION FILTER REPLICATE_DO_DB = (), REPLICATE_IGNORE_DB = (), REPLICATE_DO_TABLE = "
            "(), REPLICATE_IGNORE_TABLE = (), REPLICATE_WILD_DO_TABLE = (), REPLICATE_WILD_IGNORE_TABLE = () "
            "FOR CHANNEL ''",
            "START REPLICA SQL_THREAD FOR CHANNEL ''"};
    }
    preflight.add(FindingId::replication_filter, Gravity::promise,
                  fmt::format("it does not apply everything that it receives: {}; take it out of my.cnf as "
                              "well",
                              listed(source.filters)),
                  std::move(remedy));
}

void check_several(const Preflight& preflight) {
    Remedy remedy;
    std::vector<std::string> names;
    for (const SourceSettings& source : *preflight.settings.sources) {
        if (source.channel.empty()) continue;
        names.push_back(source.channel);
        const std::string name = quoted(source.channel);
        const bool mariadb = preflight.mariadb();
        remedy.statements.push_back((mariadb ? "STOP SLAVE " : "STOP REPLICA FOR CHANNEL ") + name);
        remedy.statements.push_back(mariadb ? fmt::format("RESET SLAVE {} ALL", name)
                                            : "RESET REPLICA ALL FOR CHANNEL " + name);
    }
    if (names.empty()) return;
    preflight.add(
        FindingId::several_sources, Gravity::broken,
        fmt::format("it follows other sources than the default one ({}): a pair has one", listed(names)),
        std::move(remedy));
}

}  // namespace

bool is_virtual(const std::string& host, const Expectations& expectations) {
    return std::ranges::any_of(expectations.virtual_addresses,
                               [&](const std::string& address) { return is_same_host(host, address); });
}

void check_semi_sync(const Preflight& preflight) {
    check_old_plugins(preflight);
    check_plugins(preflight);
    const std::string prefix = preflight.mariadb() ? "rpl_semi_sync_master_" : "rpl_semi_sync_source_";
    if (!preflight.settings.variable(prefix + "enabled")) return;
    check_waiting(preflight, prefix);
    if (preflight.role == ServerRole::primary) check_primary(preflight, prefix);
}

void check_sources(const Preflight& preflight) {
    const auto& sources = preflight.settings.sources;
    if (!sources) {
        return preflight.add(FindingId::replication_unseen, Gravity::broken,
                             "the server does not tell whom it follows: the account lacks a privilege");
    }
    check_several(preflight);
    const auto source = std::ranges::find(*sources, "", &SourceSettings::channel);
    if (source == sources->end()) {
        if (preflight.role == ServerRole::replica) {
            preflight.add(FindingId::not_a_replica, Gravity::note,
                          "it follows no source: hbvrrp sets this, unless this server has transactions that "
                          "the primary has not");
        }
        return;
    }
    check_address(preflight, *source);
    check_position(preflight, *source);
    check_pace(preflight, *source);
    check_filters(preflight, *source);
}

}  // namespace highbase::replication
