// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/tickle.hpp"

#include "vrrp/checksum.hpp"
#include "vrrp/ip_packet.hpp"

namespace highbase::vrrp {
namespace {

constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::uint16_t kHeaderWordsAndAck = 5U << 12 | 0x10;  // no options; of the flags ACK alone
constexpr std::size_t kChecksumAt = 16;

}  // namespace

OctetString tickle_packet(const Connection& connection) {
    const auto& [local, remote] = connection;
    OctetString segment;
    append16(segment, local.port);
    append16(segment, remote.port);
    for (int half = 0; half < 4; ++half) append16(segment, 0);  // sequence and acknowledgement number
    append16(segment, kHeaderWordsAndAck);
    append16(segment, 0);  // window
    append16(segment, 0);  // checksum
    append16(segment, 0);  // urgent pointer
    const std::uint16_t checksum =
        InternetChecksum{}
            .add_pseudo_header(local.address, remote.address, kProtocolTcp, segment.size())
            .add(segment)
            .value();
    write16(segment, kChecksumAt, checksum);
    return ip_packet(local.address, remote.address, kProtocolTcp, segment);
}

}  // namespace highbase::vrrp
