// SPDX-License-Identifier: GPL-2.0-or-later
// The files around an excerpt of errant transactions, in the state directory: the option file with the
// password while it is made, the excerpt itself, and the advice beside it. Calls here wait for the disk: they
// are for a thread of their own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/durable_file.hpp"

namespace highbase::daemon {

struct ErrantFiles {
    // Only while the excerpt is made, and the same for every one, so that what a life of this daemon has left
    // is found by the next.
    std::filesystem::path options;     // errant-db.options
    std::filesystem::path unfinished;  // errant-db.unfinished
    std::filesystem::path excerpt;     // errant-db-7.sql
    std::filesystem::path advice;      // errant-db-7.txt
};
[[nodiscard]] ErrantFiles errant_files(const std::filesystem::path& directory, const std::string& service,
                                       std::uint64_t epoch);

// Whether so many octets can be written to its disk.
[[nodiscard]] FileResult has_room(const std::filesystem::path& directory, std::uint64_t octets);
// The option file and an empty excerpt, for nobody but this user.
[[nodiscard]] FileResult prepare(const ErrantFiles& files, const std::string& options);
// Whether there is an excerpt whose advice has `line` in it.
[[nodiscard]] bool is_kept(const ErrantFiles& files, std::string_view line);
// What was made is whole, and on disk: it becomes the excerpt, and the advice stands beside it. Those that
// had these names before, of other transactions, get a number.
[[nodiscard]] FileResult keep(const ErrantFiles& files, const std::vector<std::string>& advice);
// There is no excerpt: only the advice.
[[nodiscard]] FileResult write_advice(const ErrantFiles& files, const std::vector<std::string>& advice);
// What is not to stay: the option file, and an excerpt that is not whole.
void clear(const std::filesystem::path& directory, const std::string& service);

// In the directories of PATH; empty: nowhere.
[[nodiscard]] std::filesystem::path find_program(std::string_view name);

}  // namespace highbase::daemon
