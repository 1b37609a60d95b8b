// SPDX-License-Identifier: GPL-2.0-or-later
// What stands behind the two daemons: tasks, journals, the link, and servers that replicate.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/node/database_world.hpp"

namespace highbase::tests {
namespace {

using namespace std::chrono_literals;
using vrrp::TimePoint;

constexpr vrrp::Duration kLatency = 300us;
constexpr vrrp::Duration kTask = 2ms;
constexpr vrrp::Duration kBeat = 100ms;
constexpr vrrp::Duration kTimeout = 350ms;
constexpr vrrp::Duration kDead = 350ms;  // three looks without an answer

}  // namespace

// ---- the daemon

void DatabaseWorld::tell(std::size_t index, std::uint64_t life, node::Event event) {
    after(0s, [this, index, life, event = std::move(event)] {
        Box& box = *boxes_.at(index);
        if (box.life != life || !box.host.is_started()) return;
        if (!box.host.is_running()) return box.waiting.push_back(event);
        box.host.handle(event);
    });
}

void DatabaseWorld::requested(std::size_t index, const node::Action& action) {
    Box& box = *boxes_.at(index);
    if (const auto* task = std::get_if<node::ServiceTask>(&action)) return do_task(index, task->task);
    if (std::holds_alternative<node::ReadyToStop>(action)) {
        note(box.host.name() + " is ready to stop");
        const std::uint64_t life = box.life;
        return after(0s, [this, index, life] {
            Box& stopped = *boxes_.at(index);
            if (stopped.life != life) return;
            stopped.host.handle(node::Shutdown{});
            kill_daemon(index);
        });
    }
    const auto* say = std::get_if<node::SayState>(&action);
    if (say == nullptr) return;
    const auto word = [](const cluster::NodeState& state) {
        return state.services.empty() ? cluster::Word{} : state.services.front().word;
    };
    if (word(box.link.said) != word(say->state)) {
        box.link.word_since = world_.now();
        box.link.acknowledged = false;
    }
    box.link.said = say->state;
    if (std::exchange(box.link.sends_soon, true)) return;
    after(1ms, [this, index, life = box.life] {
        if (boxes_.at(index)->life == life) send(index);
    });
}

// ---- tasks

void DatabaseWorld::do_task(std::size_t index, const node::Task& task) {
    Box& box = *boxes_.at(index);
    if (box.to_fail > 0) {
        --box.to_fail;
        return answer(index, box.life, task.number, "it was to fail");
    }
    if (const auto* journal = std::get_if<node::WriteJournal>(&task.deed))
        return write_journal(index, task, journal->journal);
    if (std::holds_alternative<node::KillServer>(task.deed)) {
        if (box.server.life() == FakeServer::Life::frozen) kill_server(index);
        return answer(index, box.life, task.number, "");
    }
    if (const auto* question = std::get_if<node::AskWitness>(&task.deed))
        return ask_witness(index, task, question->want);
    if (std::holds_alternative<node::EvictPeerClients>(task.deed)) {
        if (other(index).server.runs()) other(index).server.evict();
        return answer(index, box.life, task.number, "");
    }
    const bool closes = std::holds_alternative<replication::CloseRoad>(task.deed);
    if (closes || std::holds_alternative<replication::OpenRoad>(task.deed)) box.road_closed = closes;
    const bool statements = std::holds_alternative<replication::Execute>(task.deed) ||
                            std::holds_alternative<replication::Look>(task.deed) ||
                            std::holds_alternative<replication::EvictClients>(task.deed) ||
                            std::holds_alternative<replication::EndWaits>(task.deed);
    if (!statements) return answer(index, box.life, task.number, "");
    run_statements(index, task);
}

// Once it is asked for it may be on disk, whatever becomes of the daemon.
void DatabaseWorld::write_journal(std::size_t index, const node::Task& task,
                                  const cluster::Journal& journal) {
    Box& box = *boxes_.at(index);
    box.disk_free = std::max(box.disk_free, world_.now()) + 1ms + random(2ms) + box.slow;
    after(box.disk_free - world_.now(), [this, index, life = box.life, number = task.number, journal] {
        Box& written = *boxes_.at(index);
        written.disk = journal;
        if (journal.term == cluster::Term::held) {
            const auto [held, is_new] = held_.emplace(journal.epoch, index);
            if (!is_new && held->second != index) broke("no two boxes hold the same term");
        }
        answer(index, life, number, "");
    });
}

void DatabaseWorld::run_statements(std::size_t index, const node::Task& task) {
    Box& box = *boxes_.at(index);
    box.hand_free = std::max(box.hand_free, world_.now()) + kTask + random(kTask) + box.slow;
    after(box.hand_free - world_.now(), [this, index, life = box.life, task] {
        Box& now = *boxes_.at(index);
        if (now.server.life() == FakeServer::Life::dead)
            return answer(index, life, task.number, "there is no server");
        if (now.server.life() == FakeServer::Life::running) return run_now(index, life, task);
        now.stuck.push_back([this, index, life, task] { run_now(index, life, task); });
    });
    after(task.patience, [this, index, life = box.life, number = task.number] {
        answer(index, life, number, "no answer in time");
    });
}

void DatabaseWorld::run_now(std::size_t index, std::uint64_t life, const node::Task& task) {
    Box& box = *boxes_.at(index);
    if (std::holds_alternative<replication::Look>(task.deed))
        return answer(index, life, task.number, "", box.server.view(world_.now()));
    if (std::holds_alternative<replication::EvictClients>(task.deed)) {
        box.server.evict();
        return answer(index, life, task.number, "");
    }
    if (std::holds_alternative<replication::EndWaits>(task.deed)) {
        box.server.evict();  // MariaDB commits what they have written, and nobody is told
        return answer(index, life, task.number, "");
    }
    const auto& deed = std::get<replication::Execute>(task.deed);
    if (deed.hold.empty()) return say(index, life, task.number, deed);
    for (const std::string& statement : deed.hold) {
        if (box.server.execute(statement)) break;
    }
    after(random(3ms), [this, index, life, number = task.number, deed] {
        const Box& holding = *boxes_.at(index);
        if (holding.life == life && holding.server.runs()) say(index, life, number, deed);
    });
}

void DatabaseWorld::say(std::size_t index, std::uint64_t life, std::uint32_t number,
                        const replication::Execute& deed) {
    FakeServer& server = boxes_.at(index)->server;
    std::optional<std::string> error;
    for (const std::string& statement : deed.statements) {
        if (statement.starts_with("REPLACE INTO") || statement.starts_with("INSERT INTO")) {
            return server.commit(++last_id_, false, [=, this](FakeServer::Outcome outcome) {
                const bool done = outcome == FakeServer::Outcome::committed;
                answer(index, life, number, done ? "" : "it was not committed");
            });
        }
        error = server.execute(statement);
        if (error) break;
    }
    for (const std::string& statement : deed.release) (void)server.execute(statement);
    answer(index, life, number, error.value_or(""));
}

// Only the first of several counts, for whoever asked.
void DatabaseWorld::answer(std::size_t index, std::uint64_t life, std::uint32_t number,
                           const std::string& failure, std::optional<replication::ServerView> view) {
    if (failure.empty())
        return tell(index, life, node::ServiceHappened{"db", replication::TaskDone{number, std::move(view)}});
    tell(index, life, node::ServiceHappened{"db", replication::TaskFailed{number, failure, true}});
}

void DatabaseWorld::look(std::size_t index, std::uint64_t life) {
    Box& box = *boxes_.at(index);
    if (box.life != life) return;
    after(kBeat, [this, index, life] { look(index, life); });
    if (!box.host.is_running()) return;
    if (box.server.runs()) {
        box.failing_since.reset();
        return tell(
            index, life,
            node::ServiceHappened{"db", node::ServerSeen{box.server.view(world_.now()), world_.now()}});
    }
    if (!box.failing_since) box.failing_since = world_.now();
    const bool dead = box.server.life() == FakeServer::Life::dead;
    if (dead || world_.now() - *box.failing_since >= kDead)
        tell(index, life, node::ServiceHappened{"db", node::ServerDown{dead ? "it is gone" : "it hangs"}});
}

void DatabaseWorld::look_at_peer(std::size_t index, std::uint64_t life) {
    Box& box = *boxes_.at(index);
    if (box.life != life) return;
    after(kBeat, [this, index, life] { look_at_peer(index, life); });
    if (!box.host.is_running()) return;
    const FakeServer& server = other(index).server;
    if (server.runs() && !box.road_closed) {
        box.peer_failing_since.reset();
        return tell(index, life,
                    node::ServiceHappened{"db", node::PeerServerSeen{server.view(world_.now())}});
    }
    if (!box.peer_failing_since) box.peer_failing_since = world_.now();
    const bool gone = server.life() == FakeServer::Life::dead || box.road_closed;
    if (gone || world_.now() - *box.peer_failing_since >= kDead)
        tell(index, life,
             node::ServiceHappened{"db", node::PeerServerDown{gone ? "it is gone" : "it hangs"}});
}

// ---- the link

void DatabaseWorld::beat(std::size_t index, std::uint64_t life) {
    Box& box = *boxes_.at(index);
    if (box.life != life) return;
    after(kBeat, [this, index, life] { beat(index, life); });
    if (!box.host.is_running()) return;
    send(index);
    tell_link(index);
}

void DatabaseWorld::send(std::size_t index) {
    Box& box = *boxes_.at(index);
    box.link.sends_soon = false;
    if (!box.host.is_running() || box.link.said.services.empty()) return;
    const Message message{box.link.said, world_.now(), box.link.heard_sent, box.link.believed_sent};
    after(kLatency, [this, to = 1 - index, message] {
        const Box& receiver = *boxes_.at(to);
        if (!receiver.link_cut && receiver.host.is_running()) hear(to, receiver.life, message);
    });
}

void DatabaseWorld::hear(std::size_t index, std::uint64_t life, const Message& message) {
    Box& box = *boxes_.at(index);
    Link& link = box.link;
    const TimePoint now = world_.now();
    const bool is_first = !link.heard_sent;
    link.heard_at = now;
    if (is_first || message.sent > *link.heard_sent) link.heard_sent = message.sent;
    if (is_first)
        after(1ms, [this, index, life] {
            if (boxes_.at(index)->life == life) send(index);
        });
    // Only what answers this life of the daemon is believed.
    const bool proved = message.heard && *message.heard >= box.started;
    if (proved && (!link.believed_sent || message.sent > *link.believed_sent)) {
        link.believed_sent = message.sent;
        link.last = message.state;
        if (now - *message.heard < kTimeout) link.current_at = now;
    }
    link.acknowledged = link.acknowledged || (message.believed && *message.believed >= link.word_since);
    tell_link(index);
}

void DatabaseWorld::tell_link(std::size_t index) {
    Box& box = *boxes_.at(index);
    Link& link = box.link;
    const auto within = [&](const std::optional<TimePoint>& time) {
        return time && world_.now() - *time < kTimeout;
    };
    node::PeerHeard heard;
    heard.standing = within(link.current_at) ? cluster::Standing::fresh
                     : within(link.heard_at) ? cluster::Standing::one_way
                                             : cluster::Standing::silent;
    heard.state = link.last;
    if (link.acknowledged) heard.acknowledged.emplace_back("db");
    const bool known = link.told && link.told->standing == heard.standing &&
                       link.told->state == heard.state && link.told->acknowledged == heard.acknowledged;
    if (known) return;
    link.told = heard;
    tell(index, box.life, heard);
}

// ---- the servers

void DatabaseWorld::connect(Box& replica, Box& source) {
    const bool road = !replication_cut_ && !replica.road_closed && source.server.runs();
    // A frozen source keeps its connection, and a frozen replica too.
    const bool hangs = source.server.life() == FakeServer::Life::frozen && replica.server.is_connected();
    replica.server.set_connected(replica.server.receives() && (road || (hangs && !replica.road_closed)));
    source.server.set_attached(replica.server.acknowledges() && replica.server.runs());
}

// What each has to do that it does not do yet.
void DatabaseWorld::move_transactions() {
    for (std::size_t i = 0; i < kBoxes; ++i) {
        Box& replica = *boxes_.at(i);
        connect(replica, other(i));
        const bool ready = replica.server.runs() && other(i).server.runs() && replica.server.is_connected();
        if (ready && !replica.fetching) {
            const auto news = other(i).server.after(replica.server.received());
            if (!news) {
                replica.server.cannot_receive("the source does not have what this server has");
            } else if (!news->empty()) {
                replica.fetching = true;
                after(kLatency, [this, i] { fetch(i); });
            }
        }
        if (replica.server.can_apply() && !std::exchange(replica.applying, true))
            after(replica.each_apply, [this, i] { apply(i); });
    }
}

void DatabaseWorld::fetch(std::size_t index) {
    Box& replica = *boxes_.at(index);
    replica.fetching = false;
    connect(replica, other(index));
    if (!replica.server.runs() || !other(index).server.runs() || !replica.server.is_connected()) return;
    const auto news = other(index).server.after(replica.server.received());
    if (!news || news->empty()) return;
    for (const Transaction& transaction : *news) replica.server.receive(transaction);
    if (!replica.server.acknowledges()) return;
    // An acknowledgement that has left is not called back by anything that happens here.
    after(kLatency, [this, index, last = news->back()] {
        FakeServer& source = other(index).server;
        if (source.runs()) return source.acknowledge(last);
        if (source.life() == FakeServer::Life::frozen)
            other(index).stuck.push_back([&source, last] { source.acknowledge(last); });
    });
}

void DatabaseWorld::apply(std::size_t index) {
    Box& replica = *boxes_.at(index);
    replica.applying = replica.server.apply();
    if (replica.applying) after(replica.each_apply, [this, index] { apply(index); });
}

// One client at each server that lets it in, whether or not the address is there.
void DatabaseWorld::write() {
    after(40ms, [this] { write(); });
    for (std::size_t i = 0; i < kBoxes; ++i) {
        Box& box = *boxes_.at(i);
        if (box.writing || !box.server.runs() || !box.server.is_writable()) continue;
        box.writing = true;
        const std::uint64_t id = ++last_id_;
        box.server.commit(id, true, [this, i, id](FakeServer::Outcome outcome) {
            boxes_.at(i)->writing = false;
            if (outcome == FakeServer::Outcome::committed) acknowledged(i, id);
        });
    }
}

}  // namespace highbase::tests
