// SPDX-License-Identifier: GPL-2.0-or-later
// How virtual routers and the database behind them wait for each other.
#include "tests/node/service_story.hpp"
#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

node::RouterConfiguration with_database(int priority = 100) {
    node::RouterConfiguration router = router4(priority);
    router.database = service_settings().database;
    return router;
}

// Its service began term 3, alone, and what it asks for is answered on demand.
struct Behind : Alone {
    explicit Behind(const node::Configuration& configuration, std::string service = "vip")
        : name{std::move(service)} {
        a.services = [this](const node::Action& action) {
            if (const auto* task = std::get_if<node::ServiceTask>(&action)) tasks.push_back(task->task);
            if (std::holds_alternative<node::ReadyToStop>(action)) ready = true;
        };
        a.start(configuration);
        hear(small_talk());
        tell(node::JournalRead{journal(3, cluster::Term::held, true)});
        tell(node::ServerSeen{server_view("0-2-100"), world.now()});
        told(a);
    }
    void tell(const node::ServiceEvent& event) { a.handle(node::ServiceHappened{name, event}); }
    // Its uptime grows with ours.
    [[nodiscard]] replication::ServerView aged(replication::ServerView view) const {
        view.uptime += std::chrono::duration_cast<std::chrono::seconds>(world.now() - kBeginning);
        return view;
    }
    void sees(const replication::ServerView& view) { tell(node::ServerSeen{aged(view), world.now()}); }
    void peer(cluster::ServiceState state) {
        state.name = name;
        a.handle(node::PeerHeard{cluster::Standing::fresh, cluster::NodeState{"a", {std::move(state)}}, {}});
    }
    void answer() {
        const std::uint32_t number = tasks.back().number;
        tell(replication::TaskDone{number, aged(server_view("0-2-100"))});
    }
    void answer_all() {
        for (std::size_t done = 0; done < tasks.size();) {
            done = tasks.size();
            answer();
        }
    }
    // Until it is Active: 3000 ms and the skew of priority 103, 597.65625 ms.
    void win() { world.run_to(3598ms); }

    std::string name;
    std::vector<node::Task> tasks;
    bool ready = false;
};

std::size_t first_of(const Lines& lines, const std::string& word, std::size_t from = 0) {
    for (std::size_t i = from; i < lines.size(); ++i) {
        if (lines[i].find(word) != std::string::npos) return i;
    }
    return lines.size();
}

}  // namespace

TEST_CASE("when the other box is heard again, the addresses are announced again") {
    Behind story{of({with_database()})};
    story.win();
    story.answer_all();
    REQUIRE(story.a.has_address(kVip));
    story.world.run_for(20s);  // the burst is over
    told(story.a);
    const auto heard = [&] {
        story.peer(said(cluster::Role::replica, 4, "0-2-100"));
        return only(told(story.a), "arp ");
    };
    CHECK(heard() == at(milliseconds(story.world.now() - kBeginning), {kRequest, kReply}));
    CHECK(heard() == Lines{});  // not with each word
    story.a.handle(node::PeerHeard{cluster::Standing::one_way, std::nullopt, {}});
    CHECK(heard().size() == 2);
    // Who does not serve announces nothing.
    Behind backup{of({with_database()})};
    backup.peer(said(cluster::Role::primary, 4, "0-2-100"));
    CHECK(only(told(backup.a), "arp reply") == Lines{});
}

TEST_CASE("connections to the addresses of a database are to end if the daemon dies") {
    Behind story{of({with_database()})};
    CHECK(story.a.will().empty());
    story.win();
    CHECK(story.a.will().served == std::vector{kVip});  // also while its server is being promoted
    CHECK(story.a.will().leases.empty());               // router4() has none
}

