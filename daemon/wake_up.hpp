// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "netlink/descriptor.hpp"

namespace highbase::daemon {

// One thread wakes another that waits in poll, epoll or Asio. Many calls may become one; none is lost.
class WakeUp {
public:
    WakeUp();  // throws std::system_error

    // From any thread, also in a signal handler. Never waits.
    void notify() noexcept;
    // Becomes readable with notify(), and is again not readable after acknowledge().
    [[nodiscard]] int descriptor() const { return event_.get(); }
    void acknowledge() noexcept;

private:
    netlink::Descriptor event_;
};

}  // namespace highbase::daemon
