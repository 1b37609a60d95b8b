// SPDX-License-Identifier: GPL-2.0-or-later
// Any program that follows the convention of Nagios plug-ins.
#pragma once

#include "health/option.hpp"

namespace highbase::health {

struct ExecOptions {
    static constexpr std::string_view kType = "exec";
    static constexpr std::string_view kHelp =
        "A program says how the service is, in the way of Nagios plug-ins. Exit status 0: well; 1: well, "
        "with "
        "a warning that is reported; 2: failed; any other, or a signal: not known. The first line of its "
        "output up to '|' is the reason.";

    std::vector<std::string> command;

    static std::vector<Option<ExecOptions>> options() {
        return {{{.name = "command",
                  .required = true,
                  .example = "[\"/usr/lib/nagios/plugins/check_load\", \"-c\", \"20,20,20\"]",
                  .help = "The program and its arguments.",
                  .doc = "An absolute path and no shell. It runs as the user of hbvrrp, with nothing of its "
                         "environment. At the timeout it is killed with all that it has started, and the "
                         "probe has failed."},
                 CommandLine<ExecOptions>{&ExecOptions::command}}};
    }
    [[nodiscard]] static std::string default_name() { return "exec"; }
    [[nodiscard]] std::string target() const { return command.empty() ? "" : command.front(); }
    [[nodiscard]] static std::string mistake() { return {}; }
    friend bool operator==(const ExecOptions&, const ExecOptions&) = default;
};

std::unique_ptr<Checker> make_checker(const CheckContext& context, const ExecOptions& options);

}  // namespace highbase::health
