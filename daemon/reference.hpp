// SPDX-License-Identifier: GPL-2.0-or-later
// The pages of documentation that are made from tables in the code. Each is in the repository as a file; a
// test fails when one differs and says how to write it anew.
#pragma once

#include <string>
#include <string_view>

namespace highbase::daemon {

std::string configuration_markdown();  // docs/configuration.md, from schema()
std::string events_markdown();         // docs/events.md, from node::event_table()
std::string promotion_markdown();      // docs/promotion.md, from replication::Promotion
std::string permissions_markdown();    // docs/permissions.md, from node::permissions()
std::string configuration_manual();    // docs/man/hbvrrp.toml.5.scd, for scdoc

// The examples in these pages.
std::string_view short_example();  // one IPv4 address
std::string_view dual_example();   // an IPv4 and an IPv6 address that move together

}  // namespace highbase::daemon
