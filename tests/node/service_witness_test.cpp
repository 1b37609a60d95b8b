// SPDX-License-Identifier: GPL-2.0-or-later
// What a service asks the witness, and what it does with an answer, and with none.
#include "node/permission.hpp"
#include "node/vote.hpp"
#include "tests/node/service_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using cluster::Eligibility;
using cluster::Epoch;
using cluster::Role;
using cluster::Term;
using node::Phase;
using witness::Record;

namespace {

const std::string kNoWaits = "SET GLOBAL rpl_semi_sync_master_enabled = OFF";

node::ServiceSettings with_witness() {
    node::ServiceSettings settings = service_settings();
    settings.witness = 1s;
    return settings;
}

cluster::ServiceState voting(cluster::ServiceState state) {
    state.votes = true;
    return state;
}

Lines agrees(ServiceStory& story, const Record& record) {
    return story.handle(node::WitnessAnswered{story.task(), witness::Yes{record}});
}
Lines denies(ServiceStory& story, witness::Refusal refusal, const std::optional<Record>& record) {
    return story.handle(node::WitnessAnswered{story.task(), witness::No{refusal, record}});
}
Lines no_vote(ServiceStory& story) {
    return story.handle(
        node::WitnessAnswered{story.task(), witness::Unknown{{witness::TroubleKind::unreachable, "gone"}}});
}

// "b" in sync with "a", which votes too.
struct VotingReplica : InSyncReplica {
    VotingReplica() : InSyncReplica{with_witness()} {
        handle(fresh(voting(primary_says(3, "0-1-100", true))));
        sees(replica_view("0-1-100"));
    }
    // It has won, and is about to ask.
    Lines until_it_asks() {
        Lines last = handle(node::Won{});
        for (int i = 0; i < 20 && only(last, "ask the witness").empty(); ++i)
            last = looked(stopped_view("0-1-100", "0-1-100"));
        return only(last, "ask the witness");
    }
};

// "b" in term 4, with "a" in sync; the witness knows.
struct VotingPrimary : WaitingPrimary {
    VotingPrimary() : WaitingPrimary{with_witness()} {}
};

// "a" is heard, and votes: whether that is asked then, or with the next look.
bool voting_peer(ServiceStory& story, const std::string& question) {
    if (!only(story.handle(fresh(voting(replica_says(4, "0-2-100")))), question).empty()) return true;
    return !only(story.sees(primary_view("0-2-100", true)), question).empty();
}

}  // namespace

TEST_CASE("a promotion on silence asks when everything is there, and begins with a yes") {
    VotingReplica story;
    story.handle(silent());
    const Lines question = story.until_it_asks();
    CHECK(question == Lines{"task " + std::to_string(story.task()) + ": ask the witness: term 4 of b"});
    const Lines lines = agrees(story, {Epoch{4}, "b", std::nullopt});
    CHECK(only(lines, "witness_agreed") == Lines{"witness_agreed record=term 4 is b's, alone"});
    CHECK(only(lines, "journal term 4 promoting").size() == 1);
}

TEST_CASE("a no ends the promotion, and the box holds still until the other one is heard") {
    VotingReplica story;
    story.handle(silent());
    REQUIRE(story.until_it_asks().size() == 1);
    const Lines lines = denies(story, witness::Refusal::not_in_sync, Record{Epoch{3}, "a", std::nullopt});
    REQUIRE(only(lines, "promotion_failed").size() == 1);
    CHECK(only(lines, "promotion_failed")[0].starts_with(
        "promotion_failed step=ask_witness failure=outvoted reason=the witness: no: not_in_sync"));
    CHECK(only(lines, "START SLAVE IO_THREAD").empty());  // the road first
    CHECK(story.said().eligibility == Eligibility::no_vote);
    CHECK_FALSE(story.said().in_sync);
    (void)story.wait(60s);
    CHECK(story.said().eligibility == Eligibility::no_vote);
    story.handle(fresh(voting(primary_says(3, "0-1-100", true))));
    CHECK(story.said().eligibility != Eligibility::no_vote);
}

TEST_CASE("no answer forbids a promotion on silence, and it is tried again") {
    VotingReplica story;
    story.handle(silent());
    REQUIRE(story.until_it_asks().size() == 1);
    const Lines lines = no_vote(story);
    CHECK(lines[0] == "witness_silent reason=gone");
    REQUIRE(only(lines, "promotion_failed").size() == 1);
    CHECK(only(lines, "promotion_failed")[0].starts_with(
        "promotion_failed step=ask_witness failure=witness_silent"));
    CHECK(story.said().eligibility == Eligibility::hold_down);
    CHECK(story.said().in_sync);
}

TEST_CASE("a box that hands over is asked in place of a witness that does not answer") {
    VotingReplica story;
    cluster::ServiceState resigns = voting(said(Role::none, 3, "0-1-100"));
    resigns.word = cluster::Resign{Epoch{3}, "b", {"0-1-100", false}};
    story.handle(fresh(resigns));
    Lines last = story.handle(node::Won{});
    for (int i = 0; i < 20 && only(last, "ask the witness").empty(); ++i)
        last = story.looked(i == 0 ? replica_view("0-1-100") : stopped_view("0-1-100", "0-1-100"));
    REQUIRE(only(last, "ask the witness").size() == 1);
    CHECK(only(no_vote(story), "task").empty());
    CHECK(story.said().epoch == Epoch{4});  // which asks
    CHECK(story.said().role == Role::none);
    resigns.epoch = Epoch{4};
    resigns.foreign_term = true;
    CHECK(only(story.handle(fresh(resigns)), "journal term 4 promoting").size() == 1);
}

