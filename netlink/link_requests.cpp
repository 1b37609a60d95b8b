// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink/link_requests.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <array>
#include <cerrno>

namespace highbase::netlink {
namespace {

Result<LinkMessage> get_one(RequestSocket& socket, Message request, const std::string& what) {
    std::optional<LinkMessage> found;
    const auto reply = socket.perform(request, [&](const nlmsghdr& header) { found = read_link(header); });
    if (!reply) return reply.failure(what);
    if (!found) return Reply{EPROTO, {}}.failure(what);
    return *std::move(found);
}

}  // namespace

Result<std::vector<LinkMessage>> get_links(RequestSocket& socket) {
    std::vector<LinkMessage> links;
    const auto reply = socket.dump(
        all_links_request, [&] { links.clear(); },
        [&](const nlmsghdr& header) {
            if (auto link = read_link(header)) links.push_back(*std::move(link));
        });
    if (!reply) return reply.failure("list the links");
    return links;
}

Result<LinkMessage> get_link(RequestSocket& socket, LinkIndex index) {
    return get_one(socket, one_link_request(index), fmt::format("look at {}", describe(index)));
}

Result<LinkMessage> get_link(RequestSocket& socket, const std::string& name) {
    return get_one(socket, one_link_request(name), fmt::format("look at {}", name));
}

std::string describe(LinkIndex index) {
    std::array<char, IF_NAMESIZE> name{};
    const auto number = static_cast<unsigned>(index);
    if (::if_indextoname(number, name.data()) != nullptr) return name.data();
    return fmt::format("link {}", number);
}

}  // namespace highbase::netlink
