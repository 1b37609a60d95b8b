// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/replication/promotion_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using replication::PromotionFailure;
using replication::PromotionStep;

TEST_CASE("a MariaDB replica becomes the primary: each step once, in this order") {
    PromotionStory story{plan()};
    story.ok().ok().sees(replica("0-1-100", "0-1-100")).ok().ok().ok().ok().ok().ok();
    CHECK(
        story.tasks() ==
        Lines{"close_road: 192.0.2.1 3306", "stop_receiver: STOP SLAVE IO_THREAD;", "read_received: look",
              "record_intent: epoch 7", "stop_applier: STOP SLAVE;",
              "leave_semi_sync: SET GLOBAL rpl_semi_sync_slave_kill_conn_timeout = 1; "
              "SET GLOBAL rpl_semi_sync_slave_enabled = OFF; SET GLOBAL rpl_semi_sync_master_enabled = OFF;",
              "forget_source: RESET SLAVE ALL;", "open: SET GLOBAL read_only = OFF;",
              "prove: REPLACE INTO highbase.epoch (epoch, node) VALUES (7, 'gw2');",
              "record_term: epoch 7 open"});
    CHECK_FALSE(story.is_promoted());
    story.ok();
    CHECK(story.is_promoted());
    CHECK(story.tasks() == Lines{});
    CHECK(story.promotion().next_deadline() == std::nullopt);
}

TEST_CASE("a MySQL replica: the same in its own words") {
    PromotionStory story{plan(kMysql)};
    CHECK(story.ok().tasks() ==
          Lines{"close_road: 192.0.2.1 3306", "stop_receiver: STOP REPLICA IO_THREAD FOR CHANNEL '';"});
    story.until(PromotionStep::end_applier).tasks();
    CHECK(story.ok().tasks() == Lines{"stop_applier: STOP REPLICA FOR CHANNEL '';"});
    CHECK(story.ok().ok().ok().tasks() ==
          Lines{"leave_semi_sync: SET GLOBAL rpl_semi_sync_replica_enabled = OFF; "
                "SET GLOBAL rpl_semi_sync_source_enabled = OFF;",
                "forget_source: RESET REPLICA ALL FOR CHANNEL '';",
                "open: SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF; "
                "SET GLOBAL offline_mode = OFF;"});
}

TEST_CASE("an applier that may not be ended keeps nobody from trying to stop it") {
    PromotionStory story{plan(kMysql)};
    story.until(PromotionStep::end_applier).tasks();
    SECTION("refused") {
        CHECK(story.fails("error 1095").tasks() == Lines{"stop_applier: STOP REPLICA FOR CHANNEL '';"});
    }
    SECTION("no answer") {
        CHECK(story.after(500ms).tasks() == Lines{"stop_applier: STOP REPLICA FOR CHANNEL '';"});
    }
}

TEST_CASE("what is not installed is not said") {
    replication::PromotionPlan without = plan(kMysql);
    without.has_semi_sync_source = false;
    PromotionStory half{without};
    half.until(PromotionStep::stop_applier).tasks();
    CHECK(half.ok().ok().ok().tasks().front() ==
          "leave_semi_sync: SET GLOBAL rpl_semi_sync_replica_enabled = OFF;");
    without.has_semi_sync_replica = false;
    PromotionStory none{without};
    none.until(PromotionStep::stop_applier).tasks();
    CHECK(none.ok().ok().tasks().front() == "forget_source: RESET REPLICA ALL FOR CHANNEL '';");
}

TEST_CASE("a server that follows nobody has nothing to receive, to drain or to forget") {
    replication::PromotionPlan alone = plan();
    alone.source.reset();
    PromotionStory story{alone};
    replication::ServerView view = replica("", "0-2-5");
    view.channels.clear();
    story.sees(view).ok().ok().ok().ok().ok();
    CHECK(story.is_promoted());
    const Lines tasks = story.tasks();
    REQUIRE(tasks.size() == 6);
    CHECK(tasks[0] == "read_received: look");
    CHECK(tasks[1] == "record_intent: epoch 7");
    CHECK(tasks[3] == "open: SET GLOBAL read_only = OFF;");
}

