// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp/discard.hpp"

namespace highbase::vrrp {

std::string_view name(Discard discard) {
    switch (discard) {
        case Discard::ip_header: return "ip_header";
        case Discard::packet_length: return "packet_length";
        case Discard::hop_limit: return "hop_limit";
        case Discard::version: return "version";
        case Discard::type: return "type";
        case Discard::checksum: return "checksum";
        case Discard::unknown_vrid: return "unknown_vrid";
        case Discard::address_count: return "address_count";
        case Discard::advertise_interval: return "advertise_interval";
        case Discard::not_link_local: return "not_link_local";
        case Discard::destination: return "destination";
        case Discard::stranger: return "stranger";
        case Discard::own: return "own";
    }
    return "unknown";
}

}  // namespace highbase::vrrp
