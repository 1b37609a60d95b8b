// SPDX-License-Identifier: GPL-2.0-or-later
// Clients that are led to the server of another host: to which one, and when to none.
#include <cerrno>
#include <utility>

#include "node/node.hpp"

namespace highbase::node {

// The clients hear it while the address may still speak; from then on each that comes is reset.
void Node::pause(Group& group) {
    for (Router& router : group.members) {
        if (!router.is_leased()) continue;
        router.end_connections(out_);
        router.end_lease(out_);
    }
    stop_forwarding(group);
}

void Node::stop_forwarding(Group& group) {
    group.forward_to.reset();
    forward_ports();
}

void Node::forward_ports() {
    forward_retry_at_.reset();
    std::vector<netlink::Forward> ports;
    for (const Group& group : groups_) {
        for (const Router& router : group.members) {
            const std::optional<ForwardConfiguration>& forward = router.configuration().forward;
            if (!forward) continue;
            for (const vrrp::IpAddress& address : router.virtual_addresses()) {
                if (address.is_link_local()) continue;  // no client asks for one that counts on one link
                ports.push_back({address, static_cast<std::uint16_t>(forward->port), group.forward_to,
                                 forward->masquerade});
            }
        }
    }
    if (guarded_.empty() || ports == forwarded_ || (!forwarded_ && ports.empty())) return;
    forwarded_ = ports;
    out_.emplace_back(Forward{std::move(ports)});
}

// Whoever has the addresses and leads nobody on is in the way of the one that could.
void Node::on(const ForwardFailed& e) {
    forwarded_.reset();
    if (e.error.code == ENOENT) return;  // the guard has gone: the next lease finds that, and makes both anew
    forward_retry_at_ = now_ + kRetry;
    tell(EventId::forward_failed, {{"error", e.error.message}});
    for (const Member& member : members()) {
        if (member.router().configuration().forward && member.router().is_leased())
            drive(member, vrrp::AcquisitionFailed{}, "nothing is forwarded");
    }
}

}  // namespace highbase::node
