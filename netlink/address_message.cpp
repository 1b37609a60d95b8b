// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/address_message.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include <array>
#include <limits>

namespace highbase::netlink {
namespace {

constexpr std::uint32_t kForever =
    std::numeric_limits<std::uint32_t>::max();  // INFINITY_LIFE_TIME of the kernel

int family_number(vrrp::Family family) {
    return family == vrrp::Family::ipv4 ? AF_INET : AF_INET6;
}

// With a remote end (point to point) the own address is IFA_LOCAL; IPv6 has IFA_ADDRESS alone where there is
// none.
std::span<const std::uint8_t> own_octets(const std::array<nlattr*, IFA_MAX + 1>& attributes) {
    const auto local = read_octets(attributes[IFA_LOCAL]);
    return local.empty() ? read_octets(attributes[IFA_ADDRESS]) : local;
}

Message address_request(std::uint16_t type, int flags, LinkIndex link, const vrrp::Prefix& prefix) {
    ifaddrmsg header{};
    header.ifa_family = static_cast<std::uint8_t>(family_number(prefix.address.family()));
    header.ifa_prefixlen = prefix.length;
    header.ifa_scope = RT_SCOPE_UNIVERSE;
    header.ifa_index = static_cast<std::uint32_t>(link);
    Message request{type, flags, header};
    request.put(IFA_LOCAL, prefix.address.octets());
    request.put(IFA_ADDRESS, prefix.address.octets());
    return request;
}

ifa_cacheinfo lifetimes(const AddressRequest& request) {
    ifa_cacheinfo info{};
    info.ifa_valid = request.lifetime ? static_cast<std::uint32_t>(request.lifetime->count()) : kForever;
    // A deprecated IPv6 address serves whoever asks for it, but is not chosen (RFC 6724, rule 3).
    info.ifa_prefered = request.prefix.address.is_ipv4() ? info.ifa_valid : 0;
    return info;
}

}  // namespace

std::optional<LinkAddress> read_address(const nlmsghdr& header) {
    if (header.nlmsg_type != RTM_NEWADDR && header.nlmsg_type != RTM_DELADDR) return std::nullopt;
    std::array<nlattr*, IFA_MAX + 1> attributes{};
    auto* message = const_cast<nlmsghdr*>(&header);
    if (nlmsg_parse(message, sizeof(ifaddrmsg), attributes.data(), IFA_MAX, nullptr) < 0) return std::nullopt;
    const auto& about = *static_cast<const ifaddrmsg*>(nlmsg_data(&header));
    if (about.ifa_family != AF_INET && about.ifa_family != AF_INET6) return std::nullopt;
    const auto octets = own_octets(attributes);
    if (octets.size() != (about.ifa_family == AF_INET ? 4U : 16U)) return std::nullopt;

    // The header has room for the first eight flags only.
    const auto flags = read_u32(attributes[IFA_FLAGS]).value_or(about.ifa_flags);
    LinkAddress result;
    result.link = LinkIndex{static_cast<std::int32_t>(about.ifa_index)};
    result.prefix = {vrrp::IpAddress::from_octets(octets), about.ifa_prefixlen};
    // RFC 4429: an optimistic address may be used while its detection runs.
    result.tentative = (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0;
    return result;
}

Message all_addresses_request() {
    ifaddrmsg header{};
    header.ifa_family = AF_UNSPEC;
    return Message{RTM_GETADDR, NLM_F_DUMP, header};
}

Message put_address_request(const AddressRequest& request) {
    auto message = address_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, request.link, request.prefix);
    std::uint32_t flags = 0;
    if (!request.prefix.address.is_ipv4()) flags |= IFA_F_NODAD;
    if (!request.prefix_route) flags |= IFA_F_NOPREFIXROUTE;
    message.put(IFA_FLAGS, flags);
    message.put_struct(IFA_CACHEINFO, lifetimes(request));
    return message;
}

Message delete_address_request(LinkIndex link, const vrrp::Prefix& prefix) {
    return address_request(RTM_DELADDR, 0, link, prefix);
}

}  // namespace highbase::netlink
