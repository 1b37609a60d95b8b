// SPDX-License-Identifier: GPL-2.0-or-later
// Values as an operator reads them in a report.
#pragma once

#include <string>
#include <vector>

#include "vrrp/address.hpp"
#include "vrrp/advertisement.hpp"
#include "vrrp/time.hpp"
#include "vrrp/timers.hpp"

namespace highbase::node {

std::string to_text(vrrp::Duration duration);  // milliseconds with up to three decimals: "360.938 ms"
std::string to_text(vrrp::Priority priority);
std::string to_text(vrrp::ChecksumForm form);
std::string to_text(const std::vector<vrrp::IpAddress>& addresses);  // separated by ", "

}  // namespace highbase::node