TEST_CASE("addresses wait until the database serves") {
    Behind story{of({with_database()})};
    story.win();
    const Lines won = told(story.a);
    CHECK(story.router().state == node::RouterState::active);
    CHECK(only(won, "advert 51 103").size() == 1);
    CHECK(only(won, "put").empty());
    CHECK(only(won, "promotion_began").size() == 1);
    CHECK(story.a.snapshot().services.front().facts.phase == node::Phase::promoting);
    CHECK_FALSE(story.a.has_address(kVip));
    story.answer_all();
    const Lines serves = told(story.a);
    CHECK(first_of(serves, "tell vip promoted") < first_of(serves, "put 192.0.2.100/24"));
    CHECK(first_of(serves, "put 192.0.2.100/24") < first_of(serves, "arp request"));
    // What the clients of the old Active answer must come here already.
    CHECK(first_of(serves, "arp reply") < first_of(serves, "tickle the clients of 1 addresses"));
    CHECK(only(serves, "tickle").size() == 1);
    CHECK(only(serves, "advert 51 203").size() == 1);
    CHECK(story.a.has_address(kVip));
    CHECK(story.router().priority == vrrp::Priority{203});
}

TEST_CASE("clients that come during a promotion are told at once, and let in with a lease") {
    node::RouterConfiguration router = with_database();
    router.lease = {};
    Behind story{of({router})};
    story.win();
    CHECK(only(told(story.a), "refused for 2500000 us").size() == 1);
    CHECK(story.a.kernel.resets(kVip));
    story.answer_all();
    const Lines serves = told(story.a);
    CHECK(first_of(serves, "lease of 192.0.2.100") < first_of(serves, "put 192.0.2.100/24"));
    CHECK(story.a.kernel.serves(kVip));
    // And when it leaves, the lease ends before anybody is told.
    Advert other;
    other.priority = 254;
    const Lines lost = story.hear(other.frame());
    CHECK(first_of(lost, "refused for 3000000 us") < first_of(lost, "end 1 connections"));
    CHECK(first_of(lost, "end 1 connections") < first_of(lost, "delete 192.0.2.100/24"));
    CHECK(only(lost, "refused for").size() == 1);
    CHECK(story.a.kernel.resets(kVip));
}

TEST_CASE("addresses go before the server is closed") {
    Behind story{of({with_database()})};
    story.win();
    story.answer_all();
    told(story.a);
    story.a.kernel.connect({{kVip, 3306}, {vrrp::IpAddress::v4(192, 0, 2, 9), 40001}});
    // Somebody with a higher priority has won.
    Advert other;
    other.priority = 254;
    const Lines lost = story.hear(other.frame());
    // Who is connected learns it while the address is still there, and who came in between hears nothing.
    CHECK(only(lost, "end 1 connections").size() == 2);
    CHECK(first_of(lost, "end 1 connections") < first_of(lost, "delete 192.0.2.100/24"));
    CHECK(first_of(lost, "end 1 connections", first_of(lost, "delete")) < first_of(lost, "vip: task"));
    CHECK(story.a.kernel.believed().empty());
    CHECK(first_of(lost, "delete 192.0.2.100/24") < first_of(lost, "vip: task"));
    CHECK(first_of(lost, "vip: task") < lost.size());
    CHECK(describe(node::ServiceAction{story.tasks.back()}).ends_with("SET GLOBAL read_only = ON"));
    CHECK_FALSE(story.a.has_address(kVip));
}

TEST_CASE("a box that cannot serve says priority 0 and holds still") {
    Behind story{of({with_database()})};
    story.win();
    told(story.a);
    const std::uint32_t number = story.tasks.back().number;
    story.tell(replication::TaskFailed{number, "error 2013", true});
    const Lines refused = told(story.a);
    CHECK(only(refused, "advert 51 0").size() == 1);
    CHECK(story.router().state == node::RouterState::backup);
    CHECK(story.router().held_down == vrrp::Duration{10s});
    CHECK_FALSE(story.a.has_address(kVip));
    story.world.run_for(9s);
    CHECK(story.router().state == node::RouterState::backup);
    CHECK(only(told(story.a), "promotion_began").empty());
    story.world.run_for(1100ms);
    CHECK(story.router().state == node::RouterState::active);
}

