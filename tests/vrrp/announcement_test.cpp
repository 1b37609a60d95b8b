// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/announcement.hpp"

#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

namespace {

Duration next(const AnnouncementSchedule& schedule) {
    const std::optional<TimePoint> time = schedule.next();
    return time ? *time - kStart : kNever;
}

}  // namespace

TEST_CASE("the burst: 0, 20, 100, 500 ms, 1, 2, 5 s; then each minute") {
    AnnouncementSchedule schedule{AnnouncePolicy::refresh, kStart};
    for (const Duration expected :
         std::initializer_list<Duration>{0ms, 20ms, 100ms, 500ms, 1s, 2s, 5s, 65s, 125s}) {
        CHECK(next(schedule) == expected);
        CHECK_FALSE(schedule.take_due(kStart + expected - 1ns));
        CHECK(schedule.take_due(kStart + expected));
        CHECK_FALSE(schedule.take_due(kStart + expected));
    }
}

TEST_CASE("after the burst of on_takeover nothing more is due") {
    AnnouncementSchedule schedule{AnnouncePolicy::on_takeover, kStart};
    CHECK(schedule.take_due(kStart + 5s));
    CHECK(next(schedule) == kNever);
    CHECK_FALSE(schedule.take_due(kStart + 24h));
}

TEST_CASE("of none nothing is ever due") {
    AnnouncementSchedule schedule{AnnouncePolicy::none, kStart};
    CHECK(next(schedule) == kNever);
    CHECK_FALSE(schedule.take_due(kStart));
    schedule.contend(kStart + 10s);
    schedule.restart(kStart + 20s);
    CHECK(next(schedule) == kNever);
    CHECK_FALSE(schedule.take_due(kStart + 24h));
}

TEST_CASE("the refresh counts from the last announcement, however late that was") {
    AnnouncementSchedule schedule{AnnouncePolicy::refresh, kStart};
    CHECK(schedule.take_due(kStart + 7s));
    CHECK(next(schedule) == 67s);
    CHECK(schedule.take_due(kStart + 70s));
    CHECK(next(schedule) == 130s);
}

TEST_CASE("contention a second after the burst began starts it again, earlier contention does not") {
    AnnouncementSchedule schedule{AnnouncePolicy::refresh, kStart};
    CHECK(schedule.take_due(kStart));
    schedule.contend(kStart + 999'999'999ns);
    CHECK(next(schedule) == 20ms);
    schedule.contend(kStart + 1s);
    CHECK(next(schedule) == 1s);
    CHECK(schedule.take_due(kStart + 1s));
    CHECK(next(schedule) == 1020ms);
}

TEST_CASE("contention long after the burst starts it again too, also without a refresh") {
    AnnouncementSchedule schedule{AnnouncePolicy::on_takeover, kStart};
    CHECK(schedule.take_due(kStart + 5s));
    schedule.contend(kStart + 1h);
    CHECK(next(schedule) == 1h);
}

TEST_CASE("a restart asks for no age") {
    AnnouncementSchedule schedule{AnnouncePolicy::refresh, kStart};
    CHECK(schedule.take_due(kStart));
    schedule.restart(kStart + 1ms);
    CHECK(next(schedule) == 1ms);
    CHECK(schedule.take_due(kStart + 1ms));
    CHECK(next(schedule) == 21ms);
}

TEST_CASE("schedules are values") {
    AnnouncementSchedule one{AnnouncePolicy::refresh, kStart};
    AnnouncementSchedule two{AnnouncePolicy::refresh, kStart};
    CHECK(one == two);
    CHECK(one.take_due(kStart));
    CHECK_FALSE(one == two);
    CHECK(two.take_due(kStart));
    CHECK(one == two);
    CHECK_FALSE(one == AnnouncementSchedule{AnnouncePolicy::none, kStart});
}
