// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdlib>
#include <string>

namespace highbase::mysql {

// The program that the sessions run: this build's, or another one that the environment names.
inline std::string worker() {
    const char* other = std::getenv("HIGHBASE_WORKER");
    return other != nullptr ? other : HIGHBASE_WORKER;
}

}  // namespace highbase::mysql
