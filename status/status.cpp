// SPDX-License-Identifier: GPL-2.0-or-later
#include "status/status.hpp"

#include <fmt/format.h>

namespace highbase::status {

std::string summary(const node::NodeSnapshot& node) {
    std::string result;
    for (const node::RouterSnapshot& router : node.routers) {
        if (!result.empty()) result += ", ";
        result += fmt::format("{} {}", router.configuration.name, node::name(router.state));
        if (router.state == node::RouterState::initialize)
            result += fmt::format(" ({})", node::name(router.reason));
    }
    return result;
}

}  // namespace highbase::status
