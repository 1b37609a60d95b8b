// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the network's gateway answers on the link: ARP for IPv4, Neighbor Discovery for IPv6.
#pragma once

#include "health/option.hpp"

namespace highbase::health {

struct GatewayOptions {
    static constexpr std::string_view kType = "gateway";
    static constexpr std::string_view kHelp =
        "A neighbour, such as the default gateway, answers on the link: to an ARP probe, or to a Neighbor "
        "Solicitation. It need not answer pings. Use it with a weight: where the gateway is silent for all "
        "boxes, the addresses stay.";

    std::string interface;
    vrrp::IpAddress address;

    static std::vector<Option<GatewayOptions>> options() {
        using This = GatewayOptions;
        return {{{.name = "interface",
                  .required = true,
                  .example = "\"eth0\"",
                  .help = "The interface that the question goes out of."},
                 InterfaceName<This>{&This::interface}},
                {{.name = "address",
                  .required = true,
                  .example = "\"192.0.2.1\"",
                  .help = "The neighbour's IPv4 or IPv6 address on that link."},
                 Host<This>{&This::address}}};
    }
    [[nodiscard]] static std::string default_name() { return "gateway"; }
    [[nodiscard]] std::string target() const { return address.to_string() + " on " + interface; }
    [[nodiscard]] static std::string mistake() { return {}; }
    friend bool operator==(const GatewayOptions&, const GatewayOptions&) = default;
};

std::unique_ptr<Checker> make_checker(const CheckContext& context, const GatewayOptions& options);

}  // namespace highbase::health
