// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/server_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace highbase::replication {
namespace {

enum Answer : std::size_t {
    kVariables,
    kStatus,
    kReplica,
    kAccount,
    kGrants,
    kAccounts,
    kTables,
    kEvents,
    kOrigin,
    kAnswers
};

constexpr const char* kAskAccount = "SELECT CURRENT_USER()";
constexpr const char* kAskGrants = "SHOW GRANTS";
constexpr const char* kAskAccounts =
    "SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE IN "
    "('SUPER', 'READ_ONLY ADMIN', 'CONNECTION ADMIN', 'CONNECTION_ADMIN')";
constexpr const char* kAskTables =
    "SELECT TABLE_SCHEMA, TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE "
    "TABLE' AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') AND "
    "ENGINE NOT IN ('InnoDB', 'RocksDB') ORDER BY TABLE_SCHEMA, TABLE_NAME LIMIT 100";
constexpr const char* kAskEvents =
    "SELECT EVENT_SCHEMA, EVENT_NAME, STATUS FROM information_schema.EVENTS ORDER BY EVENT_SCHEMA, "
    "EVENT_NAME LIMIT 1000";

constexpr const char* kVariableNames =
    "'server_id', 'server_uuid', 'log_bin', 'log_replica_updates', 'log_slave_updates', 'gtid_mode', "
    "'enforce_gtid_consistency', 'gtid_strict_mode', 'gtid_domain_id', 'sync_binlog', "
    "'innodb_flush_log_at_trx_commit', 'binlog_format', 'sync_relay_log', 'relay_log_recovery', "
    "'relay_log_space_limit', 'read_only', 'super_read_only', 'skip_replica_start', 'replica_net_timeout', "
    "'slave_net_timeout', 'replica_parallel_workers', 'replica_preserve_commit_order', "
    "'binlog_storage_engine', 'event_scheduler', 'binlog_expire_logs_seconds', "
    "'binlog_expire_logs_auto_purge', 'skip_name_resolve', 'port'";

constexpr std::array kFilters{"Replicate_Do_DB",         "Replicate_Ignore_DB",
                              "Replicate_Do_Table",      "Replicate_Ignore_Table",
                              "Replicate_Wild_Do_Table", "Replicate_Wild_Ignore_Table"};

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

template <typename Number>
Number number(const std::optional<std::string>& text) {
    Number value{};
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

std::map<std::string, std::string> pairs_of(const Table& table) {
    std::map<std::string, std::string> result;
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
        if (const auto name = table.at(row, "Variable_name"))
            result[lower(*name)] = table.at(row, "Value").value_or("");
    }
    return result;
}

SourceSettings source_of(const Dialect& dialect, const Table& table, std::size_t row) {
    const auto text = [&](std::string_view name) { return table.at(row, name).value_or(""); };
    const bool mariadb = dialect.is_mariadb();
    SourceSettings source;
    source.channel = text(mariadb ? "Connection_name" : "Channel_Name");
    source.host = text(mariadb ? "Master_Host" : "Source_Host");
    source.port = number<std::uint16_t>(table.at(row, mariadb ? "Master_Port" : "Source_Port"));
    source.follows_gtids = mariadb ? text("Using_Gtid") != "No" : is_on(text("Auto_Position"));
    source.counts_own_writes = mariadb && text("Using_Gtid") == "Current_Pos";
    source.delay = std::chrono::seconds{number<std::int64_t>(table.at(row, "SQL_Delay"))};
    source.connect_retry = std::chrono::seconds{number<std::int64_t>(table.at(row, "Connect_Retry"))};
    for (const char* const filter : kFilters) {
        if (const std::string value = text(filter); !value.empty())
            source.filters.push_back(fmt::format("{} = {}", filter, value));
    }
    return source;
}

std::optional<std::vector<SourceSettings>> sources_of(const Dialect& dialect, const Table& table) {
    if (table.columns.empty()) return std::nullopt;
    std::vector<SourceSettings> sources;
    for (std::size_t row = 0; row < table.rows.size(); ++row)
        sources.push_back(source_of(dialect, table, row));
    return sources;
}

// "app@%" as a server says it of a session, "'app'@'%'" as it does elsewhere.
std::string quoted_account(const std::string& account) {
    const std::size_t at = account.rfind('@');
    if (at == std::string::npos) return account;
    return fmt::format("'{}'@'{}'", account.substr(0, at), account.substr(at + 1));
}

std::vector<std::string> first_column(const Table& table) {
    std::vector<std::string> lines;
    for (const auto& row : table.rows) {
        if (!row.empty()) lines.push_back(row.front().value_or(""));
    }
    return lines;
}

std::string account_of(const Table& table) {
    const std::vector<std::string> account = first_column(table);
    return account.empty() ? std::string{} : quoted_account(account.front());
}

std::vector<PrivilegedAccount> accounts_of(const Table& table) {
    std::map<std::string, std::vector<std::string>> found;
    for (std::size_t row = 0; row < table.rows.size(); ++row)
        found[table.at(row, "GRANTEE").value_or("")].push_back(table.at(row, "PRIVILEGE_TYPE").value_or(""));
    std::vector<PrivilegedAccount> accounts;
    for (auto& [name, privileges] : found) {
        std::ranges::sort(privileges);
        accounts.push_back({name, std::move(privileges)});
    }
    return accounts;
}

std::vector<OtherTable> tables_of(const Table& table) {
    std::vector<OtherTable> tables;
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
        tables.push_back({table.at(row, "TABLE_SCHEMA").value_or(""),
                          table.at(row, "TABLE_NAME").value_or(""), table.at(row, "ENGINE").value_or("")});
    }
    return tables;
}

