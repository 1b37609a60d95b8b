// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "tests/catch.hpp"
#include "tests/files.hpp"

namespace highbase::daemon {

// A file of the source tree, by its name from the top; fails the test when it has nothing to read.
inline std::string source_file(const std::string& file) {
    std::string text = tests::contents(std::filesystem::path{HIGHBASE_SOURCE_DIR} / file);
    INFO(file);
    REQUIRE_FALSE(text.empty());
    return text;
}

}  // namespace highbase::daemon
