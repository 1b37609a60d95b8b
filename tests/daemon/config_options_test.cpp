// SPDX-License-Identifier: GPL-2.0-or-later
#include <string>
#include <vector>

#include "daemon/options.hpp"
#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

using Outcome = std::variant<Options, Farewell>;

Outcome parse(const std::vector<const char*>& arguments) {
    return parse_options(arguments);
}

std::string usage_error(const std::vector<const char*>& arguments) {
    const Outcome outcome = parse(arguments);
    REQUIRE(std::holds_alternative<Farewell>(outcome));
    const auto& farewell = std::get<Farewell>(outcome);
    CHECK(farewell.exit_code == 2);
    CHECK(farewell.text.ends_with("Try 'hbvrrp --help'.\n"));
    return farewell.text.substr(0, farewell.text.find('\n'));
}

TEST_CASE("options of the daemon") {
    CHECK(parse({"--config", "a.toml"}) == Outcome{Options{"a.toml", false, false, {}}});
    CHECK(parse({"--config=a.toml"}) == Outcome{Options{"a.toml", false, false, {}}});
    CHECK(parse({"--check", "--config", "/a b"}) == Outcome{Options{"/a b", true, false, {}}});
    CHECK(parse({"--config", "a", "--print-config"}) == Outcome{Options{"a", false, true, {}}});
    CHECK(parse({"--config", "a", "--log-level", "debug"}) ==
          Outcome{Options{"a", false, false, node::Level::debug}});
    CHECK(parse({"--config", "a", "--log-level=error"}) ==
          Outcome{Options{"a", false, false, node::Level::error}});
}

TEST_CASE("version and help need no file") {
    CHECK(parse({"--version"}) == Outcome{Farewell{"hbvrrp " HIGHBASE_VERSION "\n", 0}});
    const auto help = std::get<Farewell>(parse({"--help"}));
    CHECK(help.exit_code == 0);
    CHECK(help.text.starts_with(
        "Usage: hbvrrp --config FILE [--check] [--print-config] [--log-level LEVEL]\n"));
    for (const std::string option :
         {"--config FILE", "--check", "--print-config", "--log-level LEVEL", "--version", "--help"}) {
        INFO(option);
        CHECK(help.text.find("\n  " + option) != std::string::npos);
    }
    CHECK(help.text.find("instead of the file's: debug, info, notice, warning, error") != std::string::npos);
}

TEST_CASE("a wrong command line is answered with code 2 and what is wrong") {
    CHECK(usage_error({}) == "hbvrrp: no configuration file: write --config FILE");
    CHECK(usage_error({"--check"}) == "hbvrrp: no configuration file: write --config FILE");
    CHECK(usage_error({"--config"}) == "hbvrrp: the required argument for option '--config' is missing");
    CHECK(usage_error({"--config", ""}).starts_with("hbvrrp: "));
    CHECK(usage_error({"--config="}).starts_with("hbvrrp: "));
    CHECK(usage_error({"--config", "a", "--config", "b"}) ==
          "hbvrrp: option '--config' cannot be specified more than once");
    CHECK(usage_error({"--config", "a", "b"}) ==
          "hbvrrp: only options are taken, each begins with two dashes");
    CHECK(usage_error({"--config", "a", "--chek"}) ==
          "hbvrrp: unknown option \"--chek\": did you mean --check?");
    CHECK(usage_error({"--conf", "a"}) == "hbvrrp: unknown option \"--conf\": did you mean --config?");
    CHECK(usage_error({"--foreground"}) == "hbvrrp: unknown option \"--foreground\"");
    CHECK(usage_error({"-c", "a"}) == "hbvrrp: only options are taken, each begins with two dashes");
    CHECK(usage_error({"--config", "a", "--check=yes"}) ==
          "hbvrrp: option '--check' does not take any arguments");
    CHECK(usage_error({"--config", "a", "--log-level", "loud"}) ==
          "hbvrrp: unknown level \"loud\": write one of debug, info, notice, warning, error");
}

}  // namespace
}  // namespace highbase::daemon
