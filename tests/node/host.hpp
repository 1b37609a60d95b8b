// SPDX-License-Identifier: GPL-2.0-or-later
// A whole host in memory: a node on a FakeKernel, with ports that end in a Wire. It does with the node's
// actions what daemon/speaker.cpp does with them, in the same order: outcomes are told after the whole list
// is done. Time is an argument; whoever owns several hosts (tests/node/world.hpp) moves it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "netlink/fake_kernel.hpp"
#include "node/node.hpp"

namespace highbase::tests {

class Host;

// Where the frames of a host go.
class Wire {
public:
    Wire() = default;
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    virtual ~Wire() = default;

    virtual void carry(Host& from, netlink::LinkIndex link, const vrrp::OctetString& frame) = 0;
    // Whom ARP or Neighbor Discovery would find; nothing where nobody answers.
    virtual std::optional<vrrp::MacAddress> resolve(Host& from, netlink::LinkIndex link,
                                                    const vrrp::IpAddress& address) = 0;
};

struct Performed {
    vrrp::TimePoint at;
    node::Action action;
    friend bool operator==(const Performed&, const Performed&) = default;
};

// What fails on a host, for as long as it is set.
struct Faults {
    std::optional<netlink::Error> open_port;
    std::optional<netlink::Error> set_scope;
    std::optional<netlink::Error> send;
    // Asked for each address.
    std::function<std::optional<netlink::Error>(const netlink::AddressRequest&)> put_address;
    std::optional<netlink::Error> delete_address;
    std::optional<netlink::Error> create_macvlan;
    std::optional<netlink::Error> refuse_packets;
    std::optional<netlink::Error> end_connections;
    std::optional<netlink::Error> guard;
    std::optional<netlink::Error> forward;
    std::optional<netlink::Error> lease;
};

class Host {
public:
    // Frames that wait for a daemon which does not read them; more are lost.
    static constexpr std::size_t kPortBuffer = 256;

    explicit Host(std::string name) : name_{std::move(name)} {}
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    ~Host() = default;

    [[nodiscard]] const std::string& name() const { return name_; }
    void connect(Wire& wire) { wire_ = &wire; }

    // ---- the machine. What happens to `kernel` reaches the daemon with the next notice_kernel().
    netlink::FakeKernel kernel;
    Faults faults;
    // What the daemon's services are asked for; answered with handle(), but not from within the call.
    std::function<void(const node::Action&)> services;
    netlink::LinkIndex add_interface(const std::string& name, const vrrp::MacAddress& mac,
                                     const std::vector<std::string>& prefixes);
    void power_off();  // the daemon dies, and nothing on the machine answers any more
    [[nodiscard]] bool is_on() const { return on_; }
    [[nodiscard]] netlink::Link link(netlink::LinkIndex index);
    [[nodiscard]] bool has_address(const vrrp::IpAddress& address);

    // ---- the daemon
    void start(const node::Configuration& configuration);
    void crash();  // SIGKILL: what the kernel has stays
    // After crash(), by somebody who has survived: what the daemon has left to be done.
    void carry_out_will();
    [[nodiscard]] const node::Will& will() const { return will_; }
    void pause();   // SIGSTOP: frames wait, addresses expire
    void resume();  // SIGCONT: the speaker finds its deadline expired
    [[nodiscard]] bool is_started() const { return node_.has_value(); }
    [[nodiscard]] bool is_running() const { return is_started() && !paused_; }
    void handle(const node::Event& event);
    void notice_kernel();
    // The port finds that it does not work any more.
    void break_port(netlink::LinkIndex link, const netlink::Error& error);
    [[nodiscard]] node::NodeSnapshot snapshot() const { return node_.value().snapshot(now_); }
    [[nodiscard]] const std::map<netlink::LinkIndex, vrrp::CaptureScope>& ports() const { return ports_; }

    // ---- time, and what arrives
    void advance_to(vrrp::TimePoint now);  // of the machine; the daemon sleeps on
    [[nodiscard]] vrrp::TimePoint now() const { return now_; }
    [[nodiscard]] std::optional<vrrp::TimePoint> next_deadline() const;
    void wake();
    void receive(netlink::LinkIndex link, const vrrp::OctetString& frame);

    // ---- what the daemon did
    [[nodiscard]] const std::vector<Performed>& log() const { return log_; }
    std::vector<Performed> take_log() { return std::exchange(log_, {}); }
    // Actions that only a mistaken node asks for: frames on links without an open port.
    [[nodiscard]] const std::vector<Performed>& senseless() const { return senseless_; }

private:
    struct Waiting {
        netlink::LinkIndex link;
        vrrp::OctetString frame;
    };

    void settle(const node::Event& event);
    void port_failed(netlink::LinkIndex link, const netlink::Error& error);
    void perform(const node::OpenPort& action);
    void perform(const node::ClosePort& action) { ports_.erase(action.link); }
    void perform(const node::SetScope& action);
    void perform(const node::SendFrame& action);
    void perform(const node::SendDatagram& action);
    void perform(const node::PutAddresses& action);
    void perform(const node::DeleteAddress& action);
    void perform(const node::EndConnections& action);
    void perform(const node::Guard& action);
    void perform(const node::Forward& action);
    void perform(const node::RenewLease& action);
    void perform(const node::EndLease& action);
    void perform(const node::CreateMacvlan& action);
    void perform(const node::DeleteLink& action);
    void perform(const node::RefusePackets& action);
    void perform(const node::ServiceTask& action) { ask_services(action); }
    void perform(const node::TickleClients& action) { ask_services(action); }
    void perform(const node::SayState& action) { ask_services(action); }
    void perform(const node::LeaveWill& action) { will_ = action.will; }
    void perform(const node::SwitchoverAnswer& action) { ask_services(action); }
    void perform(const node::OrderAnswered& action) { ask_services(action); }
    void perform(const node::ReadyToStop& action) { ask_services(action); }
    void perform(const node::Tell&) {}
    void ask_services(const node::Action& action) const {
        if (services) services(action);
    }
    void transmit(netlink::LinkIndex link, node::RouterId router, const vrrp::OctetString& frame);
    [[nodiscard]] bool has_port(const node::Action& action, netlink::LinkIndex link);

    node::Will will_;
    std::string name_;
    Wire* wire_ = nullptr;
    bool on_ = true;
    bool paused_ = false;
    vrrp::TimePoint now_{};
    std::optional<node::Node> node_;
    std::map<netlink::LinkIndex, vrrp::CaptureScope> ports_;
    std::set<netlink::LinkIndex> broken_ports_;  // of which the node has not been told yet
    std::deque<node::Event> outcomes_;
    std::deque<Waiting> waiting_;
    std::vector<Performed> log_;
    std::vector<Performed> senseless_;
};

}  // namespace highbase::tests
