// SPDX-License-Identifier: GPL-2.0-or-later
// The event table of node/events.def against what a node really says: each entry can be provoked, and fills
// in every field of its text.
#include <cerrno>
#include <map>

#include "tests/node/service_story.hpp"
#include "tests/node/story.hpp"
#include "vrrp/arp.hpp"

using namespace highbase;
using namespace highbase::tests;
using node::EventId;

namespace {

// From here on the daemon itself speaks, not the node.
constexpr int kDaemon = 400;

using Provoke = std::function<void(Alone&)>;

// The story's own shortcuts take what they read out of the log; here all of it is looked at in the end.
void listen(Alone& story, const node::RouterConfiguration& router = router4()) {
    story.a.start(of({router}));
    story.world.say(story.lan, small_talk());
}

void serve(Alone& story, const node::RouterConfiguration& router = router4()) {
    listen(story, router);
    story.world.run_to(4s);
}

void hear_later(Alone& story, const Advert& advert) {
    listen(story);
    story.world.say(story.lan, advert.frame());
}

Provoke hearing(const Advert& advert) {
    return [advert](Alone& story) { hear_later(story, advert); };
}

Advert with_priority(int priority) {
    Advert advert;
    advert.priority = priority;
    return advert;
}

std::map<EventId, Provoke> link_events() {
    return {
        {EventId::node_started, [](Alone& story) { story.a.start(of({router4()})); }},
        {EventId::node_stopping,
         [](Alone& story) {
             listen(story);
             story.a.handle(node::Shutdown{});
         }},
        {EventId::configuration_applied,
         [](Alone& story) {
             listen(story);
             story.a.handle(node::ConfigurationChanged{of({router4(150)})});
         }},
        {EventId::resynchronised,
         [](Alone& story) {
             listen(story);
             story.a.kernel.overrun();
             story.a.notice_kernel();
         }},
        {EventId::packet_refusal_failed,
         [](Alone& story) {
             node::RouterConfiguration router = router4();
             router.accept = false;
             story.a.faults.refuse_packets = netlink::Error{EPERM, "not permitted"};
             story.a.start(of({router}));
         }},
        {EventId::guard_failed,
         [](Alone& story) {
             node::RouterConfiguration router = router4();
             router.lease = {};
             story.a.faults.guard = netlink::Error{EOPNOTSUPP, "not supported"};
             story.a.start(of({router}));
         }},
        {EventId::became_initialize,
         [](Alone& story) {
             listen(story);
             story.a.kernel.set_running(story.eth0, false);
             story.a.notice_kernel();
         }},
        {EventId::port_failed,
         [](Alone& story) {
             story.a.faults.open_port = netlink::Error{EPERM, "not permitted"};
             story.a.start(of({router4()}));
         }},
        {EventId::macvlan_failed,
         [](Alone& story) {
             node::RouterConfiguration router = router4();
             router.mac = node::MacMode::virtual_;
             story.a.faults.create_macvlan = netlink::Error{EOPNOTSUPP, "not supported"};
             story.a.start(of({router}));
         }},
        {EventId::send_failed,
         [](Alone& story) {
             story.a.faults.send = netlink::Error{ENOBUFS, "queue full"};
             serve(story);
         }},
    };
}

std::map<EventId, Provoke> address_events() {
    const auto serve_leased = [](Alone& story) {
        node::RouterConfiguration router = router4();
        router.lease = {};
        serve(story, router);
    };
    const auto lose = [](Alone& story, int times) {
        serve(story);
        for (int i = 0; i < times; ++i) {
            story.a.kernel.remove_address(story.eth0, prefix("192.0.2.100/24"));
            story.a.notice_kernel();
        }
    };
    return {
        {EventId::became_active, [](Alone& story) { serve(story); }},
        {EventId::addresses_acquired, [](Alone& story) { serve(story); }},
        {EventId::guard_put_back,
         [serve_leased](Alone& story) {
             serve_leased(story);
             story.a.kernel.flush_packet_filter();
             story.world.run_for(2s);
         }},
        {EventId::lease_failed,
         [serve_leased](Alone& story) {
             story.a.faults.lease = netlink::Error{EPERM, "not permitted"};
             serve_leased(story);
         }},
        {EventId::acquisition_failed,
         [](Alone& story) {
             story.a.kernel.fail_next_puts(1, {EPERM, "not permitted"});
             serve(story);
         }},
        {EventId::address_put_back, [lose](Alone& story) { lose(story, 1); }},
        {EventId::address_given_up, [lose](Alone& story) { lose(story, 11); }},
        {EventId::stale_address_removed,
         [](Alone& story) {
             story.a.kernel.add_address({story.eth0, prefix("192.0.2.100/24")});
             story.a.start(of({router4()}));
         }},
        {EventId::address_conflict,
         [](Alone& story) {
             serve(story);
             story.world.say(story.lan, vrrp::gratuitous_arp(vrrp::ArpOperation::reply, kMacB, kVip));
         }},
        {EventId::release_failed,
         [](Alone& story) {
             serve(story);
             story.a.faults.delete_address = netlink::Error{EPERM, "not permitted"};
             story.a.handle(node::Shutdown{});
         }},
        {EventId::connections_not_ended,
         [](Alone& story) {
             node::RouterConfiguration router = router4();
             router.database = service_settings().database;
             listen(story, router);
             for (const node::ServiceEvent& event : std::initializer_list<node::ServiceEvent>{
                      node::JournalRead{journal(3, cluster::Term::held, true)},
                      node::ServerSeen{server_view("0-2-100"), story.world.now()}})
                 story.a.handle(node::ServiceHappened{"vip", event});
             story.world.run_to(4s);
             story.a.faults.end_connections = netlink::Error{EOPNOTSUPP, "not supported"};
             story.world.say(story.lan, with_priority(254).frame());
         }},
        {EventId::forward_failed,
         [](Alone& story) {
             node::RouterConfiguration router = router4();
             router.lease = {};
             router.database = service_settings().database;
             router.forward.emplace();
             story.a.faults.forward = netlink::Error{EPERM, "not permitted"};
             listen(story, router);
         }},
        {EventId::late_wakeup,
         [](Alone& story) {
             serve(story);
             story.a.pause();
             story.world.run_to(60s);
             story.a.resume();
         }},
        {EventId::silent_link,
         [](Alone& story) {
             story.a.start(of({router4()}));
             story.world.run_to(31s);
         }},
        {EventId::resigned,
         [](Alone& story) {
             serve(story);
             story.a.handle(node::Resign{"vip", 0s});
         }},
    };
}

std::map<EventId, Provoke> packet_events() {
    Advert unknown;
    unknown.vrid = 9;
    Advert faster = with_priority(150);
    faster.interval = vrrp::Centiseconds{50};
    Advert others = with_priority(150);
    others.addresses = {ip("192.0.2.101")};
    Advert pseudo = with_priority(150);
    pseudo.form = vrrp::ChecksumForm::pseudo_header;
    return {
        {EventId::became_backup, hearing(with_priority(150))},
        {EventId::packet_discarded, hearing(unknown)},
        {EventId::interval_mismatch, hearing(faster)},
        {EventId::address_list_mismatch, hearing(others)},
        {EventId::equal_priority, hearing(with_priority(100))},
        {EventId::active_router_changed, hearing(with_priority(150))},
        {EventId::active_router_released, hearing(with_priority(0))},
        {EventId::owner_contradicted,
         [](Alone& story) {
             listen(story, router4(255));
             story.world.say(story.lan, with_priority(200).frame());
         }},
        {EventId::checksum_form_followed,
         [pseudo](Alone& story) {
             node::RouterConfiguration router = router4();
             router.checksum = node::ChecksumPolicy::automatic;
             listen(story, router);
             story.world.say(story.lan, pseudo.frame());
         }},
    };
}

std::vector<node::Report> reports_of(const Provoke& provoke) {
    Alone story;
    provoke(story);
    std::vector<node::Report> reports;
    for (const Performed& performed : story.a.log()) {
        if (const auto* tell = std::get_if<node::Tell>(&performed.action)) reports.push_back(tell->report);
    }
    return reports;
}

}  // namespace

