// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/lease.hpp"

#include <endian.h>
#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "netlink/packet_filter.hpp"

namespace highbase::netlink {
namespace {

// ---- the rules

// For each family of addresses and each table its own sets.
//   guarded  the addresses; nothing of them passes,
//   alive    but for those whose lease runs: the kernel removes one by itself when it ends.
//   refused  who begins a connection to these is told at once, also where the address is another host's by
//            now, and packets still come here: who hears nothing tries again only after a second.
constexpr std::string_view kSets = R"(
table inet highbase_lease {
    set guarded4 { type ipv4_addr; }
    set guarded6 { type ipv6_addr; }
    set alive4 { type ipv4_addr; flags timeout; }
    set alive6 { type ipv6_addr; flags timeout; }
    set refused4 { type ipv4_addr; flags timeout; }
    set refused6 { type ipv6_addr; flags timeout; }
    chain in { type filter hook prerouting priority raw; policy accept; }
    chain refuse { }
    chain shut { }
    chain out { type filter hook postrouting priority 300; policy accept; }
}
table arp highbase_lease {
    set guarded4 { type ipv4_addr; }
    set alive4 { type ipv4_addr; flags timeout; }
    chain out { type filter hook output priority filter; policy accept; }
}
flush table inet highbase_lease
flush table arp highbase_lease
flush set inet highbase_lease guarded4
flush set inet highbase_lease guarded6
flush set arp highbase_lease guarded4
)";

// Only where the address is this host's, or the packet would leave again by the interface that it has come in
// by: a host that routes packets to the one that has the address is not in the way.
// A reset reaches those whose MAC is known: to ask for it would be to claim the address (ARP).
// Established connections hear nothing, so that a lease that lapsed for a moment costs a retransmission and
// not the connection. The kernel's own Neighbor Advertisements come from the address too.
constexpr std::string_view kRules = R"(
table inet highbase_lease {
    chain in {
        ip daddr @alive4 accept
        ip6 daddr @alive6 accept
        ip daddr @refused4 fib daddr . iif oif exists jump refuse
        ip6 daddr @refused6 fib daddr . iif oif exists jump refuse
        ip daddr @guarded4 fib daddr type local jump shut
        ip6 daddr @guarded6 fib daddr type local jump shut
    }
    chain refuse {
        tcp flags & (fin | syn | rst | ack) == syn reject with tcp reset
    }
    chain shut {
        jump refuse
        drop
    }
    chain out {
        ip saddr @alive4 accept
        ip6 saddr @alive6 accept
        tcp flags & rst == rst accept
        ip saddr @guarded4 fib saddr type local drop
        ip6 saddr @guarded6 fib saddr type local drop
    }
}
table arp highbase_lease {
    chain out {
        arp saddr ip @alive4 accept
        arp saddr ip @guarded4 drop
    }
}
)";

std::string elements(const char* family, const char* set, const std::string& list) {
    return list.empty() ? "" : fmt::format("add element {} {} {} {{ {} }}\n", family, kLeaseTable, set, list);
}

// ---- the leases: elements of sets

struct Set {
    std::uint8_t family;  // NFPROTO_*
    std::string_view name;
};
using Addresses = std::vector<vrrp::IpAddress>;

constexpr std::size_t kElementSize = 64;  // and a little more than it takes
constexpr std::size_t kNamesSize = 128;

std::uint16_t type_of(int message) {
    return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8U | message);
}

Message batch_message(int type) {
    return Message{static_cast<std::uint16_t>(type), 0,
                   nfgenmsg{AF_UNSPEC, NFNETLINK_V0, htons(NFNL_SUBSYS_NFTABLES)}};
}

// `length`: of the elements' lives; zero where it has none.
Message elements_message(int type, int flags, const Set& set, const Addresses& addresses,
                         std::chrono::milliseconds length) {
    Message message{type_of(type), flags, nfgenmsg{set.family, NFNETLINK_V0, 0},
                    kNamesSize + addresses.size() * kElementSize};
    const auto put_name = [&](int attribute, std::string_view name) {
        message.put(attribute, std::string_view{std::string{name}.append(1, '\0')});
    };
    put_name(NFTA_SET_ELEM_LIST_TABLE, kLeaseTable);
    put_name(NFTA_SET_ELEM_LIST_SET, set.name);
    const auto put_element = [&](const vrrp::IpAddress& address) {
        message.nest(NFTA_SET_ELEM_KEY, [&] { message.put(NFTA_DATA_VALUE, address.octets()); });
        if (length == std::chrono::milliseconds::zero()) return;
        message.put_struct(NFTA_SET_ELEM_TIMEOUT, htobe64(static_cast<std::uint64_t>(length.count())));
    };
    message.nest(NFTA_SET_ELEM_LIST_ELEMENTS, [&] {
        for (const vrrp::IpAddress& address : addresses)
            message.nest(NFTA_LIST_ELEM, [&] { put_element(address); });
    });
    return message;
}

