// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/node/database_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/node/describe.hpp"

namespace highbase::tests {
namespace {

using namespace std::chrono_literals;
using vrrp::TimePoint;

constexpr netlink::LinkIndex kPort{2};
const vrrp::IpAddress kAddress = vrrp::IpAddress::v4(192, 0, 2, 100);

vrrp::IpAddress address_of(std::size_t box) {
    return vrrp::IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(1 + box));
}

node::Configuration configuration_of(std::size_t box, node::Mode mode, DatabaseWorld::Vote vote,
                                     DatabaseWorld::Placement placement) {
    node::RouterConfiguration router;
    router.name = "db";
    router.interface = "eth0";
    router.vrid = vrrp::Vrid{51};
    router.parameters.priority = vrrp::Priority{static_cast<std::uint8_t>(box == 0 ? 200 : 100)};
    router.parameters.advertisement_interval = vrrp::Centiseconds{25};
    router.parameters.hold_down = 2s;
    router.addresses = {vrrp::Prefix::parse("192.0.2.100/24").value()};
    router.database.emplace();
    router.database->mode = mode;
    router.database->peer_server = {address_of(1 - box), 3306};
    router.database->max_drain = 5s;
    if (placement == DatabaseWorld::Placement::behind) {
        router.database->server = vrrp::Endpoint{address_of(box), 3306};
        router.forward.emplace();
    }
    node::Configuration configuration{box == 0 ? "a" : "b", {router}};
    configuration.boot = fmt::format("boot-{}", box);
    if (vote == DatabaseWorld::Vote::witness) configuration.witness = 1s;
    return configuration;
}

}  // namespace

DatabaseWorld::Box::Box(std::size_t which)
    : index{which},
      host{which == 0 ? "a" : "b"},
      server{static_cast<std::uint32_t>(1 + which), address_of(1 - which).to_string(), 3306} {}

DatabaseWorld::DatabaseWorld(std::uint64_t seed, node::Mode mode, Vote vote, Placement placement)
    : lan_{world_.add_lan(100us)}, placement_{placement}, random_{seed * 2 + 1} {
    for (std::size_t i = 0; i < kBoxes; ++i) {
        Box& box = *(boxes_.at(i) = std::make_unique<Box>(i));
        box.configuration = configuration_of(i, mode, vote, placement);
        const std::string own = address_of(i).to_string() + "/24";
        box.host.add_interface("eth0", {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(1 + i)}}, {own});
        world_.connect(box.host, kPort, lan_);
        box.host.services = [this, i](const node::Action& action) { requested(i, action); };
        box.server.start(world_.now() - 1min);
    }
    boxes_.at(1)->server.follow();
    for (std::size_t i = 0; i < kBoxes; ++i) start_daemon(i);
    after(0s, [this] { write(); });
}

// ---- time

void DatabaseWorld::after(vrrp::Duration delay, Action action) {
    events_.emplace(world_.now() + delay, std::move(action));
}

void DatabaseWorld::run_for(vrrp::Duration duration) {
    const TimePoint end = world_.now() + duration;
    while (broken_.empty()) {
        TimePoint next = std::min(end, world_.next_instant().value_or(end));
        if (!events_.empty()) next = std::min(next, events_.begin()->first);
        next = std::max(next, world_.now());
        world_.run_to(next - kBeginning);
        look_at_promises();
        const auto first = events_.begin();
        if (first != events_.end() && first->first <= next) {
            const Action action = std::move(first->second);
            events_.erase(first);
            action();
            look_at_promises();
        } else if (next == end) {
            return;
        }
    }
}

vrrp::Duration DatabaseWorld::random(vrrp::Duration most) {
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    return vrrp::Duration{static_cast<std::int64_t>((random_ >> 33U) % 1000) * most.count() / 1000};
}

void DatabaseWorld::note(const std::string& line) {
    story_.push_back(milliseconds(world_.now() - kBeginning) + " " + line);
}

void DatabaseWorld::broke(const std::string& rule) {
    if (!broken_.empty()) return;
    broken_ = rule;
    note("does not hold: " + rule);
}

// ---- faults

void DatabaseWorld::kill_server(std::size_t box) {
    note(fmt::format("server {} is killed", box));
    boxes_.at(box)->server.kill();
    boxes_.at(box)->stuck.clear();
}

void DatabaseWorld::start_server(std::size_t box) {
    note(fmt::format("server {} is started", box));
    boxes_.at(box)->server.start(world_.now());
}

void DatabaseWorld::freeze_server(std::size_t box) {
    note(fmt::format("server {} is frozen", box));
    boxes_.at(box)->server.freeze();
}

