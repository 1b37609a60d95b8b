// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/errant.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace highbase::replication {
namespace {

// Of one argument, on Linux 128 KiB.
constexpr std::size_t kLongestArgument = 100'000;

const Gtid* find(const GtidPosition& position, std::uint32_t domain, std::uint32_t server) {
    const auto found = std::ranges::find_if(position.gtids(), [&](const Gtid& gtid) {
        return gtid.domain == domain && gtid.server_id == server;
    });
    return found == position.gtids().end() ? nullptr : &*found;
}

std::vector<Gtid> last_errant(const GtidPosition& own, const GtidPosition& primary) {
    std::vector<Gtid> errant;
    for (const MissingGtid& missing : own.missing_from(primary)) {
        if (missing.certain() || missing.evidence == Evidence::unknown) errant.push_back(missing.gtid);
    }
    return errant;
}

// The latest transaction of the domain that both sides are known to have, and that is not above the first
// errant one of any server. A server's last one over there is here too if this side has a later one of it.
std::optional<Gtid> last_common(const GtidPosition& own, const GtidPosition& primary,
                                const std::vector<Gtid>& errant, std::uint32_t domain) {
    const auto is_below = [&](const Gtid& gtid) {
        return std::ranges::all_of(errant, [&](const Gtid& other) {
            const Gtid* const there = find(primary, domain, other.server_id);
            return other.domain != domain || there == nullptr || gtid.seq_no <= there->seq_no;
        });
    };
    std::optional<Gtid> common;
    for (const Gtid& there : primary.gtids()) {
        const Gtid* const here = find(own, domain, there.server_id);
        if (there.domain != domain || here == nullptr) continue;
        const Gtid both = here->seq_no < there.seq_no ? *here : there;
        if (is_below(both) && (!common || common->seq_no < both.seq_no)) common = both;
    }
    return common;
}

// After what the binary log is to be read: of a domain in which nothing is missing, after all of it. A domain
// without a common transaction is not named, and read from its beginning.
std::optional<std::string> place_before(const GtidPosition& own, const GtidPosition& primary,
                                        const std::vector<Gtid>& errant) {
    std::string place;
    const auto add = [&](const Gtid& gtid) { place += (place.empty() ? "" : ",") + gtid.to_string(); };
    for (auto gtid = own.gtids().begin(); gtid != own.gtids().end(); ++gtid) {
        const auto next = gtid + 1;
        if (next != own.gtids().end() && next->domain == gtid->domain) continue;  // not the domain's last
        if (std::ranges::find(errant, gtid->domain, &Gtid::domain) == errant.end()) {
            add(*gtid);
        } else if (const auto common = last_common(own, primary, errant, gtid->domain)) {
            add(*common);
        }
    }
    if (place.empty()) return std::nullopt;
    return place;
}

std::string who_was_told(Acknowledged acknowledged) {
    switch (acknowledged) {
        case Acknowledged::to_nobody:
            return "Nobody was told that they are committed: while this server was the primary, each commit "
                   "waited until the other server had received it. They may be thrown away.";
        case Acknowledged::perhaps:
            return "Whether somebody was told that they are committed is not known. Look at them before "
                   "anything is thrown away.";
        case Acknowledged::yes: break;
    }
    return "Somebody was told that they are committed: they were written while no other server had to "
           "receive them. What is thrown away is lost for those who were told.";
}

std::string where_they_are(const ErrantStory& story) {
    if (story.not_saved.empty()) {
        return fmt::format(
            "They are saved in {}: as statements for a server, and row by row in the comments "
            "that begin with ###.",
            story.file);
    }
    return fmt::format("They are not saved: {}.", story.not_saved);
}

void keep_mysql(const ErrantStory& story, std::vector<std::string>& lines) {
    lines.push_back(
        "To keep all of them, if they fit to what the primary has now, carry them out there as they are; "
        "this server then has nothing more than the primary, and follows it by itself:");
    lines.push_back(fmt::format("    mysql --host={} --port={} < {}", story.primary.host, story.primary.port,
                                shell_line({story.file})));
}

void discard_mysql(const ErrantStory& story, std::vector<std::string>& lines) {
    lines.push_back(fmt::format(
        "To throw them away, fill this server anew from the primary. First on the primary, which needs the "
        "plugin too:"));
    lines.push_back("    INSTALL PLUGIN clone SONAME 'mysql_clone.so';");
    lines.emplace_back(
        "Then on this server, in one go, as an account with BACKUP_ADMIN on the primary; hbvrrp sets "
        "super_read_only again, after which CLONE is refused (error 1290: try again from the first line "
        "on):");
    for (const std::string& statement : clone_statements(story.primary, "ACCOUNT", "PASSWORD"))
        lines.push_back(fmt::format("    {};", statement));
    lines.push_back(
        "The server starts again by itself; after error 3707 it has to be started. It then follows the "
        "primary by itself.");
}

void discard_mariadb(const ErrantStory& story, std::vector<std::string>& lines) {
    std::string directory = story.data_directory;
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
    const std::string here = shell_line({directory});
    const std::string before = shell_line({directory + ".errant"});
    lines.push_back(
        "To throw them away, fill this server anew from the primary, in a shell on this host; the account of "
        "ssh must be able to run mariadb-backup there:");
    // hbvrrp would let it follow before it is told where to begin.
    lines.push_back("    systemctl stop hbvrrp mariadb");
    lines.push_back(fmt::format("    mv {} {} && mkdir {}", here, before, here));
    lines.push_back(fmt::format("    ssh {} mariadb-backup --backup --stream=mbstream | mbstream -x -C {}",
                                story.primary.host, here));
    lines.push_back(fmt::format("    mariadb-backup --prepare --target-dir={}", here));
    lines.push_back(fmt::format("    chown -R --reference={} {}", before, here));
    lines.push_back("    systemctl start mariadb");
    // From MariaDB 11.1 on the file is called mariadb_backup_binlog_info. Without a position the replica
    // would begin with the first transaction of all.
    lines.push_back(fmt::format(
        "    position=$(tail -q -n 1 {}/*backup_binlog_info | cut -f 3) && mariadb -e \"SET GLOBAL "
        "gtid_slave_pos = '${{position:?not found: do not go on}}'\" && systemctl start hbvrrp",
        here));
    lines.push_back(
        fmt::format("It then follows the primary by itself. Remove {} when nobody misses anything.", before));
}

}  // namespace

