// SPDX-License-Identifier: GPL-2.0-or-later
// A call that may take long, or never return, in a thread of its own, and its end on the event loop. Such a
// thread cannot be ended from outside: who does not want to wait any more gives it up, and it ends when its
// call returns.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>

#include "netlink/descriptor.hpp"
#include "netlink/result.hpp"
#include "process/slots.hpp"

namespace highbase::process {

class DetachedTask {
public:
    // `work` may be alone in the world one day: it owns all it touches, and does not throw. `done` is called
    // on the thread of `io`, never from within start(), once `work` has returned and its slot is free again;
    // never after the task has been destroyed, which it may do itself. Errors: no slot, no thread, or no
    // descriptor.
    static netlink::Result<std::unique_ptr<DetachedTask>> start(boost::asio::io_context& io, Slot slot,
                                                                std::function<void()> work,
                                                                std::function<void()> done);
    DetachedTask(const DetachedTask&) = delete;
    DetachedTask& operator=(const DetachedTask&) = delete;
    ~DetachedTask() = default;  // gives it up, without waiting

private:
    DetachedTask(boost::asio::io_context& io, netlink::Descriptor end);
    void wait(std::function<void()> done);

    boost::asio::posix::stream_descriptor end_;  // a pipe that nobody writes to; it ends with the thread
    char nothing_ = 0;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for a handler in the queue
};

}  // namespace highbase::process
