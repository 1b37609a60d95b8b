// SPDX-License-Identifier: GPL-2.0-or-later
#include "node/text.hpp"

#include <fmt/format.h>

namespace highbase::node {

std::string to_text(vrrp::Duration duration) {
    return fmt::format("{:.6g} ms", static_cast<double>(duration.count()) / 1e6);
}

std::string to_text(vrrp::Priority priority) {
    return std::to_string(number(priority));
}

std::string to_text(vrrp::ChecksumForm form) {
    return form == vrrp::ChecksumForm::message_only ? "rfc9568" : "pseudo-header";
}

std::string to_text(const std::vector<vrrp::IpAddress>& addresses) {
    std::string text;
    for (const vrrp::IpAddress& address : addresses) text += (text.empty() ? "" : ", ") + address.to_string();
    return text;
}

}  // namespace highbase::node
