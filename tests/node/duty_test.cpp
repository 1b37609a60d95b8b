// SPDX-License-Identifier: GPL-2.0-or-later
// What is to be done to a server: when, and with which words.
#include "node/duty.hpp"

#include <functional>

#include "tests/node/service_story.hpp"

using namespace highbase;
using namespace highbase::tests;
using cluster::Role;
using cluster::Term;
using node::DutyKind;
using node::Phase;
using node::ServerState;
using node::ServiceFacts;

namespace {

using Change = std::function<void(ServiceFacts&)>;

// In order: nothing is to be done.
ServiceFacts replica() {
    ServiceFacts facts;
    facts.settings = service_settings();
    facts.journal = journal(3);
    facts.journal->in_sync = cluster::SyncMemory{};
    facts.server = ServerState::up;
    facts.view = replica_view("0-1-100");
    facts.view_is_current = true;
    facts.in_sync = true;
    facts.road_closed = false;
    facts.peer = fresh(primary_says(3, "0-1-100", true));
    return facts;
}
ServiceFacts primary() {
    ServiceFacts facts = replica();
    facts.phase = Phase::primary;
    facts.journal = journal(4, Term::held);
    facts.in_sync = false;
    facts.view = primary_view("0-2-100", true);
    facts.peer = fresh(replica_says(4, "0-2-100"));
    return facts;
}

// "fence: task; task", by importance.
Lines owed(const ServiceFacts& facts) {
    Lines lines;
    for (const node::Duty& duty : node::duties(facts)) {
        std::string line{node::name(duty.kind)};
        for (const node::Step& step : duty.steps) {
            const std::string task = describe(node::ServiceAction{node::Task{0, {}, {}, step.deed}});
            line += " | " + task.substr(8);
            if (step.may_fail) line += " (may fail)";
        }
        lines.push_back(line);
    }
    return lines;
}
Lines after(ServiceFacts facts, const Change& change) {
    change(facts);
    return owed(facts);
}
Lines kinds(const ServiceFacts& facts) {
    Lines lines;
    for (const node::Duty& duty : node::duties(facts)) lines.emplace_back(node::name(duty.kind));
    return lines;
}

const std::string kFence =
    "fence | SET GLOBAL read_only = ON (may fail) | evict clients (may fail) | SET GLOBAL read_only = ON";
const std::string kWaitOn =
    "SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC', rpl_semi_sync_master_wait_no_slave = ON, "
    "rpl_semi_sync_master_timeout = 3153600000000; SET GLOBAL rpl_semi_sync_master_enabled = ON";
const std::string kWaitASecond =
    "wait | SET GLOBAL rpl_semi_sync_master_wait_point = 'AFTER_SYNC', rpl_semi_sync_master_wait_no_slave = "
    "ON, "
    "rpl_semi_sync_master_timeout = 1000; SET GLOBAL rpl_semi_sync_master_enabled = ON";
const std::string kBetweenCommits =
    "[BACKUP STAGE START; BACKUP STAGE BLOCK_COMMIT] " + kWaitOn + " [BACKUP STAGE END]";
const std::string kAcknowledge =
    "SET GLOBAL rpl_semi_sync_slave_kill_conn_timeout = 1; SET GLOBAL rpl_semi_sync_slave_enabled = ON";

}  // namespace

TEST_CASE("a replica in order and a primary in order owe nothing") {
    CHECK(owed(replica()) == Lines{});
    CHECK(owed(primary()) == Lines{});
}

TEST_CASE("while a role changes nothing is a duty; without a journal only to close the server is") {
    for (const Phase phase : {Phase::promoting, Phase::demoting})
        CHECK(after(replica(), [&](ServiceFacts& f) {
                  f.phase = phase;
                  f.maybe_open = true;
              }) == Lines{});
    CHECK(after(replica(), [](ServiceFacts& f) {
              f.journal.reset();
              f.peer.state->epoch = cluster::Epoch{5};
          }) == Lines{});
    CHECK(after(replica(), [](ServiceFacts& f) {
              f.journal.reset();
              f.maybe_open = true;
          }) == Lines{kFence});
    CHECK(after(primary(), [](ServiceFacts& f) {
              f.journal.reset();
              f.view->read_only = true;
          }) == Lines{});
}

TEST_CASE("a later term is written down, whatever the server does") {
    const Change later = [](ServiceFacts& f) { f.peer.state->epoch = cluster::Epoch{5}; };
    CHECK(after(replica(), later).front() == "learn | journal term 5");
    CHECK(after(replica(), [&](ServiceFacts& f) {
              later(f);
              f.server = ServerState::down;
          }) == Lines{"learn | journal term 5"});
    CHECK(after(replica(), [&](ServiceFacts& f) {
              later(f);
              f.peer.standing = cluster::Standing::one_way;
          }) == Lines{});
    CHECK(kinds(primary()) == Lines{});
}

