// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "daemon/config.hpp"
#include "daemon/daemon.hpp"
#include "daemon/options.hpp"
#include "daemon/secrets.hpp"
#include "daemon/sentinel.hpp"

namespace {

using namespace highbase::daemon;

constexpr int kExitFailed = 1;  // the system did not give what is needed

// The configuration, with its mistakes told on standard error; nothing if one of them is an error.
std::optional<Config> read_config(const Options& options) {
    ParseResult result = load_config(options.config, system_surroundings());
    for (const Diagnostic& diagnostic : result.diagnostics) {
        fmt::print(stderr, "{}\n", format(diagnostic, options.config.string()));
    }
    return std::move(result.config);
}

int run(const Options& options) {
    std::optional<Config> config = read_config(options);
    if (!config) return kExitUsage;
    if (options.print_config) {
        fmt::print("{}", print_config(*config));
        return kExitOk;
    }
    if (options.check) {
        // What the file points to, and no daemon starts without.
        std::vector<std::string> faults = key_faults(*config);
        for (const AgentFault& fault : agent_faults(config->node))
            faults.push_back(fmt::format("fence_agent {}: {}", fault.agent, fault.error));
        for (const std::string& fault : faults) fmt::print(stderr, "hbvrrp: {}\n", fault);
        if (!faults.empty()) return kExitUsage;
        fmt::print("{}: correct; virtual routers: {}\n", options.config.string(),
                   config->node.routers.size());
        return kExitOk;
    }
    std::optional<Sentinel> sentinel;
    if (config->sentinel) {
        std::variant<Sentinel, WaitStatus> side = divide(config->realtime);
        if (const auto* ended = std::get_if<WaitStatus>(&side)) end_like(*ended);
        sentinel = std::move(std::get<Sentinel>(side));
    }
    Daemon daemon{options, std::move(*config), std::move(sentinel)};
    daemon.run();
    return kExitOk;
}

}  // namespace

int main(int count, char* arguments[]) {
    try {
        const std::span<const char* const> words{arguments, static_cast<std::size_t>(count)};
        const auto parsed = parse_options(words.subspan(1));
        if (const auto* farewell = std::get_if<Farewell>(&parsed)) {
            fmt::print(farewell->exit_code == kExitOk ? stdout : stderr, "{}", farewell->text);
            return farewell->exit_code;
        }
        return run(std::get<Options>(parsed));
    } catch (const std::exception& error) {
        fmt::print(stderr, "hbvrrp: {}\n", error.what());
        return kExitFailed;
    }
}
