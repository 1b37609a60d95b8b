// SPDX-License-Identifier: GPL-2.0-or-later
// What stands behind the node's services on this host: sessions with the servers, the peer link, the journal,
// hooks, and the packet filter that closes the road to the other server. Does what a service asks for, and
// tells what has come of it, and what it sees and hears.
#pragma once

#include <utility>  // before Asio, which needs it

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/client_watch.hpp"
#include "daemon/config.hpp"
#include "daemon/database_hand.hpp"
#include "daemon/database_watch.hpp"
#include "daemon/errant_keeper.hpp"
#include "daemon/fence_agent.hpp"
#include "daemon/hook_runner.hpp"
#include "daemon/joint_restart.hpp"
#include "daemon/journal_store.hpp"
#include "daemon/peer.hpp"
#include "daemon/preflight_watch.hpp"
#include "daemon/server_process.hpp"
#include "daemon/witness_client.hpp"
#include "netlink/kernel.hpp"
#include "node/action.hpp"
#include "node/event.hpp"

namespace highbase::daemon {

class Services {
public:
    using Told = std::function<void(const node::Event&)>;
    using TellReport = std::function<void(const node::Report&)>;
    using Follow = std::function<void(const ServiceVerdict&)>;

    // Reads journals and keys. `io` and `kernel` outlive it. Throws std::runtime_error with a text for the
    // operator.
    Services(boost::asio::io_context& io, netlink::Kernel& kernel, const Config& config, Told told,
             TellReport tell, Follow follow);
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;
    ~Services();

    // From now on events are told.
    void start();
    // Passwords, accounts and hooks; what else has changed needs a restart.
    void configure(const node::Configuration& configuration);
    // Of the checks of a virtual router: what they say is to be followed, unless a restart of the server
    // behind them may still help.
    void judge(const ServiceVerdict& verdict);
    void perform(const node::ServiceTask& task);
    void say(const cluster::NodeState& state);
    void tickle(const node::TickleClients& action);
    [[nodiscard]] std::optional<cluster::PeerView> peer() const;

    // Of a service that there is.
    void examine(const std::string& service, Doctor::Done done);

private:
    struct Service {
        std::string name;
        std::string router;  // that the database belongs to
        node::DatabaseConfiguration database;
        health::RestartConfiguration on_down;
        bool forwards = false;
        std::unique_ptr<DatabaseWatch> watch{};
        std::unique_ptr<DatabaseHand> hand{};
        std::unique_ptr<PreflightWatch> preflight{};
        std::unique_ptr<ErrantKeeper> keeper{};
        std::unique_ptr<JointRestart> restart{};
        std::unique_ptr<ServerProcess> process{};  // none: not on this host, or it is never killed
        std::unique_ptr<FenceAgent> agent{};
        // Of the other box's server; only where clients are forwarded, to either.
        std::unique_ptr<DatabaseWatch> peer_watch{};
        std::unique_ptr<DatabaseHand> peer_hand{};
        std::vector<vrrp::IpAddress> addresses{};
        bool held = false;  // the last term that has ended, by this box
        bool road_closed = false;
    };

    // Of what has no view of a server to show.
    using Outcome = tl::expected<void, std::string>;
    using OutcomeDone = std::function<void(const Outcome&)>;

    void set_addresses(const node::Configuration& configuration);
    void begin(Service& service);
    void begin_restarts(Service& service);
    void begin_watch(Service& service);
    void begin_fence(Service& service);
    void begin_peer_watch(Service& service);
    void renew(Service& service, const node::DatabaseConfiguration& before);
    [[nodiscard]] Examination examination_of(const std::string& service) const;
    [[nodiscard]] replication::ServerRole role_of(const std::string& service) const;
    void finish(const std::string& service, std::uint32_t number, const DatabaseHand::Result& result);
    // That finishes it.
    [[nodiscard]] DatabaseHand::Done reply(const Service& service, std::uint32_t number);
    [[nodiscard]] OutcomeDone reply_outcome(const Service& service, std::uint32_t number);
    void do_deed(Service& service, const node::Task& task, const replication::RunHooks& deed);
    void do_deed(Service& service, const node::Task& task, const replication::CloseRoad& deed);
    void do_deed(Service& service, const node::Task& task, const replication::OpenRoad& deed);
    void do_deed(Service& service, const node::Task& task, const replication::Execute& deed);
    void do_deed(Service& service, const node::Task& task, const replication::Look& deed);
    void do_deed(Service& service, const node::Task& task, const replication::EvictClients& deed);
    void do_deed(Service& service, const node::Task& task, const replication::EndWaits& deed);
    void do_deed(Service& service, const node::Task& task, const replication::EndApplier& deed);
    void do_deed(Service& service, const node::Task& task, const replication::FencePeer& deed);
    void do_deed(Service& service, const node::Task& task, const node::KillServer& deed);
    void do_deed(Service& service, const node::Task& task, const node::WriteJournal& deed);
    void do_deed(Service& service, const node::Task& task, const node::SaveErrant& deed);
    void do_deed(Service& service, const node::Task& task, const node::AskWitness& deed);
    void do_deed(Service& service, const node::Task& task, const node::EvictPeerClients& deed);
    void set_roads(Service& service, bool closed, std::uint32_t number);

    boost::asio::io_context& io_;
    netlink::Kernel& kernel_;
    std::string node_;
    Told told_;
    TellReport tell_;
    Follow follow_;
    std::map<std::string, Service> services_;
    std::map<std::string, tl::expected<cluster::Journal, std::string>> journals_;  // as they were at start
    std::optional<cluster::PeerConfiguration> peer_configuration_;
    std::vector<std::string> virtual_addresses_;  // all that this box may have
    std::optional<cluster::NodeState> state_;     // what is said
    std::optional<witness::Configuration> witness_configuration_;
    std::optional<WitnessClient> witness_;
    std::optional<Peer> peer_;
    std::optional<ClientWatch> clients_;
    std::optional<JournalStore> store_;
    HookRunner hooks_;
    process::Slots restart_slots_{2};
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for handlers in a queue
};

}  // namespace highbase::daemon
