// SPDX-License-Identifier: GPL-2.0-or-later
// One virtual router on its interface: turns what its state machine decides into frames and addresses, and
// what arrives into the machine's events; keeps what is worth knowing about it.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "node/action.hpp"
#include "node/address_keeper.hpp"
#include "node/configuration.hpp"
#include "node/snapshot.hpp"
#include "vrrp/advertisement.hpp"
#include "vrrp/sync_group.hpp"

namespace highbase::node {

// Where a virtual router stands: known while its interface can carry it.
struct Attachment {
    netlink::LinkIndex link{};          // frames go in and out here
    netlink::LinkIndex service_link{};  // the addresses stand here: the same, or a macvlan on it
    vrrp::MacAddress link_mac;
    vrrp::MacAddress service_mac;
    vrrp::IpAddress primary_address;
    friend bool operator==(const Attachment&, const Attachment&) = default;
};

class Router {
public:
    Router(RouterId id, RouterConfiguration configuration);

    [[nodiscard]] RouterId id() const { return id_; }
    [[nodiscard]] const RouterConfiguration& configuration() const { return configuration_; }
    void configure(RouterConfiguration configuration) { configuration_ = std::move(configuration); }
    [[nodiscard]] std::vector<vrrp::IpAddress> virtual_addresses() const;
    // The name of this router's macvlan on the link: unique on the host, at most 15 characters.
    [[nodiscard]] std::string macvlan_name(netlink::LinkIndex parent) const;
    // Whether it could be one, of any router's.
    static bool is_macvlan_name(std::string_view name);

    // ---- what the machine decided
    void perform(const vrrp::Action& action, vrrp::TimePoint now, Actions& out);
    // With a lease of them, if this router has one.
    void put_addresses(Actions& out);
    void renew_lease(Actions& out);
    void end_lease(Actions& out);  // if one runs
    // The same of some addresses only, which this router does not have any more.
    void drop_lease(Actions& out, std::vector<vrrp::IpAddress> addresses);
    // Of an Active that cannot serve yet, until its next advertisement: who comes is to try again at once.
    void refuse_clients(Actions& out) const;
    [[nodiscard]] bool is_leased() const { return leased_; }
    // The other router that was Active is so no longer: this one has taken over.
    void forget_active_router() { other_active_.reset(); }
    void end_connections(Actions& out) const;
    // Of an Active, for when its process dies.
    void add_to(Will& will, bool has_database) const;
    // Asks who has the addresses; whoever answers also proves that the link carries frames.
    void probe(Actions& out) const;

    // ---- what arrived
    // An advertisement of this virtual router, decoded: its event for the machine, or why it is refused after
    // all.
    tl::expected<vrrp::AdvertisementReceived, vrrp::Discard> receive(
        const vrrp::ReceivedAdvertisement& received, const vrrp::IpAddress& destination, vrrp::TimePoint now,
        Actions& out);
    // Somebody with another MAC says that `address` is its own. True where that contradicts this router.
    bool contradicted_by(const vrrp::IpAddress& address, const vrrp::MacAddress& mac, vrrp::TimePoint now,
                         Actions& out);

    // ---- what a driver of it keeps here
    std::optional<Attachment> attachment;
    std::optional<vrrp::TimePoint> probe_at;          // while the ears are closed
    std::optional<vrrp::TimePoint> macvlan_retry_at;  // after a failure
    bool macvlan_requested = false;
    AddressKeeper keeper;
    RouterState state = RouterState::initialize;  // as last reported
    InitializeReason reason = InitializeReason::starting;
    vrrp::TimePoint since{};
    RouterCounters counters;

    [[nodiscard]] RouterSnapshot snapshot(const vrrp::VirtualRouter& machine, vrrp::TimePoint now) const;
    void tell(Actions& out, EventId event, std::vector<Field> fields = {}) const;

private:
    void send_advertisement(vrrp::Priority priority, vrrp::TimePoint now, Actions& out);
    void announce(Actions& out);
    // The advertisement to all that are to hear it.
    void advertise(vrrp::Priority priority, const std::function<void(Will::Frame)>& frame,
                   const std::function<void(Will::Datagram)>& datagram) const;
    void renew_addresses(Actions& out) const;
    void release(Actions& out);
    void compare_with_ours(const vrrp::ReceivedAdvertisement& received, Actions& out);
    void note_active_router(const vrrp::ReceivedAdvertisement& received, vrrp::TimePoint now, Actions& out);
    [[nodiscard]] vrrp::ChecksumForm checksum_form() const;

    RouterId id_;
    RouterConfiguration configuration_;
    bool leased_ = false;
    std::optional<ActiveRouter> other_active_;  // the Active router, when it is another
    std::optional<vrrp::TimePoint> last_sent_;
    std::optional<vrrp::ChecksumForm> heard_form_;
    std::optional<Conflict> last_conflict_;
};

}  // namespace highbase::node
