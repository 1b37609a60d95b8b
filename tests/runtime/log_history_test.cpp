// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/log_history.hpp"

#include "tests/catch.hpp"

namespace highbase::daemon {
namespace {

using namespace std::chrono_literals;

node::Report report(int number) {
    return {node::EventId::log_lost, {{"count", std::to_string(number)}}};
}

void fill(EventHistory& history, int count) {
    for (int i = 1; i <= count; ++i)
        history.append(status::WallTime{std::chrono::milliseconds{i}}, report(i));
}

TEST_CASE("An empty history") {
    const EventHistory history;
    const EventHistory::Page page = history.after(0, 10);
    CHECK(page.events.empty());
    CHECK(page.lost == 0);
    CHECK(page.last == 0);
    CHECK(history.after(77, 10).last == 0);
}

TEST_CASE("Events are numbered from one, and read in pages") {
    EventHistory history;
    CHECK(history.append(status::WallTime{1ms}, report(1)) ==
          status::Event{1, status::WallTime{1ms}, report(1)});
    CHECK(history.append(status::WallTime{2ms}, report(2)).sequence == 2);
    CHECK(history.append(status::WallTime{3ms}, report(3)).sequence == 3);

    const EventHistory::Page first = history.after(0, 2);
    REQUIRE(first.events.size() == 2);
    CHECK(first.events[0] == status::Event{1, status::WallTime{1ms}, report(1)});
    CHECK(first.events[1].sequence == 2);
    CHECK(first.last == 2);
    const EventHistory::Page second = history.after(2, 2);
    REQUIRE(second.events.size() == 1);
    CHECK(second.events[0].sequence == 3);
    CHECK(history.after(3, 2).events.empty());
    CHECK(history.after(3, 2).last == 3);
}

TEST_CASE("The oldest of more than a thousand events are lost, and counted") {
    EventHistory history;
    fill(history, 1000);
    CHECK(history.after(0, 5000).events.size() == 1000);
    CHECK(history.after(0, 5000).lost == 0);
    fill(history, 3);

    const EventHistory::Page page = history.after(0, 5000);
    CHECK(page.events.size() == 1000);
    CHECK(page.events.front().sequence == 4);
    CHECK(page.events.back().sequence == 1003);
    CHECK(page.lost == 3);
    CHECK(history.after(2, 1).lost == 1);
    CHECK(history.after(3, 1).lost == 0);
    CHECK(history.after(3, 1).events.front().sequence == 4);
}

TEST_CASE("A number from an earlier run of the daemon counts as the newest") {
    EventHistory history;
    fill(history, 3);
    const EventHistory::Page page = history.after(5000, 10);
    CHECK(page.events.empty());
    CHECK(page.lost == 0);
    CHECK(page.last == 3);
}

TEST_CASE("The listener hears of each event, until it is taken away") {
    EventHistory history;
    int heard = 0;
    history.set_listener([&heard] { ++heard; });
    fill(history, 2);
    CHECK(heard == 2);
    history.set_listener({});
    fill(history, 1);
    CHECK(heard == 2);
}

}  // namespace
}  // namespace highbase::daemon