TEST_CASE("a server that takes writes, or may, and is not the primary, is closed first of all") {
    const Change open = [](ServiceFacts& f) { f.view->read_only = false; };
    CHECK(after(replica(), open) == Lines{kFence});
    CHECK(
        after(replica(), [](ServiceFacts& f) { f.maybe_open = true; }) ==
        Lines{kFence, "remember | journal term 3 in sync"});  // that it may be open, where that does not help
    CHECK(after(replica(), [](ServiceFacts& f) {
              f.maybe_open = f.kill_is_due = true;
              f.server = ServerState::down;
              f.server_trouble = "gone";
              f.journal->maybe_open = true;
          }) == Lines{"kill | kill the server: it does not answer: gone"});
    CHECK(after(replica(), [&](ServiceFacts& f) {
              open(f);
              f.view->channels.clear();
              f.view->history = mariadb("0-1-100,0-2-106");
              f.journal->in_sync.reset();
          }) == Lines{kFence});
    CHECK(after(replica(), [&](ServiceFacts& f) {
              open(f);
              f.peer.state->epoch = cluster::Epoch{5};
          }) == Lines{kFence, "learn | journal term 5"});
    CHECK(after(replica(), [&](ServiceFacts& f) {
              open(f);
              f.peer = silent();
          }) == Lines{kFence});
    // Its commits may wait for an acknowledgement, which no KILL ends.
    CHECK(after(replica(),
                [&](ServiceFacts& f) {
                    open(f);
                    f.view->dialect = {replication::Flavour::mysql, {9, 7, 0}};
                })
              .front() ==
          "fence | SET GLOBAL offline_mode = ON | evict clients (may fail) | "
          "SET GLOBAL rpl_semi_sync_source_enabled = OFF | SET GLOBAL super_read_only = ON | "
          "SET GLOBAL offline_mode = OFF (may fail)");
    const Change mysql = [](ServiceFacts& f) { f.view->dialect = {replication::Flavour::mysql, {9, 7, 0}}; };
    CHECK(
        after(replica(),
              [&](ServiceFacts& f) {
                  open(f);
                  mysql(f);
                  f.view->semi_sync.source_available = false;
              })
            .front() ==
        "fence | SET GLOBAL offline_mode = ON | evict clients (may fail) | SET GLOBAL super_read_only = ON | "
        "SET GLOBAL offline_mode = OFF (may fail)");
    // Cut short after its last step but one; where no fence of ours can have done it, somebody else has.
    const auto offline = [&](const std::optional<cluster::Journal>& journal) {
        return after(replica(), [&](ServiceFacts& f) {
            mysql(f);
            f.view->super_read_only = f.view->offline = true;
            f.journal = journal;
        });
    };
    CHECK(offline(journal(3, Term::held)).front().starts_with("fence"));
    CHECK(offline(std::nullopt).front().starts_with("fence"));
    CHECK(kinds(replica()) == Lines{});
    for (const std::string& line : offline(journal(3))) CHECK_FALSE(line.starts_with("fence"));
    for (const ServerState state : {ServerState::unseen, ServerState::down, ServerState::unknown})
        CHECK(after(replica(), [&](ServiceFacts& f) {
                  open(f);
                  f.server = state;
              }) == Lines{});
    CHECK(after(replica(), [&](ServiceFacts& f) {
              open(f);
              f.view_is_current = false;
          }) == Lines{});
}

TEST_CASE("a journal that may have been written is written again as it holds") {
    const Change unsure = [](ServiceFacts& f) { f.journal_is_unsure = true; };
    CHECK(after(replica(), unsure) == Lines{"remember | journal term 3 in sync"});
    CHECK(after(primary(), unsure) == Lines{"remember | journal term 4 held"});
    CHECK(after(primary(), [&](ServiceFacts& f) {
              unsure(f);
              f.server = ServerState::down;
          }) == Lines{"remember | journal term 4 held"});
}

