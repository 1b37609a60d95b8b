// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of hbvrrp, as a value.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "node/report.hpp"

namespace highbase::daemon {

struct Options {
    std::filesystem::path config;
    bool check = false;                    // report the mistakes of the file and end
    bool print_config = false;             // print the configuration in effect and end
    std::optional<node::Level> log_level;  // instead of the file's
    friend bool operator==(const Options&, const Options&) = default;
};

inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage =
    2;  // wrong command line or configuration: nothing was changed on this machine

// There is nothing to run: print the text (to standard output if the code is kExitOk, otherwise to standard
// error) and end with the code.
struct Farewell {
    std::string text;
    int exit_code = kExitOk;
    friend bool operator==(const Farewell&, const Farewell&) = default;
};

// `arguments` without the program's name.
std::variant<Options, Farewell> parse_options(std::span<const char* const> arguments);

}  // namespace highbase::daemon
