// SPDX-License-Identifier: GPL-2.0-or-later
// A program to be run, and how it ended: plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace highbase::process {

struct Command {
    std::vector<std::string> arguments;  // the first one: the program, an absolute path; nothing is searched
    // "NAME=value". Nothing else is inherited; PATH is that of the system's directories unless it is here.
    std::vector<std::string> environment = {};
    std::string input = {};  // what it reads from standard input; then comes the end
    // After this time its whole process group gets SIGTERM, and after `grace` SIGKILL.
    std::chrono::nanoseconds deadline = std::chrono::seconds{10};
    std::chrono::nanoseconds grace = std::chrono::seconds{1};
    // Octets that are kept of standard output, and of standard error; what follows is read and dropped.
    std::size_t longest_output = std::size_t{64} * 1024;
};

struct Exited {
    int status = 0;
    friend bool operator==(const Exited&, const Exited&) = default;
};
struct Signalled {
    int signal = 0;
    friend bool operator==(const Signalled&, const Signalled&) = default;
};
// Whatever it did about SIGTERM.
struct TimedOut {
    friend bool operator==(const TimedOut&, const TimedOut&) = default;
};
struct NotStarted {
    std::string reason;
    friend bool operator==(const NotStarted&, const NotStarted&) = default;
};
using Ending = std::variant<Exited, Signalled, TimedOut, NotStarted>;

// For an operator: "exit status 1", "killed by signal 9", "no end in time", "cannot be started: REASON".
std::string describe(const Ending& ending);

// Texts are octets from outside, not to be trusted with a terminal.
struct Outcome {
    Ending ending;
    std::string output;
    std::string error;
    bool is_cut = false;  // one of both was longer
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline bool has_succeeded(const Outcome& outcome) {
    return outcome.ending == Ending{Exited{0}};
}

}  // namespace highbase::process
