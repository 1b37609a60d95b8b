// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/config.hpp"

namespace highbase::daemon {

// A host called gw1 with the interfaces eth0 and eth1.
inline Surroundings test_host() {
    return {"gw1", [](std::string_view interface) { return interface == "eth0" || interface == "eth1"; }};
}

// What is said about a file, each as "LINE:COLUMN: error: MESSAGE".
inline std::vector<std::string> complaints(std::string_view text) {
    std::vector<std::string> result;
    const ParseResult parsed = parse_config(text, test_host());
    for (const Diagnostic& diagnostic : parsed.diagnostics) {
        result.push_back(format(diagnostic, "").substr(1));
    }
    return result;
}

// A file with one virtual router in lines 1 to 5. `line` replaces the line of its key, or becomes line 6.
inline std::string with_line(std::string_view line) {
    std::string text = "[[virtual_router]]\n";
    bool placed = false;
    for (const std::string_view original :
         {R"(name = "db")", R"(interface = "eth0")", "vrid = 51", R"(addresses = ["192.0.2.100/24"])"}) {
        const bool replaced = line.substr(0, line.find(' ')) == original.substr(0, original.find(' '));
        placed = placed || replaced;
        text += std::string{replaced ? line : original} + "\n";
    }
    return placed ? text : text + std::string{line} + "\n";
}

// The one virtual router of with_line(); fails the test when there are errors.
inline node::RouterConfiguration router_with(std::string_view line) {
    return parse_config(with_line(line), test_host()).config.value().node.routers.at(0);
}

}  // namespace highbase::daemon
