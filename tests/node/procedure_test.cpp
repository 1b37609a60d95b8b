// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/procedure.hpp"

#include "tests/catch.hpp"

using namespace highbase;
using namespace std::chrono_literals;

namespace {

constexpr vrrp::TimePoint kNow{1h};

node::Step step(std::string_view name, vrrp::Duration deadline, bool may_fail = false) {
    return {name, replication::Execute{{std::string{name}}}, deadline, may_fail};
}

node::Procedure procedure() {
    return node::Procedure{{step("one", 2s), step("two", 500ms, true), step("three", 1s)}};
}

}  // namespace

TEST_CASE("a procedure does one step after the other") {
    node::Procedure all = procedure();
    CHECK(all.begin(kNow)->name == "one");
    CHECK(all.next_deadline() == kNow + 2s);
    CHECK(all.done(kNow + 10ms)->name == "two");
    CHECK(all.next_deadline() == kNow + 510ms);
    CHECK(all.done(kNow + 30ms)->name == "three");
    CHECK_FALSE(all.has_ended());
    CHECK(all.done(kNow + 60ms) == nullptr);
    CHECK(all.has_ended());
    CHECK(all.failure().empty());
    CHECK_FALSE(all.next_deadline());
    CHECK(all.timeline() == std::vector<node::StepTime>{{"one", 10ms}, {"two", 20ms}, {"three", 30ms}});
    CHECK(all.deeds_done() == std::vector<node::Deed>{replication::Execute{{"one"}},
                                                      replication::Execute{{"two"}},
                                                      replication::Execute{{"three"}}});
}

TEST_CASE("a step that fails ends a procedure, and says whose fault it was") {
    for (const bool against : {false, true}) {
        node::Procedure all = procedure();
        (void)all.begin(kNow);
        CHECK(all.failed(kNow + 5ms, "error 1", against) == nullptr);
        CHECK(all.has_ended());
        CHECK(all.failure() == "one: error 1");
        CHECK(all.is_against_server() == against);
        CHECK(all.timeline() == std::vector<node::StepTime>{{"one", 5ms}});
        CHECK(all.deeds_done().empty());
        // It is over, whatever comes late.
        CHECK(all.done(kNow + 6ms) == nullptr);
        CHECK(all.failed(kNow + 6ms, "error 2", false) == nullptr);
        CHECK(all.failure() == "one: error 1");
    }
}

TEST_CASE("a step that may fail is no end") {
    node::Procedure all = procedure();
    (void)all.begin(kNow);
    (void)all.done(kNow);
    CHECK(all.failed(kNow + 5ms, "error 1", true)->name == "three");
    CHECK(all.failure().empty());
    CHECK_FALSE(all.is_against_server());
    CHECK(all.deeds_done() == std::vector<node::Deed>{replication::Execute{{"one"}}});
}

TEST_CASE("a step that is not answered in time has failed") {
    node::Procedure all = procedure();
    (void)all.begin(kNow);
    CHECK(all.handle_timer(kNow + 1999ms) == nullptr);
    CHECK_FALSE(all.has_ended());
    CHECK(all.handle_timer(kNow + 2s) == nullptr);
    CHECK(all.failure() == "one: no answer within 2000 ms");
    CHECK(all.is_against_server());

    node::Procedure second = procedure();
    (void)second.begin(kNow);
    (void)second.done(kNow);
    CHECK(second.handle_timer(kNow + 500ms)->name == "three");
}