void DatabaseWorld::thaw_server(std::size_t box) {
    note(fmt::format("server {} is thawed", box));
    boxes_.at(box)->server.thaw();
    for (const Action& late : std::exchange(boxes_.at(box)->stuck, {})) late();
}

void DatabaseWorld::kill_daemon(std::size_t box) {
    note(fmt::format("daemon {} is killed", box));
    Box& killed = *boxes_.at(box);
    ++killed.life;
    killed.host.crash();
    killed.server.let_commits_go();
    killed.waiting.clear();
}

void DatabaseWorld::kill_speaker(std::size_t box) {
    Box& killed = *boxes_.at(box);
    if (!killed.host.is_started()) return;
    kill_daemon(box);
    note("  and its sentinel does its will");
    killed.host.carry_out_will();
}

void DatabaseWorld::start_daemon(std::size_t box) {
    Box& started = *boxes_.at(box);
    if (started.host.is_started()) return;
    note(fmt::format("daemon {} is started", box));
    const std::uint64_t life = ++started.life;
    started.started = world_.now();
    started.link = {};
    started.failing_since.reset();
    started.peer_failing_since.reset();
    started.host.start(started.configuration);
    tell(box, life, node::ServiceHappened{"db", node::JournalRead{started.disk}});
    after(random(100ms), [this, box, life] { look(box, life); });
    after(random(100ms), [this, box, life] { beat(box, life); });
    if (placement_ == Placement::behind) after(random(100ms), [this, box, life] { look_at_peer(box, life); });
}

void DatabaseWorld::pause_daemon(std::size_t box) {
    if (!boxes_.at(box)->host.is_started()) return;
    note(fmt::format("daemon {} is paused", box));
    boxes_.at(box)->host.pause();
}

void DatabaseWorld::resume_daemon(std::size_t box) {
    Box& resumed = *boxes_.at(box);
    if (!resumed.host.is_started() || resumed.host.is_running()) return;
    note(fmt::format("daemon {} is resumed", box));
    resumed.host.resume();
    for (const node::Event& event : std::exchange(resumed.waiting, {})) resumed.host.handle(event);
}

void DatabaseWorld::ask_for_switchover(std::size_t box) {
    note(fmt::format("a switchover is asked for on {}", box));
    tell(box, boxes_.at(box)->life, node::ServiceHappened{"db", node::SwitchoverAsked{"", false}});
}

void DatabaseWorld::order(std::size_t box, node::Order order) {
    note(fmt::format("{} is ordered on {}", name(order), box));
    tell(box, boxes_.at(box)->life, node::ServiceHappened{"db", node::OrderGiven{order, false}});
}

void DatabaseWorld::ask_to_stop(std::size_t box) {
    note(fmt::format("daemon {} is asked to stop", box));
    tell(box, boxes_.at(box)->life, node::StopAsked{});
}

void DatabaseWorld::slow_down(std::size_t box, vrrp::Duration each_task) {
    note(fmt::format("tasks of {} take {} ms", box, milliseconds(each_task)));
    boxes_.at(box)->slow = each_task;
}

void DatabaseWorld::fail_tasks(std::size_t box, int count) {
    note(fmt::format("{} tasks of {} fail", count, box));
    boxes_.at(box)->to_fail = count;
}

void DatabaseWorld::slow_applier(std::size_t box, vrrp::Duration each) {
    note(fmt::format("server {} applies one in {} ms", box, milliseconds(each)));
    boxes_.at(box)->each_apply = each;
}

void DatabaseWorld::cut_lan(bool cut) {
    note(cut ? "the network is cut" : "the network is mended");
    lan_.mend();
    if (cut) lan_.part(boxes_[0]->host, boxes_[1]->host);
}

void DatabaseWorld::cut_link(std::size_t to, bool cut) {
    note(fmt::format("the link to {} is {}", to, cut ? "cut" : "mended"));
    boxes_.at(to)->link_cut = cut;
}

void DatabaseWorld::cut_replication(bool cut) {
    note(cut ? "replication is cut" : "replication is mended");
    replication_cut_ = cut;
}

void DatabaseWorld::kill_host(std::size_t box) {
    kill_server(box);
    if (boxes_.at(box)->host.is_started()) kill_daemon(box);
}

void DatabaseWorld::start_host(std::size_t box) {
    start_server(box);
    start_daemon(box);
}

void DatabaseWorld::heal() {
    cut_lan(false);
    cut_replication(false);
    stop_witness(false);
    lose_votes(0);
    for (std::size_t i = 0; i < kBoxes; ++i) {
        cut_link(i, false);
        cut_witness(i, false);
        slow_down(i, 0s);
        fail_tasks(i, 0);
        slow_applier(i, 1ms);
        thaw_server(i);
        start_server(i);
        resume_daemon(i);
        start_daemon(i);
        order(i, node::Order::maintenance_off);
        order(i, node::Order::acknowledge_failovers);
    }
}

