// SPDX-License-Identifier: GPL-2.0-or-later
// Accounts, hbvrrp's own and others'; tables and events that a pair cannot keep alike.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "replication/preflight_report.hpp"

namespace highbase::replication {
namespace {

constexpr std::string_view kSchema = "highbase";  // of record_epoch()
constexpr std::string_view kForReplicas = "; said on the primary, it comes to this server as well";

struct Privileges {
    std::vector<std::string> needed;  // or a takeover fails
    std::vector<std::string> useful;  // or something is not seen, or not ended
};

const Privileges& privileges(const Preflight& preflight) {
    static const Privileges mysql{{"REPLICATION CLIENT", "REPLICATION_SLAVE_ADMIN", "SYSTEM_VARIABLES_ADMIN",
                                   "CONNECTION_ADMIN", "RELOAD"},
                                  {"PROCESS", "EVENT", "SYSTEM_USER"}};
    static const Privileges mariadb{{"READ_ONLY ADMIN", "REPLICA MONITOR", "REPLICATION SLAVE ADMIN",
                                     "REPLICATION MASTER ADMIN", "RELOAD"},
                                    {"CONNECTION ADMIN", "REPLICATION CLIENT", "PROCESS", "EVENT"}};
    return preflight.mariadb() ? mariadb : mysql;
}

// SUPER stands for privileges that were split from it later.
bool comes_with_super(const Preflight& preflight, std::string_view privilege) {
    if (!preflight.settings.grants.everywhere("SUPER")) return false;
    if (!preflight.mariadb()) return privilege.ends_with("_ADMIN");
    const bool split = preflight.settings.dialect.version >= Version{11, 0, 0};  // MDEV-29668
    return !split && privilege != "READ_ONLY ADMIN" &&
           (privilege.ends_with(" ADMIN") || privilege.ends_with(" MONITOR"));
}

std::vector<std::string> lacking(const Preflight& preflight, const std::vector<std::string>& wanted) {
    std::vector<std::string> missing;
    std::ranges::copy_if(wanted, std::back_inserter(missing), [&](const std::string& privilege) {
        return !preflight.settings.grants.everywhere(privilege) && !comes_with_super(preflight, privilege);
    });
    return missing;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string on_primary(const Preflight& preflight) {
    return preflight.role == ServerRole::replica ? std::string{kForReplicas} : "";
}

Remedy grant(const std::string& account, const std::string& what, const std::string& on) {
    return {{fmt::format("GRANT {} ON {} TO {}", what, on, account)}, ""};
}
Remedy grant(const Preflight& preflight, const std::string& what, const std::string& on) {
    return grant(preflight.settings.account, what, on);
}

// May only sign in from the server's own host, and so not through the virtual address.
bool is_local(const std::string& account) {
    constexpr std::array<std::string_view, 3> kHosts{"@'localhost'", "@'127.0.0.1'", "@'::1'"};
    return std::ranges::any_of(kHosts, [&](std::string_view host) { return account.ends_with(host); });
}

// 'highbase'@'%' for 'highbase'@'localhost'.
bool is_same_user(const std::string& one, const std::string& other) {
    return one.substr(0, one.rfind('@')) == other.substr(0, other.rfind('@'));
}

std::string event_name(const ScheduledEvent& event) {
    return identifier(event.schema) + "." + identifier(event.name);
}

// On one server alone, and not in its binary log, where it would be a transaction of its own.
Remedy alter_events(const Preflight& preflight, const std::vector<std::string>& names, const char* how,
                    bool alone) {
    Remedy remedy;
    const bool closed = alone && preflight.settings.variable("super_read_only") == "ON";
    if (alone) remedy.statements.emplace_back("SET SESSION sql_log_bin = 0");
    if (closed) remedy.statements.emplace_back("SET GLOBAL super_read_only = OFF");
    for (const std::string& name : names)
        remedy.statements.push_back(fmt::format("ALTER EVENT {} {}", name, how));
    if (closed) remedy.statements.emplace_back("SET GLOBAL super_read_only = ON");
    return remedy;
}

}  // namespace

void check_grants(const Preflight& preflight) {
    const std::string& account = preflight.settings.account;
    if (const auto missing = lacking(preflight, privileges(preflight).needed); !missing.empty()) {
        preflight.add(FindingId::missing_grants, Gravity::broken,
                      fmt::format("{} lacks {}: hbvrrp cannot carry out a takeover{}", account,
                                  joined(missing), on_primary(preflight)),
                      grant(preflight, joined(missing), "*.*"));
    }
    constexpr std::array kOfSchema{"CREATE", "SELECT", "INSERT", "UPDATE", "DELETE"};
    if (std::ranges::any_of(kOfSchema, [&](const char* privilege) {
            return !preflight.settings.grants.in_schema(privilege, kSchema);
        })) {
        preflight.add(
            FindingId::missing_grants, Gravity::broken,
            fmt::format("{} may not write to the schema {}: hbvrrp proves there that the primary "
                        "takes writes{}",
                        account, kSchema, on_primary(preflight)),
            grant(preflight, "CREATE, SELECT, INSERT, UPDATE, DELETE", fmt::format("{}.*", kSchema)));
    }
    if (const auto missing = lacking(preflight, privileges(preflight).useful); !missing.empty()) {
        preflight.add(FindingId::useful_grants, Gravity::caution,
                      fmt::format("{} lacks {}: hbvrrp cannot see, or not end, what holds up a switchover{}",
                                  account, joined(missing), on_primary(preflight)),
                      grant(preflight, joined(missing), "*.*"));
    }
}

// Else it is found out after a takeover, by the old primary that cannot return.
void check_replication_account(const Preflight& preflight) {
    const auto& account = preflight.settings.replication;
    if (!account) return;
    if (!account->trouble.empty()) {
        preflight.add(FindingId::replication_account, Gravity::caution,
                      fmt::format("{} cannot sign in from this box: {}: nobody could follow this server; "
                                  "create the account, or give it the password that hbvrrp has{}",
                                  account->name, account->trouble, on_primary(preflight)));
    } else if (!account->grants.everywhere("REPLICATION SLAVE")) {
        preflight.add(FindingId::replication_account, Gravity::caution,
                      fmt::format("{} lacks REPLICATION SLAVE: nobody could follow this server{}",
                                  account->name, on_primary(preflight)),
                      grant(account->name, "REPLICATION SLAVE", "*.*"));
    }
}

void check_accounts(const Preflight& preflight) {
    if (!preflight.settings.grants.in_schema("SELECT", "mysql")) {
        preflight.add(
            FindingId::accounts_unseen, Gravity::note,
            fmt::format("{} may not see what other accounts may do: whether one passes by read_only "
                        "is not known{}",
                        preflight.settings.account, on_primary(preflight)),
            grant(preflight, "SELECT", "mysql.*"));
    }
    for (const PrivilegedAccount& account : preflight.settings.accounts) {
        if (is_local(account.name) || is_same_user(account.name, preflight.settings.account)) continue;
        const bool writes = std::ranges::any_of(account.privileges, [](const std::string& privilege) {
            return privilege == "SUPER" || privilege == "READ_ONLY ADMIN";
        });
        preflight.add(
            FindingId::privileged_account, writes ? Gravity::promise : Gravity::caution,
            fmt::format("{} has {}, and may sign in from other hosts: {}{}", account.name,
                        joined(account.privileges),
                        writes ? "read_only does not keep it from writing"
                               : "it takes the connections that are kept for the administrator",
                        on_primary(preflight)),
            {{fmt::format("REVOKE {} ON *.* FROM {}", joined(account.privileges), account.name)}, ""});
    }
}

void check_tables(const Preflight& preflight) {
    constexpr std::array kAnyOfThese{"SELECT", "SHOW VIEW", "REFERENCES", "TRIGGER", "INSERT", "ALTER"};
    if (std::ranges::none_of(kAnyOfThese, [&](const char* privilege) {
            return preflight.settings.grants.everywhere(privilege);
        })) {
        preflight.add(FindingId::tables_unseen, Gravity::note,
                      fmt::format("{} may not see which tables there are: whether one knows no transactions "
                                  "is not known{}",
                                  preflight.settings.account, on_primary(preflight)),
                      grant(preflight, "SHOW VIEW", "*.*"));
    } else if (!preflight.settings.tables_answered) {
        preflight.add(FindingId::tables_unseen, Gravity::note,
                      "the server has not listed its tables in time: whether one knows no transactions is "
                      "not known");
    }
    if (preflight.settings.tables.empty()) return;
    std::vector<std::string> names;
    Remedy remedy;
    for (const OtherTable& table : preflight.settings.tables) {
        names.push_back(fmt::format("{}.{} ({})", table.schema, table.name, table.engine));
        remedy.statements.push_back(fmt::format("ALTER TABLE {}.{} ENGINE = InnoDB", identifier(table.schema),
                                                identifier(table.name)));
    }
    preflight.add(FindingId::other_engine, Gravity::caution,
                  fmt::format("tables without transactions: {}: after a crash they may differ on the two "
                              "servers{}",
                              listed(names), on_primary(preflight)),
                  std::move(remedy));
}

void check_events(const Preflight& preflight) {
    if (preflight.settings.variable("event_scheduler") != "ON") return;
    std::vector<std::string> enabled;
    std::vector<std::string> disabled;
    for (const ScheduledEvent& event : preflight.settings.events) {
        if (event.enabled) enabled.push_back(event_name(event));
        if (event.disabled_here) disabled.push_back(event_name(event));
    }
    if (preflight.role == ServerRole::replica && !enabled.empty()) {
        const char* const how = preflight.mariadb() ? "DISABLE ON SLAVE" : "DISABLE ON REPLICA";
        preflight.add(FindingId::events_on_replica, Gravity::promise,
                      fmt::format("events run on the replica: {}: what they write is on no other server",
                                  listed(enabled)),
                      alter_events(preflight, enabled, how, true));
    }
    if (preflight.role != ServerRole::primary) return;
    if (!disabled.empty()) {
        preflight.add(FindingId::events_off, Gravity::caution,
                      fmt::format("events do not run on the primary: {}: they were disabled when this server "
                                  "was the replica",
                                  listed(disabled)),
                      alter_events(preflight, disabled, "ENABLE", false));
    }
    if (!enabled.empty()) {
        preflight.add(FindingId::events_stay_behind, Gravity::note,
                      fmt::format("events run on the primary: {}: after a takeover they are disabled on the "
                                  "other server until somebody enables them there",
                                  listed(enabled)));
    }
}

}  // namespace highbase::replication