std::optional<Errant> errant_transactions(const Position& own, const Position& primary) {
    if (own.flavour() != primary.flavour()) return std::nullopt;
    std::string gtids = own.errant_against(primary);
    if (gtids.empty()) return std::nullopt;
    if (own.flavour() == Flavour::mysql) return Errant{std::move(gtids), std::nullopt, {}};
    const auto here = GtidPosition::parse(own.to_string());
    const auto there = GtidPosition::parse(primary.to_string());
    if (!here || !there) return Errant{std::move(gtids), std::nullopt, {}};
    const std::vector<Gtid> last = last_errant(*here, *there);
    std::set<std::uint32_t> servers;
    for (const Gtid& gtid : last) servers.insert(gtid.server_id);
    return Errant{std::move(gtids), place_before(*here, *there, last), {servers.begin(), servers.end()}};
}

std::string_view name(Acknowledged acknowledged) {
    switch (acknowledged) {
        case Acknowledged::to_nobody: return "to_nobody";
        case Acknowledged::perhaps: return "perhaps";
        case Acknowledged::yes: return "yes";
    }
    return "";
}

Acknowledged acknowledged(const LastTerm& term) {
    // Whoever wrote past the primary has had an answer at once.
    if (!term.held || term.alone) return Acknowledged::yes;
    return term.successor_in_sync ? Acknowledged::to_nobody : Acknowledged::perhaps;
}

std::string client_options(const std::string& password) {
    // The escapes of option files: in double quotes a backslash begins one.
    std::string escaped;
    for (const char c : password) {
        if (c == '\n') {
            escaped += "\\n";
        } else if (c == '\\' || c == '"') {
            escaped += '\\';
            escaped += c;
        } else {
            escaped += c;
        }
    }
    return fmt::format("[client]\npassword=\"{}\"\n", escaped);
}