TEST_CASE("whether it is in sync is written down when it changes") {
    CHECK(after(replica(), [](ServiceFacts& f) { f.journal->in_sync.reset(); }) ==
          Lines{"remember | journal term 3 in sync"});
    CHECK(after(replica(), [](ServiceFacts& f) { f.in_sync = false; }) == Lines{"remember | journal term 3"});
    ServiceFacts facts = replica();
    facts.journal->in_sync.reset();
    facts.journal->released = true;
    facts.looked = kBeginning;
    const auto all = node::duties(facts);
    REQUIRE(all.size() == 1);
    const auto& written = std::get<node::WriteJournal>(all.front().steps.front().deed).journal;
    CHECK_FALSE(written.released);
    CHECK(written.in_sync == cluster::SyncMemory{cluster::Epoch{3}, "server-b", "boot-b", 2600s, "0-1-100"});
}

TEST_CASE("a server that follows nobody follows the primary that has all it has") {
    const Change left = [](ServiceFacts& f) {
        f.view = server_view("0-1-100");
        f.in_sync = false;
        f.journal->in_sync.reset();
        f.peer.state->executed.text = "0-1-105";
    };
    const std::string follow =
        "rejoin | open the road | SET GLOBAL read_only = ON; SET GLOBAL rpl_semi_sync_master_enabled = OFF; "
        "CHANGE MASTER TO MASTER_HOST = '192.0.2.1', MASTER_PORT = 3306, MASTER_USER = 'hb', MASTER_PASSWORD "
        "= 'secret', MASTER_SSL = 0, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 0.2, "
        "MASTER_USE_GTID = slave_pos, MASTER_DEMOTE_TO_SLAVE = 1; " +
        kAcknowledge + "; START SLAVE";
    CHECK(after(replica(), left) == Lines{follow});
    const auto with = [&](const Change& change) {
        return after(replica(), [&](ServiceFacts& f) {
            left(f);
            change(f);
        });
    };
    const auto by_tls = [&](node::DatabaseTls tls) {
        const Lines lines = with([tls](ServiceFacts& f) {
            f.settings.database.tls = tls;
            f.settings.database.tls_ca = "/etc/ca.pem";
        });
        return lines.empty() ? std::string{} : lines.front();
    };
    CHECK_THAT(by_tls(node::DatabaseTls::verify),
               Catch::Matchers::Contains("MASTER_SSL = 1, MASTER_SSL_CA = '/etc/ca.pem', "
                                         "MASTER_SSL_VERIFY_SERVER_CERT = 1, "));
    CHECK_THAT(by_tls(node::DatabaseTls::required),
               Catch::Matchers::Contains("MASTER_SSL = 1, MASTER_SSL_CA = '', "
                                         "MASTER_SSL_VERIFY_SERVER_CERT = 0, "));
    CHECK(with([](ServiceFacts& f) { f.peer.state->role = Role::promoting; }) == Lines{});
    CHECK(with([](ServiceFacts& f) { f.peer.state->executed.omitted = true; }) == Lines{});
    CHECK(with([](ServiceFacts& f) { f.peer.standing = cluster::Standing::one_way; }) == Lines{});
    const Change errant = [](ServiceFacts& f) { f.view->history = mariadb("0-1-100,0-2-106"); };
    CHECK(with(errant) == Lines{"keep_errant | save errant transactions"});
    CHECK(with([&](ServiceFacts& f) {
              errant(f);
              f.was_alone = true;
          }) == Lines{"keep_errant | save errant transactions, acknowledged"});
    CHECK(with([&](ServiceFacts& f) {
              errant(f);
              f.errant_kept = f.view->history;
          }) == Lines{});
    CHECK(with([](ServiceFacts& f) {
              f.settings.database.hooks = {{replication::HookPoint::before_rejoin, {"/bin/true"}, 1s},
                                           {replication::HookPoint::after_rejoin, {"/bin/true"}, 1s}};
          }) ==
          Lines{"rejoin | hooks before-rejoin" + follow.substr(6) + " | hooks after-rejoin (may fail)"});
}

TEST_CASE("a server whose own last attempt came to nothing concedes before it follows") {
    const auto with = [](const cluster::Journal& own, const std::string& history) {
        return after(replica(), [&](ServiceFacts& f) {
            f.journal = own;
            f.in_sync = false;
            f.view = server_view(history);
        });
    };
    CHECK(with(journal(4, Term::promoting, true), "0-1-100") == Lines{"learn | journal term 4"});
    CHECK(with(journal(4, Term::held, true), "0-1-100") == Lines{"learn | journal term 4"});
    CHECK(with(journal(4, Term::held, true), "0-1-100,0-2-101") == Lines{});  // the primary must yield
    REQUIRE(with(journal(4), "0-1-100").size() == 1);
    CHECK(with(journal(4), "0-1-100").front().starts_with("rejoin"));
}

