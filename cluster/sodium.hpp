// SPDX-License-Identifier: GPL-2.0-or-later
// libsodium wants to be asked before anything else is asked of it; it may be asked again.
#pragma once

#include <sodium.h>

#include <stdexcept>

namespace highbase::cluster {

// Throws std::runtime_error where the system gives no randomness.
inline void prepare_sodium() {
    if (sodium_init() < 0) throw std::runtime_error{"libsodium cannot be used on this system"};
}

}  // namespace highbase::cluster