TEST_CASE("the witness is asked when nothing else can stop it, and before the journal") {
    replication::PromotionPlan asking = plan();
    asking.witness = 1s;
    PromotionStory story{asking};
    story.until(PromotionStep::ask_witness);
    CHECK(story.tasks().back() == "ask_witness: epoch 7");
    SECTION("yes") {
        CHECK(story.ok().tasks() == Lines{"record_intent: epoch 7"});
    }
    SECTION("no") {
        story.fails("it has begun");
        CHECK(story.failure() == replication::PromotionFailed{PromotionStep::ask_witness,
                                                              PromotionFailure::outvoted,
                                                              "it has begun",
                                                              {"START SLAVE IO_THREAD"}});
    }
    SECTION("nobody answers, and nobody is there") {
        story.hears_no_vote(false);
        CHECK(story.failure() == replication::PromotionFailed{PromotionStep::ask_witness,
                                                              PromotionFailure::witness_silent,
                                                              "gone",
                                                              {"START SLAVE IO_THREAD"}});
    }
    SECTION("nobody answers, and the other node is asked") {
        CHECK(story.hears_no_vote(true).tasks() == Lines{"ask_peer_instead: epoch 7"});
        CHECK(story.ok().tasks() == Lines{"record_intent: epoch 7"});
    }
    SECTION("neither answers") {
        story.hears_no_vote(true).after(3s);
        CHECK(story.failure().reason == "no answer within 3000 ms, and from the witness: gone");
    }
}

TEST_CASE("a term that needs no vote begins without an answer, and not after a no") {
    replication::PromotionPlan asking = plan();
    asking.witness = 1s;
    asking.needs_vote = false;
    PromotionStory story{asking};
    story.until(PromotionStep::ask_witness);
    (void)story.tasks();
    SECTION("no answer") {
        CHECK(story.hears_no_vote(false).tasks() == Lines{"record_intent: epoch 7"});
    }
    SECTION("no") {
        story.fails("it has begun");
        CHECK(story.failure().failure == PromotionFailure::outvoted);
    }
}

TEST_CASE("hooks come first, and a veto leaves the server as it was") {
    replication::PromotionPlan hooked = plan();
    hooked.hooks = 10s;
    PromotionStory story{hooked};
    CHECK(story.tasks() == Lines{"before_hooks: hooks"});
    story.fails("check-quota: exit code 1");
    CHECK(story.failure() ==
          replication::PromotionFailed{
              PromotionStep::before_hooks, PromotionFailure::vetoed, "check-quota: exit code 1", {}});
}

TEST_CASE("what was received is drained before anything is stopped") {
    PromotionStory story{plan()};
    story.ok().ok().sees(replica("0-1-100", "0-1-40"));
    story.tasks();
    CHECK(story.promotion().next_deadline() == kBeginning + 5ms);
    CHECK(story.after(4ms).tasks() == Lines{});
    CHECK(story.after(1ms).tasks() == Lines{"drain: look"});
    CHECK(story.sees(replica("0-1-100", "0-1-99")).tasks() == Lines{});
    CHECK(story.after(5ms).tasks() == Lines{"drain: look"});
    CHECK(story.sees(replica("0-1-100", "0-1-100")).tasks() == Lines{"record_intent: epoch 7"});
}

TEST_CASE("a drain that takes too long is given up: what is missing is said, and the replica goes on") {
    PromotionStory story{plan()};
    story.ok().ok();
    for (int i = 0; i < 2000; ++i) story.sees(replica("0-1-100", "0-1-40")).after(5ms);
    CHECK(story.now() == kBeginning + 10s);
    story.sees(replica("0-1-100", "0-1-40"));
    CHECK(story.failure().step == PromotionStep::drain);
    CHECK(story.failure().failure == PromotionFailure::drain_too_long);
    CHECK_THAT(story.failure().reason, Catch::Matchers::StartsWith("still to be applied: 0-1-100"));
    CHECK(story.failure().undo == replication::Statements{"START SLAVE IO_THREAD"});
}