TEST_CASE("a primary whose replica is gone asks, and goes on alone after a yes: vote, journal, deed") {
    VotingPrimary story;
    replication::ServerView attached = primary_view("0-2-100", true);
    CHECK(voting_peer(story, "ask the witness: term 4 of b first undisputed"));
    (void)agrees(story, {Epoch{4}, "b", std::nullopt});
    CHECK(only(story.sees(attached), "ask the witness: a in sync with b in term 4").size() == 1);
    (void)agrees(story, {Epoch{4}, "b", "a"});
    (void)story.sees(attached);
    replication::ServerView gone = attached;
    gone.semi_sync.clients = 0;
    story.handle(silent());
    CHECK(only(story.sees(gone), "task").empty());
    story.pass(2s);
    REQUIRE(only(story.sees(gone), "ask the witness: b alone in term 4").size() == 1);
    SECTION("yes") {
        CHECK(only(agrees(story, {Epoch{4}, "b", std::nullopt}), "journal term 4 held alone").size() == 1);
        CHECK(only(story.done(), kNoWaits).size() == 1);
    }
    SECTION("no answer") {
        CHECK(only(no_vote(story), "task").empty());
        CHECK(only(story.sees(gone), "replica_missed").empty());  // told at once
        CHECK(node::waits_in_vain(story.service().snapshot().facts) ==
              "the replica is not heard, and the witness does not say yes; bring the replica back; where its "
              "box is certainly off: hbctl solo");
        CHECK(story.said().in_sync);
    }
    SECTION("another one has begun") {
        const Lines end = denies(story, witness::Refusal::later_epoch, Record{Epoch{5}, "a", std::nullopt});
        CHECK(only(end, "role_lost") == Lines{"role_lost reason=the witness says: term 5 is a's, alone"});
        CHECK(only(end, "leave").size() == 1);
        CHECK(story.service().phase() == Phase::idle);
    }
}

TEST_CASE("an operator's solo needs no answer, and a no stands against it") {
    VotingPrimary story;
    REQUIRE(voting_peer(story, "ask the witness"));
    (void)agrees(story, {Epoch{4}, "b", std::nullopt});
    story.handle(silent());
    (void)story.handle(node::OrderGiven{node::Order::solo, false});
    (void)story.sees(primary_view("0-2-100", true));
    SECTION("no answer") {
        CHECK(only(no_vote(story), "journal term 4 held alone").size() == 1);
    }
    SECTION("a no") {
        (void)denies(story, witness::Refusal::later_epoch, Record{Epoch{6}, "a", std::nullopt});
        CHECK(story.service().phase() == Phase::idle);
    }
}

TEST_CASE("a witness that the other box does not ask does not count") {
    InSyncReplica story{with_witness()};
    CHECK(story.said().votes);
    CHECK_FALSE(node::asks_witness(story.service().snapshot().facts));
    story.handle(silent());
    Lines all = story.handle(node::Won{});
    for (int i = 0; i < 12 && story.service().phase() == Phase::promoting; ++i)
        for (const std::string& line : story.looked(stopped_view("0-1-100", "0-1-100"))) all.push_back(line);
    CHECK(only(all, "ask the witness").empty());
    CHECK(story.service().phase() == Phase::primary);
}

TEST_CASE("the owner of the last term asks for the next one, although nobody is heard") {
    ServiceStory story{with_witness()};
    story.handle(node::JournalRead{journal(4, Term::held, false)});
    story.handle(silent());
    story.sees(server_view("0-2-100"));
    CHECK(story.said().eligibility == Eligibility::eligible);
    Lines last = story.handle(node::Won{});
    for (int i = 0; i < 5 && only(last, "ask the witness").empty(); ++i)
        last = story.looked(server_view("0-2-100"));
    CHECK(only(last, "ask the witness: term 5 of b").size() == 1);
    (void)no_vote(story);
    CHECK(story.service().phase() == Phase::idle);
}

TEST_CASE("a term that was allowed and not begun is given back to the primary that goes on") {
    VotingReplica story;
    story.handle(silent());
    REQUIRE(story.until_it_asks().size() == 1);
    const std::uint32_t question = story.task();
    story.handle(node::Lost{});
    // The answer comes when nobody waits for it any more.
    story.handle(node::WitnessAnswered{question, witness::Yes{{Epoch{4}, "b", std::nullopt}}});
    story.handle(fresh(voting(primary_says(3, "0-1-100", true))));
    Lines all;
    for (int i = 0; i < 10 && only(all, "ask the witness").empty(); ++i) {
        story.pass(1s);
        for (const std::string& line : story.sees(replica_view("0-1-100"))) all.push_back(line);
        if (!only(all, "ask the witness").empty()) break;
        for (const std::string& line : story.done()) all.push_back(line);
    }
    CHECK(only(all, "ask the witness: a in sync with b in term 4").size() == 1);
}

TEST_CASE("each row of the tables says what it is, and what helps") {
    for (const node::Mode mode : {node::Mode::lossless, node::Mode::available}) {
        for (const node::Permission& row : node::permissions(mode)) {
            CAPTURE(row.name);
            CHECK_FALSE(row.who.empty());
            CHECK_FALSE(row.evidence.empty());
            CHECK(row.missing.empty() == (row.name == "ordered"));
            CHECK(row.remedy.empty() == row.missing.empty());
            CHECK(row.reason.empty() == (row.act == node::Act::begin_term));
        }
    }
    for (const node::Veto& veto : node::vetoes()) CHECK_FALSE(veto.remedy.empty());
}
