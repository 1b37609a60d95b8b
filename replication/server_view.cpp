// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/server_view.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <charconv>
#include <utility>

namespace highbase::replication {
namespace {

// The first thing that is missing or makes no sense. The reading goes on with empty values, which nobody
// sees.
class Trouble {
public:
    void note(std::string text) {
        if (first_.empty()) first_ = std::move(text);
    }
    [[nodiscard]] const std::string& first() const { return first_; }

private:
    std::string first_;
};

template <typename Number>
Number to_number(std::string_view what, const std::string& text, Trouble& trouble) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        trouble.note(fmt::format("{} is \"{}\", which is no number", what, text));
    return number;
}

template <typename Gtids>
Gtids parsed(std::string_view what, const std::string& text, Trouble& trouble) {
    auto gtids = Gtids::parse(text);
    if (!gtids) trouble.note(fmt::format("{}: {}", what, gtids.error().to_string()));
    return std::move(gtids).value_or(Gtids{});
}

// Rows of Variable_name and Value.
class Variables {
public:
    Variables(const Table& table, Trouble& trouble) : table_{table}, trouble_{trouble} {}

    [[nodiscard]] std::optional<std::string> find(std::string_view name) const {
        for (std::size_t i = 0; i < table_.rows.size(); ++i) {
            const auto candidate = table_.at(i, "Variable_name");
            if (candidate && ::strcasecmp(candidate->c_str(), std::string{name}.c_str()) == 0)
                return table_.at(i, "Value").value_or("");
        }
        return std::nullopt;
    }
    [[nodiscard]] std::string get(std::string_view name) const {
        auto value = find(name);
        if (!value) trouble_.note(fmt::format("the server does not tell {}", name));
        return std::move(value).value_or("");
    }
    [[nodiscard]] bool on(std::string_view name) const { return is_on(find(name).value_or("OFF")); }
    template <typename Number>
    [[nodiscard]] Number number(std::string_view name) const {
        return to_number<Number>(name, get(name), trouble_);
    }
    // Of what nobody has to know: 0 where it is not told.
    [[nodiscard]] std::uint32_t count(std::string_view name) const {
        return to_number<std::uint32_t>(name, find(name).value_or("0"), trouble_);
    }
    template <typename Gtids>
    [[nodiscard]] Gtids gtids(std::string_view name) const {
        return parsed<Gtids>(name, get(name), trouble_);
    }

private:
    const Table& table_;
    Trouble& trouble_;
};

// A row of a replica's status. A column goes by its name since MySQL 8.0.22, or by its name before, which
// MariaDB has kept.
class Row {
public:
    Row(const Table& table, std::size_t index, Trouble& trouble)
        : table_{table}, index_{index}, trouble_{trouble} {}
    [[nodiscard]] std::string get(std::string_view name, std::string_view older = "") const {
        auto value = find(name);
        if (!value) value = find(older);
        if (!value) trouble_.note(fmt::format("the replica's status has no {}", name));
        return std::move(value).value_or("");
    }
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const {
        return table_.at(index_, name);
    }
    template <typename Number>
    [[nodiscard]] Number number(std::string_view name, std::string_view older = "") const {
        return to_number<Number>(name, get(name, older), trouble_);
    }
    template <typename Gtids>
    [[nodiscard]] Gtids gtids(std::string_view name) const {
        return parsed<Gtids>(name, get(name), trouble_);
    }

private:
    const Table& table_;
    std::size_t index_;
    Trouble& trouble_;
};

ReplicaThread receiver_of(const Row& row) {
    ReplicaThread thread;
    const std::string state = row.get("Replica_IO_Running", "Slave_IO_Running");
    thread.running = state != "No";
    thread.connecting = thread.running && state != "Yes";  // "Connecting", "Preparing"
    thread.error_number = row.number<int>("Last_IO_Errno");
    thread.error = row.get("Last_IO_Error");
    return thread;
}

ReplicaThread applier_of(const Row& row) {
    ReplicaThread thread;
    thread.running = is_on(row.get("Replica_SQL_Running", "Slave_SQL_Running"));
    thread.error_number = row.number<int>("Last_SQL_Errno");
    thread.error = row.get("Last_SQL_Error");
    return thread;
}

Channel channel_of(const Dialect& dialect, const Row& row) {
    Channel channel;
    channel.name = row.find(dialect.is_mariadb() ? "Connection_name" : "Channel_Name").value_or("");
    channel.source_host = row.get("Source_Host", "Master_Host");
    channel.source_port = row.number<std::uint16_t>("Source_Port", "Master_Port");
    channel.source_server_id = row.number<std::uint32_t>("Source_Server_Id", "Master_Server_Id");
    channel.delay = std::chrono::seconds{row.number<std::int64_t>("SQL_Delay")};
    channel.receiver = receiver_of(row);
    channel.applier = applier_of(row);
    if (dialect.is_mariadb()) {
        channel.follows_gtids = row.get("Using_Gtid") != "No";
        const auto applied = row.gtids<GtidPosition>("Gtid_Slave_Pos");
        const auto received = row.gtids<GtidPosition>("Gtid_IO_Pos");
        channel.received = Position{applied.reaches(received) ? applied : received};
    } else {
        channel.follows_gtids = is_on(row.get("Auto_Position"));
        // Retrieved_Gtid_Set begins anew with each start of the server.
        const auto retrieved = row.gtids<GtidSet>("Retrieved_Gtid_Set");
        const auto executed = row.gtids<GtidSet>("Executed_Gtid_Set");
        channel.received = Position{executed.plus(retrieved)};
    }
    return channel;
}

// The names differ by the words only: {source, replica} since MySQL 8.0.26, {master, slave} in MariaDB.
SemiSync semi_sync_of(const Dialect& dialect, const Variables& variables, const Variables& status) {
    const std::string source = dialect.is_mariadb() ? "rpl_semi_sync_master_" : "rpl_semi_sync_source_";
    const std::string replica = dialect.is_mariadb() ? "rpl_semi_sync_slave_" : "rpl_semi_sync_replica_";
    SemiSync semi_sync;
    semi_sync.source_available = variables.find(source + "enabled").has_value();
    if (semi_sync.source_available) {
        semi_sync.source_enabled = variables.on(source + "enabled");
        semi_sync.source_on = status.on(source + "status");
        semi_sync.waits_after_sync = variables.get(source + "wait_point") == "AFTER_SYNC";
        semi_sync.waits_without_replica =
            variables.on(source + (dialect.is_mariadb() ? "wait_no_slave" : "wait_no_replica"));
        if (!dialect.is_mariadb())
            semi_sync.replicas_wanted = variables.number<std::uint32_t>(source + "wait_for_replica_count");
        semi_sync.timeout = std::chrono::milliseconds{variables.number<std::int64_t>(source + "timeout")};
        semi_sync.clients = status.number<std::uint32_t>(source + "clients");
        semi_sync.waiting_sessions = status.number<std::uint32_t>(source + "wait_sessions");
        semi_sync.unacknowledged = status.number<std::uint64_t>(source + "no_tx");
    }
    semi_sync.replica_available = variables.find(replica + "enabled").has_value();
    if (semi_sync.replica_available) {
        semi_sync.replica_enabled = variables.on(replica + "enabled");
        semi_sync.replica_on = status.on(replica + "status");
    }
    return semi_sync;
}

ServerView view_of(const Dialect& dialect, const Variables& variables, const Variables& status,
                   const Table& replica, Trouble& trouble) {
    ServerView view;
    view.dialect = dialect;
    view.server_id = variables.number<std::uint32_t>("server_id");
    view.uuid = variables.get(dialect.is_mariadb() ? "server_uid" : "server_uuid");
    // MariaDB's is unsigned, and wraps where the clock of day was set back to before the server's start.
    view.uptime = std::chrono::seconds{static_cast<std::int64_t>(status.number<std::uint64_t>("Uptime"))};
    if (dialect.is_mariadb()) {
        // OFF, ON, and from 12.0 NO_LOCK and NO_LOCK_NO_ADMIN.
        const std::string read_only = variables.get("read_only");
        view.read_only = read_only != "OFF";
        view.super_read_only = read_only == "NO_LOCK_NO_ADMIN";
        const auto applied = variables.gtids<GtidPosition>("gtid_slave_pos");
        const auto logged = variables.gtids<GtidPosition>("gtid_binlog_state");
        view.applied = Position{applied};
        view.history = Position{logged.joined(applied)};
    } else {
        view.read_only = variables.on("read_only");
        view.super_read_only = variables.on("super_read_only");
        view.offline = variables.on("offline_mode");
        view.applied = Position{variables.gtids<GtidSet>("gtid_executed")};
        view.history = view.applied;
    }
    for (std::size_t i = 0; i < replica.rows.size(); ++i)
        view.channels.push_back(channel_of(dialect, Row{replica, i, trouble}));
    view.semi_sync = semi_sync_of(dialect, variables, status);
    view.connections = status.count("Threads_connected");
    view.max_connections = variables.count("max_connections");
    view.most_connections = status.count("Max_used_connections");
    return view;
}

}  // namespace

