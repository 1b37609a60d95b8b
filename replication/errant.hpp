// SPDX-License-Identifier: GPL-2.0-or-later
// Transactions of an old primary that the new one has not: what they are, whether somebody was told that they
// are committed, how they are saved, and what an operator can do with them. Nothing here throws anything
// away, and nothing hides them by empty transactions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replication/dialect.hpp"
#include "replication/position.hpp"
#include "replication/preflight.hpp"

namespace highbase::replication {

struct Errant {
    // Of MySQL exactly those; of MariaDB the last one of each server, and why it seems to be missing.
    std::string gtids;
    // MariaDB: the last common transactions, after which the binary log is to be read (nothing: from its
    // beginning), and whose are to be taken from there.
    std::optional<std::string> after;
    std::vector<std::uint32_t> servers{};
    friend bool operator==(const Errant&, const Errant&) = default;
};

// Both sides as ServerView::history. Nothing: the primary has everything, or is no server of that flavour.
[[nodiscard]] std::optional<Errant> errant_transactions(const Position& own, const Position& primary);

// ---- who was told

// What the old primary's journal and its successor tell of its last term.
struct LastTerm {
    bool held = false;   // it was the primary: somebody could write to it by the virtual address
    bool alone = false;  // its commits waited for no replica
    // When the other server took over it had received all that was acknowledged until then (in sync, wait
    // point AFTER_SYNC, no timeout).
    bool successor_in_sync = false;
};
enum class Acknowledged : std::uint8_t {
    to_nobody,  // each commit waited for the other server, which does not have it
    perhaps,
    yes,
};
[[nodiscard]] std::string_view name(Acknowledged acknowledged);  // "to_nobody" and so on
[[nodiscard]] Acknowledged acknowledged(const LastTerm& term);

// ---- the excerpt of the binary log

// Where the server is asked for its binary log, as an account that may REPLICATION SLAVE.
struct LogReader {
    std::string socket;  // a path; empty: by TCP
    ServerAddress address;
    std::string user;
    std::string option_file;  // with client_options() in it, readable by nobody else
};

// The text of an option file: the password never stands in a command line, which everybody can read.
[[nodiscard]] std::string client_options(const std::string& password);
// In the state directory: "errant-db-7.sql".
[[nodiscard]] std::string excerpt_name(std::string_view service, std::uint64_t epoch);
// The program of the database's own client tools: "mariadb-binlog", "mysqlbinlog".
[[nodiscard]] std::string_view excerpt_program(const Dialect& dialect);
// Its command line: saves the transactions in `file`, as statements for a server and, commented, row by row.
// `first_log` is a binary log of the server from which on they are to be found; of MariaDB, whose server
// finds the place by itself, any. Where that fails because the place was purged, leave Errant::after out and
// give the oldest log. Nothing: they are too many for a command line.
[[nodiscard]] std::optional<std::vector<std::string>> excerpt_command(const Dialect& dialect,
                                                                      const Errant& errant,
                                                                      const LogReader& reader,
                                                                      const std::string& first_log,
                                                                      const std::string& file);
// MySQL: asked of each binary log, the newest first, until begins_before() is true: that is the first one.
[[nodiscard]] std::string log_head_statement(const std::string& log);
// None of the transactions is in an older log. False where the answer makes no sense.
[[nodiscard]] bool begins_before(const Errant& errant, const Table& log_head);

// ---- what an operator can do

struct ErrantStory {
    Dialect dialect;
    Errant errant;
    Acknowledged acknowledged{};
    ServerAddress primary;
    std::string file;                  // of the excerpt
    std::string not_saved;             // why there is no excerpt; empty: there is
    std::vector<std::string> command;  // that saves it; empty: none can be given
    std::string data_directory;        // @@datadir
};
// Paragraphs, the commands in lines of their own that begin with four blanks.
[[nodiscard]] std::vector<std::string> errant_advice(const ErrantStory& story);
// Statements that fill this MySQL server anew from the primary: all that it has is replaced. `user`: with
// BACKUP_ADMIN there. A server with super_read_only refuses the last one, which ends with the server's own
// restart (error 3707: somebody has to start it).
[[nodiscard]] Statements clone_statements(const ServerAddress& primary, const std::string& user,
                                          const std::string& password);

// For a shell: 'it'\''s'.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

}  // namespace highbase::replication
