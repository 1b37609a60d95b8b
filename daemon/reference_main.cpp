// SPDX-License-Identifier: GPL-2.0-or-later
// Prints a page of documentation that is made from tables in the code. Used while building, not installed.
#include <array>
#include <iostream>
#include <string>
#include <string_view>

#include "daemon/reference.hpp"

namespace {

struct Page {
    std::string_view name;
    std::string (*make)();
};

constexpr std::array<Page, 5> kPages{{{"configuration", highbase::daemon::configuration_markdown},
                                      {"events", highbase::daemon::events_markdown},
                                      {"manual", highbase::daemon::configuration_manual},
                                      {"permissions", highbase::daemon::permissions_markdown},
                                      {"promotion", highbase::daemon::promotion_markdown}}};

}  // namespace

int main(int argc, char* argv[]) {
    for (const Page& page : kPages) {
        if (argc != 2 || page.name != argv[1]) continue;
        std::cout << page.make() << std::flush;
        return std::cout ? 0 : 1;
    }
    std::cerr << "usage: highbase_reference configuration > docs/configuration.md\n"
                 "       highbase_reference events > docs/events.md\n"
                 "       highbase_reference manual > docs/man/hbvrrp.toml.5.scd\n"
                 "       highbase_reference permissions > docs/permissions.md\n"
                 "       highbase_reference promotion > docs/promotion.md\n";
    return 2;
}