TEST_CASE("threads are started once in each life of a server") {
    const Change stopped = [](ServiceFacts& f) {
        f.view->channels.front().receiver.running = false;
        f.view->channels.front().applier.running = false;
    };
    CHECK(after(replica(), stopped) == Lines{"resume | open the road | " + kAcknowledge + "; START SLAVE"});
    CHECK(after(replica(), [&](ServiceFacts& f) {
              stopped(f);
              f.threads_started = true;
          }) == Lines{});
    CHECK(after(replica(), [&](ServiceFacts& f) {
              stopped(f);
              f.view->channels.front().applier.error_number = 1032;
          }) == Lines{});
    CHECK(after(replica(), [&](ServiceFacts& f) {
              stopped(f);
              f.peer = silent();
          }) == Lines{});
    CHECK(after(replica(), [&](ServiceFacts& f) {
              stopped(f);
              f.view->channels.front().source_host = "192.0.2.9";
          }) == Lines{});
}

TEST_CASE("a replica opens the road, and acknowledges what it receives") {
    CHECK(after(replica(), [](ServiceFacts& f) { f.road_closed = true; }) ==
          Lines{"open_road | open the road"});
    const std::string again =
        "acknowledge | " + kAcknowledge + "; STOP SLAVE IO_THREAD; START SLAVE IO_THREAD";
    CHECK(after(replica(), [](ServiceFacts& f) { f.view->semi_sync.replica_enabled = false; }) ==
          Lines{again});
    CHECK(after(replica(), [](ServiceFacts& f) { f.view->semi_sync.replica_on = false; }) == Lines{again});
    CHECK(after(replica(), [](ServiceFacts& f) {
              f.view->semi_sync.replica_on = false;
              f.view->channels.front().receiver.connecting = true;
          }) == Lines{});
    CHECK(after(replica(), [](ServiceFacts& f) {
              f.view->semi_sync.replica_on = false;
              f.view->semi_sync.replica_available = false;
          }) == Lines{});
}

TEST_CASE("a primary that was closed waits again before it takes writes") {
    const Change closed = [](ServiceFacts& f) { f.view->read_only = true; };
    const std::string open = "SET GLOBAL read_only = OFF";
    CHECK(after(primary(), closed) == Lines{"reopen | " + kWaitOn + " | " + open});
    CHECK(after(primary(), [](ServiceFacts& f) { f.view->offline = true; }).size() == 1);
    CHECK(after(primary(), [&](ServiceFacts& f) {
              closed(f);
              f.journal->alone = true;
              f.view->semi_sync = server_view("").semi_sync;
          }) == Lines{"reopen | " + open});
    CHECK(after(primary(), [&](ServiceFacts& f) {
              closed(f);
              f.settings.database.mode = node::Mode::available;
              f.journal->alone = true;
          }) == Lines{"reopen | " + open, kWaitASecond});
    // MySQL's is a plug-in.
    CHECK(after(primary(), [&](ServiceFacts& f) {
              closed(f);
              f.view->semi_sync = {};
          }) == Lines{"reopen | " + open});
}

TEST_CASE("however somebody changes how commits wait, it is put right") {
    const std::string again = "wait | " + kBetweenCommits;
    const auto with = [&](const std::function<void(replication::SemiSync&)>& change) {
        return after(primary(), [&](ServiceFacts& f) { change(f.view->semi_sync); });
    };
    CHECK(with([](auto& semi_sync) { semi_sync.source_enabled = false; }) == Lines{again});
    CHECK(with([](auto& semi_sync) { semi_sync.waits_after_sync = false; }) == Lines{again});
    CHECK(with([](auto& semi_sync) { semi_sync.waits_without_replica = false; }) == Lines{again});
    CHECK(with([](auto& semi_sync) { semi_sync.timeout = 10s; }) == Lines{again});
    CHECK(with([](auto& semi_sync) { semi_sync.replicas_wanted = 2; }) == Lines{again});
    CHECK(with([](auto& semi_sync) { semi_sync = {}; }) == Lines{});  // it cannot
    CHECK(after(primary(), [](ServiceFacts& f) {
              f.view->semi_sync.timeout = 10s;
              f.settings.database.mode = node::Mode::available;
              f.journal->alone = true;
          }) == Lines{kWaitASecond});
}

TEST_CASE("after a change to mode available commits need not wait, and that is written down first") {
    CHECK(after(primary(), [](ServiceFacts& f) { f.settings.database.mode = node::Mode::available; }) ==
          Lines{"go_alone | journal term 4 held alone | SET GLOBAL rpl_semi_sync_master_enabled = OFF"});
}

