// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/fence_agent.hpp"

#include <fmt/format.h>

#include "daemon/clock.hpp"
#include "health/plugin_output.hpp"

namespace highbase::daemon {
namespace {

constexpr std::size_t kLongestSaid = 400;

// Agents tell at length what they did; what went wrong is on the last line of their standard error.
std::string last_words(const process::Outcome& outcome) {
    std::string text = outcome.error.empty() ? outcome.output : outcome.error;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    text.erase(0, text.rfind('\n') + 1);
    return text.empty() ? "nothing" : health::plain_text(text.substr(0, kLongestSaid));
}

}  // namespace

std::string fence_input(const node::FenceConfiguration& fence) {
    std::string text = fence.action == node::FenceAction::off ? "action=off\n" : "action=reboot\n";
    for (const std::string& option : fence.options) text += option + "\n";
    for (const std::string& option : fence.secret_options) text += option + "\n";
    return text;
}

void FenceAgent::fence(const node::FenceConfiguration& fence, Done done) {
    process::Command command{.arguments = {fence.agent}};
    command.input = fence_input(fence);
    command.deadline = fence.timeout;
    const auto ended = [this, agent = fence.agent, began = boottime_now(),
                        done = std::move(done)](const process::Outcome& outcome) {
        const std::chrono::duration<double, std::milli> took = boottime_now() - began;
        if (process::has_succeeded(outcome)) {
            tell_({node::EventId::peer_fenced,
                   {{"router", service_}, {"agent", agent}, {"ms", fmt::format("{:.1f}", took.count())}}});
            return done({});
        }
        const std::string end = process::describe(outcome.ending);
        const std::string said = last_words(outcome);
        tell_({node::EventId::peer_not_fenced,
               {{"router", service_}, {"agent", agent}, {"end", end}, {"said", said}}});
        done(tl::make_unexpected(fmt::format("{}: {}; it said: {}", agent, end, said)));
    };
    run_ = std::make_unique<process::Run>(io_, slots_, std::move(command), ended);
}

}  // namespace highbase::daemon
