// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/hook_runner.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

namespace highbase::daemon {
namespace {

using replication::HookPoint;

constexpr std::size_t kLongestSaid = 400;

bool may_veto(HookPoint point) {
    return point == HookPoint::before_promote || point == HookPoint::before_demote ||
           point == HookPoint::before_rejoin;
}

std::string first_words(const process::Outcome& outcome) {
    std::string text = outcome.error.empty() ? outcome.output : outcome.error;
    if (text.size() > kLongestSaid) text.resize(kLongestSaid);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

}  // namespace

struct HookRunner::Series {
    HookContext context;
    std::vector<node::HookConfiguration> hooks;
    Done done;
    std::size_t at = 0;
    std::unique_ptr<process::Run> run{};
};

std::string hook_input(const HookContext& context) {
    const nlohmann::ordered_json json{{"event", name(context.point)},
                                      {"service", context.service},
                                      {"node", context.node},
                                      {"peer", context.peer},
                                      {"epoch", context.epoch},
                                      {"server", context.server},
                                      {"peer_server", context.peer_server}};
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::vector<std::string> hook_environment(const HookContext& context) {
    return {fmt::format("HIGHBASE_EVENT={}", name(context.point)),
            "HIGHBASE_SERVICE=" + context.service,
            "HIGHBASE_NODE=" + context.node,
            "HIGHBASE_PEER=" + context.peer,
            fmt::format("HIGHBASE_EPOCH={}", context.epoch),
            "HIGHBASE_SERVER=" + context.server,
            "HIGHBASE_PEER_SERVER=" + context.peer_server};
}

void HookRunner::run(const HookContext& context, const std::vector<node::HookConfiguration>& hooks,
                     Done done) {
    const std::uint64_t id = ++last_id_;
    auto series = std::make_shared<Series>(Series{context, {}, std::move(done)});
    for (const node::HookConfiguration& hook : hooks) {
        if (hook.on == context.point) series->hooks.push_back(hook);
    }
    series_[id] = std::move(series);
    next(id);
}

void HookRunner::next(std::uint64_t id) {
    const std::shared_ptr<Series> series = series_.at(id);
    if (series->at == series->hooks.size()) return finish(id, {});
    const node::HookConfiguration& hook = series->hooks[series->at];
    process::Command command{hook.command};
    command.environment = hook_environment(series->context);
    command.input = hook_input(series->context);
    command.deadline = hook.timeout;
    series->run = std::make_unique<process::Run>(
        io_, slots_, std::move(command), [this, id](const process::Outcome& outcome) { ended(id, outcome); });
}

void HookRunner::ended(std::uint64_t id, const process::Outcome& outcome) {
    const std::shared_ptr<Series> series = series_.at(id);
    const std::string program = series->hooks[series->at].command.front();
    const bool well = process::has_succeeded(outcome);
    const std::string end = process::describe(outcome.ending);
    const std::string said = first_words(outcome);
    tell_({well ? node::EventId::hook_ended : node::EventId::hook_failed,
           {{"router", series->context.service},
            {"hook", program},
            {"point", std::string{name(series->context.point)}},
            {"end", end},
            {"said", said.empty() ? "nothing" : said}}});
    ++series->at;
    if (!well && may_veto(series->context.point))
        return finish(
            id, tl::make_unexpected(fmt::format("{}: {}{}{}", program, end, said.empty() ? "" : ": ", said)));
    next(id);
}

void HookRunner::finish(std::uint64_t id, const tl::expected<void, std::string>& result) {
    const std::shared_ptr<Series> series = series_.at(id);
    series_.erase(id);
    series->done(result);
}

}  // namespace highbase::daemon