TEST_CASE("a named successor becomes Active at once") {
    Behind story{of({with_database()})};
    story.tell(node::JournalRead{journal(3)});
    story.sees(replica_view("0-1-100"));
    story.peer(primary_says(3, "0-1-100", true));
    for (std::size_t done = 0; done < story.tasks.size();) {
        done = story.tasks.size();
        story.tell(replication::TaskDone{story.tasks.back().number, {}});
        story.sees(replica_view("0-1-100"));
    }
    CHECK(story.router().state == node::RouterState::backup);
    CHECK_FALSE(story.router().eligible);
    cluster::ServiceState resigned = said(cluster::Role::none, 3, "0-1-100");
    resigned.word = cluster::Resign{cluster::Epoch{3}, "box", {}};
    story.peer(resigned);
    CHECK(story.router().state == node::RouterState::active);
    CHECK(only(told(story.a), "became_active") ==
          Lines{"0 tell vip became_active priority=103 cause=named as the successor"});
}

TEST_CASE("one database behind two routers: both get their addresses when it serves") {
    node::RouterConfiguration four = with_database();
    node::RouterConfiguration six = router6();
    four.sync_group = six.sync_group = "db";
    Behind story{of({four, six}), "db"};
    story.win();
    CHECK(story.router(0).state == node::RouterState::active);
    CHECK(story.router(1).state == node::RouterState::active);
    CHECK(story.a.snapshot().services.size() == 1);
    CHECK_FALSE(story.a.has_address(kVip));
    story.answer_all();
    CHECK(story.a.has_address(kVip));
    CHECK(story.a.has_address(ip("2001:db8::100")));
    CHECK(story.router(1).priority == vrrp::Priority{203});
    story.tell(node::ServerDown{"gone"});  // nobody else: they stay
    CHECK(story.a.has_address(kVip));
    story.peer(replica_says(4, "0-2-100"));
    CHECK_FALSE(story.a.has_address(kVip));
    CHECK_FALSE(story.a.has_address(ip("2001:db8::100")));
}

TEST_CASE("soft findings of any member lower the computed priority; a reload keeps it") {
    node::RouterConfiguration four = with_database();
    node::RouterConfiguration six = router6();
    four.sync_group = six.sync_group = "db";
    Behind story{of({four, six}), "db"};
    story.a.handle(node::HealthChanged{"vip6", true, 15, ""});
    CHECK(story.router(0).priority == vrrp::Priority{83});
    CHECK(story.router(1).priority == vrrp::Priority{83});
    story.a.handle(node::HealthChanged{"vip", true, 5, ""});  // the worse of both counts
    CHECK(story.router(0).priority == vrrp::Priority{83});
    four.parameters.advertisement_interval = vrrp::Centiseconds{50};
    story.a.handle(node::ConfigurationChanged{of({four, six})});
    CHECK(story.router(0).priority == vrrp::Priority{83});
    CHECK(story.router(0).configuration.parameters.advertisement_interval == vrrp::Centiseconds{50});
    story.a.handle(node::HealthChanged{"vip6", true, 0, ""});
    CHECK(story.router(1).priority == vrrp::Priority{93});
}

TEST_CASE("a plain router's priority is lowered by its checks, and not below 1") {
    Alone story;
    story.a.start(of({router4(20)}));
    story.a.handle(node::HealthChanged{"vip", true, 15, ""});
    CHECK(story.router().priority == vrrp::Priority{5});
    story.a.handle(node::HealthChanged{"vip", true, 30, ""});
    CHECK(story.router().priority == vrrp::Priority{1});
    story.a.handle(node::ConfigurationChanged{of({router4(50)})});
    CHECK(story.router().priority == vrrp::Priority{20});
    story.a.handle(node::HealthChanged{"vip", true, 0, ""});
    CHECK(story.router().priority == vrrp::Priority{50});
}

TEST_CASE("a node is ready to stop when its services are") {
    Behind story{of({with_database(), router6()})};
    story.win();
    story.answer_all();
    story.a.handle(node::StopAsked{});
    CHECK_FALSE(story.ready);
    CHECK_FALSE(story.a.has_address(kVip));
    story.answer_all();
    story.world.run_for(10ms);
    story.sees(server_view("0-2-100"));
    CHECK(story.ready);
}
