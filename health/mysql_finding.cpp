// SPDX-License-Identifier: GPL-2.0-or-later
#include "health/mysql_finding.hpp"

#include <string_view>
#include <variant>

namespace highbase::health {

bool says_nobody_listens(const mysql::Failure& failure, const mysql::Endpoint& endpoint) {
    if (failure.code != 2002 && failure.code != 2003) return false;
    if (failure.kind != mysql::FailureKind::unreachable) return false;
    // Oracle's library 9 says more within the brackets: "(111)" begins them all the same.
    const std::string_view message = failure.message;
    const std::size_t open = message.rfind('(');
    if (open == std::string_view::npos) return false;
    const std::string_view inside = message.substr(open + 1);
    const std::string_view number = inside.substr(0, inside.find_first_not_of("0123456789"));
    const bool is_local = std::holds_alternative<mysql::UnixEndpoint>(endpoint);
    return number == "111" || (is_local && number == "2");  // ECONNREFUSED, ENOENT
}

}  // namespace highbase::health
