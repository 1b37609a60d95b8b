// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/command_line.hpp"

#include "tests/catch.hpp"

namespace highbase::ctl {
namespace {

using namespace std::chrono_literals;
using Arguments = std::vector<std::string>;

constexpr const char* kSocket = "/run/highbase/hbvrrp.sock";

CommandLine parsed(const Arguments& arguments) {
    const auto result = parse_command_line(arguments);
    INFO((result ? "" : result.error()));
    REQUIRE(result.has_value());
    return *result;
}

std::string refused(const Arguments& arguments) {
    const auto result = parse_command_line(arguments);
    REQUIRE_FALSE(result.has_value());
    return result.error();
}

TEST_CASE("Verbs with their defaults") {
    CHECK(parsed({"status"}) == CommandLine{kSocket, Status{false}});
    CHECK(parsed({"watch"}) == CommandLine{kSocket, Watch{false, 1000ms}});
    CHECK(parsed({"events"}) == CommandLine{kSocket, Events{false, 0, false}});
    CHECK(parsed({"reload"}) == CommandLine{kSocket, Reload{false}});
    CHECK(parsed({"doctor"}) == CommandLine{kSocket, Doctor{false, ""}});
    CHECK(parsed({"switchover"}) == CommandLine{kSocket, Switchover{false, "", "", false}});
    CHECK(parsed({"key"}) == CommandLine{kSocket, Key{}});
    CHECK(parsed({"--version"}) == CommandLine{kSocket, Version{}});
}

TEST_CASE("Verbs with their options") {
    CHECK(parsed({"status", "--json"}) == CommandLine{kSocket, Status{true}});
    CHECK(parsed({"watch", "--json", "--interval", "250ms"}) == CommandLine{kSocket, Watch{true, 250ms}});
    CHECK(parsed({"events", "--since", "17", "--follow", "--json"}) ==
          CommandLine{kSocket, Events{true, 17, true}});
    CHECK(parsed({"reload", "--json"}) == CommandLine{kSocket, Reload{true}});
    CHECK(parsed({"doctor", "--json", "--service", "db"}) == CommandLine{kSocket, Doctor{true, "db"}});
    CHECK(parsed({"switchover", "--to", "gw2", "--dry-run"}) ==
          CommandLine{kSocket, Switchover{false, "", "gw2", true}});
    CHECK(parsed({"switchover", "--json", "--service=db"}) ==
          CommandLine{kSocket, Switchover{true, "db", "", false}});
    CHECK(refused({"switchover", "--to", ""}) == "--to: expected a name");
    CHECK(refused({"doctor", "--service", ""}) == "--service: expected a name");
    CHECK(refused({"doctor", "--to", "gw2"}).find("--to") != std::string::npos);
}

TEST_CASE("Orders") {
    using node::Order;
    const auto order = [](Order which, bool dry_run = false, const std::string& service = "") {
        return CommandLine{kSocket, ctl::Order{false, {which, service, dry_run}}};
    };
    CHECK(parsed({"solo"}) == order(Order::solo));
    CHECK(parsed({"promote", "--dry-run"}) == order(Order::promote, true));
    CHECK(parsed({"promote", "--accept-loss"}) == order(Order::promote_with_loss));
    CHECK(parsed({"maintenance", "on"}) == order(Order::maintenance_on));
    CHECK(parsed({"maintenance", "--service", "db", "off"}) == order(Order::maintenance_off, false, "db"));
    CHECK(parsed({"ack"}) == order(Order::acknowledge_failovers));
    CHECK(refused({"maintenance"}) == "maintenance: expected on or off");
    CHECK(refused({"maintenance", "yes"}) == "maintenance: expected on or off");
    CHECK(refused({"maintenance", "on", "off"}).find("too many") != std::string::npos);
    CHECK_FALSE(refused({"solo", "on"}).empty());
    CHECK_FALSE(refused({"ack", "--accept-loss"}).empty());
}

TEST_CASE("The socket may be named before and after the verb") {
    CHECK(parsed({"--control-socket", "/a", "status"}).control_socket == "/a");
    CHECK(parsed({"--control-socket=/a", "status", "--json"}) == CommandLine{"/a", Status{true}});
    CHECK(parsed({"status", "--control-socket", "/a"}).control_socket == "/a");
    CHECK(parsed({"--control-socket", "status", "events"}) == CommandLine{"status", Events{}});
}

TEST_CASE("Intervals") {
    const auto interval = [](const char* text) {
        return std::get<Watch>(parsed({"watch", "--interval", text}).verb).interval;
    };
    CHECK(interval("100ms") == 100ms);
    CHECK(interval("1") == 1s);
    CHECK(interval("2s") == 2s);
    CHECK(interval("3600s") == 3600s);
    CHECK(interval("3600000ms") == 3600s);
    for (const char* const text :
         {"99ms", "0", "3601s", "3600001ms", "1m", "1.5s", "s", "", "9223372036854775807"}) {
        CHECK(refused({"watch", "--interval", text}) ==
              "--interval " + std::string{text} + ": expected a time from 100ms to 3600s");
    }
}

TEST_CASE("Mistakes are told") {
    CHECK(refused({}) == "a verb is missing");
    CHECK(refused({"--control-socket", "/a"}) == "a verb is missing");
    CHECK(refused({"dance"}) == "dance is no verb");
    CHECK(refused({"status", "--follow"}) == "unrecognised option '--follow'");
    CHECK(refused({"status", "--js"}) == "unrecognised option '--js'");
    CHECK(refused({"status", "db"}) == "too many positional options have been specified on the command line");
    CHECK(refused({"events", "--since", "x"}) == "--since x: expected the sequence number of an event");
    CHECK(refused({"events", "--since"}) == "the required argument for option '--since' is missing");
    CHECK(refused({"--json", "status", "--interval", "1s"}) == "unrecognised option '--interval'");
    CHECK(refused({"status", "--json", "--json"}) == "option '--json' cannot be specified more than once");
    CHECK(refused({"--control-socket"}) == "the required argument for option '--control-socket' is missing");
}

TEST_CASE("Each verb has its help") {
    const auto help = [](const Arguments& arguments) { return std::get<Help>(parsed(arguments).verb).text; };
    const std::string general = help({"--help"});
    for (const char* const word :
         {"status", "watch", "events", "reload", "doctor", "switchover", "solo", "promote", "maintenance",
          "ack", "--control-socket", "exit codes", "--version"}) {
        CHECK(general.find(word) != std::string::npos);
    }
    CHECK(help({"watch", "--help"}).starts_with("usage: hbctl watch [OPTION]...\n"));
    CHECK(help({"watch", "--help"}).find("--interval") != std::string::npos);
    CHECK(help({"events", "--help"}).find("--follow") != std::string::npos);
    CHECK(help({"status", "--help"}).find("--follow") == std::string::npos);
    CHECK(help({"--help", "reload"}).starts_with("usage: hbctl reload"));
}

}  // namespace
}  // namespace highbase::ctl
