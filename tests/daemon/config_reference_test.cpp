// SPDX-License-Identifier: GPL-2.0-or-later
// Documentation that is made from the code is what the code says, and what is written by hand agrees with it.
#include <string>

#include "daemon/options.hpp"
#include "daemon/reference.hpp"
#include "daemon/schema.hpp"
#include "node/report.hpp"
#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"
#include "tests/daemon/source_file.hpp"

namespace highbase::daemon {
namespace {

void check_page(const std::string& file, const std::string& command, const std::string& wanted) {
    INFO(file << " is out of date. Write it anew: tools/build && build/release/highbase_reference " << command
              << " > " << file);
    CHECK(source_file(file) == wanted);
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

TEST_CASE("docs/permissions.md is up to date") {
    check_page("docs/permissions.md", "permissions", permissions_markdown());
}

TEST_CASE("docs/promotion.md is up to date") {
    check_page("docs/promotion.md", "promotion", promotion_markdown());
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

const SectionFacts& section_named(std::string_view name) {
    return *std::ranges::find(schema(), name, &SectionFacts::name);
}

TEST_CASE("the examples of keys are values that the keys accept") {
    for (const KeyFacts& key : schema().at(0).keys) {
        const std::string line = std::string{key.text.name} + " = " + std::string{key.text.example};
        INFO(line);
        CHECK(complaints("[node]\n" + line + "\n" + with_line("")).empty());
    }
    // The examples of the other keys of a router stand in need of each other.
    const std::string restart = "restart_command = [\"/bin/true\"]\n";
    const std::string policy = "on_service_down = \"restart-then-failover\"\n";
    const std::string check = "[[virtual_router.check]]\nserver = \"127.0.0.1:3306\"\n";
    for (const KeyFacts& key : section_named("virtual_router").keys) {
        const std::string line = std::string{key.text.name} + " = " + std::string{key.text.example};
        INFO(line);
        const std::string other = key.text.name == "on_service_down"   ? restart + check
                                  : key.text.name == "restart_command" ? policy + check
                                                                       : "";
        const std::vector<std::string> said = complaints(with_line(line) + other);
        CHECK((said.empty() || said.at(0).find(" warning: sync_group: ") != std::string::npos));
    }
}

// A check of the type that the section is about, with every required option of it, and `line`.
std::string check_with(const SectionFacts& section, const KeyFacts& key) {
    const std::size_t dot = section.name.rfind('.');
    const std::string type = section.is_variant ? section.name.substr(dot + 1) : "tcp";
    std::string text = "[[virtual_router.check]]\n";
    if (key.text.name != "type") text += "type = \"" + type + "\"\n";
    for (const SectionFacts& one : schema()) {
        if (one.name != "virtual_router.check." + type) continue;
        for (const KeyFacts& needed : one.keys) {
            const bool is_written =
                needed.text.presence == Presence::required && needed.text.name != key.text.name;
            if (is_written)
                text += std::string{needed.text.name} + " = " + std::string{needed.text.example} + "\n";
        }
    }
    return text + std::string{key.text.name} + " = " + std::string{key.text.example} + "\n";
}

TEST_CASE("the examples of every type of check are accepted, and printed so that they are read again") {
    int count = 0;
    for (const SectionFacts& section : schema()) {
        if (!section.name.starts_with("virtual_router.check")) continue;
        for (const KeyFacts& key : section.keys) {
            const std::string text = check_with(section, key);
            INFO(text);
            const ParseResult result = parse_config(with_line("") + text, test_host());
            CHECK(result.diagnostics.empty());
            REQUIRE(result.config);
            CHECK(parse_config(print_config(*result.config), test_host()).config == result.config);
            ++count;
        }
    }
    CHECK(count >= 8);
}

TEST_CASE("the examples of the pages, and the one that is installed, are right") {
    CHECK(complaints(short_example()).empty());
    CHECK(complaints(dual_example()).empty());
    CHECK(complaints(source_file("packaging/hbvrrp.toml")).empty());
    CHECK(configuration_markdown().find(std::string{short_example()}) != std::string::npos);
    CHECK(configuration_manual().find(std::string{dual_example()}) != std::string::npos);
}

TEST_CASE("the manual of the daemon names its options") {
    const std::string manual = source_file("docs/man/hbvrrp.8.scd");
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
