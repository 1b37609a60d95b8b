// SPDX-License-Identifier: GPL-2.0-or-later
// An Active that leaves may name its successor, which then waits for nobody. Priority 100, interval 1 s.
#include "tests/vrrp/story.hpp"

using namespace highbase::vrrp;
using namespace highbase::tests;

TEST_CASE("a named successor takes over at once, without Skew_Time") {
    Story router = backup();
    (void)router.at(1s, heard(200));
    CHECK(router.at(1500ms, NamedSuccessor{}) == kNothing);
    CHECK(router.deadline() == 1500ms);
    CHECK(router.wake_in_time() == Actions{send(100), kAcquire});
}

TEST_CASE("its ears need not be open: it was heard by another way that the Active lives no more") {
    Story router;
    (void)router.at(0s, Startup{kOwnAddress});
    (void)router.at(1s, NamedSuccessor{});
    CHECK(router.deadline() == 1s);
}

TEST_CASE("who may not take over does not, named or not") {
    Story ineligible = backup();
    (void)ineligible.at(1s, EligibilityChanged{false});
    (void)ineligible.at(2s, NamedSuccessor{});
    CHECK(ineligible.deadline() == kNever);
    Story held = backup();
    (void)held.at(1s, Resign{10s});
    (void)held.at(2s, NamedSuccessor{});
    CHECK(held.deadline() == 11s);
}

TEST_CASE("an Active, and a router that is not running, have nothing to succeed to") {
    Story router = serving();
    const std::string before = router.state();
    CHECK(router.at(10ms, NamedSuccessor{}) == kNothing);
    CHECK(router.state() == before);
    Story stopped;
    CHECK(stopped.at(10ms, NamedSuccessor{}) == kNothing);
    CHECK(stopped.deadline() == kNever);
}
