// SPDX-License-Identifier: GPL-2.0-or-later
// Files that a configuration points to, and nobody else may read; programs that it names.
#include "daemon/secrets.hpp"

#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/runtime/temporary_directory.hpp"

namespace highbase::daemon {
namespace {

using Texts = std::vector<std::string>;

struct SecretFiles {
    TemporaryDirectory directory;
    node::Configuration configuration;

    SecretFiles() {
        node::RouterConfiguration router;
        router.name = "db";
        router.database.emplace();
        router.database->password_file = write("password", "secret\n");
        configuration.routers = {router};
    }
    std::string write(const std::string& name, const std::string& text, unsigned mode = 0600) const {
        const std::string path = (directory.path() / name).native();
        std::ofstream{path} << text;
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        return path;
    }
    node::DatabaseConfiguration& database() { return *configuration.routers[0].database; }
    // Without the path, which differs each time.
    Texts faults() {
        Texts result = read_passwords(configuration);
        const std::string place = directory.path().native() + "/";
        for (std::string& fault : result) fault.erase(fault.find(place), place.size());
        return result;
    }
};

TEST_CASE("a password is one line of a file that only its owner reads") {
    SecretFiles files;
    CHECK(files.faults() == Texts{});
    CHECK(files.database().password == "secret");
    files.write("password", "secret\n", 0640);
    CHECK(files.faults().front().starts_with("password_file password: others than its owner have access"));
    files.write("password", "two\nlines\n");
    CHECK(files.faults() ==
          Texts{"password_file password: has more than one line: write the password alone"});
    files.write("password", "\n");
    CHECK(files.faults() == Texts{"password_file password: is empty: write the password on its first line"});
    files.write("password", std::string(1025, 'x'));
    CHECK(files.faults() == Texts{"password_file password: is longer than 1024 octets"});
}

TEST_CASE("options of a fence agent are lines, with remarks for people between them") {
    SecretFiles files;
    files.database().fence.options_file =
        files.write("options", "# of the board\nusername=hb\n\npassword=a = b#c\n");
    CHECK(files.faults() == Texts{});
    CHECK(files.database().fence.secret_options == Texts{"username=hb", "password=a = b#c"});
    // Read anew with each reload: what is gone is gone.
    files.write("options", "");
    CHECK(files.faults() == Texts{});
    CHECK(files.database().fence.secret_options == Texts{});
}

TEST_CASE("a file of options that is no secret, or has another line, is refused without telling the line") {
    SecretFiles files;
    files.database().fence.options_file = files.write("options", "password=secret\n", 0644);
    CHECK(
        files.faults().front().starts_with("fence_options_file options: others than its owner have access"));
    for (const std::string text : {"secret\n", "=secret\n", "action=on\n"}) {
        files.write("options", "ip=1\n" + text);
        CHECK(
            files.faults() ==
            Texts{"fence_options_file options: has a line that is not \"name=value\", or names the action"});
    }
}

TEST_CASE("an agent must be a program that can be run") {
    SecretFiles files;
    CHECK(agent_faults(files.configuration).empty());
    const auto fault = [&](const std::string& agent) {
        files.database().fence.agent = agent;
        const auto faults = agent_faults(files.configuration);
        return faults.empty() ? "" : faults.front().service + ": " + faults.front().error;
    };
    CHECK(fault(files.write("agent", "#!/bin/sh\n", 0700)).empty());
    CHECK(fault((files.directory / "none").native()) == "db: No such file or directory");
    CHECK(fault(files.directory.path().native()) == "db: it is not a program");
    CHECK(fault(files.write("text", "no program", 0600)) == "db: Permission denied");
}

}  // namespace
}  // namespace highbase::daemon