TEST_CASE("every event of the table can be provoked, and its text has no gap") {
    std::map<EventId, Provoke> provoked = link_events();
    provoked.merge(address_events());
    provoked.merge(packet_events());
    std::size_t of_the_node = 0;
    for (const node::EventDescription& event : node::event_table()) {
        if (static_cast<int>(event.id) >= kDaemon) continue;
        ++of_the_node;
        INFO(event.identifier);
        REQUIRE(provoked.contains(event.id));
        bool seen = false;
        for (const node::Report& report : reports_of(provoked.at(event.id))) {
            seen = seen || report.id == event.id;
            INFO(to_text(report));
            CHECK(to_text(report).find('?') == std::string::npos);
            CHECK(to_text(report).find('{') == std::string::npos);
            const int number = static_cast<int>(report.id);
            const bool of_a_router = number >= 100 && number < kDaemon && report.id != EventId::port_failed;
            const auto has = [&](const char* field) {
                return std::ranges::any_of(report.fields,
                                           [&](const node::Field& f) { return f.name == field; });
            };
            CHECK((!of_a_router || (has("router") && has("interface"))));
        }
        CHECK(seen);
    }
    CHECK(provoked.size() == of_the_node);
}

TEST_CASE("reports in an operator's words") {
    const auto text = [](const Provoke& provoke, EventId id) {
        for (const node::Report& report : reports_of(provoke)) {
            if (report.id == id) return to_text(report);
        }
        return std::string{"not told"};
    };
    CHECK(text([](Alone& story) { serve(story); }, EventId::became_active) ==
          "vip: Active on eth0, priority 100 (the Active router is silent)");
    CHECK(text([](Alone& story) { serve(story); }, EventId::addresses_acquired) ==
          "vip: serving 192.0.2.100 on eth0 with MAC 02:00:00:00:00:0a");
    CHECK(text(packet_events().at(EventId::packet_discarded), EventId::packet_discarded) ==
          "eth0: VRRP packet from 192.0.2.7 refused: unknown_vrid");
    CHECK(text(packet_events().at(EventId::interval_mismatch), EventId::interval_mismatch) ==
          "vip: 192.0.2.7 advertises every 500 ms, configured here is 1000 ms");
}

TEST_CASE("the table: numbers ascend, and every entry says what it means and what to do") {
    int last = 0;
    for (const node::EventDescription& event : node::event_table()) {
        INFO(event.identifier);
        CHECK(static_cast<int>(event.id) > last);
        last = static_cast<int>(event.id);
        CHECK(!event.text.empty());
        CHECK(event.meaning.ends_with('.'));
        CHECK(event.remedy.ends_with('.'));
        CHECK(&node::describe(event.id) == &event);
    }
}
