// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/command.hpp"

namespace highbase::process {
namespace {

std::string text(const Exited& ending) {
    return "exit status " + std::to_string(ending.status);
}
std::string text(const Signalled& ending) {
    return "killed by signal " + std::to_string(ending.signal);
}
std::string text(const TimedOut&) {
    return "no end in time";
}
std::string text(const NotStarted& ending) {
    return "cannot be started: " + ending.reason;
}

}  // namespace

std::string describe(const Ending& ending) {
    return std::visit([](const auto& kind) { return text(kind); }, ending);
}

}  // namespace highbase::process