TEST_CASE("an applier that breaks ends it, and nothing is started: the relay log would be thrown away") {
    PromotionStory story{plan()};
    story.ok().ok();
    replication::ServerView broken = replica("0-1-100", "0-1-40");
    broken.channels[0].applier = {false, false, 1062, "Duplicate entry '1' for key 'PRIMARY'"};
    story.sees(broken);
    CHECK(story.failure() == replication::PromotionFailed{
                                 PromotionStep::drain,
                                 PromotionFailure::applier_broken,
                                 "the applier has stopped: error 1062: Duplicate entry '1' for key 'PRIMARY'",
                                 {}});
}

TEST_CASE("a stopped applier is no obstacle where nothing is left to apply") {
    PromotionStory story{plan()};
    story.ok().ok();
    replication::ServerView stopped = replica("0-1-100", "0-1-100");
    stopped.channels[0].applier.running = false;
    story.tasks();
    CHECK(story.sees(stopped).tasks() == Lines{"record_intent: epoch 7"});
}

TEST_CASE("a replica that lacks what the old primary was known to have does not become one") {
    replication::PromotionPlan floored = plan();
    floored.floor = mariadb_at("0-1-101");
    PromotionStory story{floored};
    story.ok().ok().sees(replica("0-1-100", "0-1-100"));
    CHECK(story.failure().step == PromotionStep::check_floor);
    CHECK(story.failure().failure == PromotionFailure::below_floor);
    CHECK_THAT(story.failure().reason, Catch::Matchers::Contains("0-1-101"));
    CHECK(story.failure().undo == replication::Statements{"START SLAVE IO_THREAD"});

    floored.floor = mariadb_at("0-1-100");
    PromotionStory enough{floored};
    enough.ok().ok().sees(replica("0-1-100", "0-1-100"));
    CHECK(enough.promotion().step() == PromotionStep::record_intent);
}

TEST_CASE("somebody who starts the receiver again, or changes the source, is noticed") {
    PromotionStory story{plan()};
    story.ok().ok();
    replication::ServerView receiving = replica("0-1-100", "0-1-100");
    receiving.channels[0].receiver.running = true;
    story.sees(receiving);
    CHECK(story.failure().failure == PromotionFailure::changed_meanwhile);

    PromotionStory other{plan()};
    other.ok().ok();
    replication::ServerView alone = replica("", "0-1-100");
    alone.channels.clear();
    other.sees(alone);
    CHECK(other.failure().failure == PromotionFailure::changed_meanwhile);
}

TEST_CASE("without a packet filter the receiver is stopped all the same") {
    PromotionStory failed{plan()};
    failed.tasks();
    CHECK(failed.fails("nf_tables is missing").tasks() == Lines{"stop_receiver: STOP SLAVE IO_THREAD;"});
    PromotionStory silent{plan()};
    silent.tasks();
    CHECK(silent.after(100ms).tasks() == Lines{"stop_receiver: STOP SLAVE IO_THREAD;"});
}

TEST_CASE("each step that is not answered in time ends it, and is undone as far as it goes") {
    const auto [step, deadline, undo] = GENERATE(table<PromotionStep, vrrp::Duration, std::string>({
        {PromotionStep::stop_receiver, 3s, "START SLAVE IO_THREAD"},
        {PromotionStep::read_received, 500ms, "START SLAVE IO_THREAD"},
        {PromotionStep::record_intent, 500ms, "START SLAVE IO_THREAD"},
        {PromotionStep::stop_applier, 2s, ""},
        {PromotionStep::leave_semi_sync, 500ms, ""},
        {PromotionStep::forget_source, 1s, ""},
        {PromotionStep::open, 1s, "SET GLOBAL read_only = ON"},
        {PromotionStep::prove, 1s, "SET GLOBAL read_only = ON"},
        {PromotionStep::record_term, 500ms, "SET GLOBAL read_only = ON"},
    }));
    CAPTURE(replication::row(step).name);
    PromotionStory story{plan()};
    story.until(step);
    CHECK(story.promotion().next_deadline() == story.now() + deadline);
    story.after(deadline - 1ns);
    CHECK_FALSE(story.promotion().outcome());
    story.after(1ns);
    CHECK(story.failure().step == step);
    CHECK(story.failure().failure == PromotionFailure::no_answer);
    CHECK(story.failure().undo == (undo.empty() ? replication::Statements{} : replication::Statements{undo}));
}

