// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/fake_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace highbase::netlink {
namespace {

constexpr std::size_t kLongestName = 15;

bool is_ipv4_virtual_mac(const vrrp::MacAddress& mac) {
    return mac == vrrp::virtual_mac(vrrp::Family::ipv4, vrrp::Vrid{mac.octets.back()});
}

bool fits(const vrrp::Prefix& prefix) {
    return prefix.length <= 8 * vrrp::address_size(prefix.address.family());
}

// An IPv6 address is there once, whatever prefix length it is asked for with; an IPv4 address once for each.
bool is_same_address(const vrrp::Prefix& left, const vrrp::Prefix& right) {
    return left.address == right.address && (!left.address.is_ipv4() || left.length == right.length);
}

template <typename T>
std::vector<T> sorted_set(std::vector<T> values) {
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

}  // namespace

LinkIndex FakeKernel::add_link(const std::string& name, const vrrp::MacAddress& mac, bool running) {
    Link link;
    link.index = LinkIndex{++last_index_};
    link.name = name;
    link.mac = mac;
    link.running = running;
    links_.emplace(link.index, link);
    events_.emplace_back(LinkChanged{link});
    return link.index;
}

Link& FakeKernel::link_at(LinkIndex index) {
    const auto found = links_.find(index);
    if (found == links_.end()) std::abort();
    return found->second;
}

const Link* FakeKernel::find_link(const std::string& name) const {
    for (const auto& [index, link] : links_) {
        if (link.name == name) return &link;
    }
    return nullptr;
}

void FakeKernel::set_running(LinkIndex index, bool running) {
    Link& link = link_at(index);
    if (link.running == running) return;
    link.running = running;
    events_.emplace_back(LinkChanged{link});
    for (const auto& [other, candidate] : links_) {
        if (candidate.parent == index) set_running(other, running);
    }
}

void FakeKernel::rename(LinkIndex index, const std::string& name) {
    Link& link = link_at(index);
    link.name = name;
    events_.emplace_back(LinkChanged{link});
}

void FakeKernel::remove_link(LinkIndex index) {
    link_at(index);
    std::vector<LinkIndex> macvlans;
    for (const auto& [other, candidate] : links_) {
        if (candidate.parent == index) macvlans.push_back(other);
    }
    for (const auto macvlan : macvlans) remove_link(macvlan);
    set_running(index, false);
    const auto on_link = [index](const Entry& entry) { return entry.address.link == index; };
    for (auto entry = std::ranges::find_if(entries_, on_link); entry != entries_.end();
         entry = std::ranges::find_if(entries_, on_link)) {
        drop_entry(entry);
    }
    links_.erase(index);
    events_.emplace_back(LinkRemoved{index});
}

std::vector<FakeKernel::Entry>::iterator FakeKernel::find_entry(LinkIndex link, const vrrp::Prefix& prefix) {
    return std::ranges::find_if(entries_, [&](const Entry& entry) {
        return entry.address.link == link && is_same_address(entry.address.prefix, prefix);
    });
}

void FakeKernel::put_entry(Entry entry) {
    const auto present = find_entry(entry.address.link, entry.address.prefix);
    if (present != entries_.end()) {
        entry.address.prefix = present->address.prefix;
        *present = entry;
    } else {
        entries_.push_back(entry);
    }
    events_.emplace_back(AddressAdded{entry.address});
}

void FakeKernel::drop_entry(std::vector<Entry>::iterator entry) {
    events_.emplace_back(AddressRemoved{entry->address});
    entries_.erase(entry);
}

void FakeKernel::add_address(const LinkAddress& address) {
    link_at(address.link);
    put_entry({address, std::nullopt, std::nullopt});
}

void FakeKernel::remove_address(LinkIndex link, const vrrp::Prefix& prefix) {
    const auto entry = find_entry(link, prefix);
    if (entry == entries_.end()) std::abort();
    drop_entry(entry);
}

bool FakeKernel::has(const vrrp::IpAddress& local) const {
    return std::ranges::any_of(entries_,
                               [&](const Entry& entry) { return entry.address.prefix.address == local; });
}

void FakeKernel::connect(const vrrp::Connection& connection) {
    if (!has(connection.local.address)) std::abort();
    connections_.push_back(connection);
}

void FakeKernel::lose_connections() {
    left_behind_.insert(left_behind_.end(), connections_.begin(), connections_.end());
    connections_.clear();
}

std::vector<vrrp::Connection> FakeKernel::believed() const {
    std::vector<vrrp::Connection> all = connections_;
    all.insert(all.end(), left_behind_.begin(), left_behind_.end());
    std::ranges::sort(all);
    return all;
}

void FakeKernel::overrun() {
    events_.clear();
    events_.emplace_back(Overrun{});
}

void FakeKernel::advance(vrrp::Duration duration) {
    const auto end = now_ + duration;
    while (true) {
        const auto first = std::ranges::min_element(
            entries_, {}, [](const Entry& entry) { return entry.expires.value_or(vrrp::TimePoint::max()); });
        if (first == entries_.end() || !first->expires || *first->expires > end) break;
        drop_entry(first);
    }
    now_ = end;
}

void FakeKernel::flush_packet_filter() {
    refused_.clear();
    unreachable_.clear();
    guarded_.clear();
    forwarded_.clear();
    leases_.clear();
    refusals_.clear();
}

std::vector<vrrp::IpAddress> FakeKernel::leased() const {
    std::vector<vrrp::IpAddress> addresses;
    for (const auto& [address, end] : leases_) {
        if (end > now_) addresses.push_back(address);
    }
    return addresses;
}

bool FakeKernel::serves(const vrrp::IpAddress& address) const {
    const auto lease = leases_.find(address);
    const bool leased = lease != leases_.end() && lease->second > now_;
    return has(address) && (leased || !std::ranges::binary_search(guarded_, address));
}

bool FakeKernel::resets(const vrrp::IpAddress& address) const {
    const auto lease = leases_.find(address);
    if (lease != leases_.end() && lease->second > now_) return false;
    const auto refusal = refusals_.find(address);
    return (refusal != refusals_.end() && refusal->second > now_) ||
           (has(address) && std::ranges::binary_search(guarded_, address));
}

std::optional<vrrp::Endpoint> FakeKernel::leads_to(const vrrp::Endpoint& port) const {
    const auto found = std::ranges::find_if(
        forwarded_, [&](const Forward& one) { return one.address == port.address && one.port == port.port; });
    return found != forwarded_.end() && serves(port.address) ? found->server : std::nullopt;
}

std::vector<vrrp::Endpoint> FakeKernel::led_to() const {
    std::vector<vrrp::Endpoint> servers;
    for (const Forward& port : forwarded_) {
        if (port.server) servers.push_back(*port.server);
    }
    std::ranges::sort(servers);
    return servers;
}

void FakeKernel::fail_next_puts(int count, const Error& error) {
    puts_to_fail_ = count;
    put_error_ = error;
}

std::optional<AddressRequest> FakeKernel::request_of(LinkIndex link, const vrrp::Prefix& prefix) const {
    for (const auto& entry : entries_) {
        if (entry.address.link == link && entry.address.prefix == prefix) return entry.request;
    }
    return std::nullopt;
}

Result<std::vector<Link>> FakeKernel::links() {
    std::vector<Link> links;
    for (const auto& [index, link] : links_) links.push_back(link);
    return links;
}

Result<std::vector<LinkAddress>> FakeKernel::addresses() {
    std::vector<LinkAddress> addresses;
    for (const auto& entry : entries_) addresses.push_back(entry.address);
    return addresses;
}

Result<void> FakeKernel::put_address(const AddressRequest& request) {
    if (puts_to_fail_ > 0) {
        --puts_to_fail_;
        return tl::make_unexpected(put_error_);
    }
    const auto what =
        fmt::format("add {} to link {}", request.prefix.to_string(), static_cast<int>(request.link));
    const auto link = links_.find(request.link);
    if (link == links_.end()) return failure(ENODEV, what + ": no such link");
    if (!fits(request.prefix)) return failure(EINVAL, what + ": no such prefix length");
    if (request.lifetime && request.lifetime->count() <= 0) return failure(EINVAL, what + ": no lifetime");
    if (!request.prefix.address.is_ipv4() && link->second.parent != LinkIndex{} &&
        is_ipv4_virtual_mac(link->second.mac)) {
        return failure(EACCES, what + ": the macvlan of an IPv4 virtual router has no IPv6");
    }
    Entry entry{{request.link, request.prefix, false}, request, std::nullopt};
    if (request.lifetime) entry.expires = now_ + *request.lifetime;
    put_entry(entry);
    return {};
}

Result<void> FakeKernel::delete_address(LinkIndex link, const vrrp::Prefix& prefix) {
    const auto what = fmt::format("delete {} from link {}", prefix.to_string(), static_cast<int>(link));
    if (!links_.contains(link)) return failure(ENODEV, what + ": no such link");
    const auto entry = find_entry(link, prefix);
    if (entry == entries_.end() || entry->address.prefix != prefix) {
        return failure(EADDRNOTAVAIL, what + ": no such address");
    }
    drop_entry(entry);
    return {};
}

Result<Link> FakeKernel::create_macvlan(const MacvlanRequest& request) {
    const auto what = fmt::format("create macvlan {}", request.name);
    if (request.name.empty() || request.name.size() > kLongestName)
        return failure(EINVAL, what + ": no such name");
    const auto parent = links_.find(request.parent);
    if (parent == links_.end()) return failure(ENODEV, what + ": no such parent");
    if (find_link(request.name) != nullptr) return failure(EEXIST, what + ": the name is taken");
    Link link = parent->second;
    link.index = LinkIndex{++last_index_};
    link.name = request.name;
    link.mac = request.mac;
    link.parent = request.parent;
    links_.emplace(link.index, link);
    events_.emplace_back(LinkChanged{link});
    return link;
}

Result<void> FakeKernel::delete_link(LinkIndex link) {
    const auto what = fmt::format("delete link {}", static_cast<int>(link));
    const auto found = links_.find(link);
    if (found == links_.end()) return failure(ENODEV, what + ": no such link");
    if (found->second.parent == LinkIndex{}) return failure(EOPNOTSUPP, what + ": it is no macvlan");
    remove_link(link);
    return {};
}

Result<void> FakeKernel::refuse_packets_to(const std::vector<vrrp::IpAddress>& addresses) {
    refused_ = sorted_set(addresses);
    return {};
}

Result<std::vector<vrrp::Connection>> FakeKernel::connections_to(
    const std::vector<vrrp::IpAddress>& addresses) {
    std::vector<vrrp::Connection> found;
    for (const vrrp::Connection& one : connections_) {
        if (std::ranges::find(addresses, one.local.address) != addresses.end()) found.push_back(one);
    }
    return found;
}

Result<void> FakeKernel::end_connections_to(const std::vector<vrrp::IpAddress>& addresses) {
    std::erase_if(connections_, [&](const vrrp::Connection& one) {
        return std::ranges::find(addresses, one.local.address) != addresses.end();
    });
    return {};
}

Result<void> FakeKernel::tickle(const std::vector<vrrp::Connection>& connections) {
    std::erase_if(left_behind_, [&](const vrrp::Connection& one) {
        return std::ranges::find(connections, one) != connections.end() && has(one.local.address);
    });
    return {};
}

Result<void> FakeKernel::refuse_connections_to(const std::vector<vrrp::Endpoint>& servers) {
    unreachable_ = sorted_set(servers);
    return {};
}

Result<void> FakeKernel::guard(const std::vector<vrrp::IpAddress>& addresses) {
    guarded_ = sorted_set(addresses);
    if (!guarded_.empty()) return {};
    leases_.clear();
    refusals_.clear();
    forwarded_.clear();
    return {};
}

Result<void> FakeKernel::renew_lease(const std::vector<vrrp::IpAddress>& addresses,
                                     std::chrono::milliseconds length) {
    if (addresses.empty()) return {};
    if (guarded_.empty()) return failure(ENOENT, "renew the lease of the addresses: there is no guard");
    for (const vrrp::IpAddress& address : addresses) leases_[address] = now_ + length;
    return {};
}

Result<void> FakeKernel::end_lease(const std::vector<vrrp::IpAddress>& addresses,
                                   std::chrono::milliseconds refuse_for) {
    if (addresses.empty()) return {};
    if (guarded_.empty()) return failure(ENOENT, "end the lease of the addresses: there is no guard");
    for (const vrrp::IpAddress& address : addresses) {
        leases_.erase(address);
        refusals_[address] = now_ + refuse_for;
    }
    return {};
}

Result<void> FakeKernel::forward(const std::vector<Forward>& ports) {
    if (guarded_.empty() && !ports.empty())
        return failure(ENOENT, fmt::format("forward {} ports: there is no guard", ports.size()));
    forwarded_ = ports;
    return {};
}

// To the connections of its own it makes no difference.
Result<void> FakeKernel::end_forwarded(const std::vector<vrrp::IpAddress>& addresses) {
    return end_connections_to(addresses);
}

std::vector<KernelEvent> FakeKernel::take_events() {
    return std::exchange(events_, {});
}

}  // namespace highbase::netlink
