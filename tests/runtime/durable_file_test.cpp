// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/durable_file.hpp"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/catch.hpp"
#include "tests/files.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {
namespace {

namespace fs = std::filesystem;
using tests::contents;
using tests::mode_of;

TEST_CASE("a new file is for nobody else, and what had its name is gone") {
    const TemporaryDirectory directory;
    const fs::path path = directory / "secret";
    std::ofstream{directory / "target"} << "precious";
    fs::create_symlink(directory / "target", path);
    REQUIRE(write_new_file(path, "new"));
    CHECK(contents(path) == "new");
    CHECK_FALSE(fs::is_symlink(path));
    CHECK(mode_of(path) == 0600);
    CHECK(contents(directory / "target") == "precious");
    // An older one keeps neither its text nor its mode.
    std::ofstream{path} << "something longer";
    fs::permissions(path, fs::perms::all);
    REQUIRE(write_new_file(path, ""));
    CHECK(contents(path).empty());
    CHECK(mode_of(path) == 0600);
}

TEST_CASE("a file is replaced as a whole, or not at all, and nothing else stays") {
    const TemporaryDirectory directory;
    const fs::path path = directory / "file";
    REQUIRE(replace_file(path, "one"));
    REQUIRE(replace_file(path, "two"));
    CHECK(contents(path) == "two");
    CHECK(mode_of(path) == 0600);
    fs::create_directory(directory / "taken");
    const FileResult refused = replace_file(directory / "taken", "three");
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == (directory / "taken").native() + ": cannot be replaced: Is a directory");
    CHECK_FALSE(fs::exists(directory / "taken.new"));
    CHECK_FALSE(fs::exists(directory / "file.new"));
}

TEST_CASE("what cannot be done is told with its place") {
    const TemporaryDirectory directory;
    const std::string none = (directory / "none").native();
    CHECK(write_new_file(none + "/file", "").error() ==
          none + "/file: cannot be made: No such file or directory");
    CHECK(replace_file(none + "/file", "").error() ==
          none + "/file.new: cannot be made: No such file or directory");
    CHECK(move_file(none, directory / "to").error() ==
          (directory / "to").native() + ": cannot be replaced: No such file or directory");
    CHECK(sync_file(none).error() == none + ": cannot be brought to disk: No such file or directory");
    CHECK(sync_directory(none).error() == none + ": cannot be brought to disk: No such file or directory");
}

}  // namespace
}  // namespace highbase::daemon