TEST_CASE("an answer that comes too late, or twice, changes nothing") {
    PromotionStory story{plan()};
    const std::uint32_t first = story.number();
    story.ok();
    story.tasks();
    CHECK_FALSE(story.promotion().handle(story.now(), replication::TaskDone{first, {}}));
    CHECK_FALSE(story.promotion().handle(story.now(), replication::TaskFailed{first, "late"}));
    CHECK(story.promotion().step() == PromotionStep::stop_receiver);
    story.after(3s);
    story.ok();
    CHECK(story.failure().failure == PromotionFailure::no_answer);
    CHECK(story.tasks() == Lines{});
}

TEST_CASE("an election that is lost meanwhile ends it") {
    PromotionStory story{plan()};
    story.until(PromotionStep::open);
    story.promotion().give_up(story.now(), "the election is lost");
    CHECK(story.failure() == replication::PromotionFailed{PromotionStep::open,
                                                          PromotionFailure::changed_meanwhile,
                                                          "the election is lost",
                                                          {"SET GLOBAL read_only = ON"}});
    story.promotion().give_up(story.now(), "again");
    CHECK(story.failure().reason == "the election is lost");
}

TEST_CASE("the timeline has each step with its times") {
    PromotionStory story{plan()};
    story.after(2ms).ok().after(16ms).ok();
    const std::vector<replication::StepTime>& timeline = story.promotion().timeline();
    REQUIRE(timeline.size() == 3);
    CHECK(timeline[0] == replication::StepTime{PromotionStep::close_road, kBeginning, kBeginning + 2ms});
    CHECK(timeline[1] ==
          replication::StepTime{PromotionStep::stop_receiver, kBeginning + 2ms, kBeginning + 18ms});
    CHECK(timeline[2].step == PromotionStep::read_received);
}

TEST_CASE("every row of the table stands at its step's place and says what it does") {
    std::size_t i = 0;
    for (const replication::PromotionRow& row : replication::promotion_table()) {
        CHECK(static_cast<std::size_t>(row.step) == i++);
        CHECK_FALSE(row.name.empty());
        CHECK_FALSE(row.does.empty());
    }
}

TEST_CASE("where the tables are missing they are made, once") {
    PromotionStory story{plan()};
    story.until(PromotionStep::prove);
    (void)story.tasks();
    story.fails("error 1146: Table 'highbase.epoch' doesn't exist");
    const Lines tasks = story.tasks();
    REQUIRE(tasks.size() == 1);
    CHECK(tasks[0].starts_with("prove: CREATE DATABASE IF NOT EXISTS highbase; CREATE TABLE IF NOT EXISTS "));
    CHECK(tasks[0].ends_with("; REPLACE INTO highbase.epoch (epoch, node) VALUES (7, 'gw2');"));
    story.fails("error 1044: Access denied");
    CHECK(story.failure().failure == PromotionFailure::refused);
    CHECK(story.failure().reason == "error 1044: Access denied");
}

TEST_CASE("a server that has been restarted since it was looked at is not promoted") {
    PromotionStory story{plan()};
    story.until(PromotionStep::read_received);
    highbase::replication::ServerView view = replica("0-1-100", "0-1-100");
    view.uptime = 3s;
    story.sees(view);
    CHECK(story.failure().failure == PromotionFailure::changed_meanwhile);
    CHECK(story.failure().reason == "the server has been restarted");
}
