// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the server's process is there and runs. Its end is noticed when it happens, not at the next probe.
#pragma once

#include "health/option.hpp"

namespace highbase::health {

struct ProcessOptions {
    static constexpr std::string_view kType = "process";
    static constexpr std::string_view kHelp =
        "The server's process on this box is there, and neither stopped nor a zombie. Its end counts at "
        "once, "
        "whatever `fall` says.";

    std::string pid_file;
    std::string socket = "/run/mysqld/mysqld.sock";
    std::string command;
    vrrp::Duration max_blocked = std::chrono::seconds{3};

    static std::vector<Option<ProcessOptions>> options() {
        using This = ProcessOptions;
        return {
            {{.name = "pid_file",
              .example = "\"/run/mysqld/mysqld.pid\"",
              .help = "The file that holds the number of the process.",
              .doc = "With \"\" the process is the one that listens on `socket`."},
             Path<This>{&This::pid_file}},
            {{.name = "socket",
              .example = "\"/run/mysqld/mysqld.sock\"",
              .help = "A Unix socket that the process listens on.",
              .doc = "Not used with a pid_file. It is connected to once for each process that is found, and "
                     "nothing is said there."},
             Path<This>{&This::socket}},
            {{.name = "command",
              .example = "\"mariadbd\"",
              .help = "What the process must be called.",
              .doc = "The first 15 characters of its name, as ps shows it. It guards against a pid file "
                     "whose number has passed to somebody else."},
             Word<This>{&This::command, 15}},
            {{.name = "max_blocked",
              .example = "\"5s\"",
              .help = "How long the process may be in uninterruptible sleep (state D).",
              .doc = "A process waits there for a disk, for instance. Only its main thread is looked at."},
             TimeSpan<This>{&This::max_blocked, std::chrono::milliseconds{10}, std::chrono::hours{1}}}};
    }
    [[nodiscard]] static std::string default_name() { return "process"; }
    [[nodiscard]] std::string target() const { return pid_file.empty() ? socket : pid_file; }
    [[nodiscard]] std::string mistake() const {
        return target().empty() ? "a check of type \"process\" needs a pid_file or a socket" : "";
    }
    friend bool operator==(const ProcessOptions&, const ProcessOptions&) = default;
};

std::unique_ptr<Checker> make_checker(const CheckContext& context, const ProcessOptions& options);

}  // namespace highbase::health
