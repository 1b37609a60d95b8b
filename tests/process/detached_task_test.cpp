// SPDX-License-Identifier: GPL-2.0-or-later
#include "process/detached_task.hpp"

#include <sched.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
#include <future>
#include <thread>

#include "tests/catch.hpp"

namespace highbase::process {
namespace {

using namespace std::chrono_literals;

// A loop that ends where nothing is left to wait for, or after a while that nobody waits in a test that
// passes.
void run(boost::asio::io_context& io) {
    io.restart();
    io.run_for(20s);
}

struct Gate {
    std::promise<void> promise;
    std::shared_future<void> opened{promise.get_future()};
};

TEST_CASE("work is done elsewhere, and its end is told here, with its slot free again") {
    boost::asio::io_context io{1};
    const Slots slots{1};
    const auto worker = std::make_shared<std::atomic<std::thread::id>>();
    const auto policy = std::make_shared<std::atomic<int>>(-1);
    bool done = false;
    const auto task = DetachedTask::start(
        io, slots.take(),
        [worker, policy] {
            worker->store(std::this_thread::get_id());
            policy->store(::sched_getscheduler(0));
        },
        [&] {
            done = true;
            CHECK(slots.taken() == 0);
        });
    REQUIRE(task);
    CHECK_FALSE(done);
    run(io);
    CHECK(done);
    CHECK(worker->load() != std::thread::id{});
    CHECK(worker->load() != std::this_thread::get_id());
    CHECK(policy->load() == SCHED_OTHER);
}

TEST_CASE("work that hangs is given up and keeps its slot until it returns") {
    boost::asio::io_context io{1};
    const Slots slots{1};
    Gate gate;
    bool done = false;
    {
        const auto task = DetachedTask::start(
            io, slots.take(), [opened = gate.opened] { opened.wait(); }, [&] { done = true; });
        REQUIRE(task);
        io.poll();
    }
    run(io);  // nothing is waited for
    CHECK(slots.taken() == 1);
    CHECK(slots.take() == nullptr);
    gate.promise.set_value();
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (slots.taken() != 0 && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
    CHECK(slots.take() != nullptr);
    CHECK_FALSE(done);
}

TEST_CASE("without a slot nothing is begun") {
    boost::asio::io_context io{1};
    const Slots slots{1};
    const Slot taken = slots.take();
    const auto done = std::make_shared<std::atomic<bool>>(false);
    const auto task = DetachedTask::start(
        io, slots.take(), [done] { done->store(true); }, [done] { done->store(true); });
    REQUIRE_FALSE(task);
    CHECK(task.error().message == "earlier ones have not ended");
    run(io);
    CHECK_FALSE(done->load());
}

TEST_CASE("a task that ends with its handler in the queue tells nothing") {
    boost::asio::io_context io{1};
    const Slots slots{1};
    Gate gate;
    bool done = false;
    auto task = DetachedTask::start(
        io, slots.take(), [opened = gate.opened] { opened.wait(); }, [&] { done = true; });
    REQUIRE(task);
    // Runs first; the end comes while it waits, and its handler after the second.
    boost::asio::post(io, [&] {
        gate.promise.set_value();
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (slots.taken() != 0 && std::chrono::steady_clock::now() < end) {}
        std::this_thread::sleep_for(20ms);
        boost::asio::post(io, [&] { task->reset(); });
    });
    run(io);
    CHECK_FALSE(done);
}

}  // namespace
}  // namespace highbase::process
