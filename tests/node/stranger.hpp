// SPDX-License-Identifier: GPL-2.0-or-later
// Frames of somebody else on the network: other speakers, other hosts, attackers.
#pragma once

#include <functional>

#include "vrrp/advertisement.hpp"
#include "vrrp/checksum.hpp"
#include "vrrp/ip_packet.hpp"

namespace highbase::tests {

// An advertisement as another speaker sends it; each part can be made different. By default: VRID 51,
// priority 100, every second, for 192.0.2.100, by 192.0.2.7.
struct Advert {
    int priority = 100;
    int vrid = 51;
    vrrp::Centiseconds interval{100};
    // Not from a list of one: GCC 12 then warns of an uninitialized copy that there is not.
    std::vector<vrrp::IpAddress> addresses = std::vector(1, vrrp::IpAddress::v4(192, 0, 2, 100));
    vrrp::IpAddress source = vrrp::IpAddress::v4(192, 0, 2, 7);
    std::optional<vrrp::IpAddress> destination;  // nothing: the group
    vrrp::ChecksumForm form = vrrp::ChecksumForm::message_only;
    vrrp::MacAddress mac{{0x02, 0, 0, 0, 0, 0x07}};
    std::uint8_t hop_limit = 255;
    // What is done to the message after its checksum was put in, and to the whole frame.
    std::function<void(vrrp::OctetString& message)> spoil_message;

    [[nodiscard]] vrrp::OctetString frame() const {
        const vrrp::Family family = source.family();
        const vrrp::IpAddress to = destination.value_or(vrrp::multicast_group(family));
        vrrp::OctetString message =
            vrrp::encode({vrrp::Vrid{static_cast<std::uint8_t>(vrid)},
                          vrrp::Priority{static_cast<std::uint8_t>(priority)}, interval, addresses},
                         source, to, form);
        if (spoil_message) spoil_message(message);
        vrrp::OctetString packet = vrrp::ip_packet(source, to, vrrp::kProtocolVrrp, message);
        set_hop_limit(packet);
        return vrrp::ethernet_frame(
            to.is_multicast() ? vrrp::multicast_mac(family) : vrrp::kBroadcastMac, mac,
            family == vrrp::Family::ipv4 ? vrrp::EtherType::ipv4 : vrrp::EtherType::ipv6, packet);
    }

private:
    void set_hop_limit(vrrp::OctetString& packet) const {
        if (!source.is_ipv4()) {
            packet[7] = hop_limit;
            return;
        }
        packet[8] = hop_limit;
        vrrp::write16(packet, 10, 0);
        vrrp::write16(packet, 10, vrrp::InternetChecksum{}.add(vrrp::Octets{packet}.first(20)).value());
    }
};

}  // namespace highbase::tests
