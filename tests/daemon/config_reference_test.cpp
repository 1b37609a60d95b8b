// SPDX-License-Identifier: GPL-2.0-or-later
// Documentation that is made from the code is what the code says, and what is written by hand agrees with it.
#include <fstream>
#include <iterator>
#include <string>

#include "daemon/options.hpp"
#include "daemon/reference.hpp"
#include "daemon/schema.hpp"
#include "node/report.hpp"
#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"

namespace highbase::daemon {
namespace {

std::string content(const std::string& file) {
    std::ifstream stream{std::string{HIGHBASE_SOURCE_DIR} + "/" + file};
    INFO(file);
    REQUIRE(stream);
    return {std::istreambuf_iterator<char>{stream}, {}};
}

void check_page(const std::string& file, const std::string& command, const std::string& wanted) {
    INFO(file << " is out of date. Write it anew: tools/build && build/release/highbase_reference " << command
              << " > " << file);
    CHECK(content(file) == wanted);
}

// Without the first paragraph's distance between words.
std::string one_line(const std::string& text) {
    std::string result;
    for (const char character : text) {
        const bool blank = character == ' ' || character == '\n';
        if (!blank || !result.ends_with(' ')) result += blank ? ' ' : character;
    }
    return result;
}

TEST_CASE("docs/configuration.md is up to date") {
    check_page("docs/configuration.md", "configuration", configuration_markdown());
}

TEST_CASE("docs/man/hbvrrp.toml.5.scd is up to date") {
    check_page("docs/man/hbvrrp.toml.5.scd", "manual", configuration_manual());
}

TEST_CASE("docs/events.md is up to date") {
    check_page("docs/events.md", "events", events_markdown());
}

TEST_CASE("every key is on both pages") {
    const std::string page = configuration_markdown();
    const std::string manual = configuration_manual();
    for (const SectionFacts& section : schema()) {
        for (const KeyFacts& key : section.keys) {
            const std::string name{key.text.name};
            INFO(name);
            CHECK(page.find("### <a id=\"" + std::string{section.name} + "." + name + "\"></a>" + name +
                            "\n") != std::string::npos);
            CHECK_FALSE(key.text.help.empty());
        }
    }
    CHECK(
        manual.find("\n*advertisement\\_interval* = \"100ms\"\n\tHow often the Active advertises itself. ") !=
        std::string::npos);
    CHECK(manual.find("Default: \"1s\". SIGHUP applies a change at once.\n") != std::string::npos);
}

TEST_CASE("every event is on its page") {
    const std::string page = events_markdown();
    CHECK(page.find("\n## HB0001\n\n`node_started`, info: ") != std::string::npos);
    CHECK(page.find("\n| [HB0001](#hb0001) | info | ") != std::string::npos);
    for (const node::EventDescription& event : node::event_table()) {
        INFO(event.identifier);
        CHECK(page.find("What to do: " + std::string{event.remedy} + "\n") != std::string::npos);
        CHECK(page.find("\n" + std::string{event.meaning} + "\n") != std::string::npos);
    }
}

TEST_CASE("the examples of keys are values that the keys accept") {
    for (const KeyFacts& key : schema().at(0).keys) {
        const std::string line = std::string{key.text.name} + " = " + std::string{key.text.example};
        INFO(line);
        CHECK(complaints("[node]\n" + line + "\n" + with_line("")).empty());
    }
    REQUIRE(schema().at(2).name == "virtual_router.check");
    for (const KeyFacts& key : schema().at(2).keys) {
        const std::string line = std::string{key.text.name} + " = " + std::string{key.text.example};
        INFO(line);
        const std::string server = key.text.name == "server" ? "" : "\nserver = \"127.0.0.1:3306\"";
        CHECK(complaints(with_line("[[virtual_router.check]]\n" + line + server)).empty());
    }
    for (const KeyFacts& key : schema().at(1).keys) {
        const std::string line = std::string{key.text.name} + " = " + std::string{key.text.example};
        INFO(line);
        const std::vector<std::string> said = complaints(with_line(line));
        CHECK((said.empty() || said.at(0).find(" warning: sync_group: ") != std::string::npos));
    }
}

TEST_CASE("the examples of the pages, and the one that is installed, are right") {
    CHECK(complaints(short_example()).empty());
    CHECK(complaints(dual_example()).empty());
    CHECK(complaints(content("packaging/hbvrrp.toml")).empty());
    CHECK(configuration_markdown().find(std::string{short_example()}) != std::string::npos);
    CHECK(configuration_manual().find(std::string{dual_example()}) != std::string::npos);
}

TEST_CASE("the manual of the daemon names its options") {
    const std::string manual = content("docs/man/hbvrrp.8.scd");
    for (const std::string option : {"*--config* _FILE_", "*--check*", "*--print-config*",
                                     "*--log-level* _LEVEL_", "*--version*", "*--help*"}) {
        INFO(option);
        CHECK(manual.find("\n" + option + "\n\t") != std::string::npos);
    }
    CHECK(one_line(manual).find(
              "*hbvrrp* *--config* _FILE_ [*--check*] [*--print-config*] [*--log-level* _LEVEL_]") !=
          std::string::npos);
}

}  // namespace
}  // namespace highbase::daemon
