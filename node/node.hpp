// SPDX-License-Identifier: GPL-2.0-or-later
// A whole node as one pure machine: its virtual routers, the interfaces they stand on, and what the kernel
// and the network tell about them. handle() takes the time and an event and answers the actions
// (node/action.hpp); the daemon performs them on a real host, a simulator on simulated ones.
//
// From the death of the Active box to a served address, in six steps:
//   vrrp/virtual_router.cpp  the Active_Down_Timer ends: SendAdvertisement, AcquireAddresses
//   node/node.cpp            perform(): for each member of the sync group
//   node/router.cpp          the frame of the advertisement; PutAddresses
//   daemon/speaker.cpp       the frame goes out, the kernel gets the addresses; AddressesPut comes back
//   vrrp/virtual_router.cpp  AddressesAcquired: AnnounceAddresses
//   node/router.cpp          gratuitous ARP or unsolicited Neighbor Advertisements
// Where a database stands behind the addresses, AcquireAddresses goes to its service first
// (node/serve.cpp, node/service.hpp): it promotes the server, and PutAddresses follows when that has written.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/action.hpp"
#include "node/configuration.hpp"
#include "node/event.hpp"
#include "node/interface_table.hpp"
#include "node/router.hpp"
#include "node/service.hpp"
#include "node/snapshot.hpp"
#include "vrrp/sync_group.hpp"

namespace highbase::node {

class Node {
public:
    // How long until something that failed, or was not answered, is tried again.
    static constexpr vrrp::Duration kRetry = std::chrono::seconds{1};

    // The configuration must be one that the checks of daemon/config pass. Nothing happens before
    // KernelDumped.
    explicit Node(const Configuration& configuration);

    [[nodiscard]] Actions handle(vrrp::TimePoint now, const Event& event);
    [[nodiscard]] std::optional<vrrp::TimePoint> next_deadline() const;
    // The first time at which a group of Backups becomes Active if nothing is heard before.
    [[nodiscard]] std::optional<vrrp::TimePoint> next_takeover() const;
    [[nodiscard]] NodeSnapshot snapshot(vrrp::TimePoint now) const;

private:
    // Virtual routers that move together; most often just one.
    struct Group {
        vrrp::SyncGroup machine;
        std::vector<Router> members;        // of one sync group, or one that moves alone
        std::vector<HealthChanged> health;  // of each of them
        std::optional<Service> service{};
        std::deque<ServiceEvent> told{};  // to the service, not handled yet
        bool ready_to_stop = false;
        std::optional<vrrp::Endpoint> forward_to{};  // clients, as long as they are served
    };
    struct PortState {
        enum class Phase : std::uint8_t { opening, open, failed } phase = Phase::opening;
        vrrp::CaptureScope scope = vrrp::CaptureScope::any;
        std::optional<vrrp::TimePoint> retry_at;  // in phase failed
    };
    struct Member {
        Group* group = nullptr;
        std::size_t index = 0;
        [[nodiscard]] Router& router() const { return group->members[index]; }
        [[nodiscard]] const vrrp::VirtualRouter& machine() const { return group->machine.member(index); }
    };

    void on(const KernelDumped&);
    void on(const KernelChanged&);
    void on(const FrameReceived&);
    void on(const TimerExpired&);
    void on(const ConfigurationChanged&);
    void on(const Shutdown&);
    void on(const PortOpened&);
    void on(const PortFailed&);
    void on(const SendFailed&);
    void on(const AddressesPut&);
    void on(const AddressesFailed&);
    void on(const DeleteFailed&);
    void on(const MacvlanFailed&);
    void on(const EndConnectionsFailed&);
    void on(const RefusalFailed&);
    void on(const GuardFailed&);
    void on(const ForwardFailed&);
    void on(const LeaseFailed&);
    void on(const EligibilityChanged&);
    void on(const Resign&);
    void on(const HealthChanged&);
    void on(const ServiceHappened&);
    void on(const PeerHeard&);
    void on(const StopAsked&);

