// SPDX-License-Identifier: GPL-2.0-or-later
// How the clients of an address learn that it has moved: a host that was connected to the old owner waits for
// an answer, and may wait for ever. Asked in the old owner's name, it says where it stands (RFC 9293
// 3.10.7.4: an unacceptable segment is answered by an ACK); the new owner knows nothing of that connection,
// and its kernel answers with a reset.
#pragma once

#include "vrrp/connection.hpp"
#include "vrrp/octets.hpp"

namespace highbase::vrrp {

// An IP packet to `remote`: a bare ACK whose numbers no connection expects.
OctetString tickle_packet(const Connection& connection);

}  // namespace highbase::vrrp
