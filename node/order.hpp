// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator can order a service to do, and what comes of it. Each stands for a fact that no program
// can know, or for a decision that none may take.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace highbase::node {

enum class Order : std::uint8_t {
    solo,               // of a primary: the other server is gone, and will not be promoted
    promote,            // the other box is off, and its server takes no writes
    promote_with_loss,  // the same, and what only that server has is given up
    maintenance_on,     // no change of role by itself
    maintenance_off,
    acknowledge_failovers,  // whatever brought too many of them about is mended
};
inline constexpr std::size_t kOrderCount = 6;
[[nodiscard]] std::string_view name(Order order);  // as hbctl has it: "solo", "promote --accept-loss"

struct OrderGiven {
    Order order{};
    bool dry_run = false;  // only tell whether it can be done, and what that means
};

struct OrderAnswer {
    bool done = false;                 // of a dry run: it is possible
    std::string message;               // what it means
    std::vector<std::string> reasons;  // why not
    friend bool operator==(const OrderAnswer&, const OrderAnswer&) = default;
};

}  // namespace highbase::node
