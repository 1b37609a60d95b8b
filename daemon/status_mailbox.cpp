// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/status_mailbox.hpp"

#include <utility>

namespace highbase::daemon {

bool StatusMailbox::ask() noexcept {
    if (phase_.load(std::memory_order_acquire) == Phase::asked) return false;
    phase_.store(Phase::asked, std::memory_order_release);
    asked_.notify();
    return true;
}

const status::Status* StatusMailbox::answer() noexcept {
    answered_.acknowledge();
    return phase_.load(std::memory_order_acquire) == Phase::answered ? &status_ : nullptr;
}

bool StatusMailbox::is_asked() noexcept {
    asked_.acknowledge();
    return phase_.load(std::memory_order_acquire) == Phase::asked;
}

void StatusMailbox::reply(status::Status status) {
    status_ = std::move(status);
    phase_.store(Phase::answered, std::memory_order_release);
    answered_.notify();
}

}  // namespace highbase::daemon