std::vector<ScheduledEvent> events_of(const Table& table) {
    std::vector<ScheduledEvent> events;
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
        // SLAVESIDE_DISABLED, REPLICA_SIDE_DISABLED
        const std::string status = table.at(row, "STATUS").value_or("");
        events.push_back({table.at(row, "EVENT_SCHEMA").value_or(""),
                          table.at(row, "EVENT_NAME").value_or(""), status == "ENABLED",
                          status.find("SIDE_DISABLED") != std::string::npos});
    }
    return events;
}

// What was set by SQL since the start hides what the start itself does.
bool boots_writable(const ServerSettings& settings, const Table& origin) {
    for (std::size_t row = 0; row < origin.rows.size(); ++row) {
        const std::string from = origin.at(row, "ORIGIN").value_or("");
        if (from == "SQL" || from == "DYNAMIC") return false;
    }
    return !origin.rows.empty() && lower(settings.variable("read_only").value_or("")) == "off";
}

}  // namespace

std::optional<std::string> ServerSettings::variable(std::string_view name) const {
    const auto found = variables.find(std::string{name});
    return found == variables.end() ? std::nullopt : std::optional{found->second};
}

std::vector<std::string> preflight_statements(const Dialect& dialect) {
    const bool mariadb = dialect.is_mariadb();
    return {fmt::format("SHOW GLOBAL VARIABLES WHERE Variable_name IN ({}) OR Variable_name LIKE "
                        "'rpl\\_semi\\_sync\\_%'",
                        kVariableNames),
            "SHOW GLOBAL STATUS LIKE 'Rpl\\_semi\\_sync\\_%'",
            mariadb ? "SHOW ALL SLAVES STATUS" : "SHOW REPLICA STATUS",
            kAskAccount,
            kAskGrants,
            kAskAccounts,
            kAskTables,
            kAskEvents,
            mariadb ? "SELECT GLOBAL_VALUE_ORIGIN AS ORIGIN FROM information_schema.SYSTEM_VARIABLES WHERE "
                      "VARIABLE_NAME = 'READ_ONLY'"
                    : "SELECT VARIABLE_SOURCE AS ORIGIN FROM performance_schema.variables_info WHERE "
                      "VARIABLE_NAME IN ('read_only', 'super_read_only')"};
}

tl::expected<ServerSettings, std::string> read_settings(const Dialect& dialect,
                                                        const std::vector<Table>& answers) {
    if (answers.size() != kAnswers)
        return tl::make_unexpected("the server has not answered all that was asked");
    ServerSettings settings;
    settings.dialect = dialect;
    settings.variables = pairs_of(answers[kVariables]);
    for (const char* const needed : {"server_id", "log_bin", "read_only"}) {
        if (!settings.variable(needed))
            return tl::make_unexpected(fmt::format("the server does not tell {}", needed));
    }
    if (answers[kGrants].rows.empty()) return tl::make_unexpected("the server does not tell the grants");
    settings.status = pairs_of(answers[kStatus]);
    settings.sources = sources_of(dialect, answers[kReplica]);
    settings.account = account_of(answers[kAccount]);
    settings.grants = Grants::parse(first_column(answers[kGrants]));
    settings.accounts = accounts_of(answers[kAccounts]);
    settings.tables = tables_of(answers[kTables]);
    settings.tables_answered = !answers[kTables].columns.empty();
    settings.events = events_of(answers[kEvents]);
    settings.boots_writable = boots_writable(settings, answers[kOrigin]);
    return settings;
}

std::vector<std::string> account_statements() {
    return {kAskAccount, kAskGrants};
}

ReplicationAccount read_account(const std::vector<Table>& answers) {
    return {account_of(answers.at(0)), Grants::parse(first_column(answers.at(1))), ""};
}

}  // namespace highbase::replication
