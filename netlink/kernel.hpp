// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel as the speaker needs it: links, addresses, and what changes about them. Two implementations,
// LinuxKernel and FakeKernel, are held equal by one contract suite (tests/netlink/kernel_contract.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "netlink/result.hpp"
#include "vrrp/address.hpp"
#include "vrrp/connection.hpp"

namespace highbase::netlink {

enum class LinkIndex : std::int32_t {};  // an ifindex; 0 means none

struct Link {
    LinkIndex index{};
    std::string name;
    vrrp::MacAddress mac;
    std::uint32_t mtu = 1500;  // octets
    bool running = false;      // administratively up, and the carrier is there
    bool ethernet = true;      // ARPHRD_ETHER; nothing else can carry VRRP here
    LinkIndex parent{};        // of a macvlan: the link it stands on
    friend bool operator==(const Link&, const Link&) = default;
};

struct LinkAddress {
    LinkIndex link{};
    vrrp::Prefix prefix;
    bool tentative = false;  // IPv6: duplicate address detection has not ended, it must not be used yet
    friend bool operator==(const LinkAddress&, const LinkAddress&) = default;
};

// What the monitor reports. Events about our own requests are reported like everybody else's.
struct LinkChanged {
    Link link;  // new, or anything about it changed, its name included
    friend bool operator==(const LinkChanged&, const LinkChanged&) = default;
};
struct LinkRemoved {
    LinkIndex index{};
    friend bool operator==(const LinkRemoved&, const LinkRemoved&) = default;
};
struct AddressAdded {
    LinkAddress address;  // new, or renewed
    friend bool operator==(const AddressAdded&, const AddressAdded&) = default;
};
struct AddressRemoved {
    LinkAddress address;
    friend bool operator==(const AddressRemoved&, const AddressRemoved&) = default;
};
// The kernel dropped events because they came faster than they were read: dump links() and addresses() anew.
struct Overrun {
    friend bool operator==(const Overrun&, const Overrun&) = default;
};
using KernelEvent = std::variant<LinkChanged, LinkRemoved, AddressAdded, AddressRemoved, Overrun>;

struct AddressRequest {
    LinkIndex link{};
    vrrp::Prefix prefix;
    // The kernel removes the address by itself this long after the last request: what a daemon that was
    // killed leaves behind goes away. Whole seconds, as the kernel counts. None: until deleted.
    std::optional<std::chrono::seconds> lifetime;
    bool prefix_route = true;  // whether the kernel adds the route to the address's subnet
    friend bool operator==(const AddressRequest&, const AddressRequest&) = default;
};

struct MacvlanRequest {
    std::string name;  // 1 to 15 characters
    LinkIndex parent{};
    vrrp::MacAddress mac;
    friend bool operator==(const MacvlanRequest&, const MacvlanRequest&) = default;
};

// A TCP port of an address of this host that another host serves: this one is the way to it.
struct Forward {
    vrrp::IpAddress address;
    std::uint16_t port = 0;
    std::optional<vrrp::Endpoint> server;  // of the same family; nothing: there is none now
    // The server sees connections from this host, and need not know the way back to the client.
    bool masquerade = true;
    friend bool operator==(const Forward&, const Forward&) = default;
};

class Kernel {
public:
    Kernel() = default;
    Kernel(const Kernel&) = delete;
    Kernel(Kernel&&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    Kernel& operator=(Kernel&&) = delete;
    virtual ~Kernel() = default;

    virtual Result<std::vector<Link>> links() = 0;
    virtual Result<std::vector<LinkAddress>> addresses() = 0;

    // Adds the address, or renews its lifetime where it is there already. IPv6: without duplicate address
    // detection (the election has decided who owns it), and deprecated, so that the host itself does not
    // choose it as the source of its own connections. Errors: ENODEV (no such link), EPERM, and what the
    // kernel says.
    virtual Result<void> put_address(const AddressRequest& request) = 0;
    // Deleting what is not there is EADDRNOTAVAIL; of a link that is not there, ENODEV.
    virtual Result<void> delete_address(LinkIndex link, const vrrp::Prefix& prefix) = 0;

    // A macvlan in private mode, without an IPv6 address of its own, up, and with ARP so set that only the
    // link that has an address answers for it. The same is set on its parent, whose settings are kept until
    // the macvlan is deleted with delete_link. With the MAC of an IPv4 virtual router it has no IPv6 at all
    // (put_address: EACCES). Errors: EEXIST (the name is taken), ENODEV (no such parent).
    virtual Result<Link> create_macvlan(const MacvlanRequest& request) = 0;
    // Only ever called for links that create_macvlan made, in this life of the daemon or an earlier one.
    // Errors: ENODEV, EOPNOTSUPP (it is no macvlan).
    virtual Result<void> delete_link(LinkIndex link) = 0;

    // Accept_Mode False (RFC 9568 6.1): packets to these addresses are dropped, except Neighbor Discovery;
    // ARP is not touched. Replaces the earlier list; an empty one removes every trace.
    virtual Result<void> refuse_packets_to(const std::vector<vrrp::IpAddress>& addresses) = 0;

    // TCP connections to these addresses of this host, listening sockets apart; those that are forwarded too.
    // Errors: EPERM.
    virtual Result<std::vector<vrrp::Connection>> connections_to(
        const std::vector<vrrp::IpAddress>& addresses) = 0;
    // TCP connections to these addresses of this host end: who is connected learns it at once (a reset), as
    // long as the address is there to send it from, and hears nothing afterwards. Who listens goes on.
    // Errors: EPERM; EOPNOTSUPP, the kernel was built without it.
    virtual Result<void> end_connections_to(const std::vector<vrrp::IpAddress>& addresses) = 0;

    // Of connections that another host had at addresses which are here now: who still waits at the other end
    // gets a reset (vrrp/tickle.hpp). All are tried. Errors: EPERM, and what the kernel says of a packet.
    virtual Result<void> tickle(const std::vector<vrrp::Connection>& connections) = 0;

    // TCP packets to these ports of other hosts do not leave; who sends one gets a reset, on a connection
    // that stands too. Replaces the earlier list; an empty one removes every trace.
    virtual Result<void> refuse_connections_to(const std::vector<vrrp::Endpoint>& servers) = 0;

    // From now on this host serves these addresses only while it has a lease of them: what claims one of
    // them does not leave (a packet from it, ARP for it), and nothing that comes for it is taken in: who
    // begins a TCP connection gets a reset, all else is dropped. Only of addresses that are this host's;
    // other packets are not touched. The kernel does it by itself: a lease that nobody renews has ended when
    // its time is over, whatever has become of the daemon. Replaces the earlier list, and leases go on; an
    // empty one removes every trace.
    virtual Result<void> guard(const std::vector<vrrp::IpAddress>& addresses) = 0;
    // Begins one of each address, or prolongs it: for `length` from now. All or none. Errors: ENOENT (there
    // is no guard, or somebody has removed it), EPERM.
    virtual Result<void> renew_lease(const std::vector<vrrp::IpAddress>& addresses,
                                     std::chrono::milliseconds length) = 0;
    // Ends those that run. For `refuse_for` who begins a TCP connection gets a reset, also where the address
    // is not here any more. Errors: the same.
    virtual Result<void> end_lease(const std::vector<vrrp::IpAddress>& addresses,
                                   std::chrono::milliseconds refuse_for) = 0;

    // TCP connections that are begun to these ports go on to their servers. Only with a lease of the address:
    // without one nothing of them passes this host, in either direction, wherever the address is. Who is
    // connected when a port has another server, or none, stays so until end_forwarded(). Replaces the earlier
    // list; an empty one removes every trace. Errors: ENOENT (there is no guard), EPERM.
    virtual Result<void> forward(const std::vector<Forward>& ports) = 0;
    // Forwarded connections to these addresses end: this host knows them no more, and whoever sends something
    // gets a reset. The clients are made to send something. Errors: EPERM.
    virtual Result<void> end_forwarded(const std::vector<vrrp::IpAddress>& addresses) = 0;

    // Readable when take_events() has something to say; -1 for a kernel that has no descriptor.
    [[nodiscard]] virtual int event_descriptor() const = 0;
    // All that has happened since the last call, in order. Never blocks. (Linux tells of an IPv6 address, and
    // lets it be reached, a moment after put_address has returned: events of later requests may come first.)
    virtual std::vector<KernelEvent> take_events() = 0;
};

}  // namespace highbase::netlink