// ---- how it ends

node::ServiceSnapshot DatabaseWorld::service(std::size_t box) const {
    return boxes_.at(box)->host.snapshot().services.front();
}

bool DatabaseWorld::is_well() const {
    for (std::size_t i = 0; i < kBoxes; ++i) {
        if (!boxes_.at(i)->host.is_running()) return false;
    }
    for (std::size_t i = 0; i < kBoxes; ++i) {
        Box& primary = *boxes_.at(i);
        Box& replica = *boxes_.at(1 - i);
        const bool is_reached = (primary.host.has_address(kAddress) && led_to(i) == i) ||
                                (replica.host.has_address(kAddress) && led_to(1 - i) == i);
        const bool serves = service(i).said.role == cluster::Role::primary && is_reached &&
                            primary.server.is_writable() && primary.server.runs();
        if (!serves || service(1 - i).facts.phase != node::Phase::idle) continue;
        const bool in_sync =
            service(i).said.in_sync && service(1 - i).said.in_sync && service(1 - i).said.is_eligible();
        const bool errant = std::ranges::any_of(
            replica.server.transactions(),
            [&](const Transaction& transaction) { return !primary.server.has(transaction.id); });
        return in_sync || errant;
    }
    return false;
}

std::string DatabaseWorld::state() const {
    std::string text;
    for (std::size_t i = 0; i < kBoxes; ++i) {
        const Box& box = *boxes_.at(i);
        if (!box.host.is_started()) continue;
        const node::ServiceSnapshot one = service(i);
        std::string threads;
        for (const replication::Channel& channel : box.server.view(world_.now()).channels)
            threads = fmt::format(" receiver {} {} applier {} {}", channel.receiver.running,
                                  channel.receiver.error, channel.applier.running, channel.applier.error);
        text += fmt::format("{}: {} term {} {} {}{}{} executed {} received {}{}\n", box.host.name(),
                            cluster::name(one.said.role), static_cast<std::uint64_t>(one.said.epoch),
                            cluster::name(one.said.eligibility), one.reason,
                            one.said.in_sync ? " in sync" : "", box.server.is_writable() ? " writable" : "",
                            one.said.executed.text, one.said.received.text, threads);
    }
    return text;
}

// ---- rules

std::optional<std::size_t> DatabaseWorld::led_to(std::size_t box) const {
    if (placement_ == Placement::on_box) return box;
    const auto server = boxes_.at(box)->host.kernel.leads_to({kAddress, 3306});
    if (!server) return std::nullopt;
    return server->address == address_of(0) ? 0 : 1;
}

// A source that waits does so for the other server, which must be attached to it.
bool DatabaseWorld::can_acknowledge(std::size_t box) const {
    const FakeServer& server = boxes_.at(box)->server;
    if (!server.runs() || !server.is_writable()) return false;
    return !server.waits() || boxes_.at(1 - box)->server.acknowledges();
}

void DatabaseWorld::look_at_promises() {
    move_transactions();
    for (auto& pointer : boxes_) {
        Box& box = *pointer;
        for (; box.logged < box.host.log().size(); ++box.logged) {
            const node::Action& action = box.host.log()[box.logged].action;
            if (std::holds_alternative<node::Tell>(action)) note(box.host.name() + " " + describe(action));
        }
        const bool has_address = box.host.has_address(kAddress);
        const bool came = has_address && !std::exchange(box.had_address, has_address);
        box.had_address = has_address;
        if (!came) continue;
        note(box.host.name() + " has the address");
        if (placement_ == Placement::behind) continue;  // what is known of the other server may be old
        if (box.server.runs() && !box.server.is_writable())
            broke("an address comes up only in front of a server that takes writes");
    }
    if (can_acknowledge(0) && can_acknowledge(1)) broke("never can two servers acknowledge a write");
}

void DatabaseWorld::acknowledged(std::size_t box, std::uint64_t id) {
    const FakeServer& server = boxes_.at(box)->server;
    acknowledged_.push_back(id);
    // A binary log only grows: what was found in it once is there.
    std::size_t& found = boxes_.at(box)->found;
    for (; found < acknowledged_.size(); ++found) {
        if (server.has(acknowledged_[found])) continue;
        return broke(fmt::format("whoever serves has every acknowledged transaction: {} has not {}",
                                 boxes_.at(box)->host.name(), acknowledged_[found]));
    }
}

}  // namespace highbase::tests
