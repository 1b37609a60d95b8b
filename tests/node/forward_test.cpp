// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel is asked for when clients are led to other hosts, and in which order.
#include <cerrno>

#include "tests/node/service_story.hpp"
#include "tests/node/story.hpp"

using namespace highbase;
using namespace highbase::tests;

namespace {

const vrrp::Endpoint kOwn{vrrp::IpAddress::v4(198, 51, 100, 2), 3307};
const vrrp::Endpoint kPort{kVip, 3306};
const std::string kToNobody = "forward 192.0.2.100 port 3306 to nobody masqueraded";
const std::string kToOwn = "forward 192.0.2.100 port 3306 to 198.51.100.2:3307 masqueraded";

node::RouterConfiguration gateway() {
    node::RouterConfiguration router = router4(100);
    router.lease = {};
    router.database = service_settings().database;
    router.database->server = kOwn;
    router.forward = node::ForwardConfiguration{};
    return router;
}

// Its service begins term 4, alone, and what it asks for is answered.
struct ForwardingHost : Alone {
    ForwardingHost() {
        a.services = [this](const node::Action& action) {
            if (const auto* task = std::get_if<node::ServiceTask>(&action)) tasks.push_back(task->task);
        };
    }
    void start() {
        a.start(of({gateway()}));
        world.say(lan, small_talk());
        tell(node::JournalRead{journal(3, cluster::Term::held, true)});
        tell(node::ServerSeen{server_view("0-2-100"), world.now()});
    }
    void tell(const node::ServiceEvent& event) { a.handle(node::ServiceHappened{"vip", event}); }
    void serve() {
        world.run_to(3598ms);
        for (std::size_t answered = 0; answered < tasks.size();) {
            answered = tasks.size();
            replication::ServerView view = server_view("0-2-100");
            view.uptime += std::chrono::duration_cast<std::chrono::seconds>(world.now() - kBeginning);
            tell(replication::TaskDone{tasks.back().number, view});
        }
    }
    std::vector<node::Task> tasks;
};

std::size_t place(const Lines& lines, const std::string& words) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].find(words) != std::string::npos) return i;
    }
    FAIL("no line has \"" << words << "\"");
    return lines.size();
}

}  // namespace

TEST_CASE("a gateway is prepared from the start, and leads clients on before the addresses are there") {
    ForwardingHost story;
    story.start();
    CHECK(only(told(story.a), "forward") == Lines{"0 " + kToNobody});
    story.serve();
    const Lines lines = told(story.a);
    CHECK(only(lines, "forward 192").size() == 1);
    CHECK(place(lines, kToOwn) < place(lines, "lease of 192.0.2.100 for"));
    CHECK(place(lines, "lease of 192.0.2.100 for") < place(lines, kPut));
    CHECK(story.a.kernel.leads_to(kPort) == kOwn);
}

TEST_CASE("clients that are led on hear of the end while the address may speak, and then nobody gets in") {
    ForwardingHost story;
    story.start();
    story.serve();
    told(story.a);
    story.a.handle(node::Resign{"vip", 10s});
    const Lines lines = told(story.a);
    const std::size_t reset = place(lines, "end 1 forwarded connections");
    CHECK(reset < place(lines, "end of the lease"));
    CHECK(place(lines, "end of the lease") < place(lines, kDelete));
    CHECK(only(lines, "forward 192") == at(milliseconds(story.world.now() - kBeginning), {kToNobody}));
    CHECK(story.a.kernel.leads_to(kPort) == std::nullopt);
}

TEST_CASE("who flushes the packet filter removes the way as well, and both are put back") {
    ForwardingHost story;
    story.start();
    story.serve();
    told(story.a);
    story.a.kernel.flush_packet_filter();
    CHECK(story.a.kernel.leads_to(kPort) == std::nullopt);
    story.world.run_for(1s);
    const Lines lines = told(story.a);
    CHECK(only(lines, "guard_put_back").size() == 1);
    CHECK(place(lines, "guard 192") < place(lines, kToOwn));
    CHECK(story.a.kernel.leads_to(kPort) == kOwn);
}

TEST_CASE("who cannot lead clients on gives the addresses up, and tries again") {
    ForwardingHost story;
    story.a.faults.forward = netlink::Error{EPERM, "this host forwards nothing"};
    story.start();
    story.serve();
    Lines lines = told(story.a);
    CHECK_FALSE(only(lines, "forward_failed error=this host forwards nothing").empty());
    CHECK(only(lines, "became_backup cause=nothing is forwarded").size() == 1);
    CHECK_FALSE(story.a.has_address(kVip));
    story.a.faults.forward.reset();
    story.world.run_for(1s);
    lines = told(story.a);
    CHECK(only(lines, kToNobody).size() == 1);
}

TEST_CASE("nothing is left of it at the end, nor if the daemon dies") {
    ForwardingHost story;
    story.start();
    story.serve();
    CHECK(story.a.will().forwarded == std::vector{kVip});
    story.a.handle(node::Shutdown{});
    CHECK(story.a.kernel.led_to().empty());
    CHECK(story.a.will().forwarded.empty());
}
