// SPDX-License-Identifier: GPL-2.0-or-later
// A message with everything in it, as a value and as it is on the wire (docs/peer-protocol.md shows it, too).
#pragma once

#include "cluster/peer_message.hpp"

namespace highbase::tests {

// A primary that resigns "db" to gw2, and a replica of "shop" that applies what it has received; two clients.
inline cluster::PeerMessage example_message() {
    using namespace std::chrono_literals;
    cluster::PeerMessage message;
    message.stamp = {.session = cluster::SessionId{0x0102030405060708},
                     .number = cluster::MessageNumber{513},
                     .echoed_session = cluster::SessionId{0xa1a2a3a4a5a6a7a8},
                     .echoed_number = cluster::MessageNumber{770},
                     .accepted = true,
                     .interval = 100ms,
                     .path_number = cluster::MessageNumber{769},
                     .held = 103000us};
    cluster::ServiceState db{.name = "db",
                             .role = cluster::Role::demoting,
                             .epoch = cluster::Epoch{7},
                             .score = vrrp::Priority{200},
                             .eligibility = cluster::Eligibility::service_down,
                             .in_sync = false,
                             .executed = {"0-1-41"},
                             .word = cluster::Resign{cluster::Epoch{7}, "gw2", {"0-1-42"}}};
    cluster::ServiceState shop{.name = "shop",
                               .role = cluster::Role::replica,
                               .epoch = cluster::Epoch{258},
                               .score = vrrp::Priority{99},
                               .eligibility = cluster::Eligibility::eligible,
                               .in_sync = true,
                               .drain = 1250ms,
                               .received = {"", true}};
    message.state = {"gw1", {db, shop}};
    message.clients = {
        {{vrrp::IpAddress::v4(192, 0, 2, 100), 3306}, {vrrp::IpAddress::v4(192, 0, 2, 9), 40001}},
        {{*vrrp::IpAddress::parse("2001:db8::100"), 3306}, {*vrrp::IpAddress::parse("2001:db8::9"), 40002}}};
    return message;
}

inline constexpr const char* kExampleOctets =
    "0102030405060708 0000000000000201 a1a2a3a4a5a6a7a8 0000000000000302 01 0064 0000000000000301 00019258"
    "03 677731 03 677732 02"
    "02 6462 04 0000000000000007 c8 02 04 00000000 0006 302d312d3431 0000"
    "0000000000000007 0006 302d312d3432"
    "04 73686f70 01 0000000000000102 63 00 23 000004e2 0000 0000"
    "02 04 c0000264 0cea c0000209 9c41"
    "06 20010db8000000000000000000000100 0cea 20010db8000000000000000000000009 9c42";

}  // namespace highbase::tests
