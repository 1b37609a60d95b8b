// SPDX-License-Identifier: GPL-2.0-or-later
// Files that are on disk when a call returns, for nobody but this user. Calls wait for the disk: they are for
// a thread of their own.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace highbase::daemon {

// Errors are for an operator: "PATH: cannot be made: No space left on device".
using FileResult = tl::expected<void, std::string>;

// "PATH: WHAT: ", and what errno says.
[[nodiscard]] tl::unexpected<std::string> file_failure(const std::filesystem::path& path,
                                                       std::string_view what);

// Whatever had the name before, a link for instance, is removed and not followed. The name itself is on disk
// when the directory is.
[[nodiscard]] FileResult write_new_file(const std::filesystem::path& path, std::string_view text);
// Whatever stops it, the file holds either what it held before or all of `text`. PATH.new while it is made.
[[nodiscard]] FileResult replace_file(const std::filesystem::path& path, std::string_view text);
[[nodiscard]] FileResult move_file(const std::filesystem::path& from, const std::filesystem::path& to);
[[nodiscard]] FileResult sync_file(const std::filesystem::path& path);
[[nodiscard]] FileResult sync_directory(const std::filesystem::path& path);

}  // namespace highbase::daemon
