// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/run.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <string>

namespace highbase::process {
namespace {

// The thread that tends the program speaks first, unless it hangs itself.
constexpr std::chrono::milliseconds kPatience{200};

}  // namespace

Run::Run(boost::asio::io_context& io, const Slots& slots, Command command, Done done)
    : done_{std::move(done)}, last_{io} {
    last_.expires_after(command.deadline + command.grace + kPatience);
    child_ = std::make_shared<Child>(std::move(command));
    begin(io, slots.take());
}

Run::~Run() {
    child_->kill();
}

void Run::begin(boost::asio::io_context& io, Slot slot) {
    const auto refuse = [this, &io](const std::string& reason) {
        boost::asio::post(io, [this, alive = std::weak_ptr{alive_}, reason] {
            if (!alive.expired()) finish({NotStarted{reason}, {}, {}, false});
        });
    };
    if (!slot) return refuse("earlier programs have not ended");
    auto task = DetachedTask::start(
        io, std::move(slot), [child = child_] { child->tend(); }, [this] { finish(child_->outcome()); });
    if (!task) return refuse(task.error().message);
    task_ = std::move(*task);
    last_.async_wait([this, alive = std::weak_ptr{alive_}](const auto& error) {
        if (error || alive.expired()) return;
        child_->kill();
        finish(child_->outcome());
    });
}

void Run::finish(const Outcome& outcome) {
    if (!done_) return;
    last_.cancel();
    std::exchange(done_, nullptr)(outcome);
}

}  // namespace highbase::process
