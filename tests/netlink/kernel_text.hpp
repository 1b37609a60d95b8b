// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's words in failed checks.
#pragma once

#include <fmt/format.h>

#include "netlink/kernel.hpp"
#include "tests/catch.hpp"

namespace highbase::test {

inline std::string text_of(const netlink::Link& link) {
    return fmt::format("{}({}{}{}) {} mtu {} parent {}", link.name, static_cast<int>(link.index),
                       link.running ? ", running" : "", link.ethernet ? ", ethernet" : "",
                       link.mac.to_string(), link.mtu, static_cast<int>(link.parent));
}

inline std::string text_of(const netlink::LinkAddress& address) {
    return fmt::format("{} on {}{}", address.prefix.to_string(), static_cast<int>(address.link),
                       address.tentative ? " tentative" : "");
}

struct EventText {
    std::string operator()(const netlink::LinkChanged& event) const {
        return "changed " + text_of(event.link);
    }
    std::string operator()(const netlink::LinkRemoved& event) const {
        return fmt::format("removed link {}", static_cast<int>(event.index));
    }
    std::string operator()(const netlink::AddressAdded& event) const {
        return "added " + text_of(event.address);
    }
    std::string operator()(const netlink::AddressRemoved& event) const {
        return "removed " + text_of(event.address);
    }
    std::string operator()(const netlink::Overrun&) const { return "overrun"; }
};

}  // namespace highbase::test

namespace Catch {

template <>
struct StringMaker<highbase::netlink::Link> {
    static std::string convert(const highbase::netlink::Link& link) { return highbase::test::text_of(link); }
};
template <>
struct StringMaker<highbase::netlink::LinkAddress> {
    static std::string convert(const highbase::netlink::LinkAddress& address) {
        return highbase::test::text_of(address);
    }
};
template <>
struct StringMaker<highbase::netlink::KernelEvent> {
    static std::string convert(const highbase::netlink::KernelEvent& event) {
        return std::visit(highbase::test::EventText{}, event);
    }
};
template <>
struct StringMaker<highbase::vrrp::IpAddress> {
    static std::string convert(const highbase::vrrp::IpAddress& address) { return address.to_string(); }
};

}  // namespace Catch
