// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace highbase::ctl {

enum class ExitCode : int {
    done = 0,
    no = 1,  // the daemon's answer is no
    usage = 2,
    unreachable = 3,  // no daemon, or it left
};

// Where hbctl prints to.
struct Output {
    std::function<void(std::string_view)> out;
    std::function<void(std::string_view)> err;
    bool terminal = false;  // `out` is one: watch may redraw in place
    bool colour = false;
};

// How long the daemon may be silent where it should answer at once. It tells by itself after two seconds that
// its speaker is.
inline constexpr std::chrono::milliseconds kPatience{5000};

// The whole of hbctl. `arguments` without the program's name.
ExitCode run(const std::vector<std::string>& arguments, const Output& output,
             std::chrono::milliseconds patience = kPatience);

}  // namespace highbase::ctl
