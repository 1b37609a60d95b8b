// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/program_checker.hpp"

#include <string_view>

#include "health/checker.hpp"
#include "health/plugin_output.hpp"
#include "process/run.hpp"

namespace highbase::health {
namespace {

constexpr int kMostPrograms = 4;  // with those that were killed and linger

std::string_view word_for(int exit_status) {
    switch (exit_status) {
        case 0: return "";
        case 1: return "warning";
        case 2: return "critical";
        case 3: return "unknown";
        default: return "no status of a check";
    }
}

Finding judge(const process::Outcome& outcome) {
    if (std::holds_alternative<process::TimedOut>(outcome.ending))
        return {Sample::failed, "no answer in time"};
    const auto* exited = std::get_if<process::Exited>(&outcome.ending);
    if (exited == nullptr) return {Sample::unknown, plain_text(process::describe(outcome.ending))};
    const PluginOutput output = parse_plugin_output(outcome.output);
    const std::string text = output.text.empty() ? std::string{word_for(exited->status)} : output.text;
    if (exited->status == 0) return {Sample::ok, {}, output.measure};
    const bool is_known = exited->status >= 1 && exited->status <= 3;
    const std::string status = is_known ? std::string{} : process::describe(outcome.ending) + ": ";
    return {sample_of_status(exited->status), status + text, output.measure};
}

class ProgramChecker final : public Checker {
public:
    ProgramChecker(const CheckContext& context, std::vector<std::string> arguments) : io_{context.io} {
        command_.arguments = std::move(arguments);
        command_.environment = {"LC_ALL=C"};
        command_.deadline = context.timeout;
        command_.longest_output = std::size_t{4} * 1024;
    }

    void start(std::function<void(Finding)> done) override {
        run_ = std::make_unique<process::Run>(
            io_, slots_, command_,
            [done = std::move(done)](const process::Outcome& outcome) { done(judge(outcome)); });
    }
    void cancel() override { run_.reset(); }

private:
    boost::asio::io_context& io_;
    process::Command command_;
    process::Slots slots_{kMostPrograms};
    std::unique_ptr<process::Run> run_;
};

}  // namespace

std::unique_ptr<Checker> make_program_checker(const CheckContext& context,
                                              std::vector<std::string> arguments) {
    return std::make_unique<ProgramChecker>(context, std::move(arguments));
}

}  // namespace highbase::health
