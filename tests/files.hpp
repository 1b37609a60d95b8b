// SPDX-License-Identifier: GPL-2.0-or-later
// What a test wants to know of a file.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace highbase::tests {

// "" also for a file that is not there.
inline std::string contents(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// The permissions, 0 for a file that is not there.
inline unsigned mode_of(const std::filesystem::path& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return 0;
    return about.st_mode & 07777U;
}

}  // namespace highbase::tests
