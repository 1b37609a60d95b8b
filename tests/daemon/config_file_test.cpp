// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "highbase-config-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary folder"};
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// The one thing that is said about the file.
std::string refusal(const std::filesystem::path& file) {
    const ParseResult result = load_config(file, test_host());
    CHECK_FALSE(result.config);
    REQUIRE(result.diagnostics.size() == 1);
    return format(result.diagnostics[0], "f");
}

TEST_CASE("a file is read and parsed") {
    const Folder folder;
    std::ofstream{folder / "good"} << with_line("priority = 7");
    const ParseResult result = load_config(folder / "good", test_host());
    CHECK(result.diagnostics.empty());
    REQUIRE(result.config);
    CHECK(result.config->node.routers[0].parameters.priority == vrrp::Priority{7});

    std::ofstream{folder / "bad"} << with_line("priority = 700");
    CHECK(refusal(folder / "bad").starts_with("f:6:12: error: priority: "));
}

TEST_CASE("a file that cannot be read is a diagnostic, and nothing waits for ever") {
    const Folder folder;
    CHECK(refusal(folder / "missing") == "f: error: cannot be read: No such file or directory");
    CHECK(refusal(folder / "") == "f: error: is not a regular file");
    REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(refusal(folder / "pipe") == "f: error: is not a regular file");
    CHECK(refusal("/dev/zero") == "f: error: is not a regular file");
    std::ofstream{folder / "large"} << std::string(1'000'001, '#');
    CHECK(refusal(folder / "large") == "f: error: the file is larger than 1000000 octets");
}

TEST_CASE("the system tells its name and its interfaces") {
    const Surroundings surroundings = system_surroundings();
    CHECK_FALSE(surroundings.host_name.empty());
    CHECK(surroundings.interface_exists("lo"));
    CHECK_FALSE(surroundings.interface_exists("no-such-device"));
}

}  // namespace
}  // namespace highbase::daemon