std::string excerpt_name(std::string_view service, std::uint64_t epoch) {
    return fmt::format("errant-{}-{}.sql", service, epoch);
}

std::string_view excerpt_program(const Dialect& dialect) {
    return dialect.is_mariadb() ? "mariadb-binlog" : "mysqlbinlog";
}

std::optional<std::vector<std::string>> excerpt_command(const Dialect& dialect, const Errant& errant,
                                                        const LogReader& reader, const std::string& first_log,
                                                        const std::string& file) {
    // The option file has to come first.
    std::vector<std::string> command{std::string{excerpt_program(dialect)},
                                     "--defaults-extra-file=" + reader.option_file,
                                     "--read-from-remote-server", "--user=" + reader.user};
    if (reader.socket.empty()) {
        command.insert(command.end(), {"--protocol=tcp", "--host=" + reader.address.host,
                                       fmt::format("--port={}", reader.address.port)});
    } else {
        command.insert(command.end(), {"--protocol=socket", "--socket=" + reader.socket});
    }
    if (!dialect.is_mariadb()) {
        command.push_back("--include-gtids=" + errant.gtids);
    } else {
        if (errant.after) command.push_back("--start-position=" + *errant.after);
        command.push_back(fmt::format("--do-server-ids={}", fmt::join(errant.servers, ",")));
    }
    command.insert(command.end(), {"--verbose", "--to-last-log", "--result-file=" + file, first_log});
    if (std::ranges::any_of(command, [](const auto& word) { return word.size() > kLongestArgument; }))
        return std::nullopt;
    return command;
}

std::string log_head_statement(const std::string& log) {
    return fmt::format("SHOW BINLOG EVENTS IN {} LIMIT 3", quoted(log));
}

bool begins_before(const Errant& errant, const Table& log_head) {
    const auto wanted = GtidSet::parse(errant.gtids);
    if (!wanted) return false;
    for (std::size_t row = 0; row < log_head.rows.size(); ++row) {
        if (log_head.at(row, "Event_type") != "Previous_gtids") continue;
        const auto before = GtidSet::parse(log_head.at(row, "Info").value_or(""));
        return before && wanted->minus(*before) == *wanted;
    }
    return false;
}

std::vector<std::string> errant_advice(const ErrantStory& story) {
    std::vector<std::string> lines{
        fmt::format("This server has transactions that the primary ({} port {}) has not: {}",
                    story.primary.host, story.primary.port, story.errant.gtids),
        who_was_told(story.acknowledged), where_they_are(story)};
    if (!story.not_saved.empty() && !story.command.empty()) {
        lines.emplace_back("To save them:");
        lines.push_back("    " + shell_line(story.command));
    }
    lines.emplace_back("To keep some of them, write the rows that are wanted on the primary.");
    if (story.dialect.is_mariadb()) {
        discard_mariadb(story, lines);
    } else {
        keep_mysql(story, lines);
        discard_mysql(story, lines);
    }
    return lines;
}

Statements clone_statements(const ServerAddress& primary, const std::string& user,
                            const std::string& password) {
    return {"SET GLOBAL super_read_only = OFF", "INSTALL PLUGIN clone SONAME 'mysql_clone.so'",
            fmt::format("SET GLOBAL clone_valid_donor_list = {}",
                        quoted(fmt::format("{}:{}", primary.host, primary.port))),
            fmt::format("CLONE INSTANCE FROM {}@{}:{} IDENTIFIED BY {}", quoted(user), quoted(primary.host),
                        primary.port, quoted(password))};
}

std::string shell_line(const std::vector<std::string>& words) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";
    std::string line;
    for (const std::string& word : words) {
        if (!line.empty()) line += ' ';
        if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
            line += word;
            continue;
        }
        line += '\'';
        for (const char c : word) line += c == '\'' ? std::string{R"('\'')"} : std::string(1, c);
        line += '\'';
    }
    return line;
}

}  // namespace highbase::replication
