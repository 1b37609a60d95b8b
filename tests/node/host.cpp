// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/node/host.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "vrrp/checksum.hpp"
#include "vrrp/ip_packet.hpp"

namespace highbase::tests {
namespace {

using netlink::LinkIndex;

constexpr std::uint8_t kNeighborAdvertisement = 136;

// The kernel's filter of a port (vrrp/capture_scope.hpp).
bool passes(vrrp::CaptureScope scope, const vrrp::OctetString& octets) {
    const auto frame = vrrp::parse_ethernet(octets);
    if (!frame) return false;
    if (frame->type == vrrp::EtherType::arp) return true;
    if (frame->type != vrrp::EtherType::ipv4 && frame->type != vrrp::EtherType::ipv6) return false;
    if (scope == vrrp::CaptureScope::any) return true;
    const vrrp::Octets packet = frame->payload;
    if (frame->type == vrrp::EtherType::ipv4) return packet.size() > 9 && packet[9] == vrrp::kProtocolVrrp;
    if (packet.size() > 6 && packet[6] == vrrp::kProtocolVrrp) return true;
    return packet.size() > 40 && packet[6] == vrrp::kProtocolIcmpv6 && packet[40] == kNeighborAdvertisement;
}

bool not_there(const netlink::Error& error) {
    return error.code == EADDRNOTAVAIL || error.code == ENODEV;
}

}  // namespace

// ---- the machine

LinkIndex Host::add_interface(const std::string& name, const vrrp::MacAddress& mac,
                              const std::vector<std::string>& prefixes) {
    const LinkIndex index = kernel.add_link(name, mac);
    for (const std::string& text : prefixes) kernel.add_address({index, vrrp::Prefix::parse(text).value()});
    return index;
}

void Host::power_off() {
    crash();
    on_ = false;
}

netlink::Link Host::link(LinkIndex index) {
    const std::vector<netlink::Link> links = kernel.links().value();
    const auto found = std::ranges::find(links, index, &netlink::Link::index);
    if (found == links.end()) throw std::logic_error{"no such link on " + name_};
    return *found;
}

bool Host::has_address(const vrrp::IpAddress& address) {
    return std::ranges::any_of(kernel.addresses().value(),
                               [&](const auto& a) { return a.prefix.address == address; });
}

// ---- the daemon

void Host::start(const node::Configuration& configuration) {
    node_.emplace(configuration);
    paused_ = false;
    (void)kernel.take_events();  // before the daemon listened
    settle(node::KernelDumped{kernel.links().value(), kernel.addresses().value()});
    notice_kernel();
}

void Host::crash() {
    node_.reset();
    paused_ = false;
    ports_.clear();
    broken_ports_.clear();
    outcomes_.clear();
    waiting_.clear();
}

// As daemon/sentinel.cpp does it.
void Host::carry_out_will() {
    const node::Will will = std::exchange(will_, {});
    static_cast<void>(kernel.end_lease(will.leases, node::kRefuseAfterRelease));
    for (const node::Will::Frame& frame : will.frames) transmit(frame.link, {}, frame.octets);
    static_cast<void>(kernel.end_connections_to(will.served));
    for (const node::Will::Address& address : will.addresses)
        static_cast<void>(kernel.delete_address(address.link, address.prefix));
}

void Host::pause() {
    paused_ = true;
}

void Host::resume() {
    paused_ = false;
    wake();
}

void Host::handle(const node::Event& event) {
    settle(event);
    notice_kernel();
}

void Host::notice_kernel() {
    if (!is_running()) return;
    for (auto events = kernel.take_events(); !events.empty(); events = kernel.take_events()) {
        const bool lost = std::ranges::any_of(
            events, [](const auto& event) { return std::holds_alternative<netlink::Overrun>(event); });
        if (lost) {
            settle(node::KernelDumped{kernel.links().value(), kernel.addresses().value()});
        } else {
            settle(node::KernelChanged{std::move(events)});
        }
    }
}

void Host::break_port(LinkIndex link, const netlink::Error& error) {
    port_failed(link, error);
    notice_kernel();
}

// ---- time, and what arrives

void Host::advance_to(vrrp::TimePoint now) {
    if (now < now_) throw std::logic_error{"time does not go back"};
    // Its clock begins with the first call: a time point has no beginning.
    if (now_ != vrrp::TimePoint{}) kernel.advance(now - now_);
    now_ = now;
}

std::optional<vrrp::TimePoint> Host::next_deadline() const {
    return is_running() ? node_->next_deadline() : std::nullopt;
}

// What has arrived is told before the time is, as the speaker does.
void Host::wake() {
    notice_kernel();
    for (; !waiting_.empty(); waiting_.pop_front()) {
        if (ports_.contains(waiting_.front().link))
            handle(node::FrameReceived{waiting_.front().link, waiting_.front().frame});
    }
    handle(node::TimerExpired{});
}

void Host::receive(LinkIndex link, const vrrp::OctetString& frame) {
    const auto port = ports_.find(link);
    if (port == ports_.end() || !passes(port->second, frame)) return;
    if (is_running()) return handle(node::FrameReceived{link, frame});
    if (waiting_.size() < kPortBuffer) waiting_.push_back({link, frame});
}

// ---- actions

void Host::port_failed(LinkIndex link, const netlink::Error& error) {
    ports_.erase(link);
    broken_ports_.insert(link);
    settle(node::PortFailed{link, error});
}

void Host::settle(const node::Event& event) {
    outcomes_.push_back(event);
    if (outcomes_.size() > 1) return;  // called from within an action: the caller goes on with it
    while (!outcomes_.empty()) {
        for (const node::Action& action : node_.value().handle(now_, outcomes_.front())) {
            // A will changes nothing as long as the daemon lives: its own tests look at it.
            if (!std::holds_alternative<node::LeaveWill>(action)) log_.push_back({now_, action});
            std::visit([this](const auto& a) { perform(a); }, action);
        }
        if (const auto* failed = std::get_if<node::PortFailed>(&outcomes_.front()))
            broken_ports_.erase(failed->link);
        outcomes_.pop_front();
    }
}

void Host::perform(const node::OpenPort& action) {
    const LinkIndex link = action.link.index;
    ports_.erase(link);
    if (faults.open_port) return port_failed(link, *faults.open_port);
    ports_[link] = vrrp::CaptureScope::any;
    settle(node::PortOpened{link});
}

void Host::perform(const node::SetScope& action) {
    if (!has_port(action, action.link)) return;
    if (faults.set_scope) return port_failed(action.link, *faults.set_scope);
    ports_[action.link] = action.scope;
}

void Host::perform(const node::SendFrame& action) {
    if (has_port(action, action.link)) transmit(action.link, action.router, action.frame);
}

void Host::perform(const node::SendDatagram& action) {
    if (!has_port(action, action.link)) return;
    const auto neighbour =
        wire_ == nullptr ? std::nullopt : wire_->resolve(*this, action.link, action.destination);
    if (!neighbour) return;  // the kernel asks and gives up; nobody is told
    const bool ipv4 = action.source.is_ipv4();
    const vrrp::OctetString packet =
        vrrp::ip_packet(action.source, action.destination, vrrp::kProtocolVrrp, action.payload);
    transmit(action.link, action.router,
             vrrp::ethernet_frame(*neighbour, link(action.link).mac,
                                  ipv4 ? vrrp::EtherType::ipv4 : vrrp::EtherType::ipv6, packet));
}

void Host::perform(const node::PutAddresses& action) {
    for (const netlink::AddressRequest& request : action.addresses) {
        const auto error = faults.put_address ? faults.put_address(request) : std::nullopt;
        if (error) return settle(node::AddressesFailed{action.router, *error});
        const netlink::Result<void> put = kernel.put_address(request);
        if (!put) return settle(node::AddressesFailed{action.router, put.error()});
    }
    settle(node::AddressesPut{action.router});
}

void Host::perform(const node::DeleteAddress& action) {
    if (faults.delete_address)
        return settle(node::DeleteFailed{action.router, action.link, action.prefix, *faults.delete_address});
    const netlink::Result<void> deleted = kernel.delete_address(action.link, action.prefix);
    if (deleted || not_there(deleted.error())) return;
    settle(node::DeleteFailed{action.router, action.link, action.prefix, deleted.error()});
}

void Host::perform(const node::EndConnections& action) {
    if (faults.end_connections)
        return settle(node::EndConnectionsFailed{action.router, *faults.end_connections});
    const netlink::Result<void> ended = kernel.end_connections_to(action.addresses);
    if (!ended) settle(node::EndConnectionsFailed{action.router, ended.error()});
}

void Host::perform(const node::Guard& action) {
    if (faults.guard) return settle(node::GuardFailed{*faults.guard});
    (void)kernel.guard(action.addresses);
}

void Host::perform(const node::Forward& action) {
    const auto set = faults.forward ? tl::make_unexpected(*faults.forward) : kernel.forward(action.ports);
    if (!set) settle(node::ForwardFailed{set.error()});
}

void Host::perform(const node::RenewLease& action) {
    const auto length = std::chrono::floor<std::chrono::milliseconds>(action.length);
    const auto renewed =
        faults.lease ? tl::make_unexpected(*faults.lease) : kernel.renew_lease(action.addresses, length);
    if (!renewed) settle(node::LeaseFailed{action.router, renewed.error()});
}

void Host::perform(const node::EndLease& action) {
    const auto length = std::chrono::floor<std::chrono::milliseconds>(action.refuse_for);
    const auto ended =
        faults.lease ? tl::make_unexpected(*faults.lease) : kernel.end_lease(action.addresses, length);
    if (!ended) settle(node::LeaseFailed{action.router, ended.error()});
}

void Host::perform(const node::CreateMacvlan& action) {
    if (faults.create_macvlan) return settle(node::MacvlanFailed{action.router, *faults.create_macvlan});
    const netlink::Result<netlink::Link> created = kernel.create_macvlan(action.request);
    if (!created) settle(node::MacvlanFailed{action.router, created.error()});
}

void Host::perform(const node::DeleteLink& action) {
    const netlink::Result<void> deleted = kernel.delete_link(action.link);
    static_cast<void>(deleted);  // already gone, with its parent
}

void Host::perform(const node::RefusePackets& action) {
    if (faults.refuse_packets) return settle(node::RefusalFailed{*faults.refuse_packets});
    (void)kernel.refuse_packets_to(action.addresses);
}

void Host::transmit(LinkIndex link, node::RouterId router, const vrrp::OctetString& frame) {
    if (faults.send) return settle(node::SendFailed{router, *faults.send});
    if (wire_ != nullptr) wire_->carry(*this, link, frame);
}

bool Host::has_port(const node::Action& action, LinkIndex link) {
    if (ports_.contains(link)) return true;
    if (!broken_ports_.contains(link)) senseless_.push_back({now_, action});
    return false;
}

}  // namespace highbase::tests