TEST_CASE("a primary opens the road to a server that writes nothing") {
    const Change closed = [](ServiceFacts& f) { f.road_closed = true; };
    CHECK(after(primary(), closed) == Lines{"open_road | open the road"});
    CHECK(after(primary(), [&](ServiceFacts& f) {
              closed(f);
              f.peer.state->role = Role::primary;
          }) == Lines{});
    CHECK(after(primary(), [&](ServiceFacts& f) {
              closed(f);
              f.peer = silent();
          }) == Lines{});
}

TEST_CASE("a primary begins to wait when the replica is attached and near") {
    const Change alone = [](ServiceFacts& f) {
        f.journal->alone = true;
        f.view->semi_sync.source_enabled = f.view->semi_sync.source_on = false;
    };
    CHECK(after(primary(), alone) == Lines{"wait | journal term 4 held | " + kBetweenCommits});
    const auto with = [&](const Change& change) {
        return after(primary(), [&](ServiceFacts& f) {
            alone(f);
            change(f);
        });
    };
    CHECK(with([](ServiceFacts& f) { f.view->semi_sync.clients = 0; }) == Lines{});
    CHECK(with([](ServiceFacts& f) { f.peer = silent(); }) == Lines{});
    CHECK(with([](ServiceFacts& f) { f.peer.state->role = Role::none; }) == Lines{});
    CHECK(with([](ServiceFacts& f) { f.peer.state->word = cluster::Release{cluster::Epoch{4}}; }) == Lines{});
    CHECK(with([](ServiceFacts& f) { f.peer.state->eligibility = cluster::Eligibility::maintenance; }) ==
          Lines{});
    CHECK(with([](ServiceFacts& f) { f.peer.state->received.omitted = true; }) == Lines{});
    CHECK(with([](ServiceFacts& f) { f.settings.database.mode = node::Mode::available; }) ==
          Lines{kWaitASecond});
    CHECK(with([](ServiceFacts& f) { f.view->history = mariadb("0-2-1100"); }).size() == 1);
    CHECK(with([](ServiceFacts& f) { f.view->history = mariadb("0-2-1101"); }) == Lines{});
    // Somebody has switched it off, or it was never done what was written down.
    CHECK(after(primary(), [](ServiceFacts& f) { f.view->semi_sync.source_enabled = false; }) ==
          Lines{"wait | " + kBetweenCommits});
}

TEST_CASE("a primary goes on alone when the replica has said that it goes") {
    const auto with = [](
                          std::uint64_t epoch, const Change& change = [](ServiceFacts&) {}) {
        return after(primary(), [&](ServiceFacts& f) {
            f.peer.state->word = cluster::Release{cluster::Epoch{epoch}};
            change(f);
        });
    };
    const std::string off = "SET GLOBAL rpl_semi_sync_master_enabled = OFF";
    CHECK(with(4) == Lines{"go_alone | journal term 4 held alone | " + off});
    CHECK(with(5).size() == 1);  // its last attempt was later, and came to nothing
    CHECK(with(3) == Lines{});
    CHECK(with(4, [](ServiceFacts& f) { f.peer.standing = cluster::Standing::one_way; }) == Lines{});
    CHECK(with(4, [](ServiceFacts& f) { f.journal->alone = true; }) == Lines{"go_alone | " + off});
}

TEST_CASE("a primary frees commits whose acknowledgement was lost") {
    const Change stuck = [](ServiceFacts& f) { f.is_stuck = true; };
    CHECK(after(primary(), stuck) == Lines{"unstick | end waits"});
    CHECK(after(primary(), [&](ServiceFacts& f) {
              stuck(f);
              f.view->history = mariadb("0-2-101");  // which the replica has not received
          }) == Lines{});
    CHECK(after(primary(), [&](ServiceFacts& f) {
              stuck(f);
              f.peer = silent();
          }) == Lines{});
    CHECK(after(primary(), [](ServiceFacts& f) { f.beat_is_due = true; }) ==
          Lines{"beat | INSERT INTO highbase.heartbeat (id, node, beats) VALUES (1, 'b', 1) ON DUPLICATE KEY "
                "UPDATE node = 'b', beats = beats + 1"});
}

TEST_CASE("the patience with hooks is that of all of one point together, and a second") {
    node::DatabaseConfiguration database;
    CHECK(node::patience(database, replication::HookPoint::before_demote) == 1s);
    database.hooks = {{replication::HookPoint::before_demote, {"/bin/true"}, 4s},
                      {replication::HookPoint::after_demote, {"/bin/true"}, 8s},
                      {replication::HookPoint::before_demote, {"/bin/true"}, 2s}};
    CHECK(node::patience(database, replication::HookPoint::before_demote) == 7s);
}
