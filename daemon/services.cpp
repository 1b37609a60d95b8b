// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/services.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "daemon/database_target.hpp"

namespace highbase::daemon {
namespace {

std::string text_of(const std::variant<std::string, vrrp::Endpoint>& server) {
    const auto* path = std::get_if<std::string>(&server);
    return path != nullptr ? *path : std::get<vrrp::Endpoint>(server).to_string();
}

// The other box's server, as if it were this one's.
node::DatabaseConfiguration of_peer(node::DatabaseConfiguration database) {
    database.server = database.peer_server;
    return database;
}

bool may_write(cluster::Role role) {
    return role == cluster::Role::primary || role == cluster::Role::promoting ||
           role == cluster::Role::demoting;
}

std::string service_name(const node::RouterConfiguration& router) {
    return router.sync_group.empty() ? router.name : router.sync_group;
}

}  // namespace

Services::Services(boost::asio::io_context& io, netlink::Kernel& kernel, const Config& config, Told told,
                   TellReport tell, Follow follow)
    : io_{io},
      kernel_{kernel},
      node_{config.node.name},
      told_{std::move(told)},
      tell_{std::move(tell)},
      follow_{std::move(follow)},
      peer_configuration_{config.peer},
      witness_configuration_{config.witness},
      hooks_{io, tell_} {
    for (const node::RouterConfiguration& router : config.node.routers) {
        if (!router.database) continue;
        const std::string name = service_name(router);
        journals_.emplace(name, read_journal(config.state_directory, name));
        Service& service = services_
                               .emplace(name, Service{name, router.name, *router.database, router.restart,
                                                      router.forward.has_value()})
                               .first->second;
        service.keeper = std::make_unique<ErrantKeeper>(io_, config.state_directory, tell_);
        const auto& journal = journals_.at(name);
        service.held = journal && journal->term == cluster::Term::held;
        // What an earlier life has left in the middle of it.
        clear(config.state_directory, name);
    }
    set_addresses(config.node);
    if (services_.empty()) return;
    store_.emplace(io_, config.state_directory, [this](const JournalStore::Outcome& outcome) {
        if (!outcome) tell_({node::EventId::journal_failed, {{"router", node_}, {"error", outcome.error()}}});
    });
}

// The table is ours, and nobody is served by what it refuses once nobody here decides any more.
Services::~Services() {
    bool closed = false;
    for (const auto& [name, service] : services_) closed = closed || service.road_closed;
    if (closed) (void)kernel_.refuse_connections_to({});
}

void Services::set_addresses(const node::Configuration& configuration) {
    virtual_addresses_.clear();
    for (auto& [name, service] : services_) service.addresses.clear();
    for (const node::RouterConfiguration& router : configuration.routers) {
        const auto service = services_.find(service_name(router));
        for (const vrrp::Prefix& prefix : router.addresses) {
            virtual_addresses_.push_back(prefix.address.to_string());
            if (service != services_.end()) service->second.addresses.push_back(prefix.address);
        }
    }
}

void Services::start() {
    // Its thread begins: not before this process has given up its privileges.
    if (witness_configuration_ && !services_.empty()) witness_.emplace(io_, *witness_configuration_);
    for (auto& [name, service] : services_) {
        const auto& journal = journals_.at(name);
        if (journal) {
            told_(node::ServiceHappened{name, node::JournalRead{*journal}});
        } else {
            told_(node::ServiceHappened{name, node::JournalFailed{journal.error()}});
        }
        begin(service);
    }
    if (!peer_configuration_ || !state_) return;
    peer_.emplace(
        io_, *peer_configuration_, *state_, [this](const node::PeerHeard& heard) { told_(heard); },
        [this](std::size_t path, const netlink::Error& error) {
            const auto& address = peer_configuration_->paths.at(path).address;
            tell_(
                {node::EventId::peer_path_failed, {{"path", address.to_string()}, {"error", error.message}}});
        });
    clients_.emplace(
        io_, kernel_, [this](std::vector<vrrp::Connection> found) { peer_->say_clients(std::move(found)); },
        tell_);
}

void Services::begin(Service& service) {
    service.hand = std::make_unique<DatabaseHand>(io_, service.database);
    begin_fence(service);
    begin_watch(service);
    if (service.forwards) begin_peer_watch(service);
    begin_restarts(service);
    service.preflight = std::make_unique<PreflightWatch>(
        io_, service.name, [this, name = service.name] { return examination_of(name); },
        [this, name = service.name](const node::PreflightDone& done) {
            told_(node::ServiceHappened{name, done});
        },
        tell_);
}

// What helps where asking does not.
void Services::begin_fence(Service& service) {
    const node::FenceConfiguration& fence = service.database.fence;
    service.agent = std::make_unique<FenceAgent>(io_, service.name, tell_);
    const auto* socket = std::get_if<std::string>(&service.database.server);
    if (socket == nullptr || !fence.kill_after) return;
    service.process =
        std::make_unique<ServerProcess>(io_, *socket, [this, name = service.name](const std::string& reason) {
            tell_({node::EventId::server_not_known, {{"router", name}, {"reason", reason}}});
        });
}

void Services::begin_watch(Service& service) {
    service.watch = std::make_unique<DatabaseWatch>(
        io_, service.database,
        [&service](const node::ServiceEvent& event) { service.restart->server(event); });
}

void Services::begin_peer_watch(Service& service) {
    const node::DatabaseConfiguration database = of_peer(service.database);
    const auto tell = [this, name = service.name](const node::ServiceEvent& event) {
        told_(node::ServiceHappened{name, event});
    };
    service.peer_hand = std::make_unique<DatabaseHand>(io_, database);
    service.peer_watch =
        std::make_unique<DatabaseWatch>(io_, database, [tell](const node::ServiceEvent& event) {
            if (const auto* seen = std::get_if<node::ServerSeen>(&event))
                tell(node::PeerServerSeen{seen->view});
            if (const auto* down = std::get_if<node::ServerDown>(&event))
                tell(node::PeerServerDown{down->reason});
            if (const auto* unknown = std::get_if<node::ServerUnknown>(&event))
                tell(node::PeerServerUnknown{unknown->reason});
        });
}

void Services::begin_restarts(Service& service) {
    const auto server_told = [this, &service](const node::ServiceEvent& event) {
        told_(node::ServiceHappened{service.name, event});
        const auto* const seen = std::get_if<node::ServerSeen>(&event);
        if (seen != nullptr) service.preflight->server_seen(seen->view.semi_sync.clients);
        if (seen != nullptr && service.process) service.process->seen();
    };
    service.restart = std::make_unique<JointRestart>(
        io_, restart_slots_, service.router,
        JointRestart::Observers{server_told, follow_,
                                [this](const RestartNotice& notice) { tell_(report_of(notice)); }});
    service.restart->configure(service.on_down);
}

void Services::judge(const ServiceVerdict& verdict) {
    for (auto& [name, service] : services_) {
        if (service.router == verdict.router && service.restart) return service.restart->checks(verdict);
    }
    follow_(verdict);
}

void Services::configure(const node::Configuration& configuration) {
    set_addresses(configuration);
    for (const node::RouterConfiguration& router : configuration.routers) {
        const auto known = services_.find(service_name(router));
        if (!router.database || known == services_.end()) continue;
        Service& service = known->second;
        service.on_down = router.restart;
        const node::DatabaseConfiguration before = std::exchange(service.database, *router.database);
        if (!service.hand) continue;  // not begun
        service.restart->configure(router.restart);
        if (router.checks.empty()) service.restart->forget_checks();
        renew(service, before);
    }
}

// What is under way goes on, unless it has to do with another server or account now. A step of a promotion
// that is not answered would end it, and a look that is begun anew says nothing for a while.
void Services::renew(Service& service, const node::DatabaseConfiguration& before) {
    const node::DatabaseConfiguration& now = service.database;
    const bool same_target = target_of(before) == target_of(now);
    const bool same_looks = before.interval == now.interval && before.timeout == now.timeout &&
                            before.thresholds == now.thresholds;
    if (!same_target || !same_looks) begin_watch(service);
    if (same_target) return;
    const auto hand = std::exchange(service.hand, std::make_unique<DatabaseHand>(io_, now));
    hand->give_up("the configuration has changed");
    if (!service.peer_hand) return;
    service.peer_hand->give_up("the configuration has changed");
    begin_peer_watch(service);
}

void Services::say(const cluster::NodeState& state) {
    state_ = state;
    if (peer_) peer_->say(state);
    std::vector<vrrp::IpAddress> served;
    for (const cluster::ServiceState& said : state.services) {
        const auto service = services_.find(said.name);
        if (service == services_.end()) continue;
        const auto& addresses = service->second.addresses;
        const bool has_clients = service->second.forwards ? said.serves : said.role == cluster::Role::primary;
        if (has_clients) served.insert(served.end(), addresses.begin(), addresses.end());
        if (service->second.preflight) service->second.preflight->role_is(said.role);
        if (said.role == cluster::Role::primary) service->second.held = true;
        // Only for a promotion, which has ended, or never was.
        if (said.role != cluster::Role::promoting && service->second.agent) service->second.agent->cancel();
        if (said.role == cluster::Role::replica) service->second.held = false;
    }
    if (clients_) clients_->look_at(std::move(served));
}

void Services::tickle(const node::TickleClients& action) {
    if (!peer_) return;
    std::vector<vrrp::Connection> clients = peer_->clients();
    std::erase_if(clients, [&](const vrrp::Connection& client) {
        return std::ranges::find(action.addresses, client.local.address) == action.addresses.end();
    });
    const netlink::Result<void> told = kernel_.tickle(clients);
    if (!told) tell_({node::EventId::clients_not_told, {{"error", told.error().message}}});
}

std::optional<cluster::PeerView> Services::peer() const {
    return peer_ ? std::optional{peer_->view()} : std::nullopt;
}

// ---- preflight

void Services::examine(const std::string& service, Doctor::Done done) {
    services_.at(service).preflight->examine(std::move(done));
}

Examination Services::examination_of(const std::string& service) const {
    return {services_.at(service).database, virtual_addresses_, role_of(service)};
}

// Between two roles, nothing is expected of either. A server that follows nobody yet is the replica as soon
// as the other one is the primary.
replication::ServerRole Services::role_of(const std::string& service) const {
    const cluster::ServiceState* const own = state_ ? state_->find(service) : nullptr;
    if (own == nullptr) return replication::ServerRole::unknown;
    if (own->role == cluster::Role::primary) return replication::ServerRole::primary;
    if (own->role == cluster::Role::replica) return replication::ServerRole::replica;
    const auto view = peer();
    if (may_write(own->role) || !view || view->standing != cluster::Standing::fresh || !view->last)
        return replication::ServerRole::unknown;
    const cluster::ServiceState* const theirs = view->last->find(service);
    const bool follows = theirs != nullptr && theirs->role == cluster::Role::primary;
    return follows ? replication::ServerRole::replica : replication::ServerRole::unknown;
}

// ---- tasks

void Services::perform(const node::ServiceTask& action) {
    const auto service = services_.find(action.service);
    if (service == services_.end()) return;
    std::visit([&](const auto& deed) { do_deed(service->second, action.task, deed); }, action.task.deed);
}

void Services::finish(const std::string& service, std::uint32_t number, const DatabaseHand::Result& result) {
    if (result) {
        told_(node::ServiceHappened{service, replication::TaskDone{number, *result}});
    } else {
        told_(node::ServiceHappened{
            service, replication::TaskFailed{number, result.error().reason, result.error().against_server,
                                             result.error().held_up}});
    }
}

DatabaseHand::Done Services::reply(const Service& service, std::uint32_t number) {
    return [this, name = service.name, number](const auto& result) { finish(name, number, result); };
}

Services::OutcomeDone Services::reply_outcome(const Service& service, std::uint32_t number) {
    return [done = reply(service, number)](const Outcome& outcome) {
        if (outcome) return done(std::nullopt);
        done(tl::make_unexpected(DatabaseHand::Trouble{outcome.error()}));
    };
}

void Services::do_deed(Service& service, const node::Task& task, const replication::RunHooks& deed) {
    HookContext context;
    context.point = deed.point;
    context.service = service.name;
    context.node = node_;
    const auto view = peer();
    if (view && view->last) context.peer = view->last->node;
    context.epoch = static_cast<std::uint64_t>(task.epoch);
    context.server = text_of(service.database.server);
    context.peer_server = service.database.peer_server.to_string();
    hooks_.run(context, service.database.hooks, reply_outcome(service, task.number));
}

void Services::do_deed(Service& service, const node::Task& task, const replication::CloseRoad&) {
    set_roads(service, true, task.number);
}

void Services::do_deed(Service& service, const node::Task& task, const replication::OpenRoad&) {
    set_roads(service, false, task.number);
}

void Services::set_roads(Service& service, bool closed, std::uint32_t number) {
    std::vector<vrrp::Endpoint> roads;
    for (const auto& [name, one] : services_) {
        const bool is_closed = &one == &service ? closed : one.road_closed;
        if (is_closed) roads.push_back(one.database.peer_server);
    }
    const netlink::Result<void> set = kernel_.refuse_connections_to(roads);
    if (set) service.road_closed = closed;
    if (!set) tell_({node::EventId::road_failed, {{"router", service.name}, {"error", set.error().message}}});
    reply_outcome(service, number)(set.map_error([](const netlink::Error& error) { return error.message; }));
}

void Services::do_deed(Service& service, const node::Task& task, const replication::Execute& deed) {
    service.hand->execute(deed, task.patience, reply(service, task.number));
}

void Services::do_deed(Service& service, const node::Task& task, const replication::Look&) {
    service.hand->look(task.patience, reply(service, task.number));
}

void Services::do_deed(Service& service, const node::Task& task, const replication::EvictClients&) {
    service.hand->evict_clients(task.patience, reply(service, task.number));
}

void Services::do_deed(Service& service, const node::Task& task, const node::EvictPeerClients&) {
    service.peer_hand->evict_clients(task.patience, reply(service, task.number));
}

void Services::do_deed(Service& service, const node::Task& task, const replication::EndWaits&) {
    service.hand->end_waits(task.patience, reply(service, task.number));
}

void Services::do_deed(Service& service, const node::Task& task, const replication::EndApplier&) {
    service.hand->end_applier(task.patience, reply(service, task.number));
}

void Services::do_deed(Service& service, const node::Task& task, const replication::FencePeer&) {
    service.agent->fence(service.database.fence, reply_outcome(service, task.number));
}

void Services::do_deed(Service& service, const node::Task& task, const node::KillServer& deed) {
    if (!service.process)
        return reply_outcome(service, task.number)(tl::make_unexpected("its process is not known"));
    service.process->kill(task.patience, [this, name = service.name, reason = deed.reason,
                                          done = reply_outcome(service, task.number)](const auto& killed) {
        if (killed.pid != 0)
            tell_({node::EventId::server_killed,
                   {{"router", name}, {"pid", std::to_string(killed.pid)}, {"reason", reason}}});
        done(killed.trouble.empty() ? Outcome{} : tl::make_unexpected(killed.trouble));
    });
}

void Services::do_deed(Service& service, const node::Task& task, const node::WriteJournal& deed) {
    store_->write(service.name, deed.journal, reply_outcome(service, task.number));
}

void Services::do_deed(Service& service, const node::Task& task, const node::SaveErrant& deed) {
    service.keeper->save({service.name, service.database, task.epoch, service.held, deed, task.patience},
                         reply_outcome(service, task.number));
}

// The name of a service is the same on both boxes, and so is the record's.
void Services::do_deed(Service& service, const node::Task& task, const node::AskWitness& deed) {
    witness_->ask(service.name, deed.want, witness_configuration_->timeout,
                  [this, name = service.name, number = task.number](const witness::Answer& answer) {
                      told_(node::ServiceHappened{name, node::WitnessAnswered{number, answer}});
                  });
}

}  // namespace highbase::daemon
