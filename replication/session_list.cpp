// SPDX-License-Identifier: GPL-2.0-or-later
#include "replication/session_list.hpp"

#include <fmt/format.h>

#include <charconv>

namespace highbase::replication {
namespace {

std::uint64_t number_in(const std::string& text) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc{} ? number : 0;
}

template <typename Wanted>
std::vector<std::uint64_t> ids(const Table& sessions, Wanted wanted) {
    std::vector<std::uint64_t> result;
    for (std::size_t row = 0; row < sessions.rows.size(); ++row) {
        const auto text = [&](const char* column) { return sessions.at(row, column).value_or(""); };
        const std::uint64_t id = number_in(text("Id"));
        if (id != 0 && wanted(text)) result.push_back(id);
    }
    return result;
}

}  // namespace

std::string list_sessions() {
    return "SHOW PROCESSLIST";
}

std::vector<std::string> session_columns() {
    return {"Id", "User", "Command", "Time", "State"};
}

std::vector<std::uint64_t> clients(const Table& sessions, const std::string& own) {
    return ids(sessions, [&](const auto& text) {
        const std::string user = text("User");
        const std::string command = text("Command");
        // Its statements take milliseconds, but for one that was given up and hangs: a heartbeat on a full
        // disk. A server counts the seconds that have begun: one that has just been asked may have 1.
        const bool hangs = command == "Query" && number_in(text("Time")) >= 2;
        return (user != own || hangs) && user != "system user" && user != "event_scheduler" &&
               command != "Daemon" && !command.starts_with("Binlog Dump");
    });
}

std::vector<std::uint64_t> waiting_for_replica(const Table& sessions) {
    return ids(sessions,
               [](const auto& text) { return text("State").starts_with("Waiting for semi-sync ACK"); });
}

std::vector<std::uint64_t> applier(const Table& sessions) {
    return ids(sessions, [](const auto& text) {
        return text("User") == "system user" && text("State").starts_with("Replica has read all relay log");
    });
}

std::string end_session(std::uint64_t id) {
    return fmt::format("KILL {}", id);
}

}  // namespace highbase::replication
