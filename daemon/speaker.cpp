// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/speaker.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "daemon/clock.hpp"

namespace highbase::daemon {
namespace {

using boost::asio::posix::descriptor_base;

// Frames taken from one port before somebody else has a turn: a flood delays nobody by more than this many.
constexpr std::size_t kFramesATurn = 64;

// Costs one system call; asking a port that has nothing costs several.
bool is_readable(int descriptor) {
    pollfd question{descriptor, POLLIN, 0};
    return ::poll(&question, 1, 0) == 1;
}

// An idle processor takes 0.1 to 0.2 ms to wake, in a virtual machine: as long as everything else that a
// takeover needs. The last moments before one are therefore waited for awake; nothing else is so urgent.
constexpr vrrp::Duration kAwakeBeforeTakeover = std::chrono::microseconds{300};

constexpr vrrp::Duration kDumpRetry = std::chrono::milliseconds{100};

bool not_there(const netlink::Error& error) {
    return error.code == EADDRNOTAVAIL || error.code == ENODEV;
}

}  // namespace

Speaker::Speaker(boost::asio::io_context& io, netlink::Kernel& kernel, OpenPort open_port,
                 const node::Configuration& configuration, TellReport tell, AskServices ask_services)
    : io_{io},
      kernel_{kernel},
      open_port_{std::move(open_port)},
      tell_{std::move(tell)},
      ask_services_{std::move(ask_services)},
      node_{configuration},
      kernel_ready_{io, kernel.event_descriptor()},
      timer_{io, [this] { on_deadline(); }} {}

Speaker::~Speaker() {
    while (!ports_.empty()) close_port(ports_.begin()->first);
    kernel_ready_.release();
}

netlink::Result<void> Speaker::start() {
    watch_kernel();
    return dump();
}

void Speaker::handle(const node::Event& event) {
    settle(event);
}

node::NodeSnapshot Speaker::snapshot() const {
    return node_.snapshot(boottime_now());
}

std::optional<Speaker::Unreleased> Speaker::unreleased() const {
    const auto since = [](const auto& one) { return one.second; };
    const auto oldest = std::ranges::min_element(unreleased_, {}, since);
    if (oldest == unreleased_.end()) return std::nullopt;
    return Unreleased{oldest->first.second.to_string(), oldest->second};
}

void Speaker::release_again() {
    std::erase_if(unreleased_, [this](const auto& one) {
        const netlink::Result<void> deleted = kernel_.delete_address(one.first.first, one.first.second);
        return deleted || not_there(deleted.error());
    });
}

// What has arrived is told before the time is: silence is only what is still silence after looking.
void Speaker::on_deadline() {
    take_kernel_events();
    if (dump_due_) dump_again();
    do {
        receive_waiting();
    } while (takeover_is_near());
    settle(node::TimerExpired{});
}

void Speaker::receive_waiting() {
    std::vector<netlink::LinkIndex> waiting;
    for (const auto& [link, opened] : ports_) {
        if (is_readable(opened.port->descriptor())) waiting.push_back(link);
    }
    for (const netlink::LinkIndex link : waiting) receive(link);
}

bool Speaker::takeover_is_near() const {
    const std::optional<vrrp::TimePoint> takeover = node_.next_takeover();
    const vrrp::TimePoint now = boottime_now();
    return takeover && now < *takeover && now >= *takeover - kAwakeBeforeTakeover;
}

void Speaker::watch_kernel() {
    kernel_ready_.async_wait(descriptor_base::wait_read, [this](const boost::system::error_code& error) {
        if (error) return;
        take_kernel_events();
        watch_kernel();
    });
}

void Speaker::take_kernel_events() {
    std::vector<netlink::KernelEvent> events = kernel_.take_events();
    if (events.empty()) return;
    const auto overrun = [](const auto& event) { return std::holds_alternative<netlink::Overrun>(event); };
    if (std::ranges::any_of(events, overrun)) {
        dump_due_ = true;
        return dump_again();
    }
    settle(node::KernelChanged{std::move(events)});
}

// The kernel may be too busy to answer just then: until it has, nothing that it tells is complete.
void Speaker::dump_again() {
    if (dump()) dump_due_ = false;
    arm();
}

netlink::Result<void> Speaker::dump() {
    netlink::Result<std::vector<netlink::Link>> links = kernel_.links();
    if (!links) return tl::make_unexpected(links.error());
    netlink::Result<std::vector<netlink::LinkAddress>> addresses = kernel_.addresses();
    if (!addresses) return tl::make_unexpected(addresses.error());
    settle(node::KernelDumped{std::move(*links), std::move(*addresses)});
    return {};
}

void Speaker::watch_port(netlink::LinkIndex link, OpenedPort& opened) {
    opened.ready.async_wait(descriptor_base::wait_read, [this, link](const boost::system::error_code& error) {
        if (error) return;  // closed
        receive(link);
        const auto port = ports_.find(link);
        if (port != ports_.end()) watch_port(link, port->second);
    });
}

void Speaker::receive(netlink::LinkIndex link) {
    const auto port = ports_.find(link);
    if (port == ports_.end()) return;
    // A frame may lead to the end of its own port: the port is kept until the call returns.
    const std::shared_ptr<vrrp::Port> kept = port->second.port;
    const auto received = kept->receive(
        [&](const vrrp::CapturedFrame& frame) {
            if (ports_.contains(link)) settle(node::FrameReceived{link, frame.octets, frame.age});
        },
        kFramesATurn);
    if (received || !ports_.contains(link)) return;
    close_port(link);
    settle(node::PortFailed{link, received.error()});
}

void Speaker::close_port(netlink::LinkIndex link) {
    const auto port = ports_.find(link);
    if (port == ports_.end()) return;
    port->second.ready.release();
    ports_.erase(port);
}

// ---- actions

// Outcomes are told only after all actions of an event are done, so that the node sees them in the order it
// asked.
void Speaker::settle(const node::Event& event) {
    outcomes_.push_back(event);
    if (outcomes_.size() > 1) return;  // called from within an action: the caller goes on with it
    while (!outcomes_.empty()) {
        for (const node::Action& action : node_.handle(boottime_now(), outcomes_.front())) {
            std::visit([this](const auto& a) { perform(a); }, action);
        }
        outcomes_.pop_front();
    }
    arm();
}

void Speaker::arm() {
    std::optional<vrrp::TimePoint> deadline = node_.next_deadline();
    if (const auto takeover = node_.next_takeover()) {
        const vrrp::TimePoint awake = *takeover - kAwakeBeforeTakeover;
        deadline = std::min(deadline.value_or(awake), awake);
    }
    if (dump_due_) {
        const vrrp::TimePoint retry = boottime_now() + kDumpRetry;
        deadline = std::min(deadline.value_or(retry), retry);
    }
    timer_.expire_at(deadline);
}

void Speaker::perform(const node::OpenPort& action) {
    const netlink::LinkIndex link = action.link.index;
    close_port(link);
    netlink::Result<std::unique_ptr<vrrp::Port>> port = open_port_(action.link);
    if (!port) return settle(node::PortFailed{link, port.error()});
    const int descriptor = (*port)->descriptor();
    const auto opened = ports_
                            .emplace(link, OpenedPort{std::move(*port),
                                                      boost::asio::posix::stream_descriptor{io_, descriptor}})
                            .first;
    watch_port(link, opened->second);
    settle(node::PortOpened{link});
}

void Speaker::perform(const node::ClosePort& action) {
    close_port(action.link);
}

void Speaker::perform(const node::SetScope& action) {
    const auto port = ports_.find(action.link);
    if (port == ports_.end()) return;
    const netlink::Result<void> set = port->second.port->set_scope(action.scope);
    if (set) return;
    close_port(action.link);
    settle(node::PortFailed{action.link, set.error()});
}

void Speaker::perform(const node::SendFrame& action) {
    const auto port = ports_.find(action.link);
    if (port == ports_.end()) return;
    const netlink::Result<void> sent = port->second.port->send_frame(action.frame);
    if (!sent) settle(node::SendFailed{action.router, sent.error()});
}

void Speaker::perform(const node::SendDatagram& action) {
    const auto port = ports_.find(action.link);
    if (port == ports_.end()) return;
    const netlink::Result<void> sent =
        port->second.port->send_datagram(action.source, action.destination, action.payload);
    if (!sent) settle(node::SendFailed{action.router, sent.error()});
}

void Speaker::perform(const node::PutAddresses& action) {
    for (const netlink::AddressRequest& request : action.addresses) {
        const netlink::Result<void> put = kernel_.put_address(request);
        if (!put) return settle(node::AddressesFailed{action.router, put.error()});
        unreleased_.erase({request.link, request.prefix});
    }
    settle(node::AddressesPut{action.router});
}

void Speaker::perform(const node::DeleteAddress& action) {
    const netlink::Result<void> deleted = kernel_.delete_address(action.link, action.prefix);
    if (deleted || not_there(deleted.error())) {
        unreleased_.erase({action.link, action.prefix});
        return;
    }
    unreleased_.try_emplace({action.link, action.prefix}, boottime_now());
    settle(node::DeleteFailed{action.router, action.link, action.prefix, deleted.error()});
}

void Speaker::perform(const node::EndConnections& action) {
    netlink::Result<void> ended = kernel_.end_connections_to(action.addresses);
    if (ended && action.forwarded) ended = kernel_.end_forwarded(action.addresses);
    if (!ended) settle(node::EndConnectionsFailed{action.router, ended.error()});
}

void Speaker::perform(const node::Guard& action) {
    const netlink::Result<void> set = kernel_.guard(action.addresses);
    if (!set) settle(node::GuardFailed{set.error()});
}

void Speaker::perform(const node::Forward& action) {
    const netlink::Result<void> set = kernel_.forward(action.ports);
    if (!set) settle(node::ForwardFailed{set.error()});
}

void Speaker::perform(const node::RenewLease& action) {
    const netlink::Result<void> renewed =
        kernel_.renew_lease(action.addresses, std::chrono::floor<std::chrono::milliseconds>(action.length));
    if (!renewed) settle(node::LeaseFailed{action.router, renewed.error()});
}

void Speaker::perform(const node::EndLease& action) {
    const netlink::Result<void> ended =
        kernel_.end_lease(action.addresses, std::chrono::floor<std::chrono::milliseconds>(action.refuse_for));
    if (!ended) settle(node::LeaseFailed{action.router, ended.error()});
}

void Speaker::perform(const node::CreateMacvlan& action) {
    const netlink::Result<netlink::Link> created = kernel_.create_macvlan(action.request);
    if (!created) settle(node::MacvlanFailed{action.router, created.error()});
}

void Speaker::perform(const node::DeleteLink& action) {
    const netlink::Result<void> deleted = kernel_.delete_link(action.link);
    static_cast<void>(deleted);  // already gone, with its parent
}

void Speaker::perform(const node::RefusePackets& action) {
    const netlink::Result<void> set = kernel_.refuse_packets_to(action.addresses);
    if (!set) settle(node::RefusalFailed{set.error()});
}

void Speaker::perform(const node::Tell& action) {
    tell_(action.report);
}

}  // namespace highbase::daemon
