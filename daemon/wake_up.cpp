// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/wake_up.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace highbase::daemon {

WakeUp::WakeUp() : event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (!event_) throw std::system_error{errno, std::generic_category(), "eventfd"};
}

void WakeUp::notify() noexcept {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then it is readable.
    [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

void WakeUp::acknowledge() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = ::read(event_.get(), &count, sizeof count);
}

}  // namespace highbase::daemon
