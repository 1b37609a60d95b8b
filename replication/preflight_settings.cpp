// SPDX-License-Identifier: GPL-2.0-or-later
// Settings of a server, most of them by a table.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "replication/preflight_report.hpp"

namespace highbase::replication {
namespace {

// What a variable has to be.
enum class Wanted : std::uint8_t {
    exactly,
    at_most,
    none_or_at_least,  // 0 is "for ever"
};

struct Setting {
    FindingId id;
    const char* mysql;    // the name there; null: it is not looked at
    const char* mariadb;  // likewise
    Wanted wanted;
    const char* value;   // the bound, or what it has to be
    const char* remedy;  // what it is set to; null: the same
    bool needs_restart;
    Gravity gravity;
    const char* why;
};

// The order is that of the enumeration.
constexpr std::array kSettings{
    Setting{FindingId::no_binary_log, "log_bin", "log_bin", Wanted::exactly, "ON", nullptr, true,
            Gravity::broken, "nothing can follow this server"},
    Setting{
        FindingId::no_log_of_replicated, "log_replica_updates", "log_slave_updates", Wanted::exactly, "ON",
        nullptr, true, Gravity::broken,
        "what this server receives is not in its binary log, and no other can follow it after a takeover"},
    Setting{FindingId::gtid_consistency, "enforce_gtid_consistency", nullptr, Wanted::exactly, "ON", nullptr,
            false, Gravity::broken, "transactions are possible that no GTID can name"},
    Setting{FindingId::gtid_strict_mode, nullptr, "gtid_strict_mode", Wanted::exactly, "ON", nullptr, false,
            Gravity::promise, "GTIDs out of order are let in, so that what is missing cannot be seen"},
    Setting{FindingId::binlog_format, "binlog_format", "binlog_format", Wanted::exactly, "ROW", nullptr,
            false, Gravity::caution, "a statement may have another effect on the replica"},
    Setting{FindingId::sync_binlog, "sync_binlog", "sync_binlog", Wanted::exactly, "1", nullptr, false,
            Gravity::promise, "what was acknowledged may be missing after a crash of the host"},
    Setting{FindingId::commit_flush, "innodb_flush_log_at_trx_commit", nullptr, Wanted::exactly, "1", nullptr,
            false, Gravity::promise, "what was acknowledged may be missing after a crash of the host"},
    Setting{FindingId::sync_relay_log, "sync_relay_log", "sync_relay_log", Wanted::exactly, "1", nullptr,
            false, Gravity::promise,
            "this server acknowledges as a replica what may be missing after a crash of its host"},
    Setting{FindingId::relay_log_recovery, "relay_log_recovery", nullptr, Wanted::exactly, "OFF", nullptr,
            true, Gravity::caution,
            "a start of this server throws away what it has received and not yet applied"},
    Setting{FindingId::relay_log_space, "relay_log_space_limit", "relay_log_space_limit", Wanted::exactly,
            "0", nullptr, true, Gravity::caution,
            "a replica with a full relay log receives nothing, and the commits of the primary wait for it"},
    Setting{FindingId::replica_starts_by_itself, "skip_replica_start", nullptr, Wanted::exactly, "ON",
            nullptr, true, Gravity::caution, "a start of this server follows whatever source it had before"},
    Setting{FindingId::replica_timeout, "replica_net_timeout", "slave_net_timeout", Wanted::at_most, "10",
            "2", false, Gravity::caution,
            "for so many seconds a replica takes a silent source for a living one"},
    Setting{FindingId::binlog_expiry, "binlog_expire_logs_seconds", "binlog_expire_logs_seconds",
            Wanted::none_or_at_least, "86400", "604800", false, Gravity::caution,
            "a server that was away for longer cannot follow any more, and has to be filled anew"},
    Setting{
        FindingId::name_resolution, "skip_name_resolve", "skip_name_resolve", Wanted::exactly, "ON", nullptr,
        true, Gravity::note,
        "a name server that does not answer holds up every new connection; accounts by the name of a host "
        "do not work without it"},
    // ---- hbvrrp keeps these
    Setting{FindingId::wait_point, "rpl_semi_sync_source_wait_point", "rpl_semi_sync_master_wait_point",
            Wanted::exactly, "AFTER_SYNC", "", false, Gravity::note, "hbvrrp sets this to AFTER_SYNC"},
    Setting{FindingId::kill_connection_timeout, nullptr, "rpl_semi_sync_slave_kill_conn_timeout",
            Wanted::exactly, "1", "", false, Gravity::note, "hbvrrp sets this to 1"},
};

std::uint64_t to_count(const std::string& text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool is_as_wanted(const Setting& setting, const std::string& value) {
    switch (setting.wanted) {
        case Wanted::exactly: return value == setting.value;
        case Wanted::at_most: return to_count(value) <= to_count(setting.value);
        case Wanted::none_or_at_least:
            return to_count(value) == 0 || to_count(value) >= to_count(setting.value);
    }
    return false;
}

Remedy remedy_for(const Preflight& preflight, const Setting& setting, const char* variable) {
    const std::string value = setting.remedy != nullptr ? setting.remedy : setting.value;
    if (value.empty()) return {};
    // A name without a value serves as well: "log_bin", and the server finds a name for the files.
    if (setting.id == FindingId::no_binary_log) return {{}, "log_bin"};
    if (setting.needs_restart) return {{}, fmt::format("{} = {}", variable, value)};
    return set_variable(preflight.settings.dialect, variable, value);
}

void check_setting(const Preflight& preflight, const Setting& setting) {
    const char* const variable = preflight.mariadb() ? setting.mariadb : setting.mysql;
    if (variable == nullptr) return;
    const auto value = preflight.settings.variable(variable);
    if (!value || is_as_wanted(setting, *value)) return;
    preflight.add(setting.id, setting.gravity, fmt::format("{} is {}: {}", variable, *value, setting.why),
                  remedy_for(preflight, setting, variable));
}

// One step after the other; each is allowed from the one before only.
void check_gtid_mode(const Preflight& preflight) {
    constexpr std::array kModes{"OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"};
    const auto mode = preflight.settings.variable("gtid_mode");
    if (preflight.mariadb() || !mode || *mode == "ON") return;
    Remedy remedy;
    if (preflight.settings.variable("enforce_gtid_consistency") != "ON")
        remedy.statements.emplace_back("SET PERSIST enforce_gtid_consistency = ON");
    const auto* const now = std::ranges::find(kModes, *mode);
    for (const auto* next = now; next != kModes.end() && ++next != kModes.end();)
        remedy.statements.push_back(fmt::format("SET PERSIST gtid_mode = {}", *next));
    preflight.add(FindingId::gtid_mode, Gravity::broken,
                  fmt::format("gtid_mode is {}: hbvrrp follows GTIDs only", *mode), std::move(remedy));
}

void check_commit_flush_of_mariadb(const Preflight& preflight) {
    const auto value = preflight.settings.variable("innodb_flush_log_at_trx_commit");
    if (!preflight.mariadb() || !value || *value == "1" || *value == "3") return;
    preflight.add(
        FindingId::commit_flush, Gravity::promise,
        fmt::format("innodb_flush_log_at_trx_commit is {}: what was acknowledged may be missing after a "
                    "crash of the host",
                    *value),
        set_variable(preflight.settings.dialect, "innodb_flush_log_at_trx_commit", "1"));
}

void check_commit_order(const Preflight& preflight) {
    const auto workers = preflight.settings.variable("replica_parallel_workers");
    if (preflight.mariadb() || !workers || to_count(*workers) < 2 ||
        preflight.settings.variable("replica_preserve_commit_order") != "OFF")
        return;
    preflight.add(FindingId::commit_order, Gravity::promise,
                  "replica_preserve_commit_order is OFF with several workers: a reader of the replica, and a "
                  "takeover, may see a transaction before one that came earlier",
                  {{"STOP REPLICA SQL_THREAD", "SET PERSIST replica_preserve_commit_order = ON",
                    "START REPLICA SQL_THREAD"},
                   ""});
}

void check_binlog_engine(const Preflight& preflight) {
    if (preflight.settings.variable("binlog_storage_engine") != "innodb") return;
    preflight.add(FindingId::binlog_engine, Gravity::promise,
                  "binlog_storage_engine is innodb: with it this server cannot wait for a replica before a "
                  "commit is visible; take the line out of my.cnf and start the server again");
}

void check_writable(const Preflight& preflight) {
    const bool mariadb = preflight.mariadb();
    if (preflight.settings.boots_writable) {
        preflight.add(FindingId::boots_writable, Gravity::caution,
                      "this server starts writable: until hbvrrp has looked at it, somebody may write to it "
                      "who should not",
                      {{}, mariadb ? "read_only = ON" : "super_read_only = ON"});
    }
    const std::string variable = mariadb ? "read_only" : "super_read_only";
    if (preflight.role != ServerRole::replica || preflight.settings.variable(variable) != "OFF") return;
    preflight.add(FindingId::replica_writable, Gravity::note,
                  fmt::format("{} is OFF on the replica: hbvrrp sets this", variable));
}

}  // namespace

void check_variables(const Preflight& preflight) {
    check_gtid_mode(preflight);
    for (const Setting& setting : kSettings) {
        const bool kept_for_ever = setting.id == FindingId::binlog_expiry &&
                                   preflight.settings.variable("binlog_expire_logs_auto_purge") == "OFF";
        if (!kept_for_ever) check_setting(preflight, setting);
    }
    check_commit_flush_of_mariadb(preflight);
    check_commit_order(preflight);
    check_binlog_engine(preflight);
    check_writable(preflight);
}

}  // namespace highbase::replication
