// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/switchover.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "status/table_cell.hpp"
#include "status/wall_time.hpp"

namespace highbase::status {
namespace {

std::string steps(const Json& answer) {
    std::string lines;
    for (const Json& step : list(answer, "steps")) {
        lines += member(step, "ms").is_null()
                     ? fmt::format("  {}\n", text(step, "name"))
                     : fmt::format("  {:<20}{:>6} ms\n", text(step, "name"), text(step, "ms"));
    }
    return lines;
}

std::string verdict(const char* word, bool good, Colour colour) {
    return paint(word, good ? Paint::green : Paint::red, colour);
}

std::string dry_run(const Json& answer, Colour colour) {
    const bool possible = flag(answer, "possible");
    std::string result = verdict(possible ? "possible" : "not possible", possible, colour);
    result += possible && member(answer, "message").is_string()
                  ? fmt::format(": {}\n", text(answer, "message"))
                  : "\n";
    for (const Json& reason : list(answer, "reasons"))
        result += fmt::format("  ! {}\n", reason.is_string() ? printable(reason.get<std::string>()) : "?");
    return result + steps(answer);
}

}  // namespace

Json switchover_answer(const node::SwitchoverEnded& result) {
    Json steps = Json::array();
    for (const node::StepTime& step : result.steps)
        steps.push_back({{"name", step.name}, {"ms", in_milliseconds(step.took)}});
    Json answer{{"done", result.done},
                {"message", result.done ? result.successor + " serves"
                                        : fmt::format("{}", fmt::join(result.reasons, "; "))},
                {"steps", std::move(steps)}};
    if (result.writes_stopped) answer["writes_stopped_ms"] = in_milliseconds(*result.writes_stopped);
    return answer;
}

Json dry_run_answer(const node::SwitchoverEnded& result) {
    Json steps = Json::array();
    for (const node::StepTime& step : result.steps) steps.push_back({{"name", step.name}});
    return {{"possible", result.done}, {"reasons", result.reasons}, {"steps", std::move(steps)}};
}

Json order_answer(const node::OrderAnswer& answer, bool dry_run) {
    const Json steps = Json::array();
    if (dry_run) {
        Json reasons = answer.reasons;
        return {{"possible", answer.done},
                {"message", answer.message},
                {"reasons", std::move(reasons)},
                {"steps", steps}};
    }
    return {{"done", answer.done},
            {"message", answer.done ? answer.message : fmt::format("{}", fmt::join(answer.reasons, "; "))},
            {"steps", steps}};
}

std::string switchover_text(const Json& answer, Colour colour) {
    if (!member(answer, "possible").is_null()) return dry_run(answer, colour);
    const bool done = flag(answer, "done");
    std::string result =
        fmt::format("{}: {}\n", verdict(done ? "done" : "not done", done, colour), text(answer, "message"));
    if (member(answer, "writes_stopped_ms").is_number())
        result += fmt::format("writes were stopped for {} ms\n", text(answer, "writes_stopped_ms"));
    return result + steps(answer);
}

bool is_yes(const Json& answer) {
    return flag(answer, "done") || flag(answer, "possible");
}

}  // namespace highbase::status
