// SPDX-License-Identifier: GPL-2.0-or-later
// What the settings of the servers have against a takeover keeps a replica from one, and nobody else.
#include "node/eligibility.hpp"
#include "node/service.hpp"
#include "tests/catch.hpp"

namespace highbase::node {
namespace {

using namespace std::chrono_literals;
using cluster::Eligibility;

ServiceFacts replica_in_sync() {
    ServiceFacts facts;
    facts.settings.database.peer_server = {vrrp::IpAddress::v4(192, 0, 2, 1), 3306};
    facts.journal = cluster::Journal{cluster::Epoch{1}};
    facts.server = ServerState::up;
    facts.in_sync = true;
    facts.view.emplace();
    replication::Channel channel;
    channel.source_host = "192.0.2.1";
    channel.source_port = 3306;
    channel.applier.running = true;
    facts.view->channels.push_back(channel);
    return facts;
}

const std::vector<std::string> kErrors{"sync_binlog: sync_binlog is 0", "gtid_mode: gtid_mode is OFF"};

TEST_CASE("a replica does not take over by itself where that could lose something") {
    ServiceFacts facts = replica_in_sync();
    CHECK(judge(facts).is_eligible());
    facts.preflight_errors = kErrors;
    CHECK(judge(facts) == Judgement{Eligibility::preflight, "sync_binlog: sync_binlog is 0"});
    facts.settings.database.mode = Mode::available;
    CHECK(judge(facts).is_eligible());
}

TEST_CASE("what a look at the server shows is the first reason") {
    ServiceFacts facts = replica_in_sync();
    facts.preflight_errors = kErrors;
    facts.in_sync = false;
    CHECK(judge(facts).eligibility == Eligibility::not_in_sync);
}

TEST_CASE("who has everything serves on, whatever the settings are") {
    ServiceFacts facts = replica_in_sync();
    facts.preflight_errors = kErrors;
    facts.phase = Phase::primary;
    CHECK(judge(facts).is_eligible());
    // After a restart of its daemon: its own term, which nobody else can have ended.
    facts.phase = Phase::idle;
    facts.view->channels.clear();
    facts.in_sync = false;
    facts.journal = cluster::Journal{cluster::Epoch{1}, cluster::Term::held, true};
    CHECK(judge(facts).is_eligible());
}

TEST_CASE("a service forgets what has been mended") {
    Service service{ServiceSettings{}};
    (void)service.handle(vrrp::TimePoint{1s}, PreflightDone{kErrors});
    CHECK(service.snapshot().facts.preflight_errors == kErrors);
    (void)service.handle(vrrp::TimePoint{2s}, PreflightDone{});
    CHECK(service.snapshot().facts.preflight_errors.empty());
}

}  // namespace
}  // namespace highbase::node
