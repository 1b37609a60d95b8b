// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>
#include <vector>

#include "daemon/config_diagnostic.hpp"
#include "daemon/schema.hpp"

namespace highbase::daemon {
namespace {

namespace po = boost::program_options;

constexpr std::string_view kUsage =
    "Usage: hbvrrp --config FILE [--check] [--print-config] [--log-level LEVEL]\n"
    "       hbvrrp --version | --help\n";

constexpr unsigned kHelpWidth = 100;

std::string level_words() {
    std::string result;
    for (const Choice<node::Level>& level : log_levels()) {
        if (!result.empty()) result += ", ";
        result += level.word;
    }
    return result;
}

po::options_description description() {
    po::options_description options{"Options", kHelpWidth};
    options.add_options()                                                                                   //
        ("config", po::value<std::string>()->value_name("FILE"), "configuration file, see hbvrrp.toml(5)")  //
        ("check", "report every mistake of the file and end: 0 without errors, 2 with")                     //
        ("print-config", "print the configuration in effect, defaults included, and end")                   //
        ("log-level", po::value<std::string>()->value_name("LEVEL"),
         ("instead of the file's: " + level_words()).c_str())("version", "print the version and end")  //
        ("help", "print this text and end");
    return options;
}

std::vector<std::string_view> option_names() {
    return {"--config", "--check", "--print-config", "--log-level", "--version", "--help"};
}

Farewell usage_error(std::string_view message) {
    return {fmt::format("hbvrrp: {}\n{}Try 'hbvrrp --help'.\n", message, kUsage), kExitUsage};
}

std::string help_text() {
    std::ostringstream text;
    text << kUsage << '\n' << description();
    return text.str();
}

std::variant<Options, Farewell> evaluate(const po::variables_map& values) {
    if (values.contains("help")) return Farewell{help_text(), kExitOk};
    if (values.contains("version")) return Farewell{fmt::format("hbvrrp {}\n", HIGHBASE_VERSION), kExitOk};
    if (!values.contains("config")) return usage_error("no configuration file: write --config FILE");
    Options options{
        values["config"].as<std::string>(), values.contains("check"), values.contains("print-config"), {}};
    if (options.config.empty()) return usage_error("--config needs the name of a file");
    if (!values.contains("log-level")) return options;
    const auto& word = values["log-level"].as<std::string>();
    const auto level = std::ranges::find(log_levels(), word, &Choice<node::Level>::word);
    if (level == log_levels().end()) {
        return usage_error(fmt::format("unknown level {}: write one of {}", in_quotes(word), level_words()));
    }
    options.log_level = level->meaning;
    return options;
}

}  // namespace

std::variant<Options, Farewell> parse_options(std::span<const char* const> arguments) {
    // Abbreviations would change their meaning with each new option.
    constexpr int kStyle = po::command_line_style::allow_long | po::command_line_style::long_allow_next |
                           po::command_line_style::long_allow_adjacent;
    try {
        const std::vector<std::string> words{arguments.begin(), arguments.end()};
        po::variables_map values;
        const po::positional_options_description no_operands;
        po::store(
            po::command_line_parser(words).options(description()).positional(no_operands).style(kStyle).run(),
            values);
        return evaluate(values);
    } catch (const po::unknown_option& error) {
        const std::vector<std::string_view> names = option_names();
        const auto meant = nearest(error.get_option_name(), names);
        const std::string remedy = meant ? fmt::format(": did you mean {}?", *meant) : std::string{};
        return usage_error(fmt::format("unknown option {}{}", in_quotes(error.get_option_name()), remedy));
    } catch (const po::too_many_positional_options_error&) {
        return usage_error("only options are taken, each begins with two dashes");
    } catch (const po::error& error) {
        return usage_error(error.what());
    }
}

}  // namespace highbase::daemon
