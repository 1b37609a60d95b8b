// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_queue.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

// `text` repeats the number, so that half of a record would be seen.
LogRecord numbered(int writer, int number) {
    LogRecord record;
    record.wall = status::WallTime{std::chrono::milliseconds{number}};
    record.size = static_cast<std::uint16_t>(writer);
    record.text.fill(static_cast<char>(number % 100));
    return record;
}

int number_of(const LogRecord& record) {
    return static_cast<int>(record.wall.time_since_epoch().count());
}

bool is_whole(const LogRecord& record) {
    const char mark = static_cast<char>(number_of(record) % 100);
    return std::ranges::all_of(record.text, [mark](char c) { return c == mark; });
}

TEST_CASE("Records come out in order, as many as fit, round after round") {
    const auto queue = std::make_unique<LogQueue>();
    LogRecord record;
    CHECK_FALSE(queue->pop(record));
    for (int round = 0; round < 3; ++round) {
        int pushed = 0;
        while (queue->push(numbered(0, pushed))) ++pushed;
        CHECK(pushed == 1024);
        int in_order = 0;
        for (int i = 0; i < 1024; ++i) in_order += queue->pop(record) && number_of(record) == i ? 1 : 0;
        CHECK(in_order == 1024);
        CHECK_FALSE(queue->pop(record));
    }
    CHECK(queue->taken() == 3072);
    CHECK(queue->reserved() == 3072);
}

TEST_CASE("One place that is freed is one place") {
    const auto queue = std::make_unique<LogQueue>();
    LogRecord record;
    for (int i = 0; i < 1024; ++i) REQUIRE(queue->push(numbered(0, i)));
    CHECK_FALSE(queue->push(numbered(0, 1024)));
    CHECK(queue->pop(record));
    CHECK(queue->push(numbered(0, 1024)));
    CHECK_FALSE(queue->push(numbered(0, 1025)));
}

TEST_CASE("Four writers at once: nothing is lost, doubled or torn, and each one's order is kept") {
    constexpr int kEach = 5000;
    const auto queue = std::make_unique<LogQueue>();
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < 4; ++writer) {
        writers.emplace_back([writer, &queue] {
            for (int i = 0; i < kEach; ++i) {
                while (!queue->push(numbered(writer, i))) std::this_thread::yield();
            }
        });
    }
    std::array<int, 4> next{};
    int wrong = 0;
    for (int taken = 0; taken < 4 * kEach;) {
        LogRecord record;
        if (!queue->pop(record)) {
            std::this_thread::yield();
            continue;
        }
        ++taken;
        if (number_of(record) != next.at(record.size)++ || !is_whole(record)) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(next == std::array<int, 4>{kEach, kEach, kEach, kEach});
}

}  // namespace
}  // namespace highbase::daemon