std::vector<std::string> view_statements(const Dialect& dialect) {
    const char* own = dialect.is_mariadb()
                          ? "'server_uid', 'gtid_slave_pos', 'gtid_binlog_state'"
                          : "'server_uuid', 'gtid_executed', 'super_read_only', 'offline_mode'";
    return {fmt::format("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_id', 'read_only', "
                        "'max_connections', {}) OR Variable_name LIKE 'rpl\\_semi\\_sync\\_%'",
                        own),
            "SHOW GLOBAL STATUS WHERE Variable_name IN ('Uptime', 'Threads_connected', "
            "'Max_used_connections') OR Variable_name LIKE 'Rpl\\_semi\\_sync\\_%'",
            dialect.is_mariadb() ? "SHOW ALL SLAVES STATUS" : "SHOW REPLICA STATUS"};
}

tl::expected<ServerView, std::string> read_view(const Dialect& dialect, const std::vector<Table>& answers) {
    if (answers.size() != view_statements(dialect).size())
        return tl::make_unexpected("the server has not answered all that was asked");
    Trouble trouble;
    ServerView view =
        view_of(dialect, Variables{answers[0], trouble}, Variables{answers[1], trouble}, answers[2], trouble);
    if (!trouble.first().empty()) return tl::make_unexpected(trouble.first());
    return view;
}

}  // namespace highbase::replication
