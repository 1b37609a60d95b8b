// SPDX-License-Identifier: GPL-2.0-or-later
// Drives a node on this host: turns what the kernel, the network and the clock say into its events, and
// performs its actions in order. Runs on one thread, which never waits for anything but them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daemon/deadline_timer.hpp"
#include "netlink/kernel.hpp"
#include "node/node.hpp"
#include "vrrp/port/port.hpp"

namespace highbase::daemon {

class Speaker {
public:
    using OpenPort = std::function<netlink::Result<std::unique_ptr<vrrp::Port>>(const netlink::Link&)>;
    using TellReport = std::function<void(const node::Report&)>;
    // ServiceTask, SayState, LeaveWill, TickleClients, SwitchoverAnswer, OrderAnswered and ReadyToStop; may
    // call handle().
    using AskServices = std::function<void(const node::Action&)>;

    // `kernel` and `io` outlive the speaker. Throws std::system_error.
    Speaker(boost::asio::io_context& io, netlink::Kernel& kernel, OpenPort open_port,
            const node::Configuration& configuration, TellReport tell, AskServices ask_services);
    Speaker(const Speaker&) = delete;
    Speaker& operator=(const Speaker&) = delete;
    ~Speaker();

    // Reads the interfaces and begins. An error means that the kernel could not be asked, and that nothing
    // was done.
    netlink::Result<void> start();
    // Any event from the daemon itself: a new configuration, eligibility, a resignation. After node::Shutdown
    // everything that the node has is released, and has been when this returns.
    void handle(const node::Event& event);
    [[nodiscard]] node::NodeSnapshot snapshot() const;

    // An address that should have left, and that the kernel has not taken away since.
    struct Unreleased {
        std::string address;
        vrrp::TimePoint since{};
    };
    [[nodiscard]] std::optional<Unreleased> unreleased() const;
    // Asks the kernel once more for each of them.
    void release_again();

private:
    struct OpenedPort {
        std::shared_ptr<vrrp::Port> port;
        boost::asio::posix::stream_descriptor
            ready;  // the port's descriptor, lent: released, never closed here
    };

    void on_deadline();
    void receive_waiting();
    [[nodiscard]] bool takeover_is_near() const;
    void watch_kernel();
    void watch_port(netlink::LinkIndex link, OpenedPort& opened);
    void take_kernel_events();
    netlink::Result<void> dump();
    void dump_again();
    void arm();
    void receive(netlink::LinkIndex link);
    void close_port(netlink::LinkIndex link);

    void settle(const node::Event& event);
    void perform(const node::OpenPort&);
    void perform(const node::ClosePort&);
    void perform(const node::SetScope&);
    void perform(const node::SendFrame&);
    void perform(const node::SendDatagram&);
    void perform(const node::PutAddresses&);
    void perform(const node::DeleteAddress&);
    void perform(const node::EndConnections&);
    void perform(const node::Guard&);
    void perform(const node::Forward&);
    void perform(const node::RenewLease&);
    void perform(const node::EndLease&);
    void perform(const node::CreateMacvlan&);
    void perform(const node::DeleteLink&);
    void perform(const node::RefusePackets&);
    void perform(const node::ServiceTask& action) { ask_services_(action); }
    void perform(const node::TickleClients& action) { ask_services_(action); }
    void perform(const node::SayState& action) { ask_services_(action); }
    void perform(const node::LeaveWill& action) { ask_services_(action); }
    void perform(const node::SwitchoverAnswer& action) { ask_services_(action); }
    void perform(const node::OrderAnswered& action) { ask_services_(action); }
    void perform(const node::ReadyToStop& action) { ask_services_(action); }
    void perform(const node::Tell&);

    boost::asio::io_context& io_;
    netlink::Kernel& kernel_;
    OpenPort open_port_;
    TellReport tell_;
    AskServices ask_services_;
    node::Node node_;
    std::map<netlink::LinkIndex, OpenedPort> ports_;
    boost::asio::posix::stream_descriptor kernel_ready_;
    DeadlineTimer timer_;
    std::deque<node::Event> outcomes_;  // of actions, not told to the node yet
    std::map<std::pair<netlink::LinkIndex, vrrp::Prefix>, vrrp::TimePoint> unreleased_;
    bool dump_due_ = false;  // events were lost, and the state has not been read anew
};

}  // namespace highbase::daemon