// Whether they are there or not, afterwards they are not. Only in this way all kernels prolong a life: what
// is looked up meanwhile is the old element or the new one, never none.
void remove(std::vector<Message>& batch, const Set& set, const Addresses& addresses) {
    batch.push_back(
        elements_message(NFT_MSG_NEWSETELEM, NLM_F_CREATE, set, addresses, std::chrono::minutes{1}));
    batch.push_back(elements_message(NFT_MSG_DELSETELEM, 0, set, addresses, {}));
}

void add(std::vector<Message>& batch, const Set& set, const Addresses& addresses,
         std::chrono::milliseconds length) {
    batch.push_back(elements_message(NFT_MSG_NEWSETELEM, NLM_F_CREATE, set, addresses, length));
}

// The sets of one family of addresses: of leases in each table that looks at its packets, and of refusals.
struct FamilySets {
    vrrp::Family family;
    std::vector<Set> leases;
    Set refusals;
};

const std::vector<FamilySets>& families() {
    static const std::vector<FamilySets> all{
        {vrrp::Family::ipv4, {{NFPROTO_INET, "alive4"}, {NFPROTO_ARP, "alive4"}}, {NFPROTO_INET, "refused4"}},
        {vrrp::Family::ipv6, {{NFPROTO_INET, "alive6"}}, {NFPROTO_INET, "refused6"}}};
    return all;
}

Addresses of_family(const Addresses& addresses, vrrp::Family family) {
    Addresses result;
    std::ranges::copy_if(addresses, std::back_inserter(result),
                         [&](const vrrp::IpAddress& address) { return address.family() == family; });
    return result;
}

Result<void> run(RequestSocket& socket, std::vector<Message> batch, const char* what) {
    if (batch.empty()) return {};
    const Reply reply = socket.perform(batch_message(NFNL_MSG_BATCH_BEGIN), std::move(batch),
                                       batch_message(NFNL_MSG_BATCH_END));
    if (!reply) return reply.failure(what);
    return {};
}

}  // namespace

std::string guard_commands(const std::vector<vrrp::IpAddress>& addresses, bool anew,
                           const std::string& more) {
    std::string commands;
    if (anew || addresses.empty()) commands = without_table(kLeaseTable) + without_table(kLeaseTable, "arp");
    if (addresses.empty()) return commands;
    std::string ipv4;
    std::string ipv6;
    for (const vrrp::IpAddress& address : addresses) {
        std::string& list = address.is_ipv4() ? ipv4 : ipv6;
        list += (list.empty() ? "" : ", ") + address.to_string();
    }
    commands += kSets;
    commands += elements("inet", "guarded4", ipv4) + elements("inet", "guarded6", ipv6);
    commands += elements("arp", "guarded4", ipv4);
    commands += kRules;
    commands += more;
    return commands;
}

Result<void> renew_lease(RequestSocket& socket, const std::vector<vrrp::IpAddress>& addresses,
                         std::chrono::milliseconds length) {
    std::vector<Message> batch;
    for (const FamilySets& sets : families()) {
        const Addresses own = of_family(addresses, sets.family);
        if (own.empty()) continue;
        for (const Set& set : sets.leases) {
            remove(batch, set, own);
            add(batch, set, own, length);
        }
    }
    return run(socket, std::move(batch), "renew the lease of the addresses");
}

Result<void> end_lease(RequestSocket& socket, const std::vector<vrrp::IpAddress>& addresses,
                       std::chrono::milliseconds refuse_for) {
    std::vector<Message> batch;
    for (const FamilySets& sets : families()) {
        const Addresses own = of_family(addresses, sets.family);
        if (own.empty()) continue;
        for (const Set& set : sets.leases) remove(batch, set, own);
        remove(batch, sets.refusals, own);
        if (refuse_for > std::chrono::milliseconds::zero()) add(batch, sets.refusals, own, refuse_for);
    }
    return run(socket, std::move(batch), "end the lease of the addresses");
}

}  // namespace highbase::netlink
