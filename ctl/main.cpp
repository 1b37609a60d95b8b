// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "ctl/run.hpp"

namespace {

void print(std::FILE* file, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
}

// https://no-color.org: any value but an empty one.
bool colour_wanted() {
    const char* const no_color = std::getenv("NO_COLOR");
    return no_color == nullptr || *no_color == '\0';
}

}  // namespace

int main(int argc, char* argv[]) {
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    const highbase::ctl::Output output{
        .out = [](std::string_view text) { print(stdout, text); },
        .err = [](std::string_view text) { print(stderr, text); },
        .terminal = terminal,
        .colour = terminal && colour_wanted(),
    };
    return static_cast<int>(highbase::ctl::run({argv + 1, argv + argc}, output));
}