    // ---- node.cpp: the machines
    void drive(const Member& member, const vrrp::Event& event, const std::string& cause);
    void perform(Group& group, const vrrp::MemberActions& actions);
    void note_transitions(Group& group, const std::string& cause);
    void give_up_after_sleep();
    void believe(std::size_t first_action);
    void receive_vrrp(const FrameReceived& received, const vrrp::IpPacket& packet);
    void receive_claim(netlink::LinkIndex link, const vrrp::IpAddress& address, const vrrp::MacAddress& mac);
    void open_ears(netlink::LinkIndex link);
    void discard(netlink::LinkIndex link, const std::string& source, vrrp::Discard reason, Router* router);

    // ---- reconcile.cpp: what is, against what should be
    void reconcile();
    void reconcile_ports();
    void reconcile_attachment(const Member& member);
    void reconcile_addresses(const Member& member);
    void reconcile_scopes();
    void sweep_addresses();
    void sweep_macvlans();
    void delete_link(netlink::LinkIndex link);
    void delete_macvlans(const Router& router, netlink::LinkIndex but = {});
    [[nodiscard]] InitializeReason attach(Router& router, Attachment& attachment);
    [[nodiscard]] InitializeReason attach_macvlan(Router& router, Attachment& attachment);
    void detach(const Member& member, InitializeReason reason);

    // ---- serve.cpp: the services behind the addresses
    void tell_service(Group& group, const ServiceEvent& event);
    void perform(Group& group, const ServiceAction& action);
    void judge(Group& group, bool eligible);
    void serve(Group& group, const Serve& action);
    void succeed(Group& group);
    void apply_parameters(Group& group);
    void say_state();
    void leave_will();
    void stop_if_ready();
    [[nodiscard]] vrrp::Parameters parameters_of(const Group& group, std::size_t index) const;
    [[nodiscard]] std::optional<ServiceSettings> service_settings(
        const std::vector<RouterConfiguration>& members) const;

    // ---- forward.cpp: clients that are led to another host
    void pause(Group& group);
    void stop_forwarding(Group& group);
    void forward_ports();

    // ---- reconfigure.cpp
    void replace_groups(const Configuration& configuration);
    void reconfigure(const Member& member, const RouterConfiguration& wanted);
    void retire(Group& group);
    [[nodiscard]] static std::set<std::string> eligible_routers(const std::vector<Group>& groups);
    [[nodiscard]] Group make_group(std::vector<RouterConfiguration> members,
                                   const std::set<std::string>& eligible);
    void note_virtual_addresses();
    void refuse_packets();
    void guard_addresses();

    [[nodiscard]] std::vector<Member> members();
    [[nodiscard]] std::optional<Member> find(RouterId id);
    [[nodiscard]] std::optional<Member> find(const std::string& router);
    [[nodiscard]] bool ears_closed(const Member& member) const;
    [[nodiscard]] bool has_open_port(const Router& router) const;
    [[nodiscard]] std::string link_name(netlink::LinkIndex index) const;
    void tell(EventId event, std::vector<Field> fields = {});

    std::string name_;
    std::vector<Group> groups_;
    std::uint32_t next_id_ = 0;
    InterfaceTable table_;
    std::map<netlink::LinkIndex, PortState> ports_;
    std::vector<vrrp::IpAddress> not_primary_;  // sorted: no advertisement is sent from one of these
    std::optional<std::vector<vrrp::IpAddress>> refused_;  // nothing: not told yet
    bool ever_refused_ = false;
    std::optional<vrrp::TimePoint> refusal_retry_at_;
    std::vector<vrrp::IpAddress> guarded_;
    std::optional<vrrp::TimePoint> guard_retry_at_;
    std::optional<std::vector<netlink::Forward>> forwarded_;  // nothing: not told yet
    std::optional<vrrp::TimePoint> forward_retry_at_;
    vrrp::DiscardCounters discards_;
    std::uint64_t dumps_ = 0;
    std::string boot_;
    std::optional<vrrp::Duration> witness_;
    cluster::Standing peer_ = cluster::Standing::silent;
    std::optional<cluster::NodeState> said_;  // to the peer; only where there is a service
    Will will_;                               // as it was left last
    bool will_is_old_ = false;                // what it was made from has changed
    bool stop_asked_ = false;
    bool stopped_ = false;

    // Of the event that is being handled.
    vrrp::TimePoint now_{};
    Actions out_;
};

}  // namespace highbase::node
