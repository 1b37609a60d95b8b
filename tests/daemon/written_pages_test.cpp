// SPDX-License-Identifier: GPL-2.0-or-later
// Pages that are written by hand: their examples are right, and their lists are whole.
#include <string>

#include "cluster/node_state.hpp"
#include "node/duty.hpp"
#include "replication/promotion.hpp"
#include "tests/catch.hpp"
#include "tests/daemon/config_support.hpp"
#include "tests/daemon/source_file.hpp"

namespace highbase::daemon {
namespace {

// All that stands in blocks of TOML on a page, one after the other.
std::string examples(const std::string& page) {
    const std::string fence = "\n```toml\n";
    std::string result;
    for (std::size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
        at += fence.size();
        const std::size_t end = page.find("\n```", at);
        result += page.substr(at, end - at) + "\n";
    }
    return result;
}

bool is_in_a_row(const std::string& page, std::string_view name) {
    return page.find("\n| `" + std::string{name} + "` |") != std::string::npos;
}

TEST_CASE("the examples of pages that are written by hand are right") {
    for (const std::string file : {"README.md", "docs/setup-database.md"}) {
        INFO(file);
        const std::string text = examples(source_file(file));
        CHECK(text.find("[[virtual_router]]") != std::string::npos);
        CHECK(complaints(text).empty());
    }
}

TEST_CASE("the example of a database that is installed is right without its comment signs") {
    std::string text = source_file("packaging/hbvrrp.toml");
    const std::size_t begin = text.find("\n#[peer]");
    REQUIRE(begin != std::string::npos);
    for (std::size_t at = begin; at != std::string::npos; at = text.find("\n#", at)) text.erase(at + 1, 1);
    INFO(text);
    CHECK(complaints(text).empty());
    CHECK(text.find("\n[virtual_router.mysql]") != std::string::npos);
}

TEST_CASE("docs/failover.md has every duty, and every reason against a takeover and a promotion") {
    const std::string page = source_file("docs/failover.md");
    for (std::size_t i = 0; i < node::kDutyKinds; ++i) {
        const auto duty = name(static_cast<node::DutyKind>(i));
        INFO(duty);
        CHECK(is_in_a_row(page, duty));
    }
    for (std::size_t i = 0; i < cluster::kRoleCount; ++i) {
        const auto role = name(static_cast<cluster::Role>(i));
        INFO(role);
        CHECK(is_in_a_row(page, role));
    }
    for (std::size_t i = 0; i < cluster::kEligibilityCount; ++i) {
        const auto eligibility = name(static_cast<cluster::Eligibility>(i));
        INFO(eligibility);
        CHECK(page.find("`" + std::string{eligibility} + "`") != std::string::npos);
    }
    for (int i = 0; i <= static_cast<int>(replication::PromotionFailure::changed_meanwhile); ++i) {
        const auto failure = name(static_cast<replication::PromotionFailure>(i));
        INFO(failure);
        CHECK(is_in_a_row(page, failure));
    }
}

TEST_CASE("docs/hooks.md has every point at which a hook can run") {
    const std::string page = source_file("docs/hooks.md");
    for (std::size_t i = 0; i < replication::kHookPoints; ++i) {
        const auto point = name(static_cast<replication::HookPoint>(i));
        INFO(point);
        CHECK(is_in_a_row(page, point));
    }
}

}  // namespace
}  // namespace highbase::daemon
