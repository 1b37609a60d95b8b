// SPDX-License-Identifier: GPL-2.0-or-later
// The link that carries a virtual router's MAC (RFC 9568 7.3): a macvlan on the real link.
//
// Linux answers ARP for any of its addresses on any link, with that link's MAC. So that the virtual router's
// address is only ever seen with the virtual router's MAC (RFC 9568 8.1.2, 8.2.2):
//   macvlan  arp_ignore 1     answers for its own address only
//            arp_announce 2   asks with its own address only
//            rp_filter 2      frames to the virtual MAC come in here, and the way back is the parent's: the
//            strict
//                             check would drop them. Not 0: the kernel takes the larger of this and "all",
//                             and with 1 in "all" only 2 ends the strict check.
//   parent   arp_ignore 1     does not answer for the address on the macvlan
//            arp_announce 2   does not ask with it when a program sends from it
// IPv6 asks and answers link by link by itself. There, on the macvlan: addr_gen_mode 1 (no address by
// itself), accept_ra 0 (nor by advertisement), accept_dad 0. The macvlan of an IPv4 virtual router has no
// IPv6 at all. What remains is that a host that forwards IPv6 reports its membership of ff02::2 from an IPv6
// virtual router's MAC, also as Backup; the Active's next advertisement teaches switches better.
//
// The parent's former values are kept where they outlive the daemon and die with their cause: in the alias of
// the macvlan, "highbase arp_ignore=0 arp_announce=0". Several macvlans on one parent carry the same text;
// the last one to be deleted puts the values back, unless somebody has changed them in between.
#pragma once

#include "netlink/link_requests.hpp"

namespace highbase::netlink {

Result<Link> create_macvlan(RequestSocket& socket, const MacvlanRequest& request);
// Refuses what is no macvlan (EOPNOTSUPP).
Result<void> delete_macvlan(RequestSocket& socket, LinkIndex index);

}  // namespace highbase::netlink
