// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>

#include "status/control_protocol.hpp"

namespace highbase::ctl {
namespace {

namespace po = boost::program_options;

// Of a verb that takes a word of its own.
constexpr const char* kArgument = "state";

struct VerbDescription {
    std::string_view name;
    std::string_view summary;
    void (*options)(po::options_description&);
    Verb (*make)(const po::variables_map&);
};

// Milliseconds of "500ms", "2s" or a bare number of seconds.
std::chrono::milliseconds parse_interval(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    const bool known = unit.empty() || unit == "s" || unit == "ms";
    const auto low = status::kShortestWatchInterval.count();
    const auto high = status::kLongestWatchInterval.count();
    // Compared before it is multiplied.
    const std::int64_t scale = unit == "ms" ? 1 : 1000;
    if (error != std::errc{} || !known || number > high / scale || number < (low + scale - 1) / scale) {
        throw po::error{
            fmt::format("--interval {}: expected a time from {}ms to {}s", text, low, high / 1000)};
    }
    return std::chrono::milliseconds{number * scale};
}

std::uint64_t parse_sequence(const std::string& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw po::error{fmt::format("--since {}: expected the sequence number of an event", text)};
    }
    return number;
}

void add_json(po::options_description& options) {
    options.add_options()("json", "print JSON");
}

void add_watch(po::options_description& options) {
    options.add_options()("json", "print one JSON object on each line")(
        "interval", po::value<std::string>()->value_name("TIME")->default_value("1s"),
        "how often, from 100ms to 3600s");
}

void add_events(po::options_description& options) {
    options.add_options()("json", "print one JSON object on each line")(
        "since", po::value<std::string>()->value_name("N"),
        "only events after the one with this sequence number")("follow",
                                                               "stay, and print new events as they come");
}

void add_service(po::options_description& options) {
    options.add_options()("service", po::value<std::string>()->value_name("NAME"),
                          "the virtual router whose servers are meant, where there are several");
}

void add_doctor(po::options_description& options) {
    add_json(options);
    add_service(options);
}

void add_switchover(po::options_description& options) {
    add_doctor(options);
    options.add_options()("to", po::value<std::string>()->value_name("NODE"),
                          "the node that shall be the primary; if not given, the other one")(
        "dry-run", "only tell whether it could be done, and what would be");
}

void add_order(po::options_description& options) {
    add_doctor(options);
    options.add_options()("dry-run", "only tell whether it can be done, and what it means");
}

void add_promote(po::options_description& options) {
    add_order(options);
    options.add_options()("accept-loss",
                          "also where this server may lack transactions that were acknowledged to clients");
}

void add_maintenance(po::options_description& options) {
    add_order(options);
    options.add_options()(kArgument, po::value<std::string>()->value_name("on|off"), "on, or off");
}

// An empty name is a mistake, and not the same as none: "$unset" in a script.
std::string name_option(const po::variables_map& map, const char* option) {
    if (map.count(option) == 0) return {};
    auto name = map[option].as<std::string>();
    if (name.empty()) throw po::error{fmt::format("--{}: expected a name", option)};
    return name;
}

Verb make_doctor(const po::variables_map& map) {
    return Doctor{map.count("json") != 0, name_option(map, "service")};
}

Verb make_switchover(const po::variables_map& map) {
    return Switchover{map.count("json") != 0, name_option(map, "service"), name_option(map, "to"),
                      map.count("dry-run") != 0};
}

Verb make_order(const po::variables_map& map, node::Order order) {
    return Order{map.count("json") != 0, {order, name_option(map, "service"), map.count("dry-run") != 0}};
}

Verb make_promote(const po::variables_map& map) {
    return make_order(map,
                      map.count("accept-loss") != 0 ? node::Order::promote_with_loss : node::Order::promote);
}

Verb make_maintenance(const po::variables_map& map) {
    const std::string state = map.count(kArgument) != 0 ? map[kArgument].as<std::string>() : "";
    if (state != "on" && state != "off") throw po::error{"maintenance: expected on or off"};
    return make_order(map, state == "on" ? node::Order::maintenance_on : node::Order::maintenance_off);
}

Verb make_watch(const po::variables_map& map) {
    return Watch{map.count("json") != 0, parse_interval(map["interval"].as<std::string>())};
}

Verb make_events(const po::variables_map& map) {
    const std::uint64_t since = map.count("since") != 0 ? parse_sequence(map["since"].as<std::string>()) : 0;
    return Events{map.count("json") != 0, since, map.count("follow") != 0};
}

constexpr std::array kVerbs{
    VerbDescription{"status", "show the virtual routers, who is Active, and what is wrong", add_json,
                    [](const po::variables_map& map) -> Verb { return Status{map.count("json") != 0}; }},
    VerbDescription{"watch", "show the status again and again", add_watch, make_watch},
    VerbDescription{"events", "show what has happened", add_events, make_events},
    VerbDescription{"reload", "have the daemon read its configuration file again", add_json,
                    [](const po::variables_map& map) -> Verb { return Reload{map.count("json") != 0}; }},
    VerbDescription{"doctor", "look for what is wrong with the database servers of a pair", add_doctor,
                    make_doctor},
    VerbDescription{"switchover", "make the other node the primary, without losing a write", add_switchover,
                    make_switchover},
    VerbDescription{"solo", "have a primary wait for no replica: the other server is gone", add_order,
                    [](const po::variables_map& map) { return make_order(map, node::Order::solo); }},
    VerbDescription{"promote", "make this server the primary: the other box is off", add_promote,
                    make_promote},
    VerbDescription{"maintenance", "on: no change of role by itself; off: again as usual", add_maintenance,
                    make_maintenance},
    VerbDescription{
        "ack", "allow takeovers again after there were too many", add_order,
        [](const po::variables_map& map) { return make_order(map, node::Order::acknowledge_failovers); }},
    VerbDescription{"key", "print a new key for the link between the two boxes of a pair",
                    [](po::options_description&) {}, [](const po::variables_map&) -> Verb { return Key{}; }},
};

po::options_description common_options() {
    po::options_description options;
    const std::string socket{status::kDefaultControlSocket};
    options.add_options()("control-socket",
                          po::value<std::string>()->value_name("PATH")->default_value(socket),
                          "the daemon's control socket");
    options.add_options()("help", "print this");
    return options;
}

void add_version(po::options_description& options) {
    options.add_options()("version", "print the version");
}

std::string general_help() {
    po::options_description options = common_options();
    add_version(options);
    std::ostringstream text;
    text << "usage: hbctl [--control-socket PATH] VERB [OPTION]...\n\n";
    for (const VerbDescription& verb : kVerbs) text << fmt::format("  {:<12}{}\n", verb.name, verb.summary);
    text << "\nhbctl VERB --help tells the options of a verb.\n\n"
         << options
         << "\nexit codes: 0 done, 1 the daemon's answer is no, 2 wrong usage, 3 the daemon is not "
            "reachable\n";
    return text.str();
}

std::string verb_help(const VerbDescription& verb) {
    po::options_description options = common_options();
    verb.options(options);
    std::ostringstream text;
    text << fmt::format("usage: hbctl {} [OPTION]...\n\n{}\n\n", verb.name, verb.summary) << options;
    return text.str();
}

// Not guessing: `--js` works until another option begins with it.
po::variables_map parse(const std::vector<std::string>& arguments, const po::options_description& options) {
    const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::positional_options_description positional;
    if (options.find_nothrow(kArgument, false) != nullptr) positional.add(kArgument, 1);
    po::variables_map map;
    po::store(po::command_line_parser{arguments}.options(options).positional(positional).style(style).run(),
              map);
    po::notify(map);
    return map;
}

// The first argument that is neither an option nor the value of --control-socket.
std::vector<std::string>::const_iterator find_verb(const std::vector<std::string>& arguments) {
    auto at = arguments.begin();
    while (at != arguments.end() && at->starts_with('-')) {
        const bool has_value = *at == "--control-socket" && at + 1 != arguments.end();
        at += has_value ? 2 : 1;
    }
    return at;
}

CommandLine parse_without_verb(const std::vector<std::string>& arguments) {
    po::options_description options = common_options();
    add_version(options);
    const po::variables_map map = parse(arguments, options);
    const auto socket = map["control-socket"].as<std::string>();
    if (map.count("help") != 0) return {socket, Help{general_help()}};
    if (map.count("version") != 0) return {socket, Version{}};
    throw po::error{"a verb is missing"};
}

CommandLine parse_with_verb(const std::vector<std::string>& arguments, const std::string& name) {
    const auto* const verb = std::ranges::find(kVerbs, name, &VerbDescription::name);
    if (verb == kVerbs.end()) throw po::error{fmt::format("{} is no verb", name)};
    po::options_description options = common_options();
    verb->options(options);
    const po::variables_map map = parse(arguments, options);
    const auto socket = map["control-socket"].as<std::string>();
    if (map.count("help") != 0) return {socket, Help{verb_help(*verb)}};
    return {socket, verb->make(map)};
}

}  // namespace

tl::expected<CommandLine, std::string> parse_command_line(const std::vector<std::string>& arguments) {
    // Boost.Program_options knows only exceptions.
    try {
        const auto verb = find_verb(arguments);
        if (verb == arguments.end()) return parse_without_verb(arguments);
        std::vector<std::string> others{arguments.begin(), verb};
        others.insert(others.end(), verb + 1, arguments.end());
        return parse_with_verb(others, *verb);
    } catch (const po::error& error) {
        return tl::make_unexpected(std::string{error.what()});
    }
}

}  // namespace highbase::ctl
