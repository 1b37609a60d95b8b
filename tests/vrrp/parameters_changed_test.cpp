// SPDX-License-Identifier: GPL-2.0-or-later
// A configuration that is read again while a router runs. Before: priority 100, interval 1 s.
#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("a Backup of another priority has another skew: the running timer moves by the difference") {
    Story router = backup();
    CHECK(router.at(1s, ParametersChanged{with_priority(200)}) == kNothing);
    CHECK(router.deadline() == 3'218'750us);  // 56/256 s instead of 156/256 s
    CHECK(router.at(1s, ParametersChanged{with_priority(1)}) == kNothing);
    CHECK(router.deadline() == 3'996'093'750ns);
    CHECK(router.at(1s, ParametersChanged{with_priority(100)}) == kNothing);
    CHECK(router.deadline() == 3'609'375us);
}

TEST_CASE("the skew is of the learned interval") {
    Story router = backup();
    (void)router.at(1s, heard(250, Centiseconds{10}));
    CHECK(router.deadline() == 1'360'937'500ns);
    (void)router.at(1s, ParametersChanged{with_priority(200)});
    CHECK(router.deadline() == 1'321'875us);
}

TEST_CASE("a timer that would lie in the past is due now") {
    Story router = backup();
    CHECK(router.at(3'500ms, ParametersChanged{with_priority(254)}) == kNothing);
    CHECK(router.deadline() == 3'500ms);
    CHECK(router.wake_in_time() == Actions{send(254), kAcquire});
}

TEST_CASE("from then on the new priority decides who is superior") {
    Story router = backup();
    (void)router.at(1s, ParametersChanged{with_priority(150)});
    CHECK(router.at(2s, heard(149)) == kNothing);  // discarded
    CHECK(router.deadline() == 3'414'062'500ns);
    CHECK(router.at(2s, heard(150)) == kNothing);
    CHECK(router.deadline() == 5'414'062'500ns);
    Story other = active();
    (void)other.at(1ms, ParametersChanged{with_priority(150)});
    CHECK(other.at(2ms, heard(149)) == Actions{send(150)});
    CHECK(other.at(3ms, heard(151)) == Actions{kRelease});
}

TEST_CASE("an Active tells a new priority at once, without leaving") {
    Story router = serving();
    CHECK(router.at(300ms, ParametersChanged{with_priority(150)}) == Actions{send(150)});
    CHECK(router.state() == "active adver=1300 last=300 renew=1000 announce=20");
}

TEST_CASE("an Active tells a new interval at once, for its Backups count on the old one") {
    Story slower = active();
    CHECK(slower.at(300ms, ParametersChanged{{.advertisement_interval = Centiseconds{500}}}) ==
          Actions{send(100)});
    CHECK(slower.deadline() == 5'300ms);
    Story faster = active();
    CHECK(faster.at(300ms, ParametersChanged{{.advertisement_interval = Centiseconds{1}}}) ==
          Actions{send(100)});
    CHECK(faster.deadline() == 310ms);
    CHECK(faster.at(320ms, TimerExpired{10ms}) == Actions{send(100)});
    CHECK(faster.is_active());
}

TEST_CASE("a Backup keeps the interval that it learned") {
    Story router = backup();
    (void)router.at(1s, heard(200, Centiseconds{10}));
    (void)router.at(1s, ParametersChanged{{.advertisement_interval = Centiseconds{500}}});
    CHECK(router.state() == "backup A=100 down=1360.9375 preempt=0");
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
    CHECK(router.deadline() == 6'360'937'500ns);
}

TEST_CASE("what is not on the wire is not told") {
    Story router = active();
    CHECK(router.at(1ms, ParametersChanged{{.preempt_mode = false, .preempt_delay = 5s, .hold_down = 1s}}) ==
          kNothing);
    CHECK(router.state() == "active adver=1000 last=0");
    CHECK(router.at(2ms, AcquisitionFailed{}) == Actions{kRelease, send(0)});
    CHECK(router.router().held_down_until() == kStart + 3'609'375us + 1'002ms);
}

TEST_CASE("a new announcement policy begins with its burst") {
    Story router = serving({.announce = AnnouncePolicy::none});
    CHECK(router.at(10s, ParametersChanged{{.announce = AnnouncePolicy::refresh}}) == Actions{kRelease});
    // (that one slept: 10 s without an advertisement)
    Story awake = serving({.announce = AnnouncePolicy::none});
    CHECK(awake.at(300ms, ParametersChanged{{.announce = AnnouncePolicy::refresh}}) == kNothing);
    CHECK(awake.deadline() == 300ms);
    CHECK(awake.wake_in_time() == Actions{kAnnounce});
    CHECK(awake.deadline() == 320ms);
    CHECK(awake.at(310ms, ParametersChanged{{.announce = AnnouncePolicy::none}}) == kNothing);
    CHECK(awake.deadline() == 1s);
}

TEST_CASE("the same parameters once more change nothing") {
    Story router = serving();
    (void)router.at(20ms, TimerExpired{});
    const std::string before = router.state();
    CHECK(router.at(30ms, ParametersChanged{{}}) == kNothing);
    CHECK(router.state() == before);
}

TEST_CASE("a router that is not started starts with the new ones") {
    Story router;
    CHECK(router.at(0s, ParametersChanged{with_priority(255)}) == kNothing);
    CHECK(router.is_initialize());
    CHECK(router.at(1s, Startup{kOwnAddress}) == Actions{send(255), kAcquire});
}

TEST_CASE("a Backup whose Preempt_Mode is switched off follows whom it would have replaced") {
    Story router = backup();
    (void)router.at(1s, heard(1));
    CHECK(router.deadline() == 3'609'375us);
    (void)router.at(2s, ParametersChanged{{.preempt_mode = false}});
    (void)router.at(3s, heard(1));
    CHECK(router.deadline() == 6'609'375us);
}
